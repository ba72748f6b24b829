"""Exercise `r1_penalty` of notebook 3: R1: flat where the data are."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.penalties.common import WeightedCritic, square_critic, what_the_critic_learns
from gan_hw.course.exercises.penalties.slopes import slopes
from gan_hw.course.exercises.shared import in_words, random_images


def _r1_observed(answer: Callable[..., Any], critic: WeightedCritic, real: Tensor, fake: Tensor) -> dict | None:
    penalty = answer(critic, real, fake)
    return None if penalty is None else {"penalty": penalty, **what_the_critic_learns(penalty, critic)}


def _r1_case(slope: float, count: int, side: int) -> Case:
    def arguments() -> tuple[WeightedCritic, Tensor, Tensor]:
        real, fake = random_images(count, side, side + 2, 4), random_images(count, side, side + 2, 5) / 4
        return square_critic(real, slope), real, fake

    return Case(f"a discriminator with a gradient of {slope:g} x at the image x, and {in_words(count)}", arguments)


R1_PENALTY = Exercise(
    name="r1_penalty",
    notebook="03",
    points=2,
    title="R1: flat where the data are",
    task="""R1 is half the mean of the squared gradient norm, at the real images only. Once G draws like the data, D
can't tell and is flat; then R1 is 0 and pushes nothing away. Write `r1_penalty`; you may use what you wrote above.
(`fake` is passed to every penalty; R1 does not need it.)""",
    hints=(
        "The squared norm of a gradient is the sum of its squares: no root is needed.",
        "Take the gradient as in `slopes`, but at `real`; square it, sum it for each image, take the mean over the "
        "images, and halve it.",
    ),
    cases=[_r1_case(2.0, 4, 5), _r1_case(0.5, 3, 4), _r1_case(1.0, 1, 6)],
    observe=_r1_observed,
)


@R1_PENALTY.solution
def r1_penalty(discriminator, real, fake):
    """real, fake (N, 3, H, W) -> half the mean squared norm of D's gradient at the real images, a scalar."""
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean() / 2


@R1_PENALTY.right
def _from_slopes(discriminator, real, fake):
    return (slopes(discriminator, real) ** 2).mean() / 2


@R1_PENALTY.right
def _sum_by_count(discriminator, real, fake):
    real = real.clone().requires_grad_()
    logits = discriminator(real)
    gradient = torch.autograd.grad(logits, real, torch.ones_like(logits), create_graph=True)[0]
    return 0.5 * gradient.pow(2).sum() / len(real)


@R1_PENALTY.right
def _by_inner_products(discriminator, real, fake):
    real = real.requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    rows = gradient.flatten(1)
    return torch.einsum("np,np->n", rows, rows).mean().mul(0.5)


@R1_PENALTY.wrong("that is R2: the slope is wanted at the real images, and this one is at the generated ones")
def _at_generated_images(discriminator, real, fake):
    return r1_penalty(discriminator, fake, real)


@R1_PENALTY.wrong("the goal is slope 0: for {case} {expected} is right, and with a goal of 1 it is {got}")
def _towards_one(discriminator, real, fake):
    return ((slopes(discriminator, real) - 1) ** 2).mean() / 2


@R1_PENALTY.wrong("the half is missing: for {case} {got}, and {expected} is right")
def _without_the_half(discriminator, real, fake):
    return (slopes(discriminator, real) ** 2).mean()


@R1_PENALTY.wrong("the norm is not squared")
def _norm_not_squared(discriminator, real, fake):
    return slopes(discriminator, real).mean() / 2


@R1_PENALTY.wrong("the mean is taken over pixels too: sum the squares of an image, and take the mean over images alone")
def _mean_over_pixels(discriminator, real, fake):
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    return gradient.square().mean() / 2


@R1_PENALTY.wrong("the number is right, but D learns nothing from it: the gradient needs create_graph=True")
def _without_a_graph(discriminator, real, fake):
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real).sum(), real)
    return gradient.square().flatten(1).sum(1).mean() / 2


@R1_PENALTY.wrong(
    "the penalty is right, but backward leaves gradients in D's weights, and its next step adds them: use "
    "torch.autograd.grad"
)
def _by_backward(discriminator, real, fake):
    real = real.detach().requires_grad_()
    discriminator(real).sum().backward(create_graph=True)
    return real.grad.square().flatten(1).sum(1).mean() / 2


@R1_PENALTY.wrong("the mean comes before the square: each image has its own squared norm")
def _square_of_the_mean(discriminator, real, fake):
    return slopes(discriminator, real).mean() ** 2 / 2


@R1_PENALTY.wrong("the penalty is summed over the batch: for {case} {got}, and the mean is {expected}")
def _summed_over_the_batch(discriminator, real, fake):
    return (slopes(discriminator, real) ** 2).sum() / 2
