"""Exercise `slopes` of notebook 3: How steep is the critic?."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.penalties.common import WeightedCritic, square_critic, what_the_critic_learns
from gan_hw.course.exercises.shared import in_words, random_images


def linear_critic(images: Tensor, slope: float) -> WeightedCritic:
    """A critic whose gradient has the norm `slope` at every image."""
    direction = torch.linspace(-1, 1, images[0].numel()).view_as(images[0])
    return WeightedCritic(direction * slope / direction.norm(), 1)


def _slope_case(critic: Callable[..., WeightedCritic], slope: float, count: int, side: int) -> Case:
    def arguments() -> tuple[WeightedCritic, Tensor]:
        images = random_images(count, side, side + 1, 3)
        return critic(images, slope), images

    kind = "whose slope is" if critic is linear_critic else "that grows with the square of the pixels, times"
    return Case(f"a critic {kind} {slope:g} and {in_words(count)}", arguments)


SLOPE_CASES = [
    _slope_case(linear_critic, 3.0, 4, 5),
    _slope_case(square_critic, 0.5, 3, 6),
    _slope_case(square_critic, 2.0, 1, 4),
    _slope_case(linear_critic, 0.001, 2, 4),
]


def _slopes_and_their_graph(answer: Callable[..., Any], critic: WeightedCritic, images: Tensor) -> dict | None:
    slopes = answer(critic, images)
    return None if slopes is None else {"slopes": slopes, **what_the_critic_learns(slopes, critic)}


SLOPES = Exercise(
    name="slopes",
    notebook="03",
    points=2,
    title="How steep is the critic?",
    task="""The slope of the critic at an image is the norm of its gradient with respect to *that image's pixels*: one
number for each image. `torch.autograd.grad(y, x)` returns a tuple with the derivative of the number `y` by `x`, and
leaves no `.grad`. The penalty is made of this gradient, and the optimiser needs the *penalty's* gradient by the
critic's weights. So the first one has to be recorded: `create_graph=True`. Write `slopes`.""",
    hints=(
        "`grad` differentiates one number; the sum of the scores will do, because each score depends on its own image "
        "alone.",
        "The images must require a gradient before the critic sees them: `images.detach().requires_grad_()`. Then "
        "flatten the gradient from dimension 1 on, and take the norm over dimension 1.",
        "`(gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)`, and then "
        "`gradient.flatten(1).norm(dim=1)`.",
    ),
    cases=SLOPE_CASES,
    observe=_slopes_and_their_graph,
)


@SLOPES.solution
def slopes(critic, images):
    """critic: images (N, 3, H, W) -> scores (N,). Returns the norm of its gradient at each image, (N,)."""
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


@SLOPES.right
def _with_ones(critic, images):
    images = images.clone().requires_grad_()
    scores = critic(images)
    gradient = torch.autograd.grad(scores, images, torch.ones_like(scores), create_graph=True)[0]
    return torch.linalg.vector_norm(gradient, dim=(1, 2, 3))


@SLOPES.right
def _image_by_image_slopes(critic, images):
    found = []
    for image in images:
        one = image[None].detach().requires_grad_()
        (gradient,) = torch.autograd.grad(critic(one)[0], one, create_graph=True)
        found.append(gradient.pow(2).sum().sqrt())
    return torch.stack(found)


@SLOPES.right
def _in_double(critic, images):
    images = images.requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return gradient.double().pow(2).flatten(1).sum(1).sqrt().float()


@SLOPES.wrong("the norm is taken over the whole batch: for {case} there is one slope for each image")
def _batch_wide(critic, images):
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return gradient.norm()


@SLOPES.wrong("the norm is taken over the colours alone, so that each pixel keeps a slope; flatten the image first")
def _over_colours_alone(critic, images):
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return gradient.norm(dim=1)


@SLOPES.wrong("the numbers are right, but nothing can be learned from them: the gradient needs create_graph=True")
def _detached(critic, images):
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images)
    return gradient.flatten(1).norm(dim=1)


@SLOPES.wrong(
    "the slopes are right, but backward leaves gradients in the critic's weights, and its next step adds them: use "
    "torch.autograd.grad"
)
def _by_backward(critic, images):
    images = images.detach().requires_grad_()
    critic(images).sum().backward(create_graph=True)
    return images.grad.flatten(1).norm(dim=1)


@SLOPES.wrong("a small number is added under the root: it makes small slopes too large")
def _with_a_small_number(critic, images):
    return (slopes(critic, images) ** 2 + 1e-6).sqrt()


@SLOPES.wrong(
    "with the mean of the scores each gradient is N times too small: for {case} {got}, and {expected} is right"
)
def _of_the_mean(critic, images):
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).mean(), images, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


@SLOPES.wrong("that is the square of the norm: take the root")
def _squared(critic, images):
    return slopes(critic, images) ** 2


@SLOPES.wrong("the absolute values are summed: the norm is the root of the sum of squares")
def _sum_of_absolute_values(critic, images):
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
    return gradient.abs().flatten(1).sum(1)
