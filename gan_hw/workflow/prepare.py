"""A private collection of raw files -> clean, uniform pictures to learn from; nothing is taken before it was shown.

The originals are only read. What would be left out, and why, stands in a table and on a contact sheet first.
"""

import csv
import hashlib
import io
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gan_hw.data.address import FITS
from gan_hw.data.sources import open_source
from gan_hw.data.sources.archives import PictureFiles
from gan_hw.data.sources.pictures import HIDDEN, chunks, content_or_reason, decode, examine
from gan_hw.metrics import near_duplicates, protocol
from gan_hw.utils import figures
from gan_hw.utils.files import write_text
from gan_hw.utils.progress import Progress
from gan_hw.workflow.prepare_checks import KEPT, Checks

SMALLEST, LARGEST = 8, 1024  # pixels of a side
REPORT, HEADER = "report.csv", ("file", "kept", "reason", "picture")
SHOWN, SHOWN_OF_A_KIND = 96, 16  # pictures on a contact sheet at most, and of one kind of reason
LETTERS = 24  # in a line below a picture


class Known:
    """The pictures that are kept so far, to notice a copy: hashes of the files, and pictures of 8x8."""

    def __init__(self, same, near):
        self.same, self.near, self.names, self.hashes = same, near, [], {}
        self.small = torch.empty(0, 3 * protocol.THUMBNAIL_SIDE**2, dtype=torch.float64)  # as they are compared

    def reason(self, name, content, pixels):
        """Why this one is a copy, else KEPT, and it is known from now on."""
        digest = hashlib.sha256(content).hexdigest()
        if self.same and digest in self.hashes:
            return f"same file: {self.hashes[digest]}"
        small = near_duplicates.thumbnails(np.ascontiguousarray(pixels.transpose(2, 0, 1))[None])
        if self.near and len(self.names) > 0:
            found = near_duplicates.likeness(small, self.small[: len(self.names)])
            if found.differences[0] < self.near:
                return f"copy: {self.names[int(found.rows[0])]}"
        self.hashes[digest] = name
        self._keep(name, small)
        return KEPT

    def _keep(self, name, small):
        if len(self.names) == len(self.small):  # twice the room, so that adding stays cheap
            self.small = torch.cat([self.small, self.small.new_empty(max(64, len(self.small)), self.small.shape[1])])
        self.small[len(self.names)] = small[0]
        self.names.append(name)


def prepare(source, folder, size=64, fit=FITS[0], checks=None, accept=False, quiet=False):
    """Look through every file of a folder or archive; write what would be dropped and why, and when accepted the rest.

    Into `folder`, new, empty or of an earlier look: report.csv, a line for each file; dropped.png and kept.png, contact
    sheets; with `accept` also pictures/, numbered PNGs of size x size in the files' own sub-folders. Returns {kind of
    reason: how many files}, those kept under KEPT.
    Raises ValueError when the source is no folder or archive, nothing would be left, or `folder` can't be used.
    """
    checks, folder = checks or Checks(), Path(folder)
    files = open_source(source)
    if not isinstance(files, PictureFiles):
        raise ValueError(f"collection={str(source)!r} is no folder or archive of files")
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size={size} must be from {SMALLEST} to {LARGEST} pixels")
    _check_folder(folder, files.path)
    part = folder / ".pictures.part"
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    try:
        rows, sheets = _look_through(files, size, fit, checks, part if accept else None, quiet)
        _report(rows, sheets, folder)
        if all(reason for _, reason, _ in rows):
            raise ValueError(f"collection={str(source)!r}: nothing would be left; see '{folder / 'report.csv'}'")
        if accept:
            part.rename(folder / "pictures")
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Counter(reason.split(":")[0] for _, reason, _ in rows)


def _check_folder(folder, collection):
    """Refuse a folder in which something that is not ours could be overwritten, or that lies in the collection."""
    if folder.resolve().is_relative_to(collection.resolve()) or collection.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"'{folder}' and the collection '{collection}' lie in each other: name a folder outside of it")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"'{folder}' is a file: name a new folder")
    if (folder / "pictures").exists():
        raise ValueError(f"'{folder / 'pictures'}' is there already, from an earlier time: name another folder")
    others = {path.name for path in folder.glob("*")} - {REPORT, "kept.png", "dropped.png", ".pictures.part"}
    report = folder / REPORT
    ours = not report.exists() or (report.is_file() and report.read_bytes().startswith(",".join(HEADER).encode()))
    if others or not ours:
        raise ValueError(f"'{folder}' holds other files, such as {min(others | {REPORT})!r}: name a new folder")


def _look_through(files, size, fit, checks, target, quiet):
    """[(name, reason, name of the picture)] of all files, and {"kept": ..., "dropped": ...}: pictures with captions."""
    rows, known, sheets = [], Known(checks.same, checks.near), {"kept": [], "dropped": []}
    progress = Progress("Looking through", "files", quiet)
    with files.opened() as (names, open_file), ThreadPoolExecutor() as threads:
        names = [name for name in names if not name.endswith("/") and not any(map(HIDDEN.match, name.split("/")))]
        if not files.sequential:
            names.sort()
        if not names:
            raise ValueError(f"collection='{files.path}' holds no files")
        for chunk in chunks((name, content_or_reason(open_file, name)) for name in names):
            examined = threads.map(lambda item: examine(item[1], size), chunk)  # cut: a white border is not its own
            for (name, content), found in zip(chunk, examined, strict=True):
                pixels, reason = _judged(name, content, found, checks, known)
                picture = "" if reason else f"{_folder(name)}{len(known.names):05}.png"
                rows.append((name, reason, picture))
                if fit != FITS[0] and not reason:
                    pixels = decode(content, size, fit)
                _show(sheets, name, reason, pixels if pixels is not None else np.full((size, size, 3), 220, np.uint8))
                if target and not reason:
                    _write(pixels, target / picture)
            progress.update(len(rows), len(names))
    progress.close()
    return rows, sheets


def _show(sheets, name, reason, pixels):
    """Add a picture to its contact sheet, where there is room: for each kind of reason as much."""
    sheet, kind = sheets["dropped" if reason else "kept"], reason.split(":")[0]
    shown = sum(other.split(":")[0] == kind for _, _, other in sheet)
    if shown < (SHOWN_OF_A_KIND if reason else SHOWN):
        sheet.append((pixels, name, reason))


def _judged(name, content, found, checks, known):
    if isinstance(found, str):
        return None, f"unreadable: {found[:80]}"
    pixels, (width, height) = found
    return pixels, checks.of_one(pixels, width, height) or known.reason(name, content, pixels)


def _folder(name):
    """The sub-folders that a file lies in, as names that lead nowhere else: an archive may call them anything."""
    parts = [re.sub(r"[^\w -]+", "_", part)[:60].strip() for part in re.split(r"[/\\]", name)[:-1]]
    return "".join(f"{part}/" for part in parts if part.strip("_"))


def _write(pixels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _report(rows, sheets, folder):
    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([_text(name), "no" if reason else "yes", _text(reason), picture] for name, reason, picture in rows)
    write_text(folder / REPORT, table.getvalue())
    for name, sheet in sheets.items():
        path = folder / f"{name}.png"
        path.unlink(missing_ok=True)
        if sheet:
            sheet.sort(key=lambda item: item[2].split(":")[0])
            pictures, names, reasons = zip(*sheet, strict=True)
            captions = ["\n".join(map(_short, filter(None, lines))) for lines in zip(names, reasons, strict=True)]
            images = np.stack(pictures).transpose(0, 3, 1, 2)
            figures.captioned(images, captions).savefig(path, dpi=100, bbox_inches="tight")


def _short(caption):
    caption = _text(caption)
    return caption if len(caption) < LETTERS else f"{caption[: LETTERS - 2]}…"


def _text(name):
    """A file's name on one line of UTF-8, whatever its bytes are."""
    return " ".join(name.encode("utf-8", "backslashreplace").decode().split())


def report_lines(counts, folder, accept):
    """What was found, as lines for a person, and what to do next."""
    lines = [f"{counts[KEPT]:7} kept"]
    lines += [f"{count:7} dropped: {kind}" for kind, count in counts.most_common() if kind != KEPT]
    lines.append(f"Each file and its reason: {folder / REPORT}; pictures of them: kept.png and dropped.png there")
    if accept:
        lines.append(f"To learn from: --data {folder / 'pictures'}")
    else:
        lines.append("Nothing was taken yet; the same command with --accept writes the pictures that are kept")
    return lines
