"""Files that are complete or absent: atomic save and verified load, which never runs code of a file. Needs no torch."""

import errno
import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from filelock import FileLock, Timeout

from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from torch import Tensor

FORMAT_MARKER = b"gan_hw 1"  # the last bytes of every saved file, after the SHA-256 of everything before them
TRAILER_BYTES = 32 + len(FORMAT_MARKER)
HASH_BLOCK_BYTES = 1 << 20
FILE_MANAGERS = {".DS_Store", "Thumbs.db", "desktop.ini"}  # what they leave in a folder that somebody looked at
DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL_ADVICE = "the disk is full; what was saved before is intact. Free some space and run the same again"


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on exit without error it is flushed to disk and renamed to `path`.

    On an error the temporary file is removed, and an existing file at `path` stays unchanged.
    Raises OSError with advice when the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    try:
        yield Path(temporary)
        with open(temporary, "rb+") as file:  # Windows flushes only files that are open for writing
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise OSError(error.errno, f"{DISK_FULL_ADVICE} ({error.strerror})", str(path)) from error
        raise
    finally:
        Path(temporary).unlink(missing_ok=True)


def remove_partial_files(folder: str | Path, name: str = "*") -> None:
    """Delete temporary files that killed writers of `name` left in `folder`. No other process may be writing there."""
    for part in Path(folder).glob(f".{name}.*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def file_lock(path: str | Path, wait: bool) -> Iterator[None]:
    """Hold the lock file `path`, which only one process can hold at a time.

    wait: wait for as long as it takes; otherwise raise BlockingIOError at once when another process holds it. The
    system releases the lock of a process that dies. On a file system without locks, such as some network drives,
    filelock uses the file's existence as the lock, or, in versions that can't, there is no lock.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise BlockingIOError(say("'{path}' is held by another process", path=path)) from None
    except NotImplementedError:  # older versions of filelock raise this on a file system without locks
        pass
    try:
        yield
    finally:
        lock.release()


def short_hash(text: str) -> str:
    """The first 8 hex digits of the text's SHA-256, for file names."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]


def weights_hash(*state_dicts: "Mapping[str, Tensor]") -> str:
    """The first 8 hex digits of the SHA-256 of all weights in the state dicts."""
    digest = hashlib.sha256()
    for value in (value for state in state_dicts for value in state.values()):
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]


def file_hash(path: str | Path) -> str:
    """The SHA-256 of a file's content, as hex digits."""
    path = Path(path)
    with open(path, "rb") as file:
        return _sha256(file, path.stat().st_size).hex()


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")  # names of files may be any bytes


def save(path: str | Path, state: Any) -> None:
    """Save `state` (nested dicts, lists, numbers, strings and tensors) atomically, with its hash at the end."""
    import torch  # here and in load, because the other functions do not need it

    with atomic_path(path) as part, open(part, "wb") as file:
        writer = _HashingWriter(file)
        try:
            torch.save(state, cast("IO[bytes]", writer))
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):  # torch closes its archive even after a failed write
                raise error.__context__ from None
            raise
        file.write(writer.digest.digest() + FORMAT_MARKER)


class _HashingWriter:
    """A writable file that computes the SHA-256 of everything written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


def load(path: str | Path, mmap: bool = False) -> Any:
    """Load what `save` wrote, with tensors on the CPU.

    mmap: leave the tensors in a memory map of the file, so that they need not fit in memory.
    Raises FileNotFoundError when there is no such file, ValueError when it is damaged or of another format.
    """
    import torch

    path = Path(path)
    length = path.stat().st_size - TRAILER_BYTES
    with open(path, "rb") as file:
        digest, trailer = _sha256(file, length), file.read()
    if length < 0 or trailer[-len(FORMAT_MARKER) :] != FORMAT_MARKER:
        raise ValueError(
            say("'{path}' is cut short or was not written by this kit; delete it and run again", path=path)
        )
    if digest != trailer[: -len(FORMAT_MARKER)]:
        raise ValueError(
            say("'{path}' is damaged: its content does not match its hash; delete it and run again", path=path)
        )
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        raise ValueError(
            say("'{path}' holds more than plain values and tensors, and is not read", path=path)
        ) from error


def _sha256(file: IO[bytes], length: int) -> bytes:
    """SHA-256 of the next `length` bytes of an open file, read in blocks."""
    digest = hashlib.sha256()
    while length > 0 and (block := file.read(min(length, HASH_BLOCK_BYTES))):
        digest.update(block)
        length -= len(block)
    return digest.digest()
