"""The report on a collection: report.csv, a line for each file, and contact sheets of kept and dropped pictures."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_hw.utils import figures
from gan_hw.utils.files import write_text
from gan_hw.workflow.prepare_checks import PASSED

REPORT_NAME = "report.csv"
REPORT_COLUMNS = ("file", "kept", "reason", "picture")
SHEET_NAMES = ("kept.png", "dropped.png")
SHEET_KEPT_IMAGES = 96  # on the contact sheet of kept pictures, at most
SHEET_DROPPED_IMAGES = 16  # on the contact sheet of dropped pictures, for each kind of reason, at most
SHEET_CAPTION_CHARACTERS = 24  # in a line of a caption


class CheckedFile(NamedTuple):
    """A file of the collection, the reason to drop it or PASSED, and its prepared picture's name, empty if dropped."""

    name: str
    reason: str
    picture: str


def kind_of(reason: str) -> str:
    """The kind of a reason: "copy" of "copy: 1.jpg"."""
    return reason.partition(":")[0]


class ContactSheets:
    """Captioned pictures: the first ones that are kept, and for each kind of reason the first ones that are dropped."""

    def __init__(self) -> None:
        self.kept: list[tuple[np.ndarray, str, str]] = []
        self.dropped: list[tuple[np.ndarray, str, str]] = []

    def add(self, name: str, reason: str, pixels: np.ndarray) -> None:
        """Add a picture, uint8 (size, size, 3), to the sheet that it belongs on, if there is room for it."""
        sheet = self.kept if reason == PASSED else self.dropped
        of_kind = sum(kind_of(other) == kind_of(reason) for _, _, other in sheet)
        if of_kind < (SHEET_KEPT_IMAGES if reason == PASSED else SHEET_DROPPED_IMAGES):
            sheet.append((pixels, name, reason))

    def save(self, folder: Path) -> None:
        """Write kept.png and dropped.png, or remove an earlier one when the sheet is empty."""
        for file, sheet in zip(SHEET_NAMES, (self.kept, self.dropped), strict=True):
            (folder / file).unlink(missing_ok=True)
            if sheet:
                pictures, names, reasons = zip(*sorted(sheet, key=lambda item: kind_of(item[2])), strict=True)
                captions = ["\n".join(map(_shorten, filter(None, lines))) for lines in zip(names, reasons, strict=True)]
                images = np.stack(pictures).transpose(0, 3, 1, 2)
                figures.captioned_grid(images, captions).savefig(folder / file, dpi=100, bbox_inches="tight")


def write_report(results: list[CheckedFile], sheets: ContactSheets, folder: Path) -> None:
    """Write report.csv and the contact sheets to `folder`, which is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(REPORT_COLUMNS)
    writer.writerows(
        [_one_line(name), "yes" if reason == PASSED else "no", _one_line(reason), picture]
        for name, reason, picture in results
    )
    write_text(folder / REPORT_NAME, table.getvalue())
    sheets.save(folder)


def is_report(path: Path) -> bool:
    """Whether a file is a report.csv that `write_report` wrote."""
    return path.is_file() and path.read_bytes().startswith(",".join(REPORT_COLUMNS).encode())


def report_lines(counts: Counter[str], folder: Path, accept: bool) -> list[str]:
    """The counts that `prepare` returns as lines, with what to do next."""
    lines = [f"{counts[PASSED]:7} kept"]
    lines += [f"{count:7} dropped: {kind}" for kind, count in counts.most_common() if kind != PASSED]
    lines.append(f"Each file and its reason: {folder / REPORT_NAME}; contact sheets: {' and '.join(SHEET_NAMES)} there")
    if accept:
        lines.append(f"To train on them: --data {folder / 'pictures'}")
    else:
        lines.append("No picture was written yet; the same command with --accept writes those that are kept")
    return lines


def _shorten(caption: str) -> str:
    caption = _one_line(caption)
    return caption if len(caption) < SHEET_CAPTION_CHARACTERS else f"{caption[: SHEET_CAPTION_CHARACTERS - 2]}…"


def _one_line(name: str) -> str:
    """A file's name as one line of UTF-8, whatever its bytes are."""
    return " ".join(name.encode("utf-8", "backslashreplace").decode().split())
