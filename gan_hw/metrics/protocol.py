"""How each score is measured, in words that are stored with it, and how it is printed; no torch."""

THUMBNAIL_SIDE = 8  # pixels: images this small retain little noise, compression, or a shift by one pixel
NEAR_DUPLICATE_RMSE = 10.0  # of pixel values (0..255) of thumbnails, below which one image is a copy of the other
AFD_PADDING_PIXELS = 16  # of replicated border for afd_padded
REAL_IMAGES = 2000  # of the data set, for its own AFD and diversity
DETECTOR_PROTOCOL = (  # word for word as in older scores.json: the texts decide which scores may be compared
    "lbpcascade_animeface.xml evaluated by gan_hw.cascade as by OpenCV 4, grey, equalizeHist, "
    "scaleFactor 1.1, minNeighbors 5, minSize 24"
)
COPY_PROTOCOL = f"RMSE below {NEAR_DUPLICATE_RMSE} at {THUMBNAIL_SIDE} x {THUMBNAIL_SIDE} pixels, mirrored or not"
PROTOCOL: dict[str, str] = {
    "afd_strict": DETECTOR_PROTOCOL,
    "afd_padded": f"{DETECTOR_PROTOCOL}, after {AFD_PADDING_PIXELS} pixels of replicated border",
    "diversity": f"mean RMSE over all pairs of images, divided by that of the first {REAL_IMAGES} real ones",
    "real": f"AFD and diversity: the data set's first {REAL_IMAGES} images; all others: images held out",
    "untrained": "as many images of the recipe's generator before training",
    "compression": "as submitted (JPEG): value, raw and best; none: real and untrained",
    "near_copies": f"{COPY_PROTOCOL}, to a training image; real: of images held out, to the others",
    "duplicates": f"{COPY_PROTOCOL}, to another image of the same set",
}
METRICS: dict[str, tuple[str, str]] = {  # in the order of the table: number format and meaning
    "afd_strict": (".3f", "fraction with a face, no border added"),
    "diversity": (".3f", "1 = as varied as real"),
    "afd_padded": (".3f", "fraction with a face, border added"),
    "face_frechet": (".1f", "lower is better"),
    "face_kernel": (".4f", "lower is better"),
    "face_precision": (".3f", "fraction close to a real image"),
    "face_recall": (".3f", "fraction of real images covered"),
    "face_density": (".3f", "about 1 = as dense as real"),
    "face_coverage": (".3f", "fraction of real images with one nearby"),
    "fid": (".1f", "lower is better"),
    "kid": (".4f", "lower is better"),
    "near_copies": (".3f", "fraction that copies a training image"),
    "duplicates": (".3f", "fraction with a near duplicate in the set"),
}
HEADLINE_METRICS = ("afd_strict", "diversity")
METRIC_SECTIONS: dict[str, tuple[str, ...]] = {
    "Fraction of images with a face, without and with a border added": ("afd_strict", "afd_padded"),
    "Variety, as a multiple of the real images'": ("diversity",),
    "Distance from the real images: lower is better": ("face_frechet", "face_kernel", "fid", "kid"),
    "Realism (precision, density) and variety (recall, coverage), best near 1": (
        "face_precision", "face_recall", "face_density", "face_coverage",
    ),
    "Fraction of images that copy a training image, and one of their own set": ("near_copies", "duplicates"),
}  # fmt: skip
# Names of a Reference's distances among the metrics, by the network whose features are compared.
FACE_METRICS: dict[str, str] = {
    name: f"face_{name}" for name in ("frechet", "kernel", "precision", "recall", "density", "coverage")
}
INCEPTION_METRICS: dict[str, str] = {"frechet": "fid", "kernel": "kid"}


class NotMeasured(Exception):
    """A score can't be measured here; the message says why and what to do. All other scores still can."""
