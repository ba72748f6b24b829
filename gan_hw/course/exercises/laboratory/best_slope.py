"""Exercise `best_slope` of notebook 9: How steep is WGAN-GP's best critic?."""

import math

import torch

from gan_hw.course.exercise import Case, Exercise


def _case(distance: float, gp_weight: float) -> Case:
    return Case(f"a distance of {distance:g} and the weight {gp_weight:g}", lambda: (distance, gp_weight))


BEST_SLOPE = Exercise(
    name="best_slope",
    notebook="09",
    points=2,
    title="How steep is WGAN-GP's best critic?",
    task="""A critic has slope 1 wherever the penalty looks, and its mean score of real points exceeds that of generated
ones by the earth mover's distance $d > 0$. Multiply it by $s \\geq 0$: its slope there becomes $s$, and its loss
$-s\\,d + \\lambda\\,(s - 1)^2$. Write `best_slope`, which returns the $s$ with the smallest loss. For $\\lambda = 0$
there is none; return `math.inf`.""",
    hints=(
        "Set the derivative of the loss with respect to $s$ to 0.",
        "$-d + 2\\lambda(s - 1) = 0$. Solve it for $s$, and treat $\\lambda = 0$ first.",
    ),
    cases=[_case(0.5, 1.0), _case(2.0, 10.0), _case(0.2, 0.1), _case(0.3, 0.0)],
    imports="import math",
)


@BEST_SLOPE.solution
def best_slope(distance, gp_weight):
    """Distance > 0, gp_weight >= 0 (lambda) -> the slope of the critic with the smallest loss."""
    if gp_weight == 0:
        return math.inf
    return 1 + distance / (2 * gp_weight)


@BEST_SLOPE.right
def _on_one_line(distance, gp_weight):
    return (2 * gp_weight + distance) / (2 * gp_weight) if gp_weight > 0 else float("inf")


@BEST_SLOPE.right
def _by_tensors(distance, gp_weight):
    return 1 + torch.tensor(distance) / 2 / torch.tensor(gp_weight)


@BEST_SLOPE.right
def _by_ternary_search(distance, gp_weight):
    if not gp_weight:
        return torch.tensor(math.inf)
    low, high = 0.0, 1000.0
    for _ in range(200):
        third = (high - low) / 3
        a, b = (-s * distance + gp_weight * (s - 1) ** 2 for s in (low + third, high - third))
        low, high = (low, high - third) if a < b else (low + third, high)
    return low


@BEST_SLOPE.wrong("the penalty does not hold the slope at exactly 1: for {case} the best slope is {expected}")
def _always_one(distance, gp_weight):
    return 1.0 if gp_weight else math.inf


@BEST_SLOPE.wrong("a steeper critic has a smaller loss, so the best slope is above 1, not below")
def _below_one(distance, gp_weight):
    return 1 - distance / (2 * gp_weight) if gp_weight else math.inf


@BEST_SLOPE.wrong("the derivative of a square has a factor of 2: for {case} {expected} is right, not {got}")
def _without_the_two(distance, gp_weight):
    return 1 + distance / gp_weight if gp_weight else math.inf


@BEST_SLOPE.wrong("this is for a penalty whose target is 0, as in R1; here the target is 1")
def _target_zero(distance, gp_weight):
    return distance / (2 * gp_weight) if gp_weight else math.inf


@BEST_SLOPE.wrong("a larger weight brings the slope nearer to 1; divide by it instead of multiplying")
def _multiplied(distance, gp_weight):
    return 1 + distance * gp_weight / 2 if gp_weight else math.inf


@BEST_SLOPE.wrong("without a penalty your code divides by 0: there return math.inf")
def _divides_by_zero(distance, gp_weight):
    return 1 + distance / (2 * gp_weight)


@BEST_SLOPE.wrong("without a penalty the loss falls with s for ever: no slope is the best, so return math.inf")
def _zero_without_penalty(distance, gp_weight):
    return 1 + distance / (2 * gp_weight) if gp_weight else 0.0
