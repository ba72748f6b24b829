"""1000 JPEGs -> one .tgz under the judge's limit, and the check of such an archive."""

import gzip
import io
import shutil
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from gan_hw.utils.files import atomic_path

COUNT = 1000
SIZE = 64
MAX_BYTES = 2_000_000  # the judge takes archives smaller than this
BEST_QUALITY = 95  # Pillow advises against more: larger files, hardly better pictures
SHOWN_FAULTS = 10
EXPECTED = {f"{number}.jpg": None for number in range(1, COUNT + 1)}  # in order, and quick to look up


def write_submission(images, folder):
    """Write images uint8 (1000, 3, 64, 64) to folder/images/1.jpg ... and folder/submission.tgz.

    Takes the highest JPEG quality whose archive stays under MAX_BYTES, then reopens and checks the archive before
    anything is replaced; the images folder is made anew. The same images give the same bytes. Returns
    (path of the archive, its size in bytes, the quality). Raises ValueError when the images have another shape.
    """
    images = np.asarray(images)
    if images.shape != (COUNT, 3, SIZE, SIZE) or images.dtype != np.uint8:
        raise ValueError(f"a submission is uint8 ({COUNT}, 3, {SIZE}, {SIZE}), got {images.dtype} {images.shape}")
    folder = Path(folder)
    quality, files, archive = best_archive(images)
    with atomic_path(folder / "submission.tgz") as part:
        part.write_bytes(archive)
        faults = check_submission(part)
        if faults:
            raise ValueError(f"the archive just written would be refused: {'; '.join(faults)}")
        _replace_folder(folder / "images", files)
    return folder / "submission.tgz", len(archive), quality


def best_archive(images):
    """(quality, {name: JPEG bytes}, archive bytes) of the highest quality whose archive is small enough."""
    low, high, best = 1, BEST_QUALITY, None
    while low <= high:  # the size grows with the quality, so halve the range
        quality = high if best is None and high == BEST_QUALITY else (low + high) // 2
        files = encode(images, quality)
        archive = pack(files)
        if len(archive) < MAX_BYTES:
            best, low = (quality, files, archive), quality + 1
        else:
            high = quality - 1
    if best is None:
        raise ValueError(f"even at JPEG quality 1 the archive is larger than {MAX_BYTES} bytes: is this noise?")
    return best


def encode(images, quality):
    """Images uint8 (N, 3, H, W) -> {"1.jpg": bytes, ...}."""

    def one(image):
        buffer = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="JPEG", quality=quality, optimize=True)
        return buffer.getvalue()

    with ThreadPoolExecutor() as threads:  # Pillow encodes outside of Python's lock
        return {f"{number}.jpg": content for number, content in enumerate(threads.map(one, images), 1)}


def as_submitted(images):
    """Images uint8 (N, 3, H, W) as they come out of a submission: through JPEG at the quality that fits."""
    _, files, _ = best_archive(np.asarray(images))
    return np.stack([np.asarray(Image.open(io.BytesIO(content))).transpose(2, 0, 1) for content in files.values()])


def pack(files):
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


def _replace_folder(folder, files):
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


def check_submission(path):
    """Every reason for which the judge would refuse the archive, as sentences; an empty list means acceptable."""
    return _shortened(_inspect(path)[0])


def _shortened(faults):
    if len(faults) > SHOWN_FAULTS:
        return [*faults[:SHOWN_FAULTS], f"and {len(faults) - SHOWN_FAULTS} faults more"]
    return faults


def read_submission(path):
    """The images of an acceptable archive, uint8 (1000, 3, 64, 64) in the order of their numbers.

    Raises ValueError with every fault when it is not acceptable.
    """
    faults, pictures = _inspect(path)
    if faults:
        raise ValueError(f"'{path}' would be refused: {'; '.join(_shortened(faults))}")
    return np.stack([pictures[f"{number}.jpg"] for number in range(1, COUNT + 1)])


def _inspect(path):
    """(faults, {name: uint8 (3, H, W)}) of an archive, read in place."""
    path = Path(path)
    if not path.is_file():
        return [f"'{path}' is not a file"], {}
    faults, pictures, names = [], {}, set()
    if path.stat().st_size >= MAX_BYTES:
        faults.append(f"the archive has {path.stat().st_size} bytes, it must stay under {MAX_BYTES}")
    try:
        with tarfile.open(path, "r:gz") as archive:
            for entry in archive:
                picture = _entry_fault(entry, names) or _picture(entry.name, archive.extractfile(entry).read())
                names.add(entry.name)
                if isinstance(picture, str):
                    faults.append(picture)
                else:
                    pictures[entry.name] = picture
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        return [*faults, f"not a readable .tgz: {error}"], {}
    missing = [name for name in EXPECTED if name not in names]
    if missing:
        faults.append(f"{len(missing)} of {COUNT} images are missing, first {missing[0]}")
    return faults, pictures


def _entry_fault(entry, names):
    if not entry.isfile():
        kind = "a folder" if entry.isdir() else "a link or device"
        return f"'{entry.name}' is {kind}; the archive must hold nothing but 1.jpg ... {COUNT}.jpg, without a folder"
    if entry.name in names:
        return f"'{entry.name}' is there twice"
    if "/" in entry.name:
        return f"'{entry.name}' lies in a folder; pack the files themselves: tar czf ../submission.tgz *.jpg"
    if entry.name not in EXPECTED:
        return f"'{entry.name}' does not belong there; expected names are 1.jpg ... {COUNT}.jpg"
    if entry.size > MAX_BYTES:
        return f"'{entry.name}' unpacks to {entry.size} bytes"
    return None


def _picture(name, content):
    """The picture as uint8 (3, 64, 64), or the fault as a sentence."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.format != "JPEG":
                return f"'{name}' is a {image.format}, not a JPEG"
            if image.size != (SIZE, SIZE):
                return f"'{name}' is {image.width}x{image.height} pixels, not {SIZE}x{SIZE}"
            if image.mode != "RGB":
                return f"'{name}' is {image.mode}, not RGB"
            return np.asarray(image).transpose(2, 0, 1)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        return f"'{name}' can't be read: {str(error).splitlines()[0].split('<')[0].strip()}"
