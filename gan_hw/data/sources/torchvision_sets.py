"""CIFAR-10, CelebA and Oxford's 102 flowers, which torchvision downloads, verifies and stores."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import ConcatDataset
from torchvision import datasets

from gan_hw.data import downloads
from gan_hw.data.address import Fit
from gan_hw.data.sources.archives import append_pixels, map_pixels
from gan_hw.data.sources.base import DecodedImages, ImageSource
from gan_hw.data.sources.decoding import to_square_rgb
from gan_hw.utils.messages import mark, say

if TYPE_CHECKING:
    from gan_hw.utils.progress import Progress

DOWNLOAD_FOLDER = Path("~/.cache/gan_hw")


@dataclass(frozen=True)
class TorchvisionDataset:
    """One of torchvision's data sets.

    dataset_class: torchvision's class. splits: arguments of the splits that are read, in this order. folder: the one
    that torchvision stores it in. download_hint: what to do when the download fails, before
    {hint}, what to do without a network.
    """

    dataset_class: type[Any]
    splits: tuple[dict[str, Any], ...]
    folder: str
    download_hint: str = ""


TORCHVISION_DATASETS = {
    # 50,000 pictures: scores are usually compared on the training split
    "cifar10": TorchvisionDataset(datasets.CIFAR10, ({"train": True},), "cifar-10-batches-py"),
    # 60,000
    "cifar10all": TorchvisionDataset(datasets.CIFAR10, ({"train": True}, {"train": False}), "cifar-10-batches-py"),
    # 202,599
    "celeba": TorchvisionDataset(
        datasets.CelebA,
        ({"split": "all"},),
        "celeba",
        mark(
            "Google Drive limits the downloads of a day: try again tomorrow, or use the copy on Kaggle, "
            "data='kaggle:jessicali9530/celeba-dataset'; {hint}"
        ),
    ),
    # 8,189
    "flowers102": TorchvisionDataset(
        datasets.Flowers102, ({"split": "train"}, {"split": "val"}, {"split": "test"}), "flowers-102"
    ),
}
FLOWER_NAMES = [f"flower {number}" for number in range(1, 103)]


class TorchvisionSet(ImageSource):
    """The data set `name` of TORCHVISION_DATASETS in torchvision's layout in the folder `root`; None downloads it.

    Reading it raises ValueError when `root` does not contain it, downloads.DownloadFailed when the download fails.
    """

    def __init__(self, name: str, root: str | Path | None = None) -> None:
        self.name, self.root = name, root
        self.address = name if root is None else f"{name}:{Path(root).resolve()}"

    def fingerprint(self) -> str:
        """Hash of the number of pictures and their classes; torchvision has verified the files' own hashes."""
        known = f"{self.name} {len(self.dataset)} {self.class_names}".encode()
        return hashlib.sha256(known + self.labels.numpy().tobytes()).hexdigest()[:8]

    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode all pictures, with their classes."""
        count = len(self.dataset)
        for number in range(1, count + 1):
            try:
                picture, _ = self.dataset[number - 1]
            except OSError as error:
                raise ValueError(
                    say(
                        "data={address!r}: picture {number} can't be read: {error}",
                        address=self.address,
                        number=number,
                        error=error,
                    )
                ) from error
            append_pixels(scratch_file, to_square_rgb(picture, size, fit))
            progress.update(number, count)
        progress.close()
        images = map_pixels(scratch_file, count, size)
        return {"images": images, "labels": self.labels, "class_names": self.class_names, "left_out": []}

    @cached_property
    def dataset(self) -> "ConcatDataset[Any]":
        """The splits that are read, as one torch data set; downloaded if necessary."""
        known = TORCHVISION_DATASETS[self.name]
        try:
            return ConcatDataset([known.dataset_class(self._root(), **split) for split in known.splits])
        except (RuntimeError, FileNotFoundError) as error:
            if self.root is not None:
                raise ValueError(
                    say(
                        "data={address!r}: '{root}' does not hold the complete data set in torchvision's layout, "
                        "a folder {folder!r}; data={name!r} downloads it",
                        address=self.address,
                        root=self.root,
                        folder=known.folder,
                        name=self.name,
                    )
                ) from error
        try:
            return downloads.download(
                f"torchvision's {known.dataset_class.__name__}",
                lambda: ConcatDataset(
                    [known.dataset_class(self._root(), download=True, **split) for split in known.splits]
                ),
            )
        except downloads.DownloadFailed as error:
            hint = downloads.offline_hint()
            if known.download_hint:
                hint = say(known.download_hint, hint=hint)
            raise downloads.DownloadFailed(
                say("data={address!r}: {error}; {hint}", address=self.address, error=error, hint=hint)
            ) from error

    @property
    def class_names(self) -> list[str]:
        """CelebA's 40 attributes; of the other sets the classes, of which each picture shows one."""
        first: Any = self.dataset.datasets[0]
        if self.name == "flowers102":
            return getattr(first, "classes", FLOWER_NAMES)  # torchvision before 0.22 has no names for them
        return [name for name in first.attr_names if name] if self.name == "celeba" else list(first.classes)

    @property
    def labels(self) -> Tensor:
        """Labels uint8 (N, K), multi-hot."""
        splits: list[Any] = self.dataset.datasets
        if self.name == "celeba":
            return torch.cat([split.attr for split in splits]).byte()
        targets = [k for split in splits for k in _targets_of(split)]
        return F.one_hot(torch.tensor(targets), len(self.class_names)).byte()

    def _root(self) -> Path:
        if self.root is not None:
            return Path(self.root)
        folder = DOWNLOAD_FOLDER.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _targets_of(split: Any) -> list[int]:
    """The class of each picture: Flowers102 has no public attribute for it."""
    return split.targets if hasattr(split, "targets") else split._labels
