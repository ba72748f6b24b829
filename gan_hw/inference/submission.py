"""1000 JPEGs -> one .tgz under the judge's size limit, and the check of such an archive. No torch."""

import gzip
import io
import re
import shutil
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from gan_hw.utils.files import FILE_MANAGERS, atomic_path
from gan_hw.utils.messages import say

SUBMISSION_IMAGES = 1000
SUBMISSION_SIZE = 64  # side of each image in pixels
MAX_SUBMISSION_BYTES = 2_000_000  # the judge takes archives smaller than this
MAX_UNPACKED_BYTES = 20_000_000  # of an archive's content; 1000 JPEGs with their headers have some 3,500,000
MAX_JPEG_QUALITY = 95  # Pillow advises against more: larger files, hardly better pictures
MAX_LISTED_FAULTS = 10
EXPECTED_NAMES = {f"{number}.jpg": None for number in range(1, SUBMISSION_IMAGES + 1)}  # ordered, with fast lookup


def write_submission(images: ArrayLike, folder: str | Path) -> tuple[Path, int, int]:
    """Write images uint8 (1000, 3, 64, 64) to folder/images/1.jpg ... and folder/submission.tgz.

    Takes the highest JPEG quality whose archive stays under MAX_SUBMISSION_BYTES, then checks the archive before any
    existing file is replaced. The same images give the same bytes.
    Returns (path of the archive, its size in bytes, JPEG quality). Raises ValueError when the images have another
    shape or type, or fit at no quality, or when images/ holds other files, which would be lost.
    """
    images = np.asarray(images)
    shape = (SUBMISSION_IMAGES, 3, SUBMISSION_SIZE, SUBMISSION_SIZE)
    if images.shape != shape or images.dtype != np.uint8:
        raise ValueError(
            say(
                "a submission is uint8 {shape}, got {dtype} {got_shape}",
                shape=shape,
                dtype=images.dtype,
                got_shape=images.shape,
            )
        )
    folder = Path(folder)
    _check_replaceable(folder / "images")
    quality, files, archive = compress_to_limit(images)
    with atomic_path(folder / "submission.tgz") as part:
        part.write_bytes(archive)
        faults = check_submission(part)
        if faults:
            raise ValueError(say("the archive just written would be refused: {faults}", faults="; ".join(faults)))
        _replace_folder(folder / "images", files)
    return folder / "submission.tgz", len(archive), quality


def compress_to_limit(images: np.ndarray) -> tuple[int, dict[str, bytes], bytes]:
    """(quality, {name: JPEG bytes}, archive bytes) at the highest quality whose archive is under MAX_SUBMISSION_BYTES.

    images: uint8 (N, 3, H, W). Raises ValueError when no quality gives a small enough archive.
    """
    low, high, best = 1, MAX_JPEG_QUALITY, None
    while low <= high:  # binary search, because the size grows with the quality; the highest one is tried first
        quality = high if best is None and high == MAX_JPEG_QUALITY else (low + high) // 2
        files = encode(images, quality)
        archive = pack(files)
        if len(archive) < MAX_SUBMISSION_BYTES:
            best, low = (quality, files, archive), quality + 1
        else:
            high = quality - 1
    if best is None:
        raise ValueError(
            say(
                "even at JPEG quality 1 the archive is larger than {limit} bytes: is this noise?",
                limit=MAX_SUBMISSION_BYTES,
            )
        )
    return best


def encode(images: np.ndarray, quality: int) -> dict[str, bytes]:
    """Images uint8 (N, 3, H, W) -> {"1.jpg": bytes, ...}."""

    def encode_one(image: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="JPEG", quality=quality, optimize=True)
        return buffer.getvalue()

    with ThreadPoolExecutor() as threads:  # Pillow encodes without holding Python's global lock
        return {f"{number}.jpg": content for number, content in enumerate(threads.map(encode_one, images), 1)}


def jpeg_round_trip(images: ArrayLike) -> np.ndarray:
    """Images uint8 (N, 3, H, W) as read back from a submission: compressed at the highest quality that fits."""
    _, files, _ = compress_to_limit(np.asarray(images))
    return np.stack([np.asarray(Image.open(io.BytesIO(content))).transpose(2, 0, 1) for content in files.values()])


def pack(files: dict[str, bytes]) -> bytes:
    """{name: bytes} -> bytes of a .tgz without time stamps or owners, so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _check_replaceable(folder: Path) -> None:
    """Raise ValueError when the folder holds anything but a submission's images."""
    names = {path.name for path in folder.glob("*")} if folder.is_dir() else {folder.name} if folder.exists() else set()
    others = sorted(name for name in names - FILE_MANAGERS if not re.fullmatch(r"\d+\.jpg", name))
    if others:
        raise ValueError(
            say(
                "'{folder}' would be replaced, and holds other files than a submission's images, such as {name!r}: "
                "move them away",
                folder=folder,
                name=others[0],
            )
        )


def _replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        fresh.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_submission(path: str | Path) -> list[str]:
    """Every reason for which the judge would refuse the archive, as sentences; an empty list if it is acceptable."""
    return _shorten(_read_archive(Path(path))[0])


def _shorten(faults: list[str]) -> list[str]:
    if len(faults) > MAX_LISTED_FAULTS:
        return [*faults[:MAX_LISTED_FAULTS], say("and {count} more faults", count=len(faults) - MAX_LISTED_FAULTS)]
    return faults


def read_submission(path: str | Path) -> np.ndarray:
    """The images of an acceptable archive, uint8 (1000, 3, 64, 64) in the order of their numbers.

    Raises ValueError with every fault when it is not acceptable.
    """
    faults, images = _read_archive(Path(path))
    if faults:
        raise ValueError(say("'{path}' would be refused: {faults}", path=path, faults="; ".join(_shorten(faults))))
    return np.stack([images[name] for name in EXPECTED_NAMES])


def _read_archive(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """(faults, {name: uint8 (3, 64, 64)}) of an archive, read without unpacking it to disk."""
    if not path.is_file():
        return [say("'{path}' is not a file", path=path)], {}
    faults: list[str] = []
    images: dict[str, np.ndarray] = {}
    names: set[str] = set()
    if path.stat().st_size >= MAX_SUBMISSION_BYTES:
        faults.append(
            say(
                "the archive has {size} bytes, it must stay under {limit}",
                size=path.stat().st_size,
                limit=MAX_SUBMISSION_BYTES,
            )
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(_decompress(path)), mode="r:") as archive:
            for entry in archive:
                image = _entry_fault(entry, names) or _decode(entry.name, _content(archive, entry))
                names.add(entry.name)
                if isinstance(image, str):
                    faults.append(image)
                else:
                    images[entry.name] = image
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        return [*faults, say("not a readable .tgz: {error}", error=error)], {}
    missing = [name for name in EXPECTED_NAMES if name not in names]
    if missing:
        faults.append(
            say(
                "{count} of {total} images are missing, first {missing}",
                count=len(missing),
                total=SUBMISSION_IMAGES,
                missing=missing[0],
            )
        )
    return faults, images


def _decompress(path: Path) -> bytes:
    """The content of a .gz file, whose checksums match: Python's tarfile would not look at them, while tar does.

    Raises ValueError for a file that carries bytes behind its end, is cut short, or unpacks to more than
    MAX_UNPACKED_BYTES, zlib.error for a damaged one.
    """
    content, member = bytearray(), zlib.decompressobj(wbits=31)  # 31: gzip's header, and its checksum at the end
    with open(path, "rb") as file:
        while block := file.read(1 << 16):
            while block:
                if member.eof:  # what follows may be another member, or padding
                    if not block.strip(b"\0"):
                        break
                    if block[:2] != b"\x1f\x8b"[: len(block)]:
                        raise ValueError(say("it carries bytes behind its end, which tar refuses"))
                    member = zlib.decompressobj(wbits=31)
                content += member.decompress(block, MAX_UNPACKED_BYTES + 1 - len(content))
                if len(content) > MAX_UNPACKED_BYTES:
                    raise ValueError(say("it unpacks to more than {limit} bytes", limit=MAX_UNPACKED_BYTES))
                block = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise ValueError(say("it is cut short"))
    return bytes(content)


def _entry_fault(entry: tarfile.TarInfo, names: set[str]) -> str | None:
    """What is wrong with an entry before reading it, or None. names: of the entries before it."""
    expected = f"1.jpg ... {SUBMISSION_IMAGES}.jpg"
    if not entry.isfile():
        kind = say("a folder") if entry.isdir() else say("a link or device")
        return say(
            "'{name}' is {kind}; the archive must hold nothing but {expected}, without a folder",
            name=entry.name,
            kind=kind,
            expected=expected,
        )
    if entry.name in names:
        return say("'{name}' is there twice", name=entry.name)
    if "/" in entry.name:
        return say(
            "'{name}' lies in a folder; pack the files themselves: tar czf ../submission.tgz *.jpg", name=entry.name
        )
    if entry.name not in EXPECTED_NAMES:
        return say("'{name}' does not belong there; expected names are {expected}", name=entry.name, expected=expected)
    if entry.size > MAX_SUBMISSION_BYTES:
        return say(
            "'{name}' unpacks to {size} bytes, more than the {limit} of a whole archive",
            name=entry.name,
            size=entry.size,
            limit=MAX_SUBMISSION_BYTES,
        )
    return None


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    assert file is not None, "a regular file has content"
    return file.read()


def _decode(name: str, content: bytes) -> np.ndarray | str:
    """The image as uint8 (3, 64, 64), or the fault as a sentence."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.format != "JPEG":
                return say("'{name}' is a {format}, not a JPEG", name=name, format=image.format)
            if image.size != (SUBMISSION_SIZE, SUBMISSION_SIZE):
                expected = f"{SUBMISSION_SIZE}x{SUBMISSION_SIZE}"
                return say(
                    "'{name}' is {width}x{height} pixels, not {expected}",
                    name=name,
                    width=image.width,
                    height=image.height,
                    expected=expected,
                )
            if image.mode != "RGB":
                return say("'{name}' is {mode}, not RGB", name=name, mode=image.mode)
            return np.asarray(image).transpose(2, 0, 1)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        return say(
            "'{name}' can't be read: {reason}", name=name, reason=str(error).splitlines()[0].split("<")[0].strip()
        )
