"""Exercise `largest_slope` of notebook 9: How steep may a clipped critic be?."""

import math

import torch

from gan_hw.course.exercise import Case, Exercise


def _case(clip_value: float, widths: tuple[int, ...]) -> Case:
    return Case(f"a clip of {clip_value:g} and the widths {list(widths)}", lambda: (clip_value, list(widths)))


LARGEST_SLOPE = Exercise(
    name="largest_slope",
    notebook="09",
    points=2,
    title="How steep may a clipped critic be?",
    task="""A critic is a chain of linear layers with ReLU or LeakyReLU between them. `widths` says how many numbers
there are at each place: `[2, 64, 64, 1]` is the laboratory's critic, with three matrices. Every weight lies in $[-c,
c]$. A matrix lengthens no vector by more than the root of the sum of its squared weights (its *Frobenius norm*), ReLU
and LeakyReLU lengthen no vector, and the bounds of layers in a chain multiply. Write `largest_slope`: the largest slope
that these bounds allow. (With all weights at $c$, and where all units are active, the critic reaches it.)""",
    hints=(
        "A matrix with `n_in` columns and `n_out` rows has `n_in * n_out` weights. What is the root of the sum of "
        "their squares if each is $c$?",
        "It is `clip_value * math.sqrt(n_in * n_out)`. Multiply this for each pair of neighbours, "
        "`zip(widths, widths[1:])`.",
    ),
    cases=[_case(0.1, (2, 64, 64, 1)), _case(0.5, (3, 5, 1)), _case(2.0, (4, 1)), _case(0.3, (1, 2, 3, 4, 1))],
    imports="import math",
)


@LARGEST_SLOPE.solution
def largest_slope(clip_value, widths):
    """clip_value: of every weight. widths: of input, hidden layers and output -> the largest slope, a number."""
    slope = 1.0
    for n_in, n_out in zip(widths, widths[1:], strict=False):
        slope *= clip_value * math.sqrt(n_in * n_out)
    return slope


@LARGEST_SLOPE.right
def _by_prod(clip_value, widths):
    return math.prod(clip_value * (a * b) ** 0.5 for a, b in zip(widths[:-1], widths[1:], strict=True))


@LARGEST_SLOPE.right
def _as_a_formula(clip_value, widths):
    return clip_value ** (len(widths) - 1) * math.sqrt(widths[0] * widths[-1]) * math.prod(widths[1:-1])


@LARGEST_SLOPE.right
def _by_the_gradient(clip_value, widths):
    gradient = torch.ones(widths[-1], 1).T
    for n_in, n_out in reversed(list(zip(widths, widths[1:], strict=False))):
        gradient = gradient @ torch.full((n_out, n_in), clip_value)
    return gradient.norm()


@LARGEST_SLOPE.wrong("the clip counts once for each matrix: with three of them it is c to the power of 3")
def _clip_once(clip_value, widths):
    return clip_value * math.sqrt(widths[0] * widths[-1]) * math.prod(widths[1:-1])


@LARGEST_SLOPE.wrong("the bounds of a chain are multiplied, not added")
def _summed(clip_value, widths):
    return sum(clip_value * math.sqrt(a * b) for a, b in zip(widths, widths[1:], strict=False))


@LARGEST_SLOPE.wrong("the root is missing: for {case} {expected} is right, and without it {got}")
def _without_the_root(clip_value, widths):
    return math.prod(clip_value * a * b for a, b in zip(widths, widths[1:], strict=False))


@LARGEST_SLOPE.wrong("there is one matrix fewer than there are widths: the clip has one power too many")
def _one_power_too_many(clip_value, widths):
    return clip_value * largest_slope(clip_value, widths)


@LARGEST_SLOPE.wrong("a matrix has n_in times n_out weights; here only its columns, n_in, are counted")
def _columns_alone(clip_value, widths):
    return math.prod(clip_value * math.sqrt(a) for a in widths[:-1])


@LARGEST_SLOPE.wrong("the widths are not used, and a wide layer may be steeper than a narrow one")
def _without_widths(clip_value, widths):
    return clip_value ** (len(widths) - 1)


@LARGEST_SLOPE.wrong("the clip itself does not bound the slope: each unit adds up many weights")
def _the_clip_itself(clip_value, widths):
    return clip_value
