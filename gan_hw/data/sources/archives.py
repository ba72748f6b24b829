"""Pictures in a folder or an archive, read in place and in parallel, in memory that does not grow with their number."""

import hashlib
import re
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import numpy as np

from gan_hw.data.address import FITS
from gan_hw.data.sources.pictures import DAMAGED, PICTURE_SUFFIXES, chunks, content_or_reason, decode, picture_names
from gan_hw.utils.files import file_hash, short_hash
from gan_hw.utils.hosts import reach

UNREADABLE_SHARE = 0.05  # more unreadable pictures than this share make an error


def plain_name(text):
    """A file's or data set's name without its suffix, of letters, digits, '_' and '-' alone."""
    return re.sub(r"[^\w-]+", "_", re.sub(r"(\.tar)?\.\w+$", "", text)) or "pictures"


def write(scratch, picture):
    """Append uint8 (size, size, 3) to an open file, channels first: pixels that should not fill the memory."""
    scratch.write(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def mapped(scratch, count, size):
    """The pictures in such a file, as uint8 (count, 3, size, size)."""
    import torch  # not before pictures are read: a wrong address is answered without it

    scratch.flush()
    return torch.from_numpy(np.memmap(scratch, np.uint8, "c", shape=(count, 3, size, size)))


class PictureFiles:
    """Pictures kept as files somewhere. A subclass's `opened` gives the files' names, and opens one by its name."""

    sequential = False  # whether the pictures are best read in the order in which they lie

    def __init__(self, path):
        self.path = path
        self.address = str(path.resolve())
        self.name = plain_name(path.resolve().name)

    @contextmanager
    def damage_named(self):
        """Any of the many errors of damaged archives as a ValueError that names this one."""
        try:
            yield
        except DAMAGED as error:
            raise ValueError(f"data='{self.path}' is cut short or damaged ({error}); get the archive again") from error

    def fingerprint(self):
        """Of the archive's bytes."""
        return file_hash(self.path)[:8]

    @property
    def local(self):
        """Itself: of a download, this is what was fetched."""
        return self

    def names(self):
        """The pictures' names, in natural order, without opening one."""
        with self.opened() as (files, _):
            return picture_names(files)

    def read(self, size, scratch, progress, fit=FITS[0], labels=None):
        """Decode every picture or, where there are labels (a labels.Labels), every one that has some.

        fit: see pictures.FITS. Those of several folders come mixed, but for those of a .tgz, which come as they lie.
        Raises ValueError when there is none, or too many are unreadable.
        """
        read, left_out = [], []
        with self.opened() as (files, open_picture), ThreadPoolExecutor() as threads:
            pictures = picture_names(files)
            if self.sequential:
                wanted = set(pictures)
                pictures = [name for name in files if name in wanted]
            elif len({name.rpartition("/")[0] for name in pictures}) > 1:
                pictures.sort(key=short_hash)  # folder by folder the first ones would not stand for all
            if not pictures:
                raise ValueError(f"data='{self.path}' holds no picture ({' '.join(PICTURE_SUFFIXES)})")
            if labels is not None:
                labels.check(pictures)
            names = [name for name in pictures if labels is None or labels.find(name) is not None]
            if not names:
                raise ValueError(f"data='{self.path}': the labels name none of its {len(pictures)} pictures")
            for chunk in chunks((name, content_or_reason(open_picture, name)) for name in names):
                decoded = threads.map(lambda item: decode(item[1], size, fit), chunk)
                for (name, _), picture in zip(chunk, decoded, strict=True):
                    if isinstance(picture, str):
                        left_out.append(f"{name} ({picture})")
                    else:
                        write(scratch, picture)
                        read.append(name)
                progress.update(len(read) + len(left_out), len(names), unreadable=len(left_out))
        progress.close()
        if len(left_out) > UNREADABLE_SHARE * len(names):
            raise ValueError(
                f"data='{self.path}': {len(left_out)} of {len(names)} pictures can't be read, first {left_out[0]}; "
                "is the file whole? Download or copy it again, or take these pictures out"
            )
        stored = {"images": mapped(scratch, len(read), size), "labels": None, "class_names": [], "left_out": left_out}
        if labels is not None:
            stored |= {"labels": labels.rows(read), "class_names": list(labels.class_names)}
            stored["unlabelled"] = len(pictures) - len(names)
        return stored

    def text(self, name):
        """The text of a file that is no picture, by the last part of its name. Raises ValueError naming it."""
        with self.opened() as (files, open_file):
            found = [file for file in files if file.rsplit("/", 1)[-1] == name]
            if len(found) != 1:
                raise ValueError(f"data='{self.path}' holds {len(found) or 'no'} files {name}; one is needed")
            content = content_or_reason(open_file, found[0])
        if isinstance(content, str):
            raise ValueError(f"data='{self.path}': {found[0]} can't be read: {content}")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"data='{self.path}': {found[0]} is no text in UTF-8: {error}") from error


class Folder(PictureFiles):
    """A folder of pictures, sub-folders included."""

    def _files(self):
        return {file.relative_to(self.path).as_posix(): file for file in self.path.rglob("*") if file.is_file()}

    def fingerprint(self):
        """Of the files' names and bytes, so that a copy of the folder elsewhere is the same source."""
        digest, files = hashlib.sha256(), self._files()
        for name in picture_names(files):
            content = files[name].read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape"))  # a name of any bytes
            digest.update(content)
        return digest.hexdigest()[:8]

    @contextmanager
    def opened(self):
        files = self._files()
        yield list(files), lambda name: files[name].open("rb")


class ZipArchive(PictureFiles):
    """A .zip of pictures, read in place: nothing is unpacked."""

    @contextmanager
    def opened(self):
        with ExitStack() as stack:
            with self.damage_named():
                archive = stack.enter_context(zipfile.ZipFile(self.path))
            yield archive.namelist(), archive.open


class TarArchive(PictureFiles):
    """A .tgz or .tar of pictures, read in place, in the order of the archive: nothing is unpacked."""

    sequential = True

    @contextmanager
    def opened(self):
        with ExitStack() as stack:
            with self.damage_named():
                archive = stack.enter_context(tarfile.open(self.path))
                files = {member.name: member for member in archive.getmembers() if member.isfile()}
            yield list(files), lambda name: archive.extractfile(files[name])


def open_files(source):
    """The folder or archive at the path `source`. Raises ValueError when there is none, or it is damaged."""
    path = reached(source, source)
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise ValueError(f"data={source!r} is neither a file nor a folder here; give a path, or use 'drawn'")
    for kind, is_one in ((ZipArchive, zipfile.is_zipfile), (TarArchive, tarfile.is_tarfile)):
        try:
            if is_one(path):
                return kind(path)
        except PermissionError:
            raise
        except DAMAGED:
            continue
    raise ValueError(f"data={source!r} is no folder, .zip or .tgz of pictures, or it is damaged")


def reached(path, source):
    """The path itself, on Google Drive mounted. Raises ValueError for a home folder that does not exist."""
    try:
        return reach(path)
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"data={source!r}: {error}") from error
