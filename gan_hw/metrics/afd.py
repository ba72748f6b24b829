"""AFD: the share of images in which an anime face is detected, its interval, and the course's baselines."""

import os
from dataclasses import dataclass
from pathlib import Path

from gan_hw.data import downloads
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils.hosts import reach

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"


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


def find_cascade(cascade, workspace):
    """Path of the face detector's file: `cascade`, else GAN_HW_CASCADE, else fetched once and kept in the workspace.

    Raises ValueError when a file that was named is missing, NotMeasured when fetching it fails.
    """
    named = cascade or os.environ.get("GAN_HW_CASCADE")
    if named:
        path = reach(named)
        if not path.is_file():
            raise ValueError(f"cascade={str(named)!r} is not a file here; leave it out to have it fetched")
        return path
    path = Path(workspace) / "data" / CASCADE_NAME
    if not path.exists():
        _fetch_cascade(path)
    return path


def _fetch_cascade(path):
    try:
        downloads.from_address(CASCADE_URL, CASCADE_SHA256, path)
    except downloads.DownloadFailed as error:
        raise NotMeasured(f"{error}; get it by hand and name it with --cascade FILE or GAN_HW_CASCADE") from error


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
