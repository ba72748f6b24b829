"""How far generated images are from real ones, in the features of some network: pure mathematics on arrays.

Features are (N, D), one row per image; every function computes in float64. Fréchet and kernel distance compare the two
sets as wholes. Precision and recall, density and coverage tell what is wrong: generated images that are unlike real
ones, or real ones that no generated image is like.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

PRECISION_RECALL_K = 3  # the k-th nearest neighbour's distance is an image's radius, for precision and recall,
DENSITY_COVERAGE_K = 5  # and for density and coverage
DISTANCES_PER_BLOCK = 20_000_000  # computed at a time, so that memory stays small whatever the number of images


@dataclass(frozen=True)
class Moments:
    """Mean (D,) and covariance (D, D) of features: all that the Fréchet distance needs of a set."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def from_features(cls, features: Tensor) -> "Moments":
        """Those of features (N, D), N >= 2, with the unbiased covariance."""
        features = torch.as_tensor(features).double()
        return cls(features.mean(0), features.T.cov().reshape(features.shape[1], -1))


def frechet(first: Moments, second: Moments) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), squared Fréchet distance of the Gaussians with these moments.

    Dowson and Landau 1982; Heusel et al. 2017. Estimated from N images it is too large, the more so the smaller N.
    """
    # The eigenvalues of C1 C2 are those of the symmetric matrix C1^(1/2) C2 C1^(1/2), which is safe to decompose.
    values, vectors = torch.linalg.eigh(first.covariance)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    shared = torch.linalg.eigvalsh(root @ second.covariance @ root).clamp(min=0).sqrt().sum()
    traces = first.covariance.trace() + second.covariance.trace()
    return ((first.mean - second.mean).square().sum() + traces - 2 * shared).clamp(min=0).item()


def kernel_distance(first: Tensor, second: Tensor, second_mean_kernel: float | None = None) -> float:
    """The unbiased squared maximum mean discrepancy of features (N, D) and (M, D), kernel (x y / D + 1)^3.

    second_mean_kernel: mean_kernel(second), where it is known already.

    Its expectation is 0 for sets of the same distribution, whatever their size, so it may come out below 0
    (Binkowski et al. 2018, section 4).
    """
    first, second = (torch.as_tensor(features).double() for features in (first, second))
    if second_mean_kernel is None:
        second_mean_kernel = mean_kernel(second)
    cross = _kernel_sum(first, second) / (len(first) * len(second))
    return mean_kernel(first) + second_mean_kernel - 2 * cross


def mean_kernel(features: Tensor) -> float:
    """Mean kernel over all pairs of two different rows of features (N, D)."""
    features = torch.as_tensor(features).double()
    return _kernel_sum(features, features, diagonal=False) / (len(features) * (len(features) - 1))


def _kernel_sum(first: Tensor, second: Tensor, diagonal: bool = True) -> float:
    size = first.shape[1]
    total = sum((block @ second.T / size + 1).pow(3).sum().item() for block in _blocks(first, second))
    return total if diagonal else total - (first.square().sum(1) / size + 1).pow(3).sum().item()


def nearest(features: Tensor, others: Tensor, k: int = 1, skip_self: bool = False) -> tuple[Tensor, Tensor]:
    """(distances (N, k), indices (N, k)) of the k nearest of `others` (M, D) to each of `features` (N, D).

    Nearest first. skip_self: the two are the same set, and no row counts as its own neighbour.
    """
    features, others = (torch.as_tensor(part).double() for part in (features, others))
    distances, indices, start = [], [], 0
    for rows in _blocks(features, others):
        block = torch.cdist(rows, others, compute_mode="use_mm_for_euclid_dist")
        if skip_self:
            block[torch.arange(len(block)), torch.arange(start, start + len(block))] = torch.inf
        start += len(block)
        smallest = block.topk(k, largest=False)
        distances.append(smallest.values)
        indices.append(smallest.indices)
    return torch.cat(distances), torch.cat(indices)


def precision_recall(generated: Tensor, real: Tensor, k: int = PRECISION_RECALL_K) -> tuple[float, float]:
    """(precision, recall), each in [0, 1] (Kynkäänniemi et al. 2019).

    Precision: the share of generated images (N, D) within the radius of a real one (M, D). Recall: the share of real
    images within the radius of a generated one. An image's radius is the distance of its k-th nearest neighbour in its
    own set. Compare sets of equal size only. Raises ValueError when a set has no more than k images.
    """
    generated, real = (torch.as_tensor(part).double() for part in (generated, real))
    return _within_radius(generated, real, k).any(1).double().mean().item(), (
        _within_radius(real, generated, k).any(1).double().mean().item()
    )


def density_coverage(generated: Tensor, real: Tensor, k: int = DENSITY_COVERAGE_K) -> tuple[float, float]:
    """(density, coverage) (Naeem et al. 2020).

    Density: the mean number of real images within whose radius a generated one lies, divided by k; about 1 for images
    like the real ones. Coverage: the share of real images with a generated one within their radius, in [0, 1].
    Outliers among the generated images, whose radius is large, count for nothing here. Raises ValueError when `real`
    has no more than k images.
    """
    inside = _within_radius(torch.as_tensor(generated).double(), torch.as_tensor(real).double(), k)
    return inside.sum().item() / (k * len(inside)), inside.any(0).double().mean().item()


def _blocks(features: Tensor, others: Tensor) -> tuple[Tensor, ...]:
    return features.split(max(1, DISTANCES_PER_BLOCK // len(others)))


def _within_radius(points: Tensor, centres: Tensor, k: int) -> Tensor:
    """Which points (N, D) lie within the radius of which centres (M, D), bool (N, M); see precision_recall."""
    if k >= len(centres):
        raise ValueError(f"of {len(centres)} images none has a neighbour number {k}; more than {k} are needed")
    radii = nearest(centres, centres, k, skip_self=True)[0][:, -1]
    blocks = _blocks(points, centres)
    return torch.cat([torch.cdist(block, centres, compute_mode="use_mm_for_euclid_dist") <= radii for block in blocks])
