"""The drawn faces as a source."""

from typing import IO, TYPE_CHECKING

from gan_hw.data import drawn_faces
from gan_hw.data.address import Fit
from gan_hw.data.sources.base import DecodedImages, ImageSource
from gan_hw.utils.files import short_hash

if TYPE_CHECKING:
    from gan_hw.utils.progress import Progress

DEFAULT_DRAWN_FACES = 6000
# Fingerprints {number of faces: fingerprint} from before the drawings had a version number: runs and caches of these
# sets are found by them.
VERSION_1_FINGERPRINTS = {
    64: "82934ae8", 100: "b2e86ed6", 200: "c496bd29", 300: "aea226fc", 500: "3bc460fe", 1000: "59ab8737",
    2000: "0884f61a", 3000: "8b17af9e", 4000: "c3e4093c", 5000: "d35d3529", 6000: "e7aff147", 8000: "0bb3199f",
    10_000: "88aaa9db", 12_000: "ca444541", 20_000: "bc1ff9b7",
}  # fmt: skip


class DrawnFaces(ImageSource):
    """The embedded data set: the first `count` faces of drawn_faces."""

    always_square = True

    def __init__(self, count: int) -> None:
        self.count = count
        self.name = "drawn" if count == DEFAULT_DRAWN_FACES else f"drawn{count}"
        self.address = "drawn" if count == DEFAULT_DRAWN_FACES else f"drawn:{count}"

    def fingerprint(self) -> str:
        """Hash of the number of faces and the version of the drawings."""
        known = VERSION_1_FINGERPRINTS.get(self.count) if drawn_faces.VERSION == 1 else None
        return known or short_hash(f"drawn faces, version {drawn_faces.VERSION}: {self.count}")

    def read(
        self,
        size: int,
        scratch_file: IO[bytes],  # noqa: ARG002 - the same parameters for every source
        progress: "Progress",
        fit: Fit = "crop",  # noqa: ARG002
    ) -> DecodedImages:
        """Draw the faces; they are square whatever the `fit`."""
        images, labels, class_names = drawn_faces.draw_faces(self.count, size=size, progress=progress.update)
        progress.close()
        return {"images": images, "labels": labels, "class_names": list(class_names), "left_out": []}
