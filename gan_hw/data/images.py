"""Any source of pictures -> an ImageSet: uint8 NCHW, decoded once and cached; in memory or, if large, memory-mapped.

`to_float` and `to_uint8` are the only two places that convert between stored pixels and the networks' numbers.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gan_hw.data.sources import open_source
from gan_hw.data.sources.base import ImageSource
from gan_hw.utils import files
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress

HELD_OUT_IMAGES = 1000  # real images that are held out, as many as a submission has,
MAX_HELD_OUT_SHARE = 0.25  # but at most this share of the set
MIN_MAPPED_BYTES = 2_000_000_000  # smaller sets are read into memory: a map of a file on a network drive can break


@dataclass(frozen=True)
class ImageSet:
    """Images and where they came from.

    images: uint8 (N, 3, size, size) RGB. labels: uint8 (N, K) of 0 and 1, or None; class_names: K names.
    source: the full address of the source. name: its short name. fingerprint: 8 hex digits of its content.
    unreadable: the pictures that could not be read, each with the reason. unlabelled_count: the number of pictures that
    were left out because they have no labels.
    """

    images: Tensor
    source: str
    name: str
    fingerprint: str
    labels: Tensor | None = None
    class_names: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    unlabelled_count: int = 0

    def __len__(self) -> int:
        return len(self.images)


def to_float(images: Tensor) -> Tensor:
    """Stored pixels, uint8 in 0..255 -> the networks' input, float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images: Tensor) -> Tensor:
    """The networks' output, float in [-1, 1] -> pixels to store, uint8 in 0..255, rounded."""
    return (images * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8)


def random_flip(images: Tensor) -> Tensor:
    """Images (N, C, H, W), each mirrored left to right with probability 1/2; uses torch's global random generator."""
    mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def random_shift(images: Tensor, max_pixels: int) -> Tensor:
    """Images (N, C, H, W), all moved by the same few pixels; what they leave behind repeats the outermost pixels."""
    top, left = torch.randint(0, 2 * max_pixels + 1, (2,)).tolist()
    padded = functional.pad(images, [max_pixels] * 4, mode="replicate")
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


def held_out_split(count: int) -> tuple[Tensor, Tensor]:
    """Row numbers (held out, the rest) of a set of `count` real images; a fixed random split.

    The held-out images stand for perfect generated ones: their distance to the rest is the goal for every generator.
    """
    held_out = min(HELD_OUT_IMAGES, int(MAX_HELD_OUT_SHARE * count))
    rows = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return rows[:held_out], rows[held_out:]


def load_images(source: str | Path, workspace: str | Path, size: int = 64, quiet: bool = False) -> ImageSet:
    """The ImageSet of the address `source` (see data/sources) at size x size pixels.

    The first call decodes the pictures and writes workspace/data/<name>-<fingerprint>-<size>.pt; later calls read only
    that file. A set of more than MIN_MAPPED_BYTES is a memory map of the file, so that it need not fit in memory.
    Raises ValueError naming the source and the problem.
    """
    image_source = open_source(source)
    fingerprint = image_source.fingerprint()
    cache = Path(workspace) / "data" / f"{image_source.name}-{fingerprint}-{size}.pt"
    with files.file_lock(cache.with_name(f".{cache.stem}.lock"), wait=True):  # so that only one process decodes
        files.remove_partial_files(cache.parent, cache.name)
        if cache.exists():
            try:
                return _from_cache(cache, image_source, fingerprint)
            except ValueError as error:
                print(say("The cached pictures are unusable and are made again: {error}", error=error))
        with tempfile.TemporaryFile() as scratch_file:
            progress = Progress(say("Reading {name}", name=image_source.name), "pictures", quiet)
            files.save(cache, image_source.read(size, scratch_file, progress))
        return _from_cache(cache, image_source, fingerprint)


def _from_cache(cache: Path, source: ImageSource, fingerprint: str) -> ImageSet:
    stored = files.load(cache, mmap=cache.stat().st_size > MIN_MAPPED_BYTES)
    return ImageSet(
        stored["images"], source.address, source.name, fingerprint,
        stored["labels"], tuple(stored["class_names"]), tuple(stored["left_out"]), stored.get("unlabelled", 0),
    )  # fmt: skip
