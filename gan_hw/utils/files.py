"""Files that are either whole or not there: atomic save, verified load. Loading never runs code from a file."""

import errno
import hashlib
import os
import pickle
import tempfile
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

MAGIC = b"gan_hw 1"  # ends every file, after the SHA-256 of all that stands before it
TAIL = 32 + len(MAGIC)
BLOCK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_ADVICE = "the disk is full, and what was saved before is whole; free some space and run the same again"


@contextmanager
def atomic_path(path):
    """Give a temporary path beside `path`; on leaving without error it is flushed to disk and becomes `path`.

    On an error the temporary file is removed and what stood at `path` stays untouched.
    Raises OSError saying what to do when the disk is full.
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
    except OSError as error:
        if error.errno in FULL:
            raise OSError(error.errno, f"{FULL_ADVICE} ({error.strerror})", str(path)) from error
        raise
    finally:
        Path(temporary).unlink(missing_ok=True)


def remove_leftovers(folder, name="*"):
    """Delete what killed writers of `name` left in `folder`; only for who knows that nobody is writing it now."""
    for part in Path(folder).glob(f".{name}.*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def locked(path, wait):
    """Hold the lock file `path` meanwhile, which another process can't have at the same time.

    wait: wait for it as long as it takes, or raise BlockingIOError at once. The system frees the lock of a process that
    dies. Where the file system knows no locks, as on some network drives, filelock makes do with the file's existence,
    or, in versions that can't, there is none.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise BlockingIOError(f"'{path}' is held by another process") from None
    except NotImplementedError:  # how filelock's older versions say that the file system knows no locks
        pass
    try:
        yield
    finally:
        lock.release()


def short_hash(text):
    """8 hex digits of the text's SHA-256, for the names of files."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]


def weights_hash(*state_dicts):
    """8 hex digits of the weights in state dicts: two machines may train networks that differ a little."""
    found = hashlib.sha256()
    for value in (value for state in state_dicts for value in state.values()):
        found.update(value.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:8]


def file_hash(path):
    """The SHA-256 of a file's content, as hex digits."""
    path = Path(path)
    with open(path, "rb") as file:
        return _digest(file, path.stat().st_size).hex()


def write_text(path, text):
    """Write `text` as UTF-8, atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def save(path, state):
    """Save `state` (nested dicts, lists, numbers, strings and tensors) atomically, with its hash at the end."""
    import torch  # here, as in load: text files are written and hashes taken without it

    with atomic_path(path) as part, open(part, "wb") as file:
        hashed = _Hashed(file)
        try:
            torch.save(state, hashed)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):  # torch closes its archive even after a write that failed
                raise error.__context__ from None
            raise
        file.write(hashed.digest.digest() + MAGIC)


class _Hashed:
    """A file to write to that knows the SHA-256 of what was written."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data):
        self.digest.update(data)
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def load(path, mapped=False):
    """Load what `save` wrote, tensors on the CPU.

    mapped: leave the tensors in a memory map of the file, of which RAM holds what is in use and what fits.
    Raises FileNotFoundError when there is no such file, ValueError when it is damaged or of another kind.
    """
    import torch

    path = Path(path)
    length = path.stat().st_size - TAIL
    with open(path, "rb") as file:
        digest, tail = _digest(file, length), file.read()
    if length < 0 or tail[-len(MAGIC) :] != MAGIC:
        raise ValueError(f"'{path}' is cut short or was not written by this kit; delete it and run again")
    if digest != tail[: -len(MAGIC)]:
        raise ValueError(f"'{path}' is damaged: its content does not match its hash; delete it and run again")
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        raise ValueError(f"'{path}' holds more than plain values and tensors, and is not read") from error


def _digest(file, length):
    """SHA-256 of an open file's next `length` bytes, a block at a time."""
    digest = hashlib.sha256()
    while length > 0 and (block := file.read(min(length, BLOCK))):
        digest.update(block)
        length -= len(block)
    return digest.digest()
