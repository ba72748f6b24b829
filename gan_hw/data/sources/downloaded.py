"""Data sets that are fetched when they are first read: the course's, from Hugging Face, from Kaggle."""

import re
from functools import cached_property

from gan_hw.data import downloads
from gan_hw.data.address import FITS
from gan_hw.data.sources.archives import open_files, plain_name

CRYPKO_FACES = 71_314
CRYPKO_HUGGING_FACE = ("LeoFeng/MLHW_6", "faces.zip")  # as the course published it in 2023
CRYPKO_KAGGLE = "b07202024/diffusion"


class Downloaded:
    """A data set that is fetched when it is first read. `address` and `name` are known before that."""

    FORMS = {"crypko": r"", "hf": r"[^/]+/[^/]+/.+", "kaggle": r"[^/]+/[^/]+"}

    def __init__(self, address, kind, rest):
        if not re.fullmatch(self.FORMS[kind], rest):
            raise ValueError(f"data={address!r}: say crypko, hf:OWNER/DATASET/FILE or kaggle:OWNER/DATASET")
        self.address, self.kind, self.rest = address, kind, rest
        self.name = plain_name(rest.split("/")[-1] if rest else kind)

    def fingerprint(self):
        """Of the pictures themselves, wherever they came from."""
        return self.local.fingerprint()

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.local.read(size, scratch, progress, fit)
        found = len(stored["images"]) + len(stored["left_out"])
        if self.kind == "crypko" and found != CRYPKO_FACES:
            print(f"Note: the course's set has {CRYPKO_FACES} faces, this copy has {found}")
        return stored

    @cached_property
    def local(self):
        """The same source as files on this machine. Raises DownloadFailed when it can't be had."""
        try:
            return open_files(str(self._fetch()))
        except downloads.DownloadFailed as error:
            raise downloads.DownloadFailed(f"data={self.address!r}: {error}; {downloads.offline_hint()}") from error

    def _fetch(self):
        if self.kind == "hf":
            owner, dataset, file = self.rest.split("/", 2)
            return downloads.from_hugging_face(f"{owner}/{dataset}", file)
        if self.kind == "kaggle":
            return downloads.from_kaggle(self.rest)
        try:
            return downloads.from_hugging_face(*CRYPKO_HUGGING_FACE)
        except downloads.DownloadFailed as first:
            try:
                return downloads.from_kaggle(CRYPKO_KAGGLE)
            except downloads.DownloadFailed as second:
                raise downloads.DownloadFailed(f"{first}; {second}") from second
