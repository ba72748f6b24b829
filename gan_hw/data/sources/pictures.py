"""Files that claim to be pictures -> pixels: any format, any size, and each thing that can be wrong with them."""

import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from functools import partial

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gan_hw.data.address import FITS

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # Pillow's others include such as run programs
CHUNK = 256  # pictures held undecoded at a time,
CHUNK_BYTES = 256_000_000  # or as many as have so many bytes
MAX_PIXELS = 50_000_000  # a small file can claim to hold far more, and would fill the memory;
MAX_BYTES = 100_000_000  # as can an archive's member
HIDDEN = re.compile(r"\.[^./]|__MACOSX")  # names that file managers leave behind, but not "." and ".."
DAMAGED = (
    OSError, EOFError, RuntimeError, UnicodeDecodeError, zipfile.BadZipFile, tarfile.TarError, zlib.error,
    lzma.LZMAError, struct.error,
)  # fmt: skip


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


def decode(content, size, fit=FITS[0]):
    """Bytes of a picture -> uint8 (size, size, 3) RGB, made square by `fit`; or, as a string, why not.

    `content` may be the reason already, when the bytes could not be had.
    """
    found = examine(content, size, fit)
    return found if isinstance(found, str) else found[0]


def examine(content, size, fit=FITS[0]):
    """The same with the picture's own size: (uint8 (size, size, 3), (width, height)), or why not."""
    if isinstance(content, str):
        return content
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return f"{picture.width}x{picture.height} pixels are implausibly many"
            return square(picture, size, fit), picture.size
    except Image.DecompressionBombError:
        return "implausibly many pixels"
    except UnidentifiedImageError:
        return "no picture, or of a kind that is not read"
    except Exception as error:  # a damaged file may bring a decoder to anything
        return str(error).splitlines()[0] if str(error) else type(error).__name__


def square(picture, size, fit=FITS[0]):
    """A PIL image of any mode and shape -> uint8 (size, size, 3) RGB, as a camera's rotation says, made square."""
    upright = to_rgb(ImageOps.exif_transpose(picture))
    if upright.size != (size, size):
        make = {"crop": ImageOps.fit, "pad": partial(ImageOps.pad, color="white")}[fit]
        upright = make(upright, (size, size), Image.Resampling.LANCZOS)
    return np.asarray(upright)


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
