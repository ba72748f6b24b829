"""Data sets that are downloaded when they are first read: the course's, from Hugging Face, from Kaggle."""

import re
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gan_hw.data import downloads
from gan_hw.data.address import Fit
from gan_hw.data.sources.archives import PictureFiles, name_without_suffix, open_files
from gan_hw.data.sources.base import DecodedImages, ImageSource
from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from gan_hw.utils.progress import Progress

CRYPKO_FACES = 71_314
CRYPKO_HUGGING_FACE = ("LeoFeng/MLHW_6", "faces.zip")  # as the course published it in 2023
CRYPKO_KAGGLE = "b07202024/diffusion"
LOCATION_PATTERNS = {"crypko": r"", "hf": r"[^/]+/[^/]+/.+", "kaggle": r"[^/]+/[^/]+"}  # by scheme


class DownloadedFiles(ImageSource):
    """A data set that is downloaded when it is first read. `address` and `name` are known before that.

    scheme, location: the parts of the address before and after its colon. Raises ValueError for a malformed address.
    """

    def __init__(self, address: str, scheme: str, location: str) -> None:
        if not re.fullmatch(LOCATION_PATTERNS[scheme], location):
            raise ValueError(
                say("data={address!r}: use crypko, hf:OWNER/DATASET/FILE or kaggle:OWNER/DATASET", address=address)
            )
        self.address, self.scheme, self.location = address, scheme, location
        self.name = name_without_suffix(location.rpartition("/")[2] if location else scheme)

    def fingerprint(self) -> str:
        """Hash of the downloaded files, whatever their origin. Raises DownloadFailed."""
        return self.local_files.fingerprint()

    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode the downloaded pictures. Raises DownloadFailed."""
        decoded = self.local_files.read(size, scratch_file, progress, fit)
        found = len(decoded["images"]) + len(decoded["left_out"])
        if self.scheme == "crypko" and found != CRYPKO_FACES:
            print(
                say(
                    "Note: the course's set has {expected} faces, this copy has {found}",
                    expected=CRYPKO_FACES,
                    found=found,
                )
            )
        return decoded

    @cached_property
    def local_files(self) -> PictureFiles:
        """The downloaded folder or archive. Raises DownloadFailed."""
        try:
            return open_files(str(self._download()))
        except downloads.DownloadFailed as error:
            raise downloads.DownloadFailed(
                say(
                    "data={address!r}: {error}; {hint}",
                    address=self.address,
                    error=error,
                    hint=downloads.offline_hint(),
                )
            ) from error

    def _download(self) -> Path:
        if self.scheme == "hf":
            owner, dataset, file = self.location.split("/", 2)
            return downloads.from_hugging_face(f"{owner}/{dataset}", file)
        if self.scheme == "kaggle":
            return downloads.from_kaggle(self.location)
        try:
            return downloads.from_hugging_face(*CRYPKO_HUGGING_FACE)
        except downloads.DownloadFailed as first:
            try:
                return downloads.from_kaggle(CRYPKO_KAGGLE)
            except downloads.DownloadFailed as second:
                raise downloads.DownloadFailed(f"{first}; {second}") from second
