"""One archive of a stranger: read apart within limits, then measured as `gan-hw judge` measures it.

The process that measures sees nothing of the archive but 1000 images of 64x64 pixels, so it needs no limits.
"""

import json
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_hw.course.comparing import printable
from gan_hw.data.images import ImageSet, held_out_split, load_images
from gan_hw.inference import read_worker
from gan_hw.inference.submission import MAX_SUBMISSION_BYTES, SUBMISSION_IMAGES, SUBMISSION_SIZE
from gan_hw.metrics import near_duplicates
from gan_hw.metrics.afd import load_detector, rank_score
from gan_hw.metrics.diversity import relative_diversity
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.metrics.protocol import FACE_METRICS, REAL_IMAGES, NotMeasured
from gan_hw.metrics.reference import Reference, face_reference
from gan_hw.utils import isolation

SHAPE = (SUBMISSION_IMAGES, 3, SUBMISSION_SIZE, SUBMISSION_SIZE)
WAIT_S = 120  # for the process that reads; its own limit is in seconds of the processor
LONGEST_FAULT = 300  # characters


@dataclass(frozen=True)
class Measures:
    """What submissions are measured with: the real images' address, the workspace, and the cascade's file."""

    data: str
    workspace: Path
    cascade: str | None

    def judge(self) -> "SubmissionJudge":
        """The judge, made once for each process."""
        return _judge(self)


@lru_cache(maxsize=1)
def _judge(measures: Measures) -> "SubmissionJudge":
    return SubmissionJudge(load_images(measures.data, measures.workspace, SUBMISSION_SIZE, quiet=True), measures)


class SubmissionJudge:
    """Scores of 1000 images beside those of the real ones. Whatever does not depend on them is computed once."""

    def __init__(self, real: ImageSet, measures: Measures) -> None:
        self.real = real
        self.detector = load_detector(measures.cascade, measures.workspace)
        self.real_rmse = real_images_rmse(real)
        self.real_thumbnails = near_duplicates.make_thumbnails(real.images)
        self.reference: Reference | None = None
        try:
            self.reference = face_reference(real, measures.workspace, quiet=True)
        except NotMeasured as reason:
            self.not_measured = str(reason)

    @property
    def protocol(self) -> str:
        """What the scores depend on besides the images, in words."""
        face = self.reference.protocol if self.reference else self.not_measured
        detector = f"{self.detector.metric}, {self.detector.weights}"
        return f"{detector}, with {self.real.source} {self.real.fingerprint}; {face}"

    def scores(self, images: Tensor, thumbnails: Tensor) -> dict[str, float]:
        """The scores of images uint8 (1000, 3, 64, 64) and their thumbnails, by the names of the judge's metrics."""
        matches = near_duplicates.match_thumbnails(thumbnails, self.real_thumbnails)
        scores = {
            self.detector.metric: self._afd(images),
            "diversity": relative_diversity(images, self.real_rmse),
            "near_copies": matches.copy_rate,
            "duplicates": near_duplicates.match_thumbnails_within(thumbnails).copy_rate,
        }
        return scores | self._face_scores(self.reference.compare(images) if self.reference else {})

    def real_scores(self) -> dict[str, float]:
        """The same for the real images, as `judge` measures them."""
        held_out, others = held_out_split(len(self.real))
        thumbnails = self.real_thumbnails
        scores = {
            self.detector.metric: self._afd(self.real.images[:REAL_IMAGES]),
            "diversity": 1.0,
            "near_copies": near_duplicates.match_thumbnails(thumbnails[held_out], thumbnails[others]).copy_rate,
            "duplicates": near_duplicates.match_thumbnails_within(thumbnails[held_out]).copy_rate,
        }
        return scores | self._face_scores(self.reference.compare_held_out() if self.reference else {})

    def _afd(self, images: Tensor) -> float:
        return self.detector.detect(images).double().mean().item()

    def _face_scores(self, numbers: dict[str, float]) -> dict[str, float]:
        return {FACE_METRICS[name]: value for name, value in numbers.items()}


def measure_archive(
    path: Path, measures: Measures, isolated: bool
) -> tuple[dict[str, Any], Tensor | None, Tensor | None]:
    """(result, images, thumbnails) of one archive; the last two are None when it is refused.

    result: "faults", the reasons for which it is refused, or "scores" with the rank's "rank_score".
    images: uint8 (1000, 3, 64, 64). thumbnails: see near_duplicates.make_thumbnails. isolated: whether bubblewrap
    keeps the process that reads it apart.
    """
    content = isolation.read_file(path, MAX_SUBMISSION_BYTES)
    if content is None:
        return {"faults": [f"it is no regular file, or has more than {MAX_SUBMISSION_BYTES} bytes"]}, None, None
    faults, pixels = read_apart(content, isolated)
    if pixels is None:
        return {"faults": faults}, None, None
    images = torch.from_numpy(pixels)
    thumbnails = near_duplicates.make_thumbnails(images)
    judge = measures.judge()
    scores = judge.scores(images, thumbnails)
    rank = rank_score(scores[judge.detector.metric], scores["diversity"])
    return {"scores": scores, "rank_score": rank}, images, thumbnails


def read_apart(content: bytes, isolated: bool) -> tuple[list[str], np.ndarray | None]:
    """(faults, images uint8 (1000, 3, 64, 64) or None) of an archive's bytes, read in a process of its own.

    Raises OSError when that process can't start, which is not the archive's fault.
    """
    with isolation.scratch_folder() as folder:
        (folder / "submission.tgz").write_bytes(content)
        command, environment = isolation.apart(["-m", read_worker.__name__, str(folder)], folder, isolated)
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WAIT_S,
                check=False,
            )  # fmt: skip
            isolation.check_started(done.stdout)
        except subprocess.TimeoutExpired as ended:
            isolation.check_started(ended.stdout)
            return [f"reading it took more than {WAIT_S} seconds"], None
        pixels = isolation.read_file(folder / "images.raw", int(np.prod(SHAPE)))
        faults = _faults(isolation.read_file(folder / "faults.json", 1_000_000))
    if faults or pixels is None or len(pixels) != np.prod(SHAPE):
        return faults or ["reading it took more time or memory than any acceptable archive needs"], None
    return [], np.frombuffer(bytearray(pixels), np.uint8).reshape(SHAPE)


def _faults(content: bytes | None) -> list[str]:
    """What the reading process found; its names are a stranger's."""
    try:
        found = json.loads(content or b"[]")
    except ValueError:
        return []
    return [printable(fault, LONGEST_FAULT) for fault in found]
