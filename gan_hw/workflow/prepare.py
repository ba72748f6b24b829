"""A private collection of raw files -> clean, uniform pictures to train on.

The original files are only read. What would be dropped, and why, is reported before any picture is written.
"""

import hashlib
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_hw.data.address import Fit
from gan_hw.data.sources import open_source
from gan_hw.data.sources.archives import PictureFiles
from gan_hw.data.sources.decoding import HIDDEN_NAME, Unreadable, chunked, decode, decode_with_size, read_content
from gan_hw.metrics import near_duplicates
from gan_hw.metrics.protocol import THUMBNAIL_SIDE
from gan_hw.utils.files import FILE_MANAGERS
from gan_hw.utils.progress import Progress
from gan_hw.workflow.prepare_checks import PASSED, Checks
from gan_hw.workflow.prepare_report import (
    REPORT_NAME,
    SHEET_NAMES,
    CheckedFile,
    ContactSheets,
    is_report,
    kind_of,
    write_report,
)

MIN_PREPARED_SIDE, MAX_PREPARED_SIDE = 8, 1024  # pixels
UNREADABLE_GREY = 220  # pixel value on the contact sheet in place of a picture that can't be read
PARTIAL_FOLDER = ".pictures.part"  # of the prepared pictures, until all of them are written


class DuplicateIndex:
    """The pictures kept so far, by the hash of their file and by their thumbnail, to notice copies of them.

    same_files: whether files of the same bytes are copies. max_rmse: RMSE of thumbnails, in pixel values, below which
    pictures are copies; with 0 they are not compared.
    """

    def __init__(self, same_files: bool, max_rmse: float) -> None:
        self.same_files, self.max_rmse = same_files, max_rmse
        self.names: list[str] = []
        self.names_by_hash: dict[str, str] = {}
        self.thumbnails = torch.empty(0, 3 * THUMBNAIL_SIDE**2, dtype=torch.float64)  # rows beyond len(names) are free

    def __len__(self) -> int:
        return len(self.names)

    def reason_to_drop(self, name: str, content: bytes, pixels: np.ndarray) -> str:
        """Which picture this one, uint8 (size, size, 3), is a copy of; if of none, PASSED, and it is added."""
        digest = hashlib.sha256(content).hexdigest()
        if self.same_files and digest in self.names_by_hash:
            return f"same file: {self.names_by_hash[digest]}"
        thumbnail = near_duplicates.make_thumbnails(np.ascontiguousarray(pixels.transpose(2, 0, 1))[None])
        if self.max_rmse and self.names:
            nearest = near_duplicates.match_thumbnails(thumbnail, self.thumbnails[: len(self.names)])
            if nearest.rmse[0] < self.max_rmse:
                return f"copy: {self.names[int(nearest.indices[0])]}"
        self.names_by_hash[digest] = name
        self._add(name, thumbnail)
        return PASSED

    def _add(self, name: str, thumbnail: torch.Tensor) -> None:
        if len(self.names) == len(self.thumbnails):  # twice the rows, so that adding stays cheap
            free = self.thumbnails.new_empty(max(64, len(self.thumbnails)), self.thumbnails.shape[1])
            self.thumbnails = torch.cat([self.thumbnails, free])
        self.thumbnails[len(self.names)] = thumbnail[0]
        self.names.append(name)


def prepare(
    source: str | Path, folder: str | Path, size: int = 64, fit: Fit = "crop", checks: Checks | None = None,
    accept: bool = False, quiet: bool = False,
) -> Counter[str]:  # fmt: skip
    """Check every file of a folder or archive, and report what would be dropped and why; with `accept` write the rest.

    `folder` must be new, empty, or hold an earlier report. It gets report.csv, a line for each file; dropped.png and
    kept.png, contact sheets; and with `accept` pictures/, numbered PNGs of size x size pixels in the sub-folders of the
    original files. fit: how a picture is made square, 'crop' or 'pad'. Returns {kind of reason: number of files},
    where PASSED stands for those that are kept.
    Raises ValueError when the source is no folder or archive, every file would be dropped, or `folder` can't be used.
    """
    checks, folder = checks or Checks(), Path(folder)
    files = open_source(source)
    if not isinstance(files, PictureFiles):
        raise ValueError(f"collection={str(source)!r} is not a folder or archive of files")
    if not MIN_PREPARED_SIDE <= size <= MAX_PREPARED_SIDE:
        raise ValueError(f"size={size} must be from {MIN_PREPARED_SIDE} to {MAX_PREPARED_SIDE} pixels")
    _check_folder(folder, files.path)
    partial = folder / PARTIAL_FOLDER
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    try:
        results, sheets = _check_files(files, size, fit, checks, partial if accept else None, quiet)
        write_report(results, sheets, folder)
        if all(result.reason != PASSED for result in results):
            raise ValueError(f"collection={str(source)!r}: every file would be dropped; see '{folder / REPORT_NAME}'")
        if accept:
            partial.rename(folder / "pictures")
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Counter(kind_of(result.reason) for result in results)


def _check_folder(folder: Path, collection: Path) -> None:
    """Refuse a folder in which files of others could be overwritten, or that overlaps with the collection."""
    if folder.resolve().is_relative_to(collection.resolve()) or collection.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"'{folder}' and the collection '{collection}' overlap: name a folder outside the collection")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"'{folder}' is a file: name a new folder")
    if (folder / "pictures").exists():
        raise ValueError(f"'{folder / 'pictures'}' already exists, from an earlier run: name another folder")
    others = {path.name for path in folder.glob("*")} - {REPORT_NAME, *SHEET_NAMES, PARTIAL_FOLDER, *FILE_MANAGERS}
    report = folder / REPORT_NAME
    if others or (report.exists() and not is_report(report)):
        first = min(others, default=REPORT_NAME)
        raise ValueError(f"'{folder}' holds other files, such as {first!r}: name a new folder")


def _check_files(
    files: PictureFiles, size: int, fit: Fit, checks: Checks, target: Path | None, quiet: bool
) -> tuple[list[CheckedFile], ContactSheets]:
    """Check every file in turn, and write the pictures that are kept to `target`, unless that is None."""
    results: list[CheckedFile] = []
    duplicates, sheets = DuplicateIndex(bool(checks.same), checks.near), ContactSheets()
    unreadable = np.full((size, size, 3), UNREADABLE_GREY, np.uint8)
    progress = Progress("Checking", "files", quiet)
    with files.open() as (entries, open_file), ThreadPoolExecutor() as threads:
        names = [name for name in entries if not name.endswith("/")]
        names = [name for name in names if not any(map(HIDDEN_NAME.match, name.split("/")))]
        if not files.sequential:
            names.sort()
        if not names:
            raise ValueError(f"collection='{files.path}' holds no files")
        for chunk in chunked((name, read_content(open_file, name)) for name in names):
            # Cropped, whatever `fit` is: a white border is not the picture's own.
            examined = threads.map(lambda item: decode_with_size(item[1], size), chunk)
            for (name, content), found in zip(chunk, examined, strict=True):
                pixels, reason = _check_picture(name, content, found, checks, duplicates)
                picture = ""
                if pixels is not None and reason == PASSED:
                    picture = f"{_safe_folder(name)}{len(duplicates):05}.png"
                    if fit != "crop":
                        fitted = decode(content, size, fit)
                        assert not isinstance(fitted, Unreadable), "it could be decoded before"
                        pixels = fitted
                    if target:
                        _write(pixels, target / picture)
                results.append(CheckedFile(name, reason, picture))
                sheets.add(name, reason, unreadable if pixels is None else pixels)
            progress.update(len(results), len(names))
    progress.close()
    return results, sheets


def _check_picture(
    name: str, content: bytes | Unreadable, found: tuple[np.ndarray, tuple[int, int]] | Unreadable, checks: Checks,
    duplicates: DuplicateIndex,
) -> tuple[np.ndarray | None, str]:  # fmt: skip
    """The pixels of a picture, None if it can't be read, and the reason to drop it, or PASSED."""
    if isinstance(found, Unreadable):
        return None, f"unreadable: {found[:80]}"
    assert isinstance(content, bytes), "a picture was found in it"
    pixels, (width, height) = found
    return pixels, checks.reason_to_drop(pixels, width, height) or duplicates.reason_to_drop(name, content, pixels)


def _safe_folder(name: str) -> str:
    """The sub-folders of a file as harmless names: an archive may give its files any path."""
    parts = [re.sub(r"[^\w -]+", "_", part)[:60].strip() for part in re.split(r"[/\\]", name)[:-1]]
    return "".join(f"{part}/" for part in parts if part.strip("_"))


def _write(pixels: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
