"""Distances between sets of features: cases whose answer is known beforehand."""

import pytest
import torch

from gan_hw.metrics import distances
from gan_hw.metrics.distances import Moments


def gaussian(n, mean, spread, seed=0):
    """n draws with this mean and these standard deviations, float64 (n, D)."""
    noise = torch.randn(n, len(mean), generator=torch.Generator().manual_seed(seed), dtype=torch.double)
    return noise * torch.tensor(spread) + torch.tensor(mean)


def standard(n, size, seed=0):
    return gaussian(n, [0.0] * size, [1.0] * size, seed)


def test_frechet_distance_of_gaussians_on_a_line():
    """(m1 - m2)^2 + (s1 - s2)^2, as for one dimension the covariances commute."""
    first = Moments(torch.tensor([1.0]).double(), torch.tensor([[4.0]]).double())
    second = Moments(torch.tensor([4.0]).double(), torch.tensor([[25.0]]).double())
    assert distances.frechet(first, second) == pytest.approx(9 + 9)
    assert distances.frechet(first, first) == pytest.approx(0, abs=1e-12)


def test_frechet_distance_of_turned_gaussians():
    """C1 = diag(4, 1) and the same turned by 45 degrees: C1 C2 has determinant 16 and trace 12.5, so the trace of
    its root is sqrt(12.5 + 2 * 4)."""
    turn = torch.tensor([[1.0, -1.0], [1.0, 1.0]]).double() / 2**0.5
    plain = torch.diag(torch.tensor([4.0, 1.0]).double())
    first, second = Moments(torch.zeros(2).double(), plain), Moments(torch.zeros(2).double(), turn @ plain @ turn.T)
    assert distances.frechet(first, second) == pytest.approx(10 - 2 * 20.5**0.5)
    assert distances.frechet(second, first) == pytest.approx(10 - 2 * 20.5**0.5)


def test_frechet_distance_of_samples_and_of_fewer_images_than_features():
    first = Moments.from_features(gaussian(20_000, [0.0, 0.0], [1.0, 2.0]))
    second = Moments.from_features(gaussian(20_000, [3.0, 0.0], [1.0, 1.0], seed=1))
    assert distances.frechet(first, second) == pytest.approx(9 + 1, rel=0.03)
    few = Moments.from_features(standard(10, 40))
    assert distances.frechet(few, few) == pytest.approx(0, abs=1e-6)
    assert distances.frechet(few, Moments.from_features(standard(2000, 40, seed=1))) > 10


def test_kernel_distance_by_hand():
    """D = 1, kernel (x y + 1)^3: {0, 1} against {0, 2}: 1 + 1 - 2 (1 + 1 + 1 + 27) / 4."""
    first, second = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])
    assert distances.kernel_distance(first, second) == pytest.approx(1 + 1 - 2 * 30 / 4)
    # Of a set with itself: without the pairs of equal rows, (1 + 1) - 2 (1 + 1 + 1 + 8) / 4.
    assert distances.kernel_distance(first, first) == pytest.approx(2 - 2 * 11 / 4)
    mean_kernel = distances.mean_kernel(second)
    assert distances.kernel_distance(first, second, mean_kernel) == distances.kernel_distance(first, second)


def test_kernel_distance_is_unbiased_and_grows_with_the_distance():
    draws = [distances.kernel_distance(standard(50, 8, seed), standard(70, 8, 99 + seed)) for seed in range(40)]
    assert min(draws) < 0 < max(draws)
    assert abs(sum(draws) / 40) < 0.05
    moved = [distances.kernel_distance(standard(200, 1), standard(200, 1, seed=1) + far) for far in (1, 2)]
    assert 0.1 < moved[0] < moved[1]


def clusters(places, each=50, seed=0):
    return torch.cat([gaussian(each, place, [0.1, 0.1], seed + number) for number, place in enumerate(places)])


def test_precision_and_recall_of_constructed_clusters():
    """Four real modes; the generator makes two of them and one of its own: 2/3 of its images are like real ones, and
    half of the real ones are covered."""
    real = clusters([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    fake = clusters([[0.0, 0.0], [10.0, 0.0], [50.0, 50.0]], seed=20)
    precision, recall = distances.precision_recall(fake, real)
    assert precision == pytest.approx(2 / 3, abs=0.05)
    assert recall == pytest.approx(1 / 2, abs=0.05)
    density, coverage = distances.density_coverage(fake, real)
    assert density == pytest.approx(2 / 3, abs=0.15)
    assert coverage == pytest.approx(1 / 2, abs=0.05)
    assert distances.precision_recall(real, real) == (1.0, 1.0)


def test_one_outlier_covers_everything_for_recall_but_not_for_coverage():
    """Four far outliers reach over all real images: recall believes them, coverage does not."""
    real = clusters([[0.0, 0.0], [3.0, 0.0]])
    fake = torch.tensor([[100.0, 0.0], [-100.0, 0.0], [0.0, 100.0], [0.0, -100.0]]).double()
    assert distances.precision_recall(fake, real) == (0.0, 1.0)
    assert distances.density_coverage(fake, real) == (0.0, 0.0)


def test_nearest_neighbours_in_blocks(monkeypatch):
    points = gaussian(23, [0.0, 0.0], [1.0, 1.0])
    whole = distances.nearest(points, points, 3, skip_self=True)
    monkeypatch.setattr(distances, "DISTANCES_PER_BLOCK", 4 * 23)
    parts = distances.nearest(points, points, 3, skip_self=True)
    assert torch.equal(whole[1], parts[1])
    torch.testing.assert_close(whole[0], parts[0])
    assert (whole[1] != torch.arange(23)[:, None]).all()
    by_hand = (points[:, None] - points).norm(dim=2).fill_diagonal_(torch.inf).sort(1)
    torch.testing.assert_close(whole[0], by_hand.values[:, :3])


def test_too_few_images_for_a_neighbour_are_named():
    with pytest.raises(ValueError, match="of 3 images none has a neighbour number 3"):
        distances.precision_recall(standard(9, 2), standard(3, 2))
