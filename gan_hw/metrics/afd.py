"""AFD: the share of images in which an anime face is detected, its interval, and the course's baselines."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.cascade_file import find_cascade, known_cascade, remember_cascade
from gan_hw.metrics.diversity import relative_diversity
from gan_hw.metrics.face_detector import FaceDetector, load_face_detector
from gan_hw.metrics.protocol import NotMeasured


@dataclass(frozen=True)
class Baseline:
    """One row of the course's table of 2022. Its FID was computed by other means than ours: never compare the two."""

    name: str
    course_fid: int  # at most
    afd: float  # at least


BASELINES = (
    Baseline("simple", 30000, 0.0),
    Baseline("medium", 12000, 0.4),
    Baseline("strong", 10000, 0.5),
    Baseline("boss", 9000, 0.6),
)


def afd_baseline(afd: float) -> Baseline:
    """The highest of the course's baselines whose AFD is reached: one of its two conditions, the other being FID."""
    return [baseline for baseline in BASELINES if afd >= baseline.afd][-1]


def load_cascade(cascade: str | Path | None, workspace: str | Path) -> Cascade:
    """The cascade in the file that find_cascade finds; the workspace remembers which file that is.

    Raises ValueError when the file is missing or not a cascade of local binary patterns, NotMeasured when no file is
    named and none can be downloaded.
    """
    path = find_cascade(cascade, workspace)
    detector = Cascade(path)
    remember_cascade(path, workspace)
    return detector


def load_detector(cascade: str | Path | None, workspace: str | Path, fetch: bool = False) -> Cascade | FaceDetector:
    """The cascade where it is at hand, else the kit's own detector; its `metric` tells which.

    fetch: try to download the cascade's file where none is named or remembered. Raises ValueError as load_cascade does.
    """
    if fetch or known_cascade(cascade, workspace):
        with suppress(NotMeasured):
            return load_cascade(cascade, workspace)
    return load_face_detector()


def detect_faces(
    images: Tensor | np.ndarray, cascade: str | Path, padding: int = 0, device: str | torch.device = "cpu"
) -> np.ndarray:
    """Whether each image contains a face: bool (N,) for images uint8 (N, 3, H, W).

    cascade: path of the detector's file. padding: pixels of replicated border, which helps with faces that fill the
    image. Raises ValueError when the file is not a cascade of local binary patterns.
    """
    return Cascade(cascade).detect(images, padding, device).numpy()


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """(low, high), the 95 % confidence interval of a proportion of which `share` was observed in n trials.

    Wilson 1927.
    """
    z = 1.96
    centre, half_width = share + z**2 / (2 * n), z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return (centre - half_width) / (1 + z**2 / n), (centre + half_width) / (1 + z**2 / n)


def rank_score(afd: float, diversity: float) -> float:
    """What ranks images, by both: the share with a face times diversity, the latter counted as at most 1."""
    return afd * min(diversity, 1.0)


def face_scores(
    images: Tensor | np.ndarray, real_rmse: float, detector: Cascade | FaceDetector, device: str | torch.device = "cpu"
) -> dict[str, float]:
    """{"score", the detector's metric, "diversity"} of images uint8 (N, 3, H, W).

    real_rmse: mean_pairwise_rmse of the real images. The score is rank_score of afd_kit or afd_strict.
    """
    afd = detector.detect(images, device=device).double().mean().item()
    diversity = relative_diversity(images, real_rmse)
    return {"score": rank_score(afd, diversity), detector.metric: afd, "diversity": diversity}
