"""Exercise `penalty_from_slopes` of notebook 3: Away from 1."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import gradients


def _penalty_and_gradient(answer: Callable[[Tensor], Any], slopes: Tensor) -> dict[str, Any] | None:
    penalty = answer(slopes.requires_grad_() * 1)
    return None if penalty is None else {"penalty": penalty, "gradient": gradients(penalty, slopes)}


def _penalty_case(values: list[float]) -> Case:
    words = ", ".join(f"{value:g}" for value in values)
    return Case(f"slopes of {words}", lambda: (torch.tensor(values),))


PENALTY_FROM_SLOPES = Exercise(
    name="penalty_from_slopes",
    notebook="03",
    points=1,
    title="Away from 1",
    task="""The last part of WGAN-GP's penalty: the mean squared distance of the slopes from 1. Steeper is punished, and
flatter as well. (`gp_weight`, 10, is multiplied in later.)""",
    hints=(
        "Each slope has its own distance from 1. First square these, then take the mean.",
        "`((slopes - 1) ** 2).mean()`",
    ),
    cases=[_penalty_case([3.0]), _penalty_case([1.0, 1.0, 4.0]), _penalty_case([0.0, 0.5, 1.0, 2.0, 2.5])],
    observe=_penalty_and_gradient,
)


@PENALTY_FROM_SLOPES.solution
def penalty_from_slopes(slopes):
    """Slopes (N,) -> the mean of their squared distances from 1, a scalar."""
    return ((slopes - 1) ** 2).mean()


@PENALTY_FROM_SLOPES.right
def _by_mse(slopes):
    return torch.nn.functional.mse_loss(slopes, torch.ones_like(slopes))


@PENALTY_FROM_SLOPES.right
def _multiplied_out(slopes):
    return slopes.square().mean() - 2 * slopes.mean() + 1


@PENALTY_FROM_SLOPES.right
def _as_a_loop(slopes):
    return sum((slope - 1) ** 2 for slope in slopes) / len(slopes)


@PENALTY_FROM_SLOPES.wrong(
    "the mean comes too early: for {case} one slope makes up for another, {got} and not {expected}"
)
def _square_of_the_mean(slopes):
    return (slopes.mean() - 1) ** 2


@PENALTY_FROM_SLOPES.wrong("the number is right, but no gradient passes through it: the critic would learn nothing")
def _a_plain_number(slopes):
    return ((slopes - 1) ** 2).mean().item()


@PENALTY_FROM_SLOPES.wrong("that is the sum: for {case} {got}, and the mean is {expected}, for any number of images")
def _sum(slopes):
    return ((slopes - 1) ** 2).sum()


@PENALTY_FROM_SLOPES.wrong("the distances are not squared")
def _absolute(slopes):
    return (slopes - 1).abs().mean()


@PENALTY_FROM_SLOPES.wrong("a critic flatter than 1 is punished as well; this is the one-sided penalty")
def _one_sided(slopes):
    return ((slopes - 1).clamp(min=0) ** 2).mean()


@PENALTY_FROM_SLOPES.wrong("this pulls the slopes to 0, as R1 does; WGAN-GP's goal is 1")
def _towards_zero(slopes):
    return (slopes**2).mean()


@PENALTY_FROM_SLOPES.wrong("the factor of 10 is multiplied in elsewhere: for {case} {expected} is right, not {got}")
def _with_the_weight(slopes):
    return 10 * ((slopes - 1) ** 2).mean()
