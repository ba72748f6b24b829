"""AFD: the share of images in which an anime face is detected, its interval, and the course's baselines."""

from dataclasses import dataclass

from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse


@dataclass(frozen=True)
class Baseline:
    """One line of the course's table of 2022. Its FID was computed by other means than ours: never compare them."""

    name: str
    course_fid: int  # at most
    afd: float  # at least


BASELINES = (
    Baseline("simple", 30000, 0.0),
    Baseline("medium", 12000, 0.4),
    Baseline("strong", 10000, 0.5),
    Baseline("boss", 9000, 0.6),
)


def afd_baseline(afd):
    """The highest of the course's baselines whose AFD is reached: the AFD half of its two conditions."""
    return [baseline for baseline in BASELINES if afd >= baseline.afd][-1]


def faces_found(images, cascade, padding=0, device="cpu"):
    """Which images hold a face: bool (N,) for images uint8 (N, 3, H, W). cascade: path of the detector's file.

    padding: pixels of replicated border, which helps with faces that fill the picture. Raises ValueError when the file
    is none of its kind.
    """
    return Cascade(cascade).found(images, padding, device).numpy()


def share_interval(share, n):
    """(low, high) between which the true share lies with 95 % confidence when `share` of n was seen (Wilson 1927)."""
    z = 1.96
    middle, half = share + z**2 / (2 * n), z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def headline(images, spread, cascade, device="cpu"):
    """{"score", "afd_strict", "diversity"} of images uint8 (N, 3, H, W).

    spread: mean_pairwise_rmse of the real data. cascade: path of the detector's file. The score ranks images by both:
    afd_strict times diversity, the latter counted as at most 1.
    """
    afd, diversity = float(faces_found(images, cascade, device=device).mean()), mean_pairwise_rmse(images) / spread
    return {"score": afd * min(diversity, 1.0), "afd_strict": afd, "diversity": diversity}
