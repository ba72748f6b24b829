"""One face or many as pictures with labels, drawn on all cores."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from gan_hw.utils.environment import usable_cores

from . import facial_parts, hair, scene
from .brush import Brush
from .face import ATTRIBUTES, Face, sample_face
from .palette import EYES, HAIR, Colour

if TYPE_CHECKING:
    from torch import Tensor

CLASS_SUFFIXES = {"hair": " hair", "eyes": " eyes", "style": " style", "expression": " expression"}


def draw_face(index: int, seed: int = 0, size: int = 64, **attributes: str) -> tuple[Image.Image, dict[str, str]]:
    """One face: an RGB picture of size x size, and its labels {attribute: value}.

    The same (seed, index) is the same face at every size. `hair`, `eyes`, `style` and `expression` (each a value from
    `ATTRIBUTES`) replace the random choice and leave the rest of the face unchanged.
    Raises ValueError for an unknown attribute or value, naming those that exist.
    """
    for name, value in attributes.items():
        if name not in ATTRIBUTES:
            raise ValueError(f"unknown attribute {name!r}: a face has {', '.join(ATTRIBUTES)}")
        if value not in ATTRIBUTES[name]:
            raise ValueError(f"unknown {name} {value!r}: choose one of {', '.join(ATTRIBUTES[name])}")
    changes: dict[str, Any] = dict(attributes)
    face = replace(sample_face(seed, index), **changes)
    return paint(face, size), {name: getattr(face, name) for name in ATTRIBUTES}


def paint(face: Face, size: int) -> Image.Image:
    """The RGB picture of a `Face`, size x size."""
    hair_colour = shift_colour(HAIR[face.hair], face.hair_shift, 7)
    eye_colour = shift_colour(EYES[face.eyes], face.eye_shift, 7)
    brush = Brush(
        size,
        turn=face.turn,
        nod=face.nod,
        tilt=0.26 * face.tilt,
        zoom=1.0 + 0.1 * face.zoom,
        shift=(0.05 * face.shift[0], 0.04 * face.shift[1] - 0.07),
        line_weight=0.7 + 0.7 * face.line_weight,
    )
    scene.backdrop(brush, face)
    hair.back_hair(brush, face, hair_colour)
    facial_parts.body(brush, face)
    facial_parts.head(brush, face)
    facial_parts.nose(brush, face)
    facial_parts.mouth(brush, face)
    hair.fringe_shadow(brush, face)
    facial_parts.eyes(brush, face, eye_colour)
    hair.front_hair(brush, face, hair_colour)
    facial_parts.brows(brush, face, hair_colour)
    scene.accessory(brush, face, hair_colour)
    return scene.apply_lighting(brush.finish(), face)


def shift_colour(colour: Colour, shift: tuple[float, float, float], amount: float) -> Colour:
    """The colour plus amount * shift, clipped to 0..255. shift: -1..1 for each channel."""
    red, green, blue = (min(max(round(c + amount * s), 0), 255) for c, s in zip(colour, shift, strict=True))
    return red, green, blue


def class_names() -> tuple[str, ...]:
    """The names of the label columns, such as "pink hair", "blue eyes", "bob style", "wink expression"."""
    return tuple(value + CLASS_SUFFIXES[name] for name, values in ATTRIBUTES.items() for value in values)


def label_row(labels: dict[str, str]) -> list[bool]:
    """Multi-hot row in the order of class_names()."""
    return [labels[name] == value for name, values in ATTRIBUTES.items() for value in values]


def record(index: int, seed: int, size: int) -> bytes:
    """One face as bytes: its pixels (3, size, size), then its row of labels."""
    picture, labels = draw_face(index, seed, size)
    pixels = np.asarray(picture).transpose(2, 0, 1)
    return pixels.tobytes() + bytes(label_row(labels))


def draw_faces(
    n: int, seed: int = 0, size: int = 64, progress: Callable[[int, int], object] | None = None
) -> tuple["Tensor", "Tensor", tuple[str, ...]]:
    """Faces 0 … n-1 of that seed: images uint8 (n, 3, size, size), labels uint8 (n, K) multi-hot, K class names.

    Draws on all cores, in separate processes that share nothing with the caller, so that it may be called from a
    notebook, a test or a script without a main guard. The result does not depend on the number of processes.
    `progress(done, total)` is called after every 100 faces and at the end.
    """
    import torch  # here, so that drawing processes start without it

    names = class_names()
    images = np.empty((n, 3, size, size), dtype=np.uint8)
    labels = np.empty((n, len(names)), dtype=np.uint8)
    for i, row in enumerate(records(n, seed, size, 3 * size * size + len(names))):
        values = np.frombuffer(row, dtype=np.uint8)
        images[i], labels[i] = values[: -len(names)].reshape(3, size, size), values[-len(names) :]
        if progress and ((i + 1) % 100 == 0 or i + 1 == n):
            progress(i + 1, n)
    return torch.from_numpy(images), torch.from_numpy(labels), names


def records(n: int, seed: int, size: int, length: int) -> Iterator[bytes]:
    """The records of faces 0 … n-1 in order, of `length` bytes each.

    From 200 faces on, each of k processes draws every k-th face.
    Raises RuntimeError when a process ends early.
    """
    k = min(usable_cores(), n // 100)
    if k < 2:
        yield from (record(i, seed, size) for i in range(n))
        return
    package_root = str(Path(__file__).resolve().parents[3])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    }
    with ExitStack() as stack:
        workers: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        for first in range(k):
            arguments = [str(v) for v in (n, seed, size, first, k)]
            command = [sys.executable, "-m", "gan_hw.data.drawn_faces", *arguments]
            worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)
            assert worker.stdout is not None, "stdout is a pipe"
            stack.callback(worker.wait)
            stack.callback(worker.kill)
            stack.callback(worker.stdout.close)
            workers.append((worker, worker.stdout))
        for i in range(n):
            worker, output = workers[i % k]
            row = output.read(length)
            if len(row) < length:
                raise RuntimeError(f"the process that drew face {i} of {n} ended early (status {worker.wait()})")
            yield row
