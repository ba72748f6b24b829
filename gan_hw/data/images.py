"""Any source of pictures -> an ImageSet: uint8 NCHW, decoded once and cached; in RAM or, if large, memory-mapped.

`to_float` and `to_uint8` are the only two places where stored pixels and the networks' numbers meet.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from gan_hw.data.sources import open_source
from gan_hw.utils import files
from gan_hw.utils.progress import Progress

HELD_OUT = 1000  # real images, as many as a submission has,
HELD_OUT_SHARE = 0.25  # or this share of a small set
MAPPED_FROM = 2_000_000_000  # bytes; below, RAM is safer: a map of a file on a network drive can break off


@dataclass(frozen=True)
class ImageSet:
    """Pictures and where they came from.

    images: uint8 (N, 3, size, size) RGB. labels: uint8 (N, K) of 0 and 1, or None; class_names: K names.
    source: the source as it was named. name: its short name. fingerprint: 8 hex digits of its content.
    left_out: the pictures that could not be read, each with the reason. unlabelled: how many were left out for want of
    labels.
    """

    images: torch.Tensor
    source: str
    name: str
    fingerprint: str
    labels: torch.Tensor | None = None
    class_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unlabelled: int = 0

    def __len__(self):
        return len(self.images)


def to_float(images):
    """Stored pixels, uint8 in 0..255 -> what networks see, float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images):
    """What networks give, float in [-1, 1] -> pixels to store, uint8 in 0..255, rounded."""
    return (images * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8)


def random_flip(images):
    """Each of the images (N, C, H, W) mirrored left to right with probability 1/2, by the global random generator."""
    mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def split(count):
    """Rows (held out, the rest) of a set of `count` real images.

    Those held out stand for perfect generated ones: their distance to the rest is the mark for every generator's.
    """
    held = min(HELD_OUT, int(HELD_OUT_SHARE * count))
    rows = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return rows[:held], rows[held:]


def load_images(source, workspace, size=64, quiet=False):
    """The ImageSet of `source` (see sources) at size x size pixels.

    The first call decodes and writes workspace/data/<name>-<fingerprint>-<size>.pt; later calls open no picture.
    A set of more than MAPPED_FROM bytes stays in a memory map of that file, so that it may be larger than the memory.
    Pictures that are not square lose their longer side's ends. Raises ValueError naming what is wrong with a source.
    """
    opened = open_source(source)
    fingerprint = opened.fingerprint()
    cache = Path(workspace) / "data" / f"{opened.name}-{fingerprint}-{size}.pt"
    with files.locked(cache.with_name(f".{cache.stem}.lock"), wait=True):  # of two processes, one decodes
        files.remove_leftovers(cache.parent, cache.name)
        if cache.exists():
            try:
                return _from_cache(cache, opened, fingerprint)
            except ValueError as error:
                print(f"The cached pictures are unusable and are made again: {error}")
        with tempfile.TemporaryFile() as scratch:
            files.save(cache, opened.read(size, scratch, Progress(f"Reading {opened.name}", "pictures", quiet)))
        return _from_cache(cache, opened, fingerprint)


def _from_cache(cache, opened, fingerprint):
    stored = files.load(cache, mapped=cache.stat().st_size > MAPPED_FROM)
    return ImageSet(
        stored["images"], opened.address, opened.name, fingerprint,
        stored["labels"], tuple(stored["class_names"]), tuple(stored["left_out"]), stored.get("unlabelled", 0),
    )  # fmt: skip
