"""How good are 1000 images: the share with a face that is found (AFD) and their diversity, with their protocol.

Neither says anything alone: one good face repeated a thousand times has AFD 1 and diversity 0. Beside each number
stand the real data's own and an untrained generator's, so that floor and ceiling are seen. Distances to the real
images in a network's features, and copies, come with them where they are asked for.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from gan_hw import downloads
from gan_hw.cascade import Cascade
from gan_hw.generation import generate, sample_z
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.runtime import RandomState

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"
BLOCK = 1000  # images that are compared at a time, so that memory stays small whatever their number
PADDING = 16  # pixels of replicated border for afd_padded
REAL_IMAGES = 2000  # of the data set, for its own values
UNTRAINED_IMAGES = 200  # for the floor
SCORED_IMAGES, SCORED_SEED = 200, 2**32 - 1  # to choose the best moment of a training
PROTOCOL = {
    "afd": "lbpcascade_animeface.xml evaluated by gan_hw.cascade as by OpenCV 4, grey, equalizeHist, "
    "scaleFactor 1.1, minNeighbors 5, minSize 24",
    "afd_padded": f"the same after {PADDING} pixels of replicated border",
    "diversity": "mean RMSE over all pairs of images, divided by the same for the real data",
    "real": f"the data set's first {REAL_IMAGES} images",
    "untrained": f"{UNTRAINED_IMAGES} images of the recipe's generator before training",
}


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


class NotMeasured(Exception):
    """A score can't be had here; the message says why and what to do. Everything else goes on."""


def find_cascade(cascade, workspace):
    """Path of the face detector's file: `cascade`, else GAN_HW_CASCADE, else fetched once and kept in the workspace.

    Raises ValueError when a file that was named is missing, NotMeasured when fetching it fails.
    """
    named = cascade or os.environ.get("GAN_HW_CASCADE")
    if named:
        path = Path(named).expanduser()
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


def mean_pairwise_rmse(images):
    """Mean over all pairs of images of their root mean squared difference, in pixel values (0..255).

    images: uint8 (N, 3, H, W), N >= 2.
    """
    flat = torch.as_tensor(np.asarray(images)).flatten(1)
    total = 0.0
    for rows in flat.split(BLOCK):
        for columns in flat.split(BLOCK):
            # In double precision the fast form |a|^2 + |b|^2 - 2ab is exact enough even for equal images.
            pairs = torch.cdist(rows.double(), columns.double(), compute_mode="use_mm_for_euclid_dist")
            total += pairs.sum().item()
    return total / (len(flat) * (len(flat) - 1)) / flat.shape[1] ** 0.5


class FaceScore:
    """How good a generator's faces are in one number, to choose among the moments of a training: afd_strict times
    diversity, the latter counted as at most 1. On SCORED_IMAGES images, whose noise no submission has.

    real: the ImageSet that the generator learns. cascade, workspace: as for find_cascade.
    """

    def __init__(self, real, workspace, cascade=None):
        self.real, self.workspace, self.cascade = real.images[:SCORED_IMAGES], workspace, cascade

    def __call__(self, generator, z_dim):
        """{"score", "afd_strict", "diversity"} of a generator. Raises NotMeasured where AFD can't be measured."""
        detector = find_cascade(self.cascade, self.workspace)
        images = generate(generator, sample_z(SCORED_IMAGES, z_dim, SCORED_SEED))
        device = next(generator.parameters()).device
        afd = float(faces_found(images, detector, device=device if device.type == "cuda" else "cpu").mean())
        diversity = mean_pairwise_rmse(images) / self.spread
        return {"score": afd * min(diversity, 1.0), "afd_strict": afd, "diversity": diversity}

    @cached_property
    def spread(self):
        """Mean difference between two real images."""
        return max(mean_pairwise_rmse(self.real), 1e-9)


def judge(images, real, workspace, cascade=None, recipe=RECIPES[DEFAULT], seed=0, beside=None):
    """The scores of generated images, as a dict ready for JSON.

    images: uint8 (N, 3, H, W), all of them as generated. real: the ImageSet that the model learned. recipe and seed:
    of the untrained generator that stands for the floor. beside: {name: images} to judge with them. For each metric the
    dict holds "value" (generated), the names in `beside`, "real" and "untrained"; where AFD can't be measured it holds
    "not measured" with the reason.
    """
    sets = {
        "value": np.asarray(images),
        **(beside or {}),
        "real": real.images[:REAL_IMAGES].numpy(),
        "untrained": untrained_images(recipe, UNTRAINED_IMAGES, seed).numpy(),
    }
    scores = {"n": len(images), "data": {"source": real.source, "fingerprint": real.fingerprint}}
    try:
        detector = find_cascade(cascade, workspace)
        scores["afd_strict"] = {name: float(faces_found(part, detector).mean()) for name, part in sets.items()}
        scores["afd_padded"] = {name: float(faces_found(part, detector, PADDING).mean()) for name, part in sets.items()}
    except NotMeasured as reason:
        scores["afd_strict"] = scores["afd_padded"] = {"not measured": str(reason)}
    intervals = {
        metric: {name: share_interval(share, len(sets[name])) for name, share in scores[metric].items()}
        for metric in ("afd_strict", "afd_padded")
        if "not measured" not in scores[metric]
    }
    differences = {name: mean_pairwise_rmse(part) for name, part in sets.items()}
    scores["diversity"] = {name: difference / differences["real"] for name, difference in differences.items()}
    return {**scores, "intervals": intervals, "protocol": PROTOCOL}


def untrained_images(recipe, n, seed):
    """n images of the recipe's generator before any training, uint8 (n, 3, size, size)."""
    with RandomState(seed, torch.device("cpu")):
        generator = recipe.generator()
    return generate(generator, sample_z(n, recipe.z_dim, seed))


def score_lines(scores):
    """The scores as lines of a table for people, headline first."""
    columns = {"value": "generated"} | {name: name for name in scores["diversity"] if name != "value"}
    lines = [f"{'':12}" + "".join(f"{title:>11}" for title in columns.values())]
    for metric in ("afd_strict", "diversity", "afd_padded"):
        values = scores[metric]
        if "not measured" in values:
            lines.append(f"{metric:12}  not measured: {values['not measured']}")
        else:
            lines.append(f"{metric:12}" + "".join(f"{values[name]:11.3f}" for name in columns))
    afd = scores["afd_strict"].get("value")
    if afd is not None:
        low, high = scores["intervals"]["afd_strict"]["value"]
        lines.append(f"afd_strict of {scores['n']} images: between {low:.3f} and {high:.3f} with 95 % confidence")
        reached = afd_baseline(afd)
        lines.append(f"AFD baseline of the 2022 course reached: {reached.name} (AFD >= {reached.afd})")
    return lines
