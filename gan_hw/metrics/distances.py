"""How far generated images are from real ones, in the features of some network: pure mathematics, from arrays.

Features are (N, D), one row an image; every function computes in float64. Fréchet and kernel distance speak of the two
sets as wholes; precision and recall, density and coverage tell what is wrong: images that are not like real ones, or
real ones that have no like among the generated.
"""

from dataclasses import dataclass

import torch

NEIGHBOUR = 3  # whose distance is the reach of an image, for precision and recall,
DENSE_NEIGHBOUR = 5  # and for density and coverage
ENTRIES = 20_000_000  # distances computed at a time, so that memory stays small whatever their number


@dataclass(frozen=True)
class Moments:
    """Mean (D,) and covariance (D, D) of features: all that the Fréchet distance needs of a set."""

    mean: torch.Tensor
    covariance: torch.Tensor

    @classmethod
    def of(cls, features):
        """Of features (N, D), N >= 2; the covariance is the unbiased one."""
        features = torch.as_tensor(features).double()
        return cls(features.mean(0), features.T.cov().reshape(features.shape[1], -1))


def frechet(first, second):
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two Moments (Dowson and Landau 1982; Heusel et al. 2017).

    It is that of Gaussians with these moments. From N images it comes out too large, the more so the smaller N.
    """
    # The eigenvalues of C1 C2 are those of the symmetric matrix C1^(1/2) C2 C1^(1/2), which is safe to take apart.
    values, vectors = torch.linalg.eigh(first.covariance)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    shared = torch.linalg.eigvalsh(root @ second.covariance @ root).clamp(min=0).sqrt().sum()
    traces = first.covariance.trace() + second.covariance.trace()
    return ((first.mean - second.mean).square().sum() + traces - 2 * shared).clamp(min=0).item()


def kernel_distance(first, second, within=None):
    """The unbiased squared maximum mean discrepancy of features (N, D) and (M, D), kernel (x y / D + 1)^3.

    within: kernel_within(second), where it is known already.

    Its expectation is 0 for sets of the same distribution, whatever their size, so it may come out below 0
    (Binkowski et al. 2018, section 4).
    """
    first, second = (torch.as_tensor(features).double() for features in (first, second))
    within = kernel_within(second) if within is None else within
    return kernel_within(first) + within - 2 * _kernel_sum(first, second) / (len(first) * len(second))


def kernel_within(features):
    """Mean kernel of all pairs of two different rows of features (N, D)."""
    features = torch.as_tensor(features).double()
    return _kernel_sum(features, features, diagonal=False) / (len(features) * (len(features) - 1))


def _kernel_sum(first, second, diagonal=True):
    size = first.shape[1]
    total = sum((part @ second.T / size + 1).pow(3).sum().item() for part in _parts(first, second))
    return total if diagonal else total - (first.square().sum(1) / size + 1).pow(3).sum().item()


def nearest(features, others, k=1, skip_self=False):
    """(distances (N, k), rows (N, k)) of the k nearest of `others` to each of `features`, nearest first.

    skip_self: the two are the same set, and no row counts as its own neighbour.
    """
    features, others = (torch.as_tensor(part).double() for part in (features, others))
    distances, rows, start = [], [], 0
    for part in _parts(features, others):
        block = torch.cdist(part, others, compute_mode="use_mm_for_euclid_dist")
        if skip_self:
            block[torch.arange(len(block)), torch.arange(start, start + len(block))] = torch.inf
        start += len(block)
        found = block.topk(k, largest=False)
        distances.append(found.values)
        rows.append(found.indices)
    return torch.cat(distances), torch.cat(rows)


def precision_recall(generated, real, k=NEIGHBOUR):
    """(precision, recall), each in [0, 1]: the share of generated images within the reach of a real one, and of real
    images within the reach of a generated one (Kynkäänniemi et al. 2019).

    The reach of an image is the distance of its k-th nearest neighbour in its own set. Compare sets of equal size.
    """
    generated, real = (torch.as_tensor(part).double() for part in (generated, real))
    return _covered(generated, real, k).any(1).double().mean().item(), (
        _covered(real, generated, k).any(1).double().mean().item()
    )


def density_coverage(generated, real, k=DENSE_NEIGHBOUR):
    """(density, coverage) (Naeem et al. 2020): how many real images' reach a generated one lies in, over k, on
    average, about 1 for images like the real ones; and the share of real images with a generated one in reach, [0, 1].

    Outliers among the generated images, whose reach is wide, count for nothing here.
    """
    inside = _covered(torch.as_tensor(generated).double(), torch.as_tensor(real).double(), k)
    return inside.sum().item() / (k * len(inside)), inside.any(0).double().mean().item()


def _parts(features, others):
    return features.split(max(1, ENTRIES // len(others)))


def _covered(points, centres, k):
    """bool (N, M): which points lie within the reach of which centres."""
    if k >= len(centres):
        raise ValueError(f"of {len(centres)} images none has a neighbour number {k}; more than {k} are needed")
    reach = nearest(centres, centres, k, skip_self=True)[0][:, -1]
    parts = _parts(points, centres)
    return torch.cat([torch.cdist(part, centres, compute_mode="use_mm_for_euclid_dist") <= reach for part in parts])
