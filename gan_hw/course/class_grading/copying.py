"""Which students handed in the same images: near duplicates between all pairs of submissions.

A near duplicate is one as for copies of training images (metrics/near_duplicates.py). Comparing 200 submissions image
by image is 20 billion pairs, so thumbnails are first reduced to COMPONENTS numbers by an orthogonal projection. That
never makes a distance larger, so no near duplicate is missed; only where two images are near there are the two
submissions compared in full.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from gan_hw.metrics.near_duplicates import match_thumbnails, mirror_thumbnails
from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE, THUMBNAIL_SIDE
from gan_hw.utils.progress import Progress

COMPONENTS = 32  # principal components; with fewer, many pairs are near by chance
SLACK = 1.02  # of the squared distance, for the rounding of float32


def shared_images(thumbnails: Mapping[str, np.ndarray], quiet: bool = True) -> dict[str, dict[str, float]]:
    """{student: {other student: share of the student's images that are near duplicates of one of the other's}}.

    thumbnails: {student: (N, 3 * THUMBNAIL_SIDE**2)} as near_duplicates.make_thumbnails gives them. Shares of 0 are
    left out.
    """
    shares: dict[str, dict[str, float]] = {name: {} for name in thumbnails}
    if len(thumbnails) < 2:
        return shares
    images = {name: torch.from_numpy(np.asarray(part, np.float32)) for name, part in thumbnails.items()}
    mean, basis = _principal_components(torch.cat(list(images.values())))
    plain = {name: _Projected((part - mean) @ basis) for name, part in images.items()}
    mirrored = {name: _Projected((mirror_thumbnails(part) - mean) @ basis) for name, part in images.items()}
    pairs, progress = list(combinations(images, 2)), Progress("Comparing students", "pairs", quiet)
    for done, (first, second) in enumerate(pairs, 1):
        if plain[first].is_near(plain[second]) or mirrored[first].is_near(plain[second]):
            for name, other in ((first, second), (second, first)):
                share = match_thumbnails(images[name], images[other]).copy_rate
                if share:
                    shares[name][other] = share
        progress.update(done, len(pairs))
    progress.close()
    return shares


def _principal_components(thumbnails: Tensor) -> tuple[Tensor, Tensor]:
    """(mean (D,), the COMPONENTS directions (D, COMPONENTS) in which the thumbnails (N, D) differ most)."""
    values = thumbnails.double()
    vectors = torch.linalg.eigh(values.T.cov()).eigenvectors  # by increasing eigenvalue
    return values.mean(0).float(), vectors[:, -COMPONENTS:].float()


class _Projected:
    """Images as COMPONENTS numbers each, ready for one matrix product that gives all squared distances to others."""

    def __init__(self, values: Tensor) -> None:
        squares, ones = values.square().sum(1, keepdim=True), torch.ones(len(values), 1)
        self.left = torch.cat([-2 * values, squares, ones], 1)
        self.right = torch.cat([values, ones, squares], 1).T.contiguous()

    def is_near(self, other: "_Projected") -> bool:
        """Whether any image may be a near duplicate of one of the other's."""
        limit = SLACK * NEAR_DUPLICATE_RMSE**2 * 3 * THUMBNAIL_SIDE**2
        return bool((self.left @ other.right).amin() < limit)
