"""Files that are either whole or not there: atomic save, verified load. Loading never runs code from a file."""

import hashlib
import io
import os
import pickle
import tempfile
from contextlib import contextmanager
from pathlib import Path

import torch

MAGIC = b"gan_hw 1"  # ends every file, after the SHA-256 of all that stands before it
TAIL = 32 + len(MAGIC)


@contextmanager
def atomic_path(path):
    """Give a temporary path beside `path`; on leaving without error it is flushed to disk and becomes `path`.

    On an error the temporary file is removed and what stood at `path` stays untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    try:
        yield Path(temporary)
        with open(temporary, "rb+") as file:  # Windows flushes only what is open for writing
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_text(path, text):
    """Write `text` as UTF-8, atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def save(path, state):
    """Save `state` (nested dicts, lists, numbers, strings and tensors) atomically, with its hash at the end."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with atomic_path(path) as part, open(part, "wb") as file:
        file.write(buffer.getbuffer())
        file.write(hashlib.sha256(buffer.getbuffer()).digest() + MAGIC)


def load(path):
    """Load what `save` wrote, tensors on the CPU.

    Raises FileNotFoundError when there is no such file, ValueError when it is damaged or of another kind.
    """
    data = memoryview(Path(path).read_bytes())
    if len(data) < TAIL or data[-len(MAGIC) :] != MAGIC:
        raise ValueError(f"'{path}' is cut short or was not written by this kit; delete it and run again")
    if hashlib.sha256(data[:-TAIL]).digest() != data[-TAIL : -len(MAGIC)]:
        raise ValueError(f"'{path}' is damaged: its content does not match its hash; delete it and run again")
    try:
        return torch.load(io.BytesIO(data[:-TAIL]), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"'{path}' holds more than plain values and tensors, and is not read") from error
