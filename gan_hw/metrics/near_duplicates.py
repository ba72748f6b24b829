"""Near duplicates: images repeated within a set, and copies of training images, which the course forbids.

Copies are recognised by their pixels. Images are reduced to thumbnails, so that compression, noise and a shift by one
pixel hardly count, and each is compared with the others and with their mirror images.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_hw.metrics.distances import nearest
from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE, THUMBNAIL_SIDE

THUMBNAILS_PER_PASS = 1000  # images reduced at a time


@dataclass(frozen=True)
class Matches:
    """For each of N images the most similar one: rmse (N,) of their thumbnails in pixel values, and its index (N,)."""

    rmse: Tensor
    indices: Tensor

    @property
    def is_copy(self) -> Tensor:
        """Whether each image is a near duplicate of its match, bool (N,)."""
        return self.rmse < NEAR_DUPLICATE_RMSE

    @property
    def copy_rate(self) -> float:
        """Share of images that are near duplicates, in [0, 1]."""
        return self.is_copy.double().mean().item()


def closest_matches(images: Tensor | np.ndarray, others: Tensor | np.ndarray) -> Matches:
    """The most similar of `others`, uint8 (M, 3, H, W), for each of `images`, uint8 (N, 3, H, W)."""
    return match_thumbnails(make_thumbnails(images), make_thumbnails(others))


def closest_matches_within(images: Tensor | np.ndarray) -> Matches:
    """The most similar other image of the same set, uint8 (N, 3, H, W), N >= 2, for each of its images."""
    return match_thumbnails_within(make_thumbnails(images))


def match_thumbnails(thumbnails: Tensor, others: Tensor) -> Matches:
    """closest_matches of images whose thumbnails are there already."""
    return _closer(nearest(thumbnails, others), nearest(mirror_thumbnails(thumbnails), others))


def match_thumbnails_within(thumbnails: Tensor) -> Matches:
    """closest_matches_within of images whose thumbnails are there already."""
    return _closer(
        nearest(thumbnails, thumbnails, skip_self=True),
        nearest(mirror_thumbnails(thumbnails), thumbnails, skip_self=True),
    )


def _closer(plain: tuple[Tensor, Tensor], mirrored: tuple[Tensor, Tensor]) -> Matches:
    """The closer of two nearest neighbours, each (distances (N, 1), indices (N, 1))."""
    (distance, index), (mirrored_distance, mirrored_index) = (
        (part[:, 0] for part in pair) for pair in (plain, mirrored)
    )
    rmse = torch.minimum(distance, mirrored_distance) / (3 * THUMBNAIL_SIDE * THUMBNAIL_SIDE) ** 0.5
    return Matches(rmse, torch.where(distance <= mirrored_distance, index, mirrored_index))


def make_thumbnails(images: Tensor | np.ndarray) -> Tensor:
    """Images uint8 (N, 3, H, W) -> thumbnails, float (N, 3 * THUMBNAIL_SIDE**2), pixel values averaged over areas."""
    batches = torch.as_tensor(images).split(THUMBNAILS_PER_PASS)
    return torch.cat([F.adaptive_avg_pool2d(batch.float(), THUMBNAIL_SIDE).flatten(1) for batch in batches])


def mirror_thumbnails(thumbnails: Tensor) -> Tensor:
    """Thumbnails (N, 3 * THUMBNAIL_SIDE**2) of the images mirrored left to right."""
    return thumbnails.view(-1, 3, THUMBNAIL_SIDE, THUMBNAIL_SIDE).flip(3).flatten(1)
