"""Exercise `label_direction` of notebook 10: The direction of a label."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import random_normal


def _direction_case(count: int, labelled: int, z_dim: int, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor]:
        z = random_normal(count, z_dim, seed=seed)
        scores = z[:, :2].sum(1) + 0.5 * random_normal(count, seed=seed + 1)
        return z, scores >= scores.sort(descending=True).values[labelled - 1]

    have = "have" if labelled > 1 else "has"
    return Case(f"{count} vectors of {z_dim} numbers of which {labelled} {have} the label", arguments)


LABEL_DIRECTION = Exercise(
    name="label_direction",
    notebook="10",
    points=2,
    title="The direction of a label",
    task="""A classifier says of each generated image whether it has a label, such as blue hair. Which direction of $z$
leads to it? A simple answer is the difference of two means: from the mean of those $z$ whose images lack the label to
the mean of those whose images have it. Write `label_direction`: this direction, (z_dim,), with the Euclidean length 1.
`z` is (N, z_dim), `has_label` is a tensor of bools, (N,), and there are images of both kinds.""",
    hints=(
        "A tensor of bools as an index selects rows: `z[has_label]`. `~has_label` is True where the label is missing.",
        "Subtract the mean over the rows without the label from that over the rows with it. Then divide the difference "
        "by its norm.",
        "`difference = z[has_label].mean(0) - z[~has_label].mean(0)`, and then `difference / difference.norm()`.",
    ),
    cases=[
        _direction_case(12, 4, 5, 151),
        _direction_case(9, 6, 3, 161),
        _direction_case(20, 1, 8, 171),
        _direction_case(7, 5, 2, 181),
    ],
)


@LABEL_DIRECTION.solution
def label_direction(z, has_label):
    """Vectors z (N, z_dim), has_label bool (N,) -> the direction towards the label, (z_dim,), of length 1."""
    difference = z[has_label].mean(0) - z[~has_label].mean(0)
    return difference / difference.norm()


@LABEL_DIRECTION.right
def _from_the_mean_of_all(z, has_label):
    return F.normalize(z[has_label].mean(0) - z.mean(0), dim=0)  # parallel to the solution's difference


@LABEL_DIRECTION.right
def _to_the_mean_of_all(z, has_label):
    difference = z.mean(0) - z[torch.logical_not(has_label)].mean(0)
    return difference / difference.square().sum().sqrt()


@LABEL_DIRECTION.right
def _by_the_covariance(z, has_label):
    labels = has_label.double()
    covariance = (labels - labels.mean()) @ z.double()  # of the label with each number of z
    return covariance / torch.linalg.vector_norm(covariance)


@LABEL_DIRECTION.right
def _vector_by_vector(z, has_label):
    sums, counts = {True: 0, False: 0}, {True: 0, False: 0}
    for row, label in zip(z, has_label.tolist(), strict=True):
        sums[label] = sums[label] + row
        counts[label] += 1
    difference = sums[True] / counts[True] - sums[False] / counts[False]
    return difference / (difference @ difference) ** 0.5


@LABEL_DIRECTION.wrong("the difference is right, but its length is not 1: divide it by its norm")
def _not_normalised(z, has_label):
    return z[has_label].mean(0) - z[~has_label].mean(0)


@LABEL_DIRECTION.wrong("the difference is divided by its norm's square: divide by the norm itself")
def _divided_by_the_square(z, has_label):
    difference = z[has_label].mean(0) - z[~has_label].mean(0)
    return difference / difference.square().sum()


@LABEL_DIRECTION.wrong("that is the mean with the label alone: subtract the mean without it")
def _mean_with_the_label(z, has_label):
    return F.normalize(z[has_label].mean(0), dim=0)


@LABEL_DIRECTION.wrong("the sign is reversed: the direction leads towards the label")
def _away_from_the_label(z, has_label):
    return -label_direction(z, has_label)


@LABEL_DIRECTION.wrong(
    "each number is divided by its own size, so that only 1 and -1 are left: divide by the norm of all"
)
def _signs(z, has_label):
    return label_direction(z, has_label).sign()


@LABEL_DIRECTION.wrong(
    "the difference is divided by the sum of its numbers: its length is the root of the sum of squares"
)
def _divided_by_the_sum(z, has_label):
    difference = z[has_label].mean(0) - z[~has_label].mean(0)
    return difference / difference.sum()


@LABEL_DIRECTION.wrong("the absolute values add up to 1, but the Euclidean length is the root of the sum of squares")
def _sum_of_absolute_values(z, has_label):
    return F.normalize(z[has_label].mean(0) - z[~has_label].mean(0), p=1, dim=0)


@LABEL_DIRECTION.wrong("the largest number is 1, but the Euclidean length is to be 1: divide by the norm")
def _divided_by_the_largest(z, has_label):
    difference = z[has_label].mean(0) - z[~has_label].mean(0)
    return difference / difference.abs().max()


@LABEL_DIRECTION.wrong("these are sums: the two groups may differ in size, so take their means")
def _sums(z, has_label):
    return F.normalize(z[has_label].sum(0) - z[~has_label].sum(0), dim=0)


@LABEL_DIRECTION.wrong("the two means are added: subtract the one without the label")
def _added(z, has_label):
    return F.normalize(z[has_label].mean(0) + z[~has_label].mean(0), dim=0)


@LABEL_DIRECTION.wrong("the two means are scaled to length 1 before the subtraction: scale the difference alone")
def _means_normalised_first(z, has_label):
    means = F.normalize(torch.stack([z[has_label].mean(0), z[~has_label].mean(0)]), dim=1)
    return F.normalize(means[0] - means[1], dim=0)


@LABEL_DIRECTION.wrong("each z is scaled to length 1 before the means: take the means of the z as they are")
def _vectors_normalised_first(z, has_label):
    return label_direction(F.normalize(z), has_label)


@LABEL_DIRECTION.wrong("these are medians: the difference of the means is asked for")
def _medians(z, has_label):
    return F.normalize(z[has_label].median(0).values - z[~has_label].median(0).values, dim=0)


@LABEL_DIRECTION.wrong("the means are taken over the numbers of each z: take them over the vectors, dimension 0")
def _means_over_numbers(z, has_label):
    return F.normalize(z[has_label].mean() - z[~has_label].mean(), dim=0)


@LABEL_DIRECTION.wrong("the numbers are right, but for {case} {expected} is right, not {got}")
def _as_a_row(z, has_label):
    return label_direction(z, has_label)[None]


@LABEL_DIRECTION.wrong("that is the direction of a linear regression: the difference of two means is asked for")
def _by_regression(z, has_label):
    labels = has_label.float()
    fit = torch.linalg.lstsq(z - z.mean(0), (labels - labels.mean())[:, None]).solution
    return F.normalize(fit[:, 0], dim=0)
