"""Any source of pictures -> an ImageSet: uint8 NCHW, decoded once and cached; in RAM or, if large, memory-mapped.

    drawn, drawn:2000            anime faces drawn by program (see drawn_faces)
    a folder, .zip, .tgz, .tar   every picture in it, sub-folders included
    crypko                       the course's 71,314 faces, downloaded
    hf:OWNER/DATASET/FILE        an archive in a data set on Hugging Face
    kaggle:OWNER/DATASET         a data set on Kaggle; attached to a Kaggle notebook, it is read where it lies

`to_float` and `to_uint8` are the only two places where stored pixels and the networks' numbers meet.
"""

import hashlib
import io
import lzma
import re
import struct
import tarfile
import tempfile
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from gan_hw import checkpoints, downloads, drawn_faces
from gan_hw.progress import Progress

DRAWN_FACES = 6000
CRYPKO_FACES = 71_314
CRYPKO_HUGGING_FACE = ("LeoFeng/MLHW_6", "faces.zip")  # as the course published it in 2023
CRYPKO_KAGGLE = "b07202024/diffusion"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
UNREADABLE_SHARE = 0.05  # more unreadable pictures than this share make an error
CHUNK = 256  # pictures held undecoded at a time,
CHUNK_BYTES = 256_000_000  # or as many as have so many bytes
MAPPED_FROM = 2_000_000_000  # bytes; below, RAM is safer: a map of a file on a network drive can break off
MAX_PIXELS = 50_000_000  # a small file can claim to hold far more, and would fill the memory;
MAX_BYTES = 100_000_000  # as can an archive's member
HIDDEN = re.compile(r"\.[^./]|__MACOSX")  # names that file managers leave behind, but not "." and ".."
DAMAGED = (
    OSError, EOFError, RuntimeError, UnicodeDecodeError, zipfile.BadZipFile, tarfile.TarError, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class ImageSet:
    """Pictures and where they came from.

    images: uint8 (N, 3, size, size) RGB. labels: uint8 (N, K) of 0 and 1, or None; class_names: K names.
    source: the source as it was named. name: its short name. fingerprint: 8 hex digits of its content.
    left_out: the pictures that could not be read, each with the reason.
    """

    images: torch.Tensor
    source: str
    name: str
    fingerprint: str
    labels: torch.Tensor | None = None
    class_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __len__(self):
        return len(self.images)


def to_float(images):
    """Stored pixels, uint8 in 0..255 -> what networks see, float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images):
    """What networks give, float in [-1, 1] -> pixels to store, uint8 in 0..255, rounded."""
    return (images * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8)


def load_images(source, workspace, size=64, quiet=False):
    """The ImageSet of `source` (see the top of this file) at size x size pixels.

    The first call decodes and writes workspace/data/<name>-<fingerprint>-<size>.pt; later calls open no picture.
    A set of more than MAPPED_FROM bytes stays in a memory map of that file, so that it may be larger than the memory.
    Pictures that are not square lose their longer side's ends. Raises ValueError naming what is wrong with a source.
    """
    opened = open_source(source)
    fingerprint = opened.fingerprint()
    cache = Path(workspace) / "data" / f"{opened.name}-{fingerprint}-{size}.pt"
    with checkpoints.locked(cache.with_name(f".{cache.stem}.lock"), wait=True):  # of two processes, one decodes
        checkpoints.remove_leftovers(cache.parent, cache.name)
        if cache.exists():
            try:
                return _from_cache(cache, opened, fingerprint)
            except ValueError as error:
                print(f"The cached pictures are unusable and are made again: {error}")
        with tempfile.TemporaryFile() as scratch:
            checkpoints.save(cache, opened.read(size, scratch, Progress(f"Reading {opened.name}", "pictures", quiet)))
        return _from_cache(cache, opened, fingerprint)


def _from_cache(cache, opened, fingerprint):
    stored = checkpoints.load(cache, mapped=cache.stat().st_size > MAPPED_FROM)
    return ImageSet(
        stored["images"], opened.address, opened.name, fingerprint,
        stored["labels"], tuple(stored["class_names"]), tuple(stored["left_out"]),
    )  # fmt: skip


def open_source(source):
    """The source object of a name or path: `name`, `address`, `fingerprint()` and `read(size, scratch, progress)`.

    The address names the same source from any folder. scratch: an open file for pixels that should not fill the memory.

    Raises ValueError when there is no such source.
    """
    kind, _, rest = str(source).partition(":")
    if kind == "drawn":
        if rest and not (rest.isdecimal() and int(rest) > 0):
            raise ValueError(f"data={source!r}: after 'drawn:' comes the number of faces, as in drawn:2000")
        return DrawnFaces(int(rest) if rest else DRAWN_FACES)
    if kind in ("crypko", "hf", "kaggle"):
        return Downloaded(str(source), kind, rest)
    if not str(source).strip():
        raise ValueError("data='' names nothing; give a path, or use 'drawn'")
    try:
        path = Path(str(source)).expanduser()
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"data={str(source)!r}: {error}") from error
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise ValueError(f"data={str(source)!r} is neither a file nor a folder here; give a path, or use 'drawn'")
    for kind, is_one in ((ZipArchive, zipfile.is_zipfile), (TarArchive, tarfile.is_tarfile)):
        try:
            if is_one(path):
                return kind(path)
        except PermissionError:
            raise
        except DAMAGED:
            continue
    raise ValueError(f"data={str(source)!r} is no folder, .zip or .tgz of pictures, or it is damaged")


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
    """Pictures kept as files somewhere. A subclass's `opened` gives their names and how to open one by its name."""

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

    def read(self, size, scratch, progress):
        """Decode every picture. Raises ValueError when there is none, or too many are unreadable."""
        count, left_out = 0, []
        with self.opened() as (names, open_picture), ThreadPoolExecutor() as threads:
            if not names:
                raise ValueError(f"data='{self.path}' holds no picture ({' '.join(PICTURE_SUFFIXES)})")
            for chunk in chunks((name, content_or_reason(open_picture, name)) for name in names):
                decoded = threads.map(lambda item: decode(item[1], size), chunk)
                for (name, _), picture in zip(chunk, decoded, strict=True):
                    if isinstance(picture, str):
                        left_out.append(f"{name} ({picture})")
                    else:
                        scratch.write(np.ascontiguousarray(picture.transpose(2, 0, 1)))
                        count += 1
                progress.update(count + len(left_out), len(names), unreadable=len(left_out))
        progress.close()
        if len(left_out) > UNREADABLE_SHARE * len(names):
            raise ValueError(
                f"data='{self.path}': {len(left_out)} of {len(names)} pictures can't be read, first {left_out[0]}; "
                "is the file whole? Download or copy it again, or take these pictures out"
            )
        scratch.flush()
        images = torch.from_numpy(np.memmap(scratch, np.uint8, "c", shape=(count, 3, size, size)))
        return {"images": images, "labels": None, "class_names": [], "left_out": left_out}


class Folder(PictureFiles):
    """A folder of pictures, sub-folders included."""

    def _files(self):
        found = {file.relative_to(self.path).as_posix(): file for file in self.path.rglob("*") if file.is_file()}
        return {name: found[name] for name in picture_names(found)}

    def fingerprint(self):
        """Of the files' names and bytes, so that a copy of the folder elsewhere is the same source."""
        digest = hashlib.sha256()
        for name, file in self._files().items():
            content = file.read_bytes()
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
                names = picture_names(archive.namelist())
            yield names, archive.open


class TarArchive(PictureFiles):
    """A .tgz or .tar of pictures, read in place, in the order of the archive: nothing is unpacked."""

    @contextmanager
    def opened(self):
        with ExitStack() as stack:
            with self.damage_named():
                archive = stack.enter_context(tarfile.open(self.path))
                files = {member.name: member for member in archive.getmembers() if member.isfile()}
            wanted = set(picture_names(files))
            yield [name for name in files if name in wanted], lambda name: archive.extractfile(files[name])


def content_or_reason(open_picture, name):
    """The bytes of a picture or, as a string, why they can't be had: a damaged or encrypted member, an unreadable file,
    one that unpacks to implausibly much. open_picture(name) gives an open file.
    """
    content = bytearray()
    try:
        with open_picture(name) as file:
            while block := file.read(1 << 20):
                content += block
                if len(content) > MAX_BYTES:
                    return f"more than {MAX_BYTES} bytes are implausibly many"
    except DAMAGED as error:
        return str(error) or type(error).__name__
    return bytes(content)


def chunks(contents):
    """(name, bytes or reason) pairs in lists of at most CHUNK, closed early at CHUNK_BYTES."""
    chunk, held = [], 0
    for item in contents:
        chunk.append(item)
        held += len(item[1])
        if len(chunk) == CHUNK or held > CHUNK_BYTES:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def picture_names(names):
    """Those of `names` that look like pictures, in natural order (2.jpg before 10.jpg)."""
    kept = [name for name in names if name.lower().endswith(PICTURE_SUFFIXES)]
    kept = [name for name in kept if not any(HIDDEN.match(part) for part in name.split("/"))]
    return sorted(kept, key=lambda name: [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in
                                          re.split(r"(\d+)", name)])  # fmt: skip


def decode(content, size):
    """Bytes of a picture -> uint8 (size, size, 3) RGB, centre-cropped to a square; or, as a string, why not.

    `content` may be the reason already, when the bytes could not be had.
    """
    if isinstance(content, str):
        return content
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return f"{picture.width}x{picture.height} pixels are implausibly many"
            upright = to_rgb(ImageOps.exif_transpose(picture))
            if upright.size != (size, size):
                upright = ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)
            return np.asarray(upright)
    except Image.DecompressionBombError:
        return "implausibly many pixels"
    except (*DAMAGED, ValueError, SyntaxError) as error:
        return str(error).splitlines()[0].replace(repr(content), "") if str(error) else type(error).__name__


def to_rgb(picture):
    """A PIL image of any mode as 8-bit RGB: the first frame, on white where it is transparent, 16 bits scaled down."""
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, dtype=np.float64)
        top = 65535 if picture.mode.startswith("I") else max(values.max(), 1.0)
        picture = Image.fromarray((values.clip(0, top) * (255 / top)).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")
