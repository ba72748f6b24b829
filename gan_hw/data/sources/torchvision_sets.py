"""CIFAR-10, CelebA and Oxford's 102 flowers, as torchvision downloads, checks and keeps them."""

import hashlib
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import ConcatDataset
from torchvision import datasets

from gan_hw.data import downloads
from gan_hw.data.address import FITS
from gan_hw.data.sources.archives import mapped, write
from gan_hw.data.sources.pictures import square

HOME = Path("~/.cache/gan_hw")  # for data sets that are downloaded
KINDS = {  # torchvision's class, and the splits that are read, as its arguments
    "cifar10": (datasets.CIFAR10, ({"train": True},)),  # 50,000, for figures that are compared with others'
    "cifar10all": (datasets.CIFAR10, ({"train": True}, {"train": False})),  # 60,000
    "celeba": (datasets.CelebA, ({"split": "all"},)),  # 202,599
    "flowers102": (datasets.Flowers102, tuple({"split": split} for split in ("train", "val", "test"))),  # 8,189
}
FOLDERS = {
    "cifar10": "cifar-10-batches-py", "cifar10all": "cifar-10-batches-py", "celeba": "celeba",
    "flowers102": "flowers-102",
}  # fmt: skip
FLOWERS = [f"flower {number}" for number in range(1, 103)]
ELSEWHERE = {
    "celeba": "; Google lends its files to so many a day: try again tomorrow, or name the copy that Kaggle has, "
    "data='kaggle:jessicali9530/celeba-dataset'"
}


class TorchvisionSet:
    """One of KINDS, in the folder `root` as torchvision keeps it there, or downloaded where that is None.

    Raises ValueError when `root` does not hold it, downloads.DownloadFailed when it can't be fetched.
    """

    def __init__(self, kind, root=None):
        self.kind, self.root, self.name = kind, root, kind
        self.address = kind if root is None else f"{kind}:{Path(root).resolve()}"

    def fingerprint(self):
        """Of the number of pictures and their classes: torchvision has checked the files' hashes."""
        known = f"{self.kind} {len(self.splits)} {self.class_names}".encode()
        return hashlib.sha256(known + self.labels.numpy().tobytes()).hexdigest()[:8]

    def read(self, size, scratch, progress, fit=FITS[0]):
        """Every picture, cut or padded to a square, and its classes."""
        for number in range(1, len(self.splits) + 1):
            try:
                picture, _ = self.splits[number - 1]
            except OSError as error:
                raise ValueError(f"data={self.address!r}: picture {number} can't be read: {error}") from error
            write(scratch, square(picture, size, fit))
            progress.update(number, len(self.splits))
        progress.close()
        images = mapped(scratch, len(self.splits), size)
        return {"images": images, "labels": self.labels, "class_names": self.class_names, "left_out": []}

    @cached_property
    def splits(self):
        """torchvision's data set, all splits that are read in a row."""
        build, splits = KINDS[self.kind]
        try:
            return ConcatDataset([build(self._root(), **split) for split in splits])
        except (RuntimeError, FileNotFoundError) as error:
            if self.root is not None:
                raise ValueError(
                    f"data={self.address!r}: '{self.root}' does not hold it whole, as torchvision keeps it in a folder "
                    f"{FOLDERS[self.kind]!r}; data={self.kind!r} downloads it"
                ) from error
        hint = f"{ELSEWHERE.get(self.kind, '')}; {downloads.offline_hint()}"
        try:
            return downloads.attempt(
                f"torchvision's {build.__name__}",
                lambda: ConcatDataset([build(self._root(), download=True, **split) for split in splits]),
            )
        except downloads.DownloadFailed as error:
            raise downloads.DownloadFailed(f"data={self.address!r}: {error}{hint}") from error

    @property
    def class_names(self):
        """Of CelebA its 40 attributes, else the classes of which each picture shows one."""
        first = self.splits.datasets[0]
        if self.kind == "flowers102":
            return getattr(first, "classes", FLOWERS)  # which torchvision before 0.22 does not name
        return [name for name in first.attr_names if name] if self.kind == "celeba" else list(first.classes)

    @property
    def labels(self):
        """uint8 (N, K) multi-hot."""
        parts = self.splits.datasets
        if self.kind == "celeba":
            return torch.cat([part.attr for part in parts]).byte()
        found = torch.tensor([k for part in parts for k in getattr(part, "targets", getattr(part, "_labels", None))])
        return F.one_hot(found, len(self.class_names)).byte()

    def _root(self):
        root = HOME.expanduser() if self.root is None else Path(self.root)
        if self.root is None:
            root.mkdir(parents=True, exist_ok=True)
        return root
