"""From dice to picture, one face or many."""

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import features, hair, scene
from .brush import Brush
from .dice import ATTRIBUTES, roll_face
from .palette import EYES, HAIR

SUFFIX = {"hair": " hair", "eyes": " eyes", "style": " style", "expression": " expression"}


def draw_face(index, seed=0, size=64, **attributes):
    """One face: an RGB picture of size x size, and its labels by attribute.

    The same (seed, index) is the same face at every size. `hair`, `eyes`, `style` and `expression` (one of
    `ATTRIBUTES` each) replace what the dice chose and leave the rest of the face alone.
    Raises ValueError for an attribute or a value that does not exist, naming those that do.
    """
    for name, value in attributes.items():
        if name not in ATTRIBUTES:
            raise ValueError(f"unknown attribute {name!r}: a face has {', '.join(ATTRIBUTES)}")
        if value not in ATTRIBUTES[name]:
            raise ValueError(f"unknown {name} {value!r}: choose one of {', '.join(ATTRIBUTES[name])}")
    face = replace(roll_face(seed, index), **attributes)
    return paint(face, size), {name: getattr(face, name) for name in ATTRIBUTES}


def paint(face, size):
    """The picture of a `Face`."""
    hair_colour = jitter(HAIR[face.hair], face.hair_shift, 7)
    eye_colour = jitter(EYES[face.eyes], face.eye_shift, 7)
    brush = Brush(
        size,
        turn=face.turn,
        nod=face.nod,
        tilt=0.26 * face.tilt,
        zoom=1.0 + 0.1 * face.zoom,
        shift=(0.05 * face.shift[0], 0.04 * face.shift[1] - 0.07),
        ink=0.7 + 0.7 * face.ink,
    )
    scene.backdrop(brush, face)
    hair.back_hair(brush, face, hair_colour)
    features.body(brush, face)
    features.head(brush, face)
    features.nose(brush, face)
    features.mouth(brush, face)
    hair.fringe_shadow(brush, face)
    features.eyes(brush, face, eye_colour)
    hair.front_hair(brush, face, hair_colour)
    features.brows(brush, face, hair_colour)
    scene.accessory(brush, face, hair_colour)
    return scene.light(brush.finish(), face)


def jitter(colour, shift, amount):
    return tuple(min(max(round(c + amount * s), 0), 255) for c, s in zip(colour, shift, strict=True))


def class_names():
    """The names of the label columns, such as "pink hair", "blue eyes", "bob style", "wink expression"."""
    return tuple(value + SUFFIX[name] for name, values in ATTRIBUTES.items() for value in values)


def multi_hot(labels):
    return [labels[name] == value for name, values in ATTRIBUTES.items() for value in values]


def record(index, seed, size):
    """One face as bytes: its pixels, channels first, and behind them its row of labels."""
    picture, labels = draw_face(index, seed, size)
    pixels = np.asarray(picture).transpose(2, 0, 1)
    return pixels.tobytes() + bytes(multi_hot(labels))


def draw_faces(n, seed=0, size=64, progress=None):
    """Faces 0 … n-1 of that seed: images uint8 (n, 3, size, size), labels uint8 (n, K) multi-hot, K names.

    Draws on every core, in processes of its own that share nothing with the caller, so that it may be called
    from a notebook, a test or a plain script; the result does not depend on how many there are.
    `progress(done, total)` is called now and then, and at the end.
    """
    import torch  # here, so that a drawing process starts without it

    names = class_names()
    images = np.empty((n, 3, size, size), dtype=np.uint8)
    labels = np.empty((n, len(names)), dtype=np.uint8)
    for i, row in enumerate(records(n, seed, size, 3 * size * size + len(names))):
        values = np.frombuffer(row, dtype=np.uint8)
        images[i], labels[i] = values[: -len(names)].reshape(3, size, size), values[-len(names) :]
        if progress and ((i + 1) % 100 == 0 or i + 1 == n):
            progress(i + 1, n)
    return torch.from_numpy(images), torch.from_numpy(labels), names


def records(n, seed, size, length):
    """The records of faces 0 … n-1 in order; k processes draw every k-th face each, if that is worth it."""
    k = min(cores(), n // 100)
    if k < 2:
        yield from (record(i, seed, size) for i in range(n))
        return
    home = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    setting = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "env": os.environ | {"PYTHONPATH": paths},
    }
    with ExitStack() as stack:
        workers = []
        for first in range(k):
            job = [str(v) for v in (n, seed, size, first, k)]
            command = [sys.executable, "-m", "gan_hw.data.drawn_faces", *job]
            worker = subprocess.Popen(command, **setting)
            stack.callback(worker.wait)
            stack.callback(worker.kill)
            stack.callback(worker.stdout.close)
            workers.append(worker)
        for i in range(n):
            row = workers[i % k].stdout.read(length)
            if len(row) < length:
                raise RuntimeError(
                    f"the process that drew face {i} of {n} ended early (status {workers[i % k].wait()})"
                )
            yield row


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
