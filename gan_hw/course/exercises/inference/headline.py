"""Exercise `headline` of notebook 5: Faces, and different ones."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise


def _headline_case(found: list[bool], height: int, width: int, real: float, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, float]:
        generator = torch.Generator().manual_seed(seed)
        images = torch.rand(len(found), 3, height, width, generator=generator) * 2 - 1
        brightness = torch.linspace(0.2, 1, len(found))[:, None, None, None]  # so that pairs differ in distance
        return torch.tensor(found), images * brightness, real

    return Case(f"{len(found)} images of {height}x{width} pixels and real ones {real:g} apart", arguments)


def _duplicates_case() -> Case:
    def arguments() -> tuple[Tensor, Tensor, float]:
        images = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(74)) * 2 - 1
        return torch.tensor([True, True, False, True]), images[[0, 1, 0, 0]], 0.8

    return Case("4 images of 4x5 pixels, of which three are equal", arguments)


def _pair(answer: Callable[..., Any], found: Tensor, images: Tensor, real_distance: float) -> Any:
    scores = answer(found, images, real_distance)
    return tuple(scores) if isinstance(scores, Tensor) and scores.ndim == 1 else scores


HEADLINE = Exercise(
    name="headline",
    notebook="05",
    points=2,
    title="Faces, and different ones",
    task="""One good face a thousand times: a detector finds it in every image. So the headline is a pair. AFD is the
share of images in which a face was found. *Diversity* is the mean distance of two images, over all pairs of two
different ones, divided by `real_distance`, which is the same mean for real images. The distance of two images is the
root mean square of their differences over all pixels and colours. Write `headline`.""",
    hints=(
        "For AFD, turn the bools into numbers. For diversity, flatten each image to one row, and compare rows.",
        "Among N images there are N (N - 1) / 2 pairs, and no image makes a pair with itself. Each pair has its own "
        "root; the mean over the pairs comes after it.",
        "`torch.pdist(images.flatten(1))` gives the Euclidean distance of each pair once. Its square is the sum of "
        "squared differences; for the mean square, divide it by the number of values in an image.",
    ),
    cases=[
        _headline_case([True, False, True, True], 5, 7, 1.1, 71),
        _headline_case([False, True, True, False, True], 6, 4, 0.2, 72),
        _headline_case([True, False], 3, 3, 0.5, 73),
        _duplicates_case(),
    ],
    observe=_pair,
)


@HEADLINE.solution
def headline(found, images, real_distance):
    """found: bool (N,), images: float (N, 3, H, W), N >= 2, real_distance: number -> (AFD, diversity), two scalars."""
    rows = images.flatten(1)
    distances = torch.pdist(rows) / rows.shape[1] ** 0.5
    return found.float().mean(), distances.mean() / real_distance


@HEADLINE.right
def _pair_by_pair(found, images, real_distance):
    pairs = list(itertools.combinations(images, 2))
    total = sum(((x - y) ** 2).mean().sqrt() for x, y in pairs)
    return found.sum().item() / len(found), total / len(pairs) / real_distance


@HEADLINE.right
def _by_broadcasting(found, images, real_distance):
    distances = (images[:, None] - images).square().mean((2, 3, 4)).sqrt()
    afd = found.double().mean()
    return afd, distances.sum() / (len(images) * (len(images) - 1)) / real_distance


@HEADLINE.right
def _by_upper_triangle(found, images, real_distance):
    rows = images.reshape(len(images), -1).double()
    above = torch.ones(len(rows), len(rows)).triu(1).bool()
    diversity = torch.cdist(rows, rows)[above].mean() / math.sqrt(rows.shape[1]) / real_distance
    return torch.count_nonzero(found) / len(found), diversity


@HEADLINE.wrong("pairs of an image and itself are counted as well: there are N (N - 1) ordered pairs, not N times N")
def _with_itself(found, images, real_distance):
    distances = (images[:, None] - images).square().mean((2, 3, 4)).sqrt()
    return found.float().mean(), distances.mean() / real_distance


@HEADLINE.wrong("pairs of equal images are left out: they are what diversity has to punish, with the distance 0")
def _without_equal_images(found, images, real_distance):
    rows = images.flatten(1)
    distances = torch.pdist(rows) / rows.shape[1] ** 0.5
    return found.float().mean(), distances[distances > 0].mean() / real_distance


@HEADLINE.wrong("the root comes too late: each pair has its own, and then comes the mean over the pairs")
def _root_of_the_mean(found, images, real_distance):
    rows = images.flatten(1)
    return found.float().mean(), (torch.pdist(rows) ** 2 / rows.shape[1]).mean().sqrt() / real_distance


@HEADLINE.wrong("the differences are not squared: the distance of two images is a root mean square")
def _absolute_differences(found, images, real_distance):
    rows = images.flatten(1)
    return found.float().mean(), torch.pdist(rows, p=1).mean() / rows.shape[1] / real_distance


@HEADLINE.wrong("the squared differences are summed: divide by the number of values in an image before the root")
def _sum_of_squares(found, images, real_distance):
    return found.float().mean(), torch.pdist(images.flatten(1)).mean() / real_distance


@HEADLINE.wrong("the diversity is not divided by that of the real images, real_distance")
def _not_relative(found, images, real_distance):
    return headline(found, images, 1)


@HEADLINE.wrong("the quotient is upside down: more varied images must have a higher diversity")
def _upside_down(found, images, real_distance):
    afd, diversity = headline(found, images, real_distance)
    return afd, 1 / diversity


@HEADLINE.wrong("the diversity is cut off at 1: for {case} it is {expected}")
def _at_most_1(found, images, real_distance):
    afd, diversity = headline(found, images, real_distance)
    return afd, diversity.clamp(max=1)


@HEADLINE.wrong("AFD is a share: divide the number of faces by the number of images")
def _number_of_faces(found, images, real_distance):
    afd, diversity = headline(found, images, real_distance)
    return afd * len(found), diversity


@HEADLINE.wrong("only images with a face are compared: diversity takes all pairs of images")
def _faces_alone(found, images, real_distance):
    afd, _ = headline(found, images, real_distance)
    return afd, headline(found, images[found], real_distance)[1]


@HEADLINE.wrong("only neighbours are compared, the first with the second and so on: take all pairs")
def _neighbours(found, images, real_distance):
    distances = (images[1:] - images[:-1]).square().mean((1, 2, 3)).sqrt()
    return found.float().mean(), distances.mean() / real_distance


@HEADLINE.wrong("the two are exchanged: AFD comes first")
def _exchanged(found, images, real_distance):
    return headline(found, images, real_distance)[::-1]
