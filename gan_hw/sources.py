"""Where pictures come from: each source has a name, an address, a fingerprint of its content, and can be read.

drawn, drawn:2000            anime faces drawn by program (see drawn_faces)
a folder, .zip, .tgz, .tar   every picture in it, sub-folders included
crypko                       the course's 71,314 faces, downloaded
hf:OWNER/DATASET/FILE        an archive in a data set on Hugging Face
kaggle:OWNER/DATASET         a data set on Kaggle; attached to a Kaggle notebook, it is read where it lies
iclevr:PATH                  i-CLEVR: a folder or archive of its pictures, train.json and objects.json
any of these?labels=...      a .csv with the classes of each picture (others are left out), or the kinds of classes
                             to keep of those that it has: drawn?labels=hair,eyes
"""

import hashlib
import re
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from gan_hw import checkpoints, downloads, drawn_faces, labels
from gan_hw.hosts import reach
from gan_hw.pictures import DAMAGED, PICTURE_SUFFIXES, chunks, content_or_reason, decode, picture_names

LABELS = "?labels="  # in a source's name, between the pictures and their labels
DRAWN_FACES = 6000
CRYPKO_FACES = 71_314
CRYPKO_HUGGING_FACE = ("LeoFeng/MLHW_6", "faces.zip")  # as the course published it in 2023
CRYPKO_KAGGLE = "b07202024/diffusion"
UNREADABLE_SHARE = 0.05  # more unreadable pictures than this share make an error


def open_source(source):
    """The source object of a name or path: `name`, `address`, `fingerprint()` and `read(size, scratch, progress)`.

    The address names the same source from any folder. scratch: an open file for pixels that should not fill the memory.

    Raises ValueError when there is no such source.
    """
    pictures, asked, chosen = str(source).rpartition(LABELS)
    if asked:
        return labelled(open_source(pictures), chosen)
    source = str(source)
    kind, _, rest = source.partition(":")
    if kind == "drawn":
        if rest and not (rest.isdecimal() and int(rest) > 0):
            raise ValueError(f"data={source!r}: after 'drawn:' comes the number of faces, as in drawn:2000")
        return DrawnFaces(int(rest) if rest else DRAWN_FACES)
    if kind in ("crypko", "hf", "kaggle"):
        return Downloaded(source, kind, rest)
    if kind == "iclevr":
        return iclevr(rest)
    if not source.strip():
        raise ValueError("data='' names nothing; give a path, or use 'drawn'")
    try:
        path = reach(source)
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"data={source!r}: {error}") from error
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


def iclevr(path):
    """i-CLEVR's pictures in a folder or archive, with the labels of its train.json and objects.json."""
    if not path:
        raise ValueError("data='iclevr:' names nothing; after it comes a folder or archive, as in iclevr:iclevr.zip")
    files = open_source(path)
    if not isinstance(files, PictureFiles):
        raise ValueError(f"data='iclevr:{path}': after 'iclevr:' comes a folder or archive")
    found = labels.from_iclevr(files.text("train.json"), files.text("objects.json"), path)
    return Labelled(files, found, f"iclevr:{files.address}", "iclevr")


def labelled(source, chosen):
    """Another source with labels from a .csv, or with a choice among the kinds of classes that it has."""
    chosen = chosen.strip()
    if not chosen:
        raise ValueError(f"data={source.address + LABELS!r}: after {LABELS!r} comes a .csv, or kinds, as hair,eyes")
    if not chosen.lower().endswith(".csv"):
        return Chosen(source, [kind.strip() for kind in chosen.split(",")])
    try:
        table = reach(chosen).resolve()
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"labels {chosen!r}: {error}") from error
    address = f"{source.address}{LABELS}{table}"
    if not isinstance(source, (PictureFiles, Downloaded)):
        raise ValueError(f"data={address!r}: a table names picture files, and {source.address!r} brings its own labels")
    try:
        found = labels.from_csv(table.read_text(encoding="utf-8-sig"), table)
    except OSError as error:
        raise ValueError(f"data={address!r}: the labels can't be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"labels '{table}' are no text in UTF-8: {error}") from error
    return Labelled(source, found, address, f"{source.name}-{plain_name(table.name)}")


class Labelled:
    """Picture files, of which those are read that have labels. labels: a labels.Labels."""

    def __init__(self, files, labels, address, name):
        self.files, self.labels, self.address, self.name = files, labels, address, name

    def fingerprint(self):
        """Of the pictures and their labels."""
        known = f"{self.files.fingerprint()} {self.labels.class_names} {sorted(self.labels.of.items())}"
        return hashlib.sha256(known.encode()).hexdigest()[:8]

    def read(self, size, scratch, progress):
        files = self.files.local if isinstance(self.files, Downloaded) else self.files
        return files.read(size, scratch, progress, self.labels)


class Chosen:
    """A labelled source with some kinds of its classes alone. A class's kind is the last word of its name."""

    def __init__(self, source, kinds):
        self.source, self.kinds = source, kinds
        self.address = f"{source.address}{LABELS}{','.join(kinds)}"
        self.name = f"{source.name}-{plain_name('-'.join(kinds))}"

    def fingerprint(self):
        """Of the source and the choice."""
        return hashlib.sha256(f"{self.source.fingerprint()} {self.kinds}".encode()).hexdigest()[:8]

    def read(self, size, scratch, progress):
        stored = self.source.read(size, scratch, progress)
        names = stored["class_names"]
        of_kind = labels.kinds(names)
        for kind in self.kinds:
            if kind not in of_kind:
                there = ", ".join(of_kind) or "none at all"
                raise ValueError(f"data={self.address!r}: it has no classes of the kind {kind!r}; there are {there}")
        kept = [k for kind in dict.fromkeys(self.kinds) for k in of_kind[kind]]
        return {**stored, "labels": stored["labels"][:, kept], "class_names": [names[k] for k in kept]}


class DrawnFaces:
    """The embedded data set: the first `count` faces that drawn_faces draws."""

    def __init__(self, count):
        self.count = count
        self.name = "drawn" if count == DRAWN_FACES else f"drawn{count}"
        self.address = "drawn" if count == DRAWN_FACES else f"drawn:{count}"

    def fingerprint(self):
        """Of the drawing program itself and the number of faces, so that a changed drawing is drawn again."""
        digest = hashlib.sha256(str(self.count).encode())
        for file in sorted(Path(drawn_faces.__file__).parent.glob("*.py")):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:8]

    def read(self, size, scratch, progress):
        images, labels, class_names = drawn_faces.draw_faces(self.count, size=size, progress=progress.update)
        progress.close()
        return {"images": images, "labels": labels, "class_names": list(class_names), "left_out": []}


class Downloaded:
    """A data set that is fetched when it is first read. `address` and `name` are known before that."""

    FORMS = {"crypko": r"", "hf": r"[^/]+/[^/]+/.+", "kaggle": r"[^/]+/[^/]+"}

    def __init__(self, address, kind, rest):
        if not re.fullmatch(self.FORMS[kind], rest):
            raise ValueError(f"data={address!r}: say crypko, hf:OWNER/DATASET/FILE or kaggle:OWNER/DATASET")
        self.address, self.kind, self.rest = address, kind, rest
        self.name = plain_name(rest.split("/")[-1] if rest else kind)

    def fingerprint(self):
        """Of the pictures themselves, wherever they came from."""
        return self.local.fingerprint()

    def read(self, size, scratch, progress):
        stored = self.local.read(size, scratch, progress)
        found = len(stored["images"]) + len(stored["left_out"])
        if self.kind == "crypko" and found != CRYPKO_FACES:
            print(f"Note: the course's set has {CRYPKO_FACES} faces, this copy has {found}")
        return stored

    @cached_property
    def local(self):
        """The same source as files on this machine. Raises DownloadFailed when it can't be had."""
        try:
            return open_source(self._fetch())
        except downloads.DownloadFailed as error:
            raise downloads.DownloadFailed(f"data={self.address!r}: {error}; {downloads.offline_hint()}") from error

    def _fetch(self):
        if self.kind == "hf":
            owner, dataset, file = self.rest.split("/", 2)
            return downloads.from_hugging_face(f"{owner}/{dataset}", file)
        if self.kind == "kaggle":
            return downloads.from_kaggle(self.rest)
        try:
            return downloads.from_hugging_face(*CRYPKO_HUGGING_FACE)
        except downloads.DownloadFailed as first:
            try:
                return downloads.from_kaggle(CRYPKO_KAGGLE)
            except downloads.DownloadFailed as second:
                raise downloads.DownloadFailed(f"{first}; {second}") from second


def plain_name(text):
    """A file's or data set's name without its suffix, of letters, digits, '_' and '-' alone."""
    return re.sub(r"[^\w-]+", "_", re.sub(r"(\.tar)?\.\w+$", "", text)) or "pictures"


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
        return checkpoints.file_hash(self.path)[:8]

    def read(self, size, scratch, progress, labels=None):
        """Decode every picture or, where there are labels (a labels.Labels), every one that has some.

        Raises ValueError when there is none, or too many are unreadable.
        """
        read, left_out = [], []
        with self.opened() as (files, open_picture), ThreadPoolExecutor() as threads:
            pictures = picture_names(files)
            if self.sequential:
                wanted = set(pictures)
                pictures = [name for name in files if name in wanted]
            if not pictures:
                raise ValueError(f"data='{self.path}' holds no picture ({' '.join(PICTURE_SUFFIXES)})")
            if labels is not None:
                labels.check(pictures)
            names = [name for name in pictures if labels is None or labels.find(name) is not None]
            if not names:
                raise ValueError(f"data='{self.path}': the labels name none of its {len(pictures)} pictures")
            for chunk in chunks((name, content_or_reason(open_picture, name)) for name in names):
                decoded = threads.map(lambda item: decode(item[1], size), chunk)
                for (name, _), picture in zip(chunk, decoded, strict=True):
                    if isinstance(picture, str):
                        left_out.append(f"{name} ({picture})")
                    else:
                        scratch.write(np.ascontiguousarray(picture.transpose(2, 0, 1)))
                        read.append(name)
                progress.update(len(read) + len(left_out), len(names), unreadable=len(left_out))
        progress.close()
        if len(left_out) > UNREADABLE_SHARE * len(names):
            raise ValueError(
                f"data='{self.path}': {len(left_out)} of {len(names)} pictures can't be read, first {left_out[0]}; "
                "is the file whole? Download or copy it again, or take these pictures out"
            )
        scratch.flush()
        images = torch.from_numpy(np.memmap(scratch, np.uint8, "c", shape=(len(read), 3, size, size)))
        stored = {"images": images, "labels": None, "class_names": [], "left_out": left_out}
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
            digest.update(f"{name}\0{len(content)}\0".encode())
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
