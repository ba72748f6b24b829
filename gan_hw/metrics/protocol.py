"""How each score is measured, in words that are stored with it, and how it is printed; no torch."""

from collections.abc import Mapping
from typing import Any

from gan_hw.utils.messages import mark

THUMBNAIL_SIDE = 8  # pixels: images this small retain little noise, compression, or a shift by one pixel
NEAR_DUPLICATE_RMSE = 10.0  # of pixel values (0..255) of thumbnails, below which one image is a copy of the other
AFD_PADDING_PIXELS = 16  # of replicated border for afd_padded
REAL_IMAGES = 2000  # of the data set, for its own AFD and diversity
C2ST_LEARN_IMAGES, C2ST_TEST_IMAGES = 4000, 2000  # generated, and as many real, to learn from and to be asked about
HUMAN_QUESTIONS = 40  # on a page of compare-faces, half of them about generated faces, half about real ones
HUMAN_PROTOCOL = f"{HUMAN_QUESTIONS} faces a page, half generated and half real, after JPEG: which is it?"
DETECTOR_PROTOCOL = (  # word for word as in older scores.json: the texts decide which scores may be compared
    "lbpcascade_animeface.xml evaluated by gan_hw.cascade as by OpenCV 4, grey, equalizeHist, "
    "scaleFactor 1.1, minNeighbors 5, minSize 24"
)
COPY_PROTOCOL = f"RMSE below {NEAR_DUPLICATE_RMSE} at {THUMBNAIL_SIDE} x {THUMBNAIL_SIDE} pixels, mirrored or not"
PROTOCOL: dict[str, str] = {
    "afd_strict": DETECTOR_PROTOCOL,
    "afd_padded": f"{DETECTOR_PROTOCOL}, after {AFD_PADDING_PIXELS} pixels of replicated border",
    "afd_kit": "the kit's face detector, on equalised brightness at 64 x 64 pixels",
    "diversity": f"mean RMSE over all pairs of images, divided by that of the first {REAL_IMAGES} real ones",
    "real": f"AFD and diversity: the data set's first {REAL_IMAGES} images; all others: images held out",
    "untrained": "as many images of the recipe's generator before training",
    "compression": "as submitted (JPEG): value, raw and best; none: real and untrained",
    "near_copies": f"{COPY_PROTOCOL}, to a training image; real: of images held out, to the others",
    "duplicates": f"{COPY_PROTOCOL}, to another image of the same set",
}
METRICS: dict[str, tuple[str, str]] = {  # in the order of the table: number format and meaning
    "afd_strict": (".3f", mark("fraction with a face, by the cascade")),
    "afd_kit": (".3f", mark("fraction with a face, by the kit's own detector")),
    "afd_padded": (".3f", mark("fraction with a face, by the cascade, border added")),
    "diversity": (".3f", mark("1 = as varied as real")),
    "face_recall": (".3f", mark("fraction of real images covered")),
    "face_coverage": (".3f", mark("fraction of real images with one nearby")),
    "duplicates": (".3f", mark("fraction with a near duplicate in the set")),
    "face_frechet": (".1f", mark("distance, lower is better")),
    "face_kernel": (".4f", mark("distance, lower is better")),
    "fid": (".1f", mark("distance, lower is better")),
    "kid": (".4f", mark("distance, lower is better")),
    "face_precision": (".3f", mark("fraction close to a real image")),
    "face_density": (".3f", mark("about 1 = as dense as real")),
    "c2st_error": (".4f", mark("a classifier's error in telling them from real, 0.5 = it can't")),
    "c2st_cross_entropy": (".3g", mark("of that classifier, 0.693 or more = it can't tell; breaks ties")),
    "human_error": (".3f", mark("people's error in telling them from real, 0.5 = they can't")),
    "near_copies": (".3f", mark("fraction that copies a training image")),
}
HEADLINE_METRICS = ("afd_strict", "diversity")
METRIC_SECTIONS: dict[str, tuple[str, ...]] = {  # the question that each metric answers
    mark("Is there a face?"): ("afd_strict", "afd_kit", "afd_padded"),
    mark("Are they varied?"): ("diversity", "face_recall", "face_coverage", "duplicates"),
    mark("Are they like real ones?"): ("face_frechet", "face_kernel", "fid", "kid", "face_precision", "face_density"),
    mark("Could anyone tell them from real ones?"): ("c2st_error", "c2st_cross_entropy", "human_error"),
    mark("Are they copies of training images?"): ("near_copies",),
}
# Names of a Reference's distances among the metrics, by the network whose features are compared.
FACE_METRICS: dict[str, str] = {
    name: f"face_{name}" for name in ("frechet", "kernel", "precision", "recall", "density", "coverage")
}
INCEPTION_METRICS: dict[str, str] = {"frechet": "fid", "kernel": "kid"}


def headline_metrics(scores: Mapping[str, Any]) -> tuple[str, str]:
    """The two metrics of the headline: afd_strict where it was measured, else afd_kit, and diversity."""
    return HEADLINE_METRICS if "value" in scores["afd_strict"] else ("afd_kit", "diversity")


class NotMeasured(Exception):
    """A score can't be measured here; the message says why and what to do. All other scores still can."""
