"""Where pictures come from: each source has a name, an address, a fingerprint of its content, and can be read.

drawn, drawn:2000            anime faces drawn by program (see drawn_faces)
a folder, .zip, .tgz, .tar   every picture in it, sub-folders included
crypko                       the course's 71,314 faces, downloaded
hf:OWNER/DATASET/FILE        an archive in a data set on Hugging Face
kaggle:OWNER/DATASET         a data set on Kaggle; attached to a Kaggle notebook, it is read where it lies
iclevr:PATH                  i-CLEVR: a folder or archive of its pictures, train.json and objects.json
cifar10, celeba, flowers102  through torchvision, downloaded; or cifar10:ROOT, as torchvision keeps it in that folder
any of these?labels=...      a .csv with the classes of each picture (others are left out), or the kinds of classes
                             to keep of those that it has: drawn?labels=hair,eyes; or `folders`, the sub-folders that
                             pictures lie in as classes, or some of them: pictures.zip?labels=folders:cats,dogs
any picture files?fit=pad    pictures that are not square are padded with white, not cut
any of these?take=300        so many of its pictures, drawn at random, the same ones each time: a small collection
"""

import re
import tarfile
import zipfile
from functools import cached_property

import torch

from gan_hw import downloads, drawn_faces, labels
from gan_hw.sources.archives import Folder, PictureFiles, TarArchive, ZipArchive, plain_name
from gan_hw.sources.pictures import DAMAGED, FITS
from gan_hw.sources.torchvision_sets import KINDS as TORCHVISION
from gan_hw.sources.torchvision_sets import TorchvisionSet
from gan_hw.utils.files import short_hash
from gan_hw.utils.hosts import reach

LABELS = "?labels="  # in a source's name, between the pictures and their labels
FIT = "?fit="  # and what becomes of pictures that are not square
TAKE = "?take="  # and how many of them
FOLDERS = "folders"  # labels that are the names of sub-folders
LONGEST = 60  # letters of a choice in the names of files
DRAWN_FACES = 6000
# Version 1 as it was named before it had a number: runs and caches of these sets are found by these names.
DRAWN_FINGERPRINTS = {
    64: "82934ae8", 100: "b2e86ed6", 200: "c496bd29", 300: "aea226fc", 500: "3bc460fe", 1000: "59ab8737",
    2000: "0884f61a", 3000: "8b17af9e", 4000: "c3e4093c", 5000: "d35d3529", 6000: "e7aff147", 8000: "0bb3199f",
    10_000: "88aaa9db", 12_000: "ca444541", 20_000: "bc1ff9b7",
}  # fmt: skip
CRYPKO_FACES = 71_314
CRYPKO_HUGGING_FACE = ("LeoFeng/MLHW_6", "faces.zip")  # as the course published it in 2023
CRYPKO_KAGGLE = "b07202024/diffusion"


def open_source(source):
    """The source object of a name or path: `name`, `address`, `fingerprint()` and `read(size, scratch, progress, fit)`.

    The address names the same source from any folder. scratch: an open file for pixels that should not fill the memory.
    What stands behind the name, LABELS, FIT and TAKE, may stand in any order.
    Raises ValueError when there is no such source.
    """
    name, *options = re.split(r"(\?(?:labels|fit|take)=)", str(source))
    chosen = {key: value.strip() for key, value in zip(options[::2], options[1::2], strict=True)}
    if len(chosen) < len(options) // 2:
        raise ValueError(f"data={str(source)!r}: each of {LABELS} {FIT} {TAKE} may stand there once")
    found = _open(name)
    for key, change in ((LABELS, labelled), (FIT, fitted), (TAKE, Taken)):
        if key in chosen:
            found = change(found, chosen[key])
    return found


def _open(source):
    kind, _, rest = source.partition(":")
    if kind == "drawn":
        if rest and not (rest.isdecimal() and int(rest) > 0):
            raise ValueError(f"data={source!r}: after 'drawn:' comes the number of faces, as in drawn:2000")
        return DrawnFaces(int(rest) if rest else DRAWN_FACES)
    if kind in ("crypko", "hf", "kaggle"):
        return Downloaded(source, kind, rest)
    if kind == "iclevr":
        return iclevr(rest)
    if kind in TORCHVISION:
        return TorchvisionSet(kind, _reached(rest, source) if rest else None)
    if not source.strip():
        raise ValueError("data='' names nothing; give a path, or use 'drawn'")
    path = _reached(source, source)
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


def _reached(path, source):
    try:
        return reach(path)
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"data={source!r}: {error}") from error


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
    """Another source with labels from a .csv or its sub-folders, or a choice among the kinds of classes it has."""
    if not chosen:
        raise ValueError(
            f"data={source.address + LABELS!r}: after {LABELS!r} comes a .csv, or kinds, as hair,eyes, or {FOLDERS}"
        )
    if chosen.partition(":")[0] == FOLDERS:
        return InFolders(source, [name.strip() for name in chosen.partition(":")[2].split(",") if name.strip()])
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


def fitted(source, how):
    """Another source whose pictures are made square in this way."""
    if how not in FITS:
        raise ValueError(f"data={source.address + FIT + how!r}: after {FIT!r} comes {' or '.join(FITS)}")
    if getattr(source, "square", False):
        raise ValueError(f"data={source.address + FIT + how!r}: {source.address!r} has square pictures")
    return source if how == FITS[0] else Fitted(source, how)


class Fitted:
    """A source whose pictures are made square in another way than by cutting. how: of pictures.FITS."""

    def __init__(self, source, how):
        self.source, self.how = source, how
        self.address, self.name = f"{source.address}{FIT}{how}", f"{source.name}-{how}"

    def fingerprint(self):
        """Of the source and the way."""
        return short_hash(f"{self.source.fingerprint()} {self.how}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        return self.source.read(size, scratch, progress, self.how)


class Taken:
    """Some pictures of another source, drawn at random. count: how many, as text. Raises ValueError for less than 1."""

    def __init__(self, source, count):
        if not (count.isdecimal() and int(count) > 0):
            raise ValueError(f"data={source.address + TAKE + count!r}: after {TAKE!r} comes a number of pictures")
        self.source, self.count = source, int(count)
        self.address, self.name = f"{source.address}{TAKE}{count}", f"{source.name}-{count}"

    def fingerprint(self):
        """Of the source and the number."""
        return short_hash(f"{self.source.fingerprint()} take {self.count}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.source.read(size, scratch, progress, fit)
        rows = torch.randperm(len(stored["images"]), generator=torch.Generator().manual_seed(0))[: self.count].sort()[0]
        parts = ("images", "labels") if stored["labels"] is not None else ("images",)
        return {**stored, **{part: stored[part][rows] for part in parts}}


class Labelled:
    """Picture files, of which those are read that have labels. labels: a labels.Labels."""

    def __init__(self, files, labels, address, name):
        self.files, self.labels, self.address, self.name = files, labels, address, name

    def fingerprint(self):
        """Of the pictures and their labels."""
        return short_hash(f"{self.files.fingerprint()} {self.labels.class_names} {sorted(self.labels.of.items())}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        return self.files.local.read(size, scratch, progress, fit, self.labels)


class InFolders(Labelled):
    """Picture files whose classes are the sub-folders that they lie in. chosen: those to read, or none for all."""

    def __init__(self, files, chosen):
        if not isinstance(files, (PictureFiles, Downloaded)):
            raise ValueError(f"data={files.address + LABELS + FOLDERS!r}: {files.address!r} is no folder or archive")
        self.files, self.chosen = files, chosen
        self.address = f"{files.address}{LABELS}{':'.join([FOLDERS, ','.join(chosen)] if chosen else [FOLDERS])}"
        self.name = f"{files.name}-{plain_name('-'.join(chosen or [FOLDERS]))[:LONGEST]}"

    @cached_property
    def labels(self):
        """Raises ValueError when a folder is not there, or there are none."""
        return labels.from_folders(self.files.local.names(), self.chosen, self.address)


class Chosen:
    """A labelled source with some kinds of its classes alone. A class's kind is the last word of its name."""

    def __init__(self, source, kinds):
        self.source, self.kinds = source, kinds
        self.square = getattr(source, "square", False)
        self.address = f"{source.address}{LABELS}{','.join(kinds)}"
        self.name = f"{source.name}-{plain_name('-'.join(kinds))[:LONGEST]}"

    def fingerprint(self):
        """Of the source and the choice."""
        return short_hash(f"{self.source.fingerprint()} {self.kinds}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.source.read(size, scratch, progress, fit)
        names = stored["class_names"]
        of_kind = labels.kinds(names)
        for kind in self.kinds:
            if kind not in of_kind:
                there = ", ".join(of_kind) or "none at all"
                hint = f"; {FOLDERS!r} or a table, NAME.csv, may be meant" if there == "none at all" else ""
                raise ValueError(
                    f"data={self.address!r}: it has no classes of the kind {kind!r}; there are {there}{hint}"
                )
        kept = [k for kind in dict.fromkeys(self.kinds) for k in of_kind[kind]]
        return {**stored, "labels": stored["labels"][:, kept], "class_names": [names[k] for k in kept]}


class DrawnFaces:
    """The embedded data set: the first `count` faces that drawn_faces draws."""

    square = True  # whatever the fit

    def __init__(self, count):
        self.count = count
        self.name = "drawn" if count == DRAWN_FACES else f"drawn{count}"
        self.address = "drawn" if count == DRAWN_FACES else f"drawn:{count}"

    def fingerprint(self):
        """Of the number of faces and the version of the drawing program."""
        known = DRAWN_FINGERPRINTS.get(self.count) if drawn_faces.VERSION == 1 else None
        return known or short_hash(f"drawn faces, version {drawn_faces.VERSION}: {self.count}")

    def read(self, size, scratch, progress, fit=FITS[0]):
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

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.local.read(size, scratch, progress, fit)
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
