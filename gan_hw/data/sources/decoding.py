"""Picture files -> pixels: any format and any size, with a reason for each file that cannot be decoded."""

import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gan_hw.data.address import Fit

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
PILLOW_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # some of Pillow's others run external programs
CHUNK_PICTURES = 256  # at most so many undecoded pictures are in memory at a time,
CHUNK_BYTES = 256_000_000  # or as many as exceed this size together
MAX_PICTURE_PIXELS = 50_000_000  # a small file can claim far more pixels, which would fill the memory;
MAX_PICTURE_BYTES = 100_000_000  # so can a compressed member of an archive
HIDDEN_NAME = re.compile(r"\.[^./]|__MACOSX")  # names of files that file managers create, but not "." and ".."
READ_ERRORS = (
    OSError, EOFError, RuntimeError, UnicodeDecodeError, zipfile.BadZipFile, tarfile.TarError, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip  # raised for damaged, encrypted or unreadable files and archives


class Unreadable(str):
    """The reason why a picture cannot be read, in place of its content or its pixels."""


def read_content(open_file: Callable[[str], IO[bytes]], name: str) -> bytes | Unreadable:
    """The bytes of the file that open_file(name) opens, or why they cannot be read.

    A member of an archive may be damaged or encrypted, or decompress to more than MAX_PICTURE_BYTES.
    """
    content = bytearray()
    try:
        with open_file(name) as file:
            while block := file.read(1 << 20):
                content += block
                if len(content) > MAX_PICTURE_BYTES:
                    return Unreadable(f"more than {MAX_PICTURE_BYTES} bytes are implausibly many")
    except READ_ERRORS as error:
        return Unreadable(str(error) or type(error).__name__)
    return bytes(content)


def chunked(contents: Iterable[tuple[str, bytes | Unreadable]]) -> Iterator[list[tuple[str, bytes | Unreadable]]]:
    """(name, content) pairs in lists of CHUNK_PICTURES, or fewer when they exceed CHUNK_BYTES together."""
    chunk: list[tuple[str, bytes | Unreadable]] = []
    size = 0
    for item in contents:
        chunk.append(item)
        size += len(item[1])
        if len(chunk) == CHUNK_PICTURES or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def picture_names(names: Iterable[str]) -> list[str]:
    """Those of the file names that look like pictures, in natural order (2.jpg before 10.jpg)."""
    pictures = [name for name in names if name.lower().endswith(PICTURE_SUFFIXES)]
    pictures = [name for name in pictures if not any(HIDDEN_NAME.match(part) for part in name.split("/"))]
    return sorted(pictures, key=_natural_order)


def _natural_order(name: str) -> list[tuple[bool, int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def decode(content: bytes | Unreadable, size: int, fit: Fit = "crop") -> np.ndarray | Unreadable:
    """The content of a picture file -> pixels uint8 (size, size, 3) RGB, or why it cannot be decoded.

    fit: how the picture is made square. Unreadable content is returned as it is.
    """
    decoded = decode_with_size(content, size, fit)
    return decoded if isinstance(decoded, Unreadable) else decoded[0]


def decode_with_size(
    content: bytes | Unreadable, size: int, fit: Fit = "crop"
) -> tuple[np.ndarray, tuple[int, int]] | Unreadable:
    """The same, and the picture's own (width, height) in pixels: (uint8 (size, size, 3), (width, height))."""
    if isinstance(content, Unreadable):
        return content
    try:
        with Image.open(io.BytesIO(content), formats=PILLOW_FORMATS) as picture:
            if picture.width * picture.height > MAX_PICTURE_PIXELS:
                return Unreadable(f"{picture.width}x{picture.height} pixels are implausibly many")
            return to_square_rgb(picture, size, fit), picture.size
    except Image.DecompressionBombError:
        return Unreadable("implausibly many pixels")
    except UnidentifiedImageError:
        return Unreadable("not a picture, or in a format that is not supported")
    except Exception as error:  # decoders raise all types of exceptions for damaged files
        return Unreadable(str(error).splitlines()[0] if str(error) else type(error).__name__)


def to_square_rgb(picture: Image.Image, size: int, fit: Fit = "crop") -> np.ndarray:
    """A PIL image of any mode and shape -> uint8 (size, size, 3) RGB, rotated as its EXIF data say and made square."""
    upright = to_rgb(ImageOps.exif_transpose(picture))
    if upright.size != (size, size):
        if fit == "pad":
            upright = ImageOps.pad(upright, (size, size), Image.Resampling.LANCZOS, color="white")
        else:
            upright = ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def to_rgb(picture: Image.Image) -> Image.Image:
    """A PIL image of any mode as 8-bit RGB: its first frame, on white where transparent, 16-bit values scaled down."""
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, dtype=np.float64)
        largest = 65535 if picture.mode.startswith("I") else max(values.max(), 1.0)
        picture = Image.fromarray((values.clip(0, largest) * (255 / largest)).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")
