"""Exercise `resample` of notebook 5: The truncation trick."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import random_normal


def _resample_case(count: int, z_dim: int, limit: float, seed: int) -> Case:
    def arguments() -> tuple[Tensor, float, Tensor]:
        spare = 1.5 * random_normal(20 * count * z_dim, seed=seed + 1)  # far more than are needed
        return 1.5 * random_normal(count, z_dim, seed=seed), limit, spare

    vectors = "one vector" if count == 1 else f"{count} vectors"
    return Case(f"{vectors} of {z_dim} numbers and a limit of {limit:g}", arguments)


def _at_the_limit_case() -> Case:
    def arguments() -> tuple[Tensor, float, Tensor]:
        z = torch.tensor([[2.0, -3.0, 0.5], [2.5, -2.0, 4.0]])
        return z, 2.0, torch.tensor([-5.0, -2.0, 3.0, 1.5, 0.25, 2.0, -0.75])

    return Case("numbers of exactly 2 or -2 and a limit of 2", arguments)


RESAMPLE = Exercise(
    name="resample",
    notebook="05",
    points=2,
    title="The truncation trick",
    task="""The truncation trick proper draws a number of $z$ again when it lies beyond a limit, until one lies within.
The result is a normal distribution without its tails. Cutting the numbers off would instead pile many of them up at the
limit. Write `resample`: in reading order (row by row, from left to right), replace each number
whose absolute value is above `limit` by the next number of `spare` whose absolute value is not. Each number of `spare`
is used once at most, those that are too large are skipped, and there are always enough.""",
    hints=(
        "There are two steps: which numbers of `spare` may be used, and which places of `z` need one?",
        "A tensor of bools as an index selects numbers in reading order. An assignment to `z[too_large]` fills the "
        "places in the same order.",
        "`usable = spare[spare.abs() <= limit]`, and then `z[too_large] = usable[: too_large.sum()]`.",
    ),
    cases=[
        _resample_case(3, 4, 1.0, 11),
        _resample_case(1, 9, 0.7, 21),
        _at_the_limit_case(),
        _resample_case(5, 2, 1.5, 31),
    ],
    may_change=("z",),
)


@RESAMPLE.solution
def resample(z, limit, spare):
    """Vectors z (N, z_dim), spare (M,) -> (N, z_dim): z, with numbers of spare in place of those beyond the limit."""
    usable = spare[spare.abs() <= limit]
    too_large = z.abs() > limit
    z = z.clone()
    z[too_large] = usable[: too_large.sum()]
    return z


@RESAMPLE.right
def _by_masked_scatter(z, limit, spare):
    return z.masked_scatter(z.abs() > limit, spare[spare.abs() <= limit])


@RESAMPLE.right
def _number_by_number(z, limit, spare):
    rest = iter(spare.tolist())
    for row in z:
        for k, number in enumerate(row.tolist()):
            while abs(number) > limit:
                number = next(rest)  # noqa: PLW2901
            row[k] = number
    return z


@RESAMPLE.right
def _by_counting(z, limit, spare):
    usable = spare[(spare >= -limit) & (spare <= limit)]
    too_large = (z > limit) | (z < -limit)
    order = (too_large.flatten().cumsum(0) - 1).clamp(min=0).view_as(z)
    return torch.where(too_large, usable[order], z)


@RESAMPLE.wrong("the numbers are cut off at the limit, where they pile up: replace them by numbers of spare")
def _cut_off(z, limit, spare):
    return z.clamp(-limit, limit)


@RESAMPLE.wrong("numbers of spare can be too large as well: skip those whose absolute value is above the limit")
def _spare_unchecked(z, limit, spare):
    return z.masked_scatter(z.abs() > limit, spare)


@RESAMPLE.wrong("numbers far below 0 stay in z: compare its absolute values with the limit")
def _one_sided(z, limit, spare):
    return z.masked_scatter(z > limit, spare[spare.abs() <= limit])


@RESAMPLE.wrong("numbers of spare far below 0 are used: compare its absolute values with the limit")
def _spare_one_sided(z, limit, spare):
    return z.masked_scatter(z.abs() > limit, spare[spare <= limit])


@RESAMPLE.wrong("the places are filled column by column: reading order goes row by row")
def _column_by_column(z, limit, spare):
    return resample(z.T, limit, spare).T


@RESAMPLE.wrong("every place gets the same number of spare: each must get the next one")
def _one_number_for_all(z, limit, spare):
    return torch.where(z.abs() > limit, spare[spare.abs() <= limit][0], z)


@RESAMPLE.wrong("a number of z exactly at the limit stays: only what is above it is replaced")
def _at_the_limit_too(z, limit, spare):
    return z.masked_scatter(z.abs() >= limit, spare[spare.abs() <= limit])


@RESAMPLE.wrong("a number of spare exactly at the limit may be used")
def _spare_below_the_limit(z, limit, spare):
    return z.masked_scatter(z.abs() > limit, spare[spare.abs() < limit])


@RESAMPLE.wrong("the first number of z takes the first usable one, and so on, needed or not: take the next one unused")
def _by_position(z, limit, spare):
    usable = spare[spare.abs() <= limit].repeat(2)  # so that there are enough
    return torch.where(z.abs() > limit, usable[: z.numel()].view_as(z), z)


@RESAMPLE.wrong("numbers beyond the limit become 0: replace them by numbers of spare")
def _zeros(z, limit, spare):
    return torch.where(z.abs() > limit, 0.0, z)
