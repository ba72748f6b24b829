"""Images that are there twice: inside a submission, and copied from the training images, which the course forbids.

Copies are told from likenesses by their pixels: both images are made small, so that compression, noise and a shift by a
pixel hardly count, and are compared with each other and with each other's mirror image.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from gan_hw.metrics.distances import nearest
from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE, THUMBNAIL_SIDE


@dataclass(frozen=True)
class Likeness:
    """For each of N images: differences (N,), the RMSE to the image most like it, in pixel values, and its row (N,)."""

    differences: torch.Tensor
    rows: torch.Tensor

    @property
    def copies(self):
        """Which images are copies: bool (N,)."""
        return self.differences < NEAR_DUPLICATE_RMSE

    @property
    def share(self):
        """Of images that are copies, in [0, 1]."""
        return self.copies.double().mean().item()


def of_others(images, others):
    """The Likeness of images uint8 (N, 3, H, W) to those of `others` (M, 3, H, W) that are most like them."""
    return likeness(thumbnails(images), thumbnails(others))


def of_each_other(images):
    """The Likeness of each image to the one most like it among the others of the same set, N >= 2."""
    return likeness_within(thumbnails(images))


def likeness(small, others):
    """The Likeness of thumbnails to those of `others` that are most like them."""
    return _closer(nearest(small, others), nearest(mirrored(small), others))


def likeness_within(small):
    """The Likeness of each thumbnail to the one most like it among the others."""
    return _closer(nearest(small, small, skip_self=True), nearest(mirrored(small), small, skip_self=True))


def _closer(plain, turned):
    (first, first_rows), (second, second_rows) = ((part[:, 0] for part in found) for found in (plain, turned))
    rmse = torch.minimum(first, second) / (3 * THUMBNAIL_SIDE * THUMBNAIL_SIDE) ** 0.5
    return Likeness(rmse, torch.where(first <= second, first_rows, second_rows))


def thumbnails(images):
    """Images uint8 (N, 3, H, W) -> thumbnails, float (N, 3 * THUMBNAIL_SIDE**2), pixel values averaged over areas."""
    small = [
        F.adaptive_avg_pool2d(part.float(), THUMBNAIL_SIDE).flatten(1) for part in torch.as_tensor(images).split(1000)
    ]
    return torch.cat(small)


def mirrored(small):
    """The thumbnails (N, 3 * THUMBNAIL_SIDE * THUMBNAIL_SIDE) of the images' mirror images."""
    return small.view(-1, 3, THUMBNAIL_SIDE, THUMBNAIL_SIDE).flip(3).flatten(1)
