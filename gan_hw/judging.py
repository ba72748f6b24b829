"""How good are 1000 images: the share with a face that is found (AFD) and their diversity, with their protocol.

Neither says anything alone: one good face repeated a thousand times has AFD 1 and diversity 0. Beside each number
stand the real data's own and an untrained generator's, so that floor and ceiling are seen. Distances to the real
images in a network's features, and copies, come with them where they are asked for.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gan_hw import copies
from gan_hw.cascade import Cascade
from gan_hw.comparison import split
from gan_hw.data import downloads
from gan_hw.generation import generate, sample_z
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.utils.hosts import reach
from gan_hw.utils.seeds import RandomState

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"
BLOCK = 1000  # images that are compared at a time, so that memory stays small whatever their number
PADDING = 16  # pixels of replicated border for afd_padded
REAL_IMAGES = 2000  # of the data set, for its own values
DETECTOR = (
    "lbpcascade_animeface.xml evaluated by gan_hw.cascade as by OpenCV 4, grey, equalizeHist, "
    "scaleFactor 1.1, minNeighbors 5, minSize 24"
)
SAME = f"RMSE below {copies.ALIKE} at {copies.SIDE} x {copies.SIDE} pixels, mirrored or not"
PROTOCOL = {
    "afd_strict": DETECTOR,
    "afd_padded": f"{DETECTOR}, after {PADDING} pixels of replicated border",
    "diversity": f"mean RMSE over all pairs of images, divided by that of the first {REAL_IMAGES} real ones",
    "real": f"AFD and diversity: the data set's first {REAL_IMAGES} images; all others: images held out",
    "untrained": "as many images of the recipe's generator before training",
    "compression": "as submitted (JPEG): value, raw and best; none: real and untrained",
    "near_copies": f"{SAME}, to a training image; real: of images held out, to the others",
    "duplicates": f"{SAME}, to another image of the same set",
}
METRICS = {  # in the order of the table: how a number is written, and what it says
    "afd_strict": (".3f", "share with a face, without a border"),
    "diversity": (".3f", "1 = as varied as real"),
    "afd_padded": (".3f", "share with a face, with a border"),
    "face_frechet": (".1f", "lower is better"),
    "face_kernel": (".4f", "lower is better"),
    "face_precision": (".3f", "share that is like real images"),
    "face_recall": (".3f", "share of real images that are reached"),
    "face_density": (".3f", "1 = as close as real"),
    "face_coverage": (".3f", "share of real images with one near"),
    "fid": (".1f", "lower is better"),
    "kid": (".4f", "lower is better"),
    "near_copies": (".3f", "share of training images' copies"),
    "duplicates": (".3f", "share that is there twice"),
}
FACE = {name: f"face_{name}" for name in ("frechet", "kernel", "precision", "recall", "density", "coverage")}
INCEPTION = {"frechet": "fid", "kernel": "kid"}


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


def headline(images, spread, cascade, device="cpu"):
    """{"score", "afd_strict", "diversity"} of images uint8 (N, 3, H, W).

    spread: mean_pairwise_rmse of the real data. cascade: path of the detector's file. The score ranks images by both:
    afd_strict times diversity, the latter counted as at most 1.
    """
    afd, diversity = float(faces_found(images, cascade, device=device).mean()), mean_pairwise_rmse(images) / spread
    return {"score": afd * min(diversity, 1.0), "afd_strict": afd, "diversity": diversity}


def judge(images, real, workspace, cascade=None, recipe=RECIPES[DEFAULT], seed=0, beside=None, references=()):
    """The scores of generated images, as a dict ready for JSON.

    images: uint8 (N, 3, H, W), all of them as generated. real: the ImageSet that the model learned. recipe and seed:
    of the untrained generator that stands for the floor. beside: {name: images} to judge with them. references: pairs
    of names for a Reference's numbers, FACE or INCEPTION, and a function that gives it, or raises NotMeasured.

    For each metric the dict holds "value" (generated), the names in `beside`, "real" and "untrained"; what can't be
    measured it holds as "not measured", with the reason.
    """
    untrained = untrained_images(recipe, len(images), seed)
    sets = {"value": images, **(beside or {}), "untrained": untrained}
    sets = {name: torch.as_tensor(np.asarray(part)) for name, part in sets.items()}
    with_real = {**sets, "real": real.images[:REAL_IMAGES]}
    data = {"source": real.source, "fingerprint": real.fingerprint, "size": real.images.shape[-1]}
    scores = {"n": len(images), "data": data}
    protocol = dict(PROTOCOL)
    scores |= _faces(with_real, cascade, workspace)
    differences = {name: mean_pairwise_rmse(part) for name, part in with_real.items()}
    scores["diversity"] = {name: difference / differences["real"] for name, difference in differences.items()}
    scores |= _copied(sets, real)
    for names, find in references:
        try:
            reference = find()
            compared = {name: reference.compare(part) for name, part in sets.items()} | {"real": reference.of_real()}
            protocol |= dict.fromkeys(names.values(), reference.protocol)
            for name, metric in names.items():
                scores[metric] = {who: numbers[name] for who, numbers in compared.items()}
        except NotMeasured as reason:
            scores |= {metric: {"not measured": str(reason)} for metric in names.values()}
    return {**scores, "protocol": protocol}


def _faces(sets, cascade, workspace):
    """Both AFDs of each set, and between which shares they lie."""
    try:
        detector = Cascade(find_cascade(cascade, workspace))
    except NotMeasured as reason:
        return {"intervals": {}} | {metric: {"not measured": str(reason)} for metric in ("afd_strict", "afd_padded")}
    found = {"intervals": {}}
    for metric, padding in (("afd_strict", 0), ("afd_padded", PADDING)):
        found[metric] = {name: detector.found(part, padding).double().mean().item() for name, part in sets.items()}
        shares = found[metric].items()
        found["intervals"][metric] = {name: share_interval(share, len(sets[name])) for name, share in shares}
    return found


def _copied(sets, real):
    held_out, others = split(len(real))
    known = copies.thumbnails(real.images)  # once: a data set may be large
    small = {name: copies.thumbnails(part) for name, part in sets.items()}
    shares = {name: copies.likeness(part, known).share for name, part in small.items()}
    shares["real"] = copies.likeness(known[held_out], known[others]).share
    doubles = {name: copies.likeness_within(part).share for name, part in {**small, "real": known[held_out]}.items()}
    return {"near_copies": shares, "duplicates": doubles}


def untrained_images(recipe, n, seed):
    """n images of the recipe's generator before any training, uint8 (n, 3, size, size)."""
    with RandomState(seed, torch.device("cpu")):
        generator = recipe.generator()
    return generate(generator, sample_z(n, recipe.z_dim, seed))


def check_comparable(first, second, metric):
    """Raises ValueError when two scores' values of a metric came about in different ways and can't be compared."""
    ways = [
        f"{scores['n']} images, {scores['protocol'].get(metric, 'not measured')}, "
        f"data {scores['data']['fingerprint']} at {scores['data'].get('size', '?')} pixels"
        for scores in (first, second)
    ]
    if ways[0] != ways[1]:
        raise ValueError(
            f"the two values of {metric} can't be compared: one is of {ways[0]}, the other of {ways[1]}; "
            "judge both with the same data set, version and workspace"
        )


def score_lines(scores):
    """The scores as lines of a table for people, headline first."""
    columns = {"value": "generated"} | {name: name for name in scores["diversity"] if name not in ("value", "real")}
    columns["real"] = "real"
    lines = [f"{'':15}" + "".join(f"{title:>11}" for title in columns.values())]
    for metric, (form, meaning) in METRICS.items():
        values = scores.get(metric, {})
        if "not measured" in values:
            lines.append(f"{metric:15}  not measured: {values['not measured']}")
        elif values:
            lines.append(f"{metric:15}" + "".join(f"{values[name]:>11{form}}" for name in columns) + f"  {meaning}")
    return lines + _remarks(scores)


def _remarks(scores):
    afd, lines = scores["afd_strict"].get("value"), []
    if afd is not None:
        low, high = scores["intervals"]["afd_strict"]["value"]
        reached = afd_baseline(afd)
        lines += [
            f"With {scores['n']} images the true afd_strict lies between {low:.3f} and {high:.3f} (95 % confidence)",
            f"AFD baseline of the 2022 course reached: {reached.name} (AFD >= {reached.afd})",
        ]
    if any("value" in scores.get(metric, {}) for metric in ("face_frechet", "fid")):
        lines.append(
            f"Distances from {scores['n']} images come out too large: compare them with others from as many only"
        )
    return lines
