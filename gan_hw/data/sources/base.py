"""What every source of images offers: an address, a name, a fingerprint of its content, and decoded images."""

from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, TypedDict

from gan_hw.data.address import Fit

if TYPE_CHECKING:
    from torch import Tensor

    from gan_hw.utils.progress import Progress


class _DecodedImages(TypedDict):
    images: "Tensor"  # uint8 (N, 3, size, size) RGB
    labels: "Tensor | None"  # uint8 (N, K) multi-hot
    class_names: list[str]  # K names
    left_out: list[str]  # pictures that could not be read, each with the reason


class DecodedImages(_DecodedImages, total=False):
    """The content of a cache file; its keys are part of the file format."""

    unlabelled: int  # number of pictures without labels, which are left out


class ImageSource(ABC):
    """Pictures from one place. Nothing is downloaded or decoded before `fingerprint` or `read` is called.

    address: names the same source from any working directory. name: a short one for file names. always_square: whether
    all pictures are square already, so that `fit` makes no difference.
    """

    address: str
    name: str
    always_square: bool = False

    @abstractmethod
    def fingerprint(self) -> str:
        """8 hex digits that change with the content."""

    @abstractmethod
    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode all pictures at size x size pixels.

        scratch_file: an open temporary file for the pixels, so that they need not fit in memory; the result may be a
        memory map of it. fit: how pictures are made square. Raises ValueError naming the source and the problem.
        """
