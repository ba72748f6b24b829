"""Pictures in a folder or an archive, read in place and decoded in parallel, with bounded memory."""

import hashlib
import re
import tarfile
import zipfile
from abc import abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from gan_hw.data.address import Fit
from gan_hw.data.labels import Labels
from gan_hw.data.sources.base import DecodedImages, ImageSource
from gan_hw.data.sources.decoding import (
    PICTURE_SUFFIXES,
    READ_ERRORS,
    Unreadable,
    chunked,
    decode,
    picture_names,
    read_content,
)
from gan_hw.utils.files import file_hash, short_hash
from gan_hw.utils.hosts import mounted_path
from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from torch import Tensor

    from gan_hw.utils.progress import Progress

MAX_UNREADABLE_SHARE = 0.05  # a larger share of unreadable pictures is an error

OpenFiles = tuple[list[str], Callable[[str], IO[bytes]]]  # names of all files, and a function that opens one by name


def name_without_suffix(text: str) -> str:
    """The name of a file or data set without its suffix, reduced to letters, digits, '_' and '-'."""
    return re.sub(r"[^\w-]+", "_", re.sub(r"(\.tar)?\.\w+$", "", text)) or "pictures"


def append_pixels(scratch_file: IO[bytes], pixels: np.ndarray) -> None:
    """Append pixels uint8 (size, size, 3) to an open file, as (3, size, size)."""
    scratch_file.write(np.ascontiguousarray(pixels.transpose(2, 0, 1)).data)


def map_pixels(scratch_file: IO[bytes], count: int, size: int) -> "Tensor":
    """The images that append_pixels wrote, uint8 (count, 3, size, size), as a memory map of the file."""
    import torch  # only when pictures are read: a wrong address is refused without it

    scratch_file.flush()
    return torch.from_numpy(np.memmap(scratch_file, np.uint8, "c", shape=(count, 3, size, size)))


class PictureFiles(ImageSource):
    """Pictures stored as files; a subclass opens one type of container. path: the folder or archive."""

    sequential = False  # whether files are best read in the order in which they are stored

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address = str(path.resolve())
        self.name = name_without_suffix(path.resolve().name)

    @abstractmethod
    def open(self) -> AbstractContextManager[OpenFiles]:
        """Open the folder or archive: the names of all its files, and a function that opens one by its name.

        Raises ValueError when the archive is damaged.
        """

    @contextmanager
    def _damage_as_value_error(self) -> Iterator[None]:
        """Turn the many exceptions that damaged archives cause into a ValueError that names this archive."""
        try:
            yield
        except READ_ERRORS as error:
            raise ValueError(
                say(
                    "data='{path}' is cut short or damaged ({error}); get the archive again",
                    path=self.path,
                    error=error,
                )
            ) from error

    def fingerprint(self) -> str:
        """Hash of the archive's bytes."""
        return file_hash(self.path)[:8]

    @property
    def local_files(self) -> "PictureFiles":
        """This source itself, for the same interface as DownloadedFiles."""
        return self

    def names(self) -> list[str]:
        """The names of the pictures in natural order; none of them is opened."""
        with self.open() as (files, _):
            return picture_names(files)

    def read(
        self,
        size: int,
        scratch_file: IO[bytes],
        progress: "Progress",
        fit: Fit = "crop",
        labels: Labels | None = None,
    ) -> DecodedImages:
        """Decode all pictures or, if `labels` are given, those that have labels; see ImageSource.read.

        Pictures from several folders are shuffled, except those of a .tgz, which keep their order.
        Raises ValueError when there are no pictures, or too many are unreadable.
        """
        read, unreadable = [], []
        with self.open() as (files, open_file), ThreadPoolExecutor() as threads:
            pictures = picture_names(files)
            if self.sequential:
                wanted = set(pictures)
                pictures = [name for name in files if name in wanted]
            elif len({name.rpartition("/")[0] for name in pictures}) > 1:
                pictures.sort(key=short_hash)  # so that the first pictures are not all from one folder
            if not pictures:
                raise ValueError(
                    say(
                        "data='{path}' holds no pictures ({suffixes})",
                        path=self.path,
                        suffixes=" ".join(PICTURE_SUFFIXES),
                    )
                )
            if labels is not None:
                labels.check_unambiguous(pictures)
            names = [name for name in pictures if labels is None or labels.find(name) is not None]
            if not names:
                raise ValueError(
                    say(
                        "data='{path}': the labels name none of its {count} pictures",
                        path=self.path,
                        count=len(pictures),
                    )
                )
            for chunk in chunked((name, read_content(open_file, name)) for name in names):
                decoded = threads.map(lambda item: decode(item[1], size, fit), chunk)
                for (name, _), pixels in zip(chunk, decoded, strict=True):
                    if isinstance(pixels, Unreadable):
                        unreadable.append(f"{name} ({pixels})")
                    else:
                        append_pixels(scratch_file, pixels)
                        read.append(name)
                progress.update(len(read) + len(unreadable), len(names), unreadable=len(unreadable))
        progress.close()
        if len(unreadable) > MAX_UNREADABLE_SHARE * len(names):
            raise ValueError(
                say(
                    "data='{path}': {count} of {total} pictures can't be read, first {unreadable}; is the "
                    "file complete? Download or copy it again, or remove these pictures",
                    path=self.path,
                    count=len(unreadable),
                    total=len(names),
                    unreadable=unreadable[0],
                )
            )
        images = map_pixels(scratch_file, len(read), size)
        if labels is None:
            return {"images": images, "labels": None, "class_names": [], "left_out": unreadable}
        return {
            "images": images, "labels": labels.multi_hot(read), "class_names": list(labels.class_names),
            "left_out": unreadable, "unlabelled": len(pictures) - len(names),
        }  # fmt: skip

    def text(self, name: str) -> str:
        """The content of the one text file called `name` in any folder. Raises ValueError naming it."""
        with self.open() as (files, open_file):
            found = [file for file in files if file.rsplit("/", 1)[-1] == name]
            if len(found) != 1:
                raise ValueError(
                    say(
                        "data='{path}' holds {count} files named {name}; it needs one",
                        path=self.path,
                        count=len(found) or say("no"),
                        name=name,
                    )
                )
            content = read_content(open_file, found[0])
        if isinstance(content, Unreadable):
            raise ValueError(
                say("data='{path}': {found} can't be read: {content}", path=self.path, found=found[0], content=content)
            )
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(
                say("data='{path}': {found} is not UTF-8 text: {error}", path=self.path, found=found[0], error=error)
            ) from error


class Folder(PictureFiles):
    """A folder of pictures, including its sub-folders."""

    def _files(self) -> dict[str, Path]:
        return {file.relative_to(self.path).as_posix(): file for file in self.path.rglob("*") if file.is_file()}

    def fingerprint(self) -> str:
        """Hash of the pictures' names and bytes, so that a copy of the folder elsewhere is the same source."""
        digest, files = hashlib.sha256(), self._files()
        for name in picture_names(files):
            content = files[name].read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape"))  # names may be any bytes
            digest.update(content)
        return digest.hexdigest()[:8]

    @contextmanager
    def open(self) -> Iterator[OpenFiles]:
        """See PictureFiles.open."""
        files = self._files()
        yield list(files), lambda name: files[name].open("rb")


class ZipArchive(PictureFiles):
    """A .zip of pictures, read in place without unpacking."""

    @contextmanager
    def open(self) -> Iterator[OpenFiles]:
        """See PictureFiles.open."""
        with ExitStack() as stack:
            with self._damage_as_value_error():
                archive = stack.enter_context(zipfile.ZipFile(self.path))
            yield archive.namelist(), archive.open


class TarArchive(PictureFiles):
    """A .tgz or .tar of pictures, read in place, in the order of the archive, without unpacking."""

    sequential = True

    @contextmanager
    def open(self) -> Iterator[OpenFiles]:
        """See PictureFiles.open."""
        with ExitStack() as stack:
            with self._damage_as_value_error():
                archive = stack.enter_context(tarfile.open(self.path))
                files = {member.name: member for member in archive.getmembers() if member.isfile()}

            def open_member(name: str) -> IO[bytes]:
                file = archive.extractfile(files[name])
                assert file is not None, "regular files have content"
                return file

            yield list(files), open_member


def open_files(address: str) -> PictureFiles:
    """The folder or archive at the path `address`. Raises ValueError when there is none, or it is damaged."""
    path = expand_path(address, address)
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise ValueError(
            say("data={address!r} is neither a file nor a folder here; give a path, or use 'drawn'", address=address)
        )
    archive_types: tuple[tuple[type[PictureFiles], Callable[[Path], bool]], ...] = (
        (ZipArchive, zipfile.is_zipfile),
        (TarArchive, tarfile.is_tarfile),
    )
    for archive_type, matches in archive_types:
        try:
            if matches(path):
                return archive_type(path)
        except PermissionError:
            raise
        except READ_ERRORS:
            continue
    raise ValueError(
        say("data={address!r} is not a folder, .zip or .tgz of pictures, or it is damaged", address=address)
    )


def expand_path(path: str, address: str) -> Path:
    """`path` with ~ expanded, on Google Drive after mounting it.

    Raises ValueError naming the source's address when ~user does not exist or Drive can't be mounted.
    """
    try:
        return mounted_path(path)
    except RuntimeError as error:  # ~nobody
        raise ValueError(say("data={address!r}: {error}", address=address, error=error)) from error
