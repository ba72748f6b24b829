"""What a class earned, as tables: grades.csv and grades.html in the course's order, points.csv for the class list.

The order is the leaderboard's: by AFD times diversity, the latter counted as at most 1. Remarks are for a person to
look at; they take no points away. The same grades give the same bytes; what jobs took is in times.csv alone.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_hw.course.class_grading.grade_class import Grades, best_notebooks, faces_path
from gan_hw.metrics.afd import BASELINES, afd_baseline
from gan_hw.metrics.protocol import METRICS
from gan_hw.utils.files import write_text
from gan_hw.workflow.report.pages import render

SHOWN = (
    "afd_strict",
    "afd_kit",
    "diversity",
    "face_frechet",
    "face_recall",
    "face_precision",
    "duplicates",
    "near_copies",
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet would take a text for a formula


@dataclass(frozen=True)
class Limits:
    """From which shares on a submission gets a remark, and the points of the course's four baselines.

    copies: of training images, beyond the real images' own share. duplicates: within the submission. shared: with
    another student.
    """

    copies: float = 0.02
    duplicates: float = 0.1
    shared: float = 0.05
    baseline_points: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Row:
    """One student in the tables. place: 1 for the best, None without scores. status: accepted, refused or missing."""

    place: int | None
    grades: Grades
    status: str
    reasons: list[str]
    remarks: list[str]
    submission_points: float
    notebook_points: int
    notebook_possible: int

    @property
    def points(self) -> float:
        """Of both together."""
        return self.submission_points + self.notebook_points

    @property
    def label(self) -> str:
        """The student's name, as it may be printed."""
        return self.grades.student.label

    @property
    def scores(self) -> dict[str, float]:
        """By the names of the judge's metrics; empty unless the archive was accepted."""
        return self.grades.archive.get("scores", {})


def rank(grades: Iterable[Grades], real: Mapping[str, float], limits: Limits) -> list[Row]:
    """The rows in the course's order; those without scores come last, by name."""
    ordered = sorted(grades, key=lambda one: (-one.archive.get("rank_score", -1.0), one.student.name))
    return [
        _row(number if "scores" in one.archive else None, one, real, limits) for number, one in enumerate(ordered, 1)
    ]


def _row(place: int | None, grades: Grades, real: Mapping[str, float], limits: Limits) -> Row:
    archive, scores = grades.archive, grades.archive.get("scores", {})
    status = "missing"
    if archive:
        status = "accepted" if scores else "refused" if "faults" in archive else "not graded"
    reasons: list[str] = archive.get("faults", []) or ([archive["error"]] if "error" in archive else [])
    best = best_notebooks(grades.notebooks)
    remarks = [grades.student.note] if grades.student.note else []
    remarks += _score_remarks(grades, real, limits)
    remarks += [f"{one['file']}: {one['error']}" for one in grades.notebooks if "error" in one]
    remarks += [f"{one['file']}: {one['note']}" for one in best.values() if "note" in one]
    points = 0.0
    if "afd_strict" in scores:
        points = limits.baseline_points[BASELINES.index(afd_baseline(scores["afd_strict"]))]
    return Row(
        place, grades, status, reasons, remarks, points,
        sum(one["points"] for one in best.values()), sum(one["possible"] for one in best.values()),
    )  # fmt: skip


def _score_remarks(grades: Grades, real: Mapping[str, float], limits: Limits) -> list[str]:
    scores, remarks = grades.archive.get("scores", {}), []
    if scores and "afd_strict" not in scores:
        remarks.append("no afd_strict, so no points for a baseline")
    if scores and scores["near_copies"] > real["near_copies"] + limits.copies:
        remarks.append(
            f"copies of training images: {scores['near_copies']:.1%} (real images: {real['near_copies']:.1%})"
        )
    if scores and scores["duplicates"] > real["duplicates"] + limits.duplicates:
        remarks.append(f"repeats itself: {scores['duplicates']:.1%} of the images have a near duplicate")
    shared = {name: share for name, share in grades.shared.items() if share > limits.shared}
    if shared:
        name = max(shared, key=lambda other: (shared[other], other))
        more = f", and with {len(shared) - 1} more" if len(shared) > 1 else ""
        remarks.append(f"shares {shared[name]:.1%} of the images with {name}{more}")
    return remarks


def write_tables(rows: Sequence[Row], real: Mapping[str, float], out: Path, protocol: str) -> dict[str, Path]:
    """Write all tables to `out`; returns their paths by what they are."""
    shown = [metric for metric in SHOWN if metric in real]
    paths = {name: out / f"{name}.csv" for name in ("grades", "points", "times")} | {"page": out / "grades.html"}
    write_text(paths["grades"], _csv(_grade_lines(rows, real, shown)))
    write_text(paths["points"], _csv(_point_lines(rows)))
    write_text(paths["times"], _csv(_time_lines(rows)))
    faces = {row.label: faces_path(Path(), row.grades.student.file_name).as_posix() for row in rows if row.scores}
    page = render(
        "grades.html", package="gan_hw.course.class_grading", rows=rows, real=real, metrics=shown, faces=faces,
        formats={metric: METRICS[metric][0] for metric in shown}, protocol=protocol,
        counts={status: sum(row.status == status for row in rows) for status in STATUSES},
    )  # fmt: skip
    write_text(paths["page"], page)
    return paths


STATUSES = ("accepted", "refused", "not graded", "missing")


def _grade_lines(rows: Sequence[Row], real: Mapping[str, float], shown: Sequence[str]) -> Iterable[list[Any]]:
    points = ("submission_points", "notebook_points", "notebook_possible")
    yield ["place", "student", "status", *shown, "rank_score", *points, "remarks", "reasons"]
    for row in rows:
        values = [_number(metric, row.scores.get(metric)) for metric in shown]
        score = row.grades.archive.get("rank_score")
        yield [
            row.place or "", row.label, row.status, *values, "" if score is None else f"{score:.4f}",
            *(f"{getattr(row, name):g}" for name in points), "; ".join(row.remarks), "; ".join(row.reasons),
        ]  # fmt: skip
    yield ["", "the real images", "", *(_number(metric, real.get(metric)) for metric in shown)]


def _point_lines(rows: Sequence[Row]) -> Iterable[list[Any]]:
    """The class list's own columns, so that a learning-management system takes it back, and the points."""
    columns = list(next((row.grades.student.listed for row in rows if row.grades.student.listed), {"student": ""}))
    yield [*columns, "submission_points", "notebook_points", "points", "remarks"]
    for row in sorted(rows, key=lambda row: row.grades.student.name):
        listed = row.grades.student.listed
        who = [listed.get(column, "") for column in columns] if listed else [row.label, *[""] * (len(columns) - 1)]
        points = (row.submission_points, row.notebook_points, row.points)
        yield [*who, *(f"{value:g}" for value in points), "; ".join([*row.remarks, *row.reasons])]


def _time_lines(rows: Sequence[Row]) -> Iterable[list[Any]]:
    yield ["student", "file", "seconds"]
    for row in sorted(rows, key=lambda row: row.grades.student.name):
        if "seconds" in row.grades.archive:
            yield [row.label, "archive", row.grades.archive["seconds"]]
        for notebook in row.grades.notebooks:
            if "seconds" in notebook:
                yield [row.label, notebook["file"], notebook["seconds"]]


def _number(metric: str, value: float | None) -> str:
    return "" if value is None else format(value, METRICS[metric][0])


def _csv(lines: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([_plain_cell(cell) for cell in line] for line in lines)
    return file.getvalue()


def _plain_cell(cell: Any) -> Any:
    """A text that no spreadsheet runs as a formula: names are a stranger's. Numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS):
        try:
            float(cell)
        except ValueError:
            return f"'{cell}"
    return cell


def summary_lines(rows: Sequence[Row], real: Mapping[str, float]) -> list[str]:
    """The table for a terminal: the ranking with remarks, then what was refused or is missing."""
    metric = "afd_strict" if "afd_strict" in real else "afd_kit"
    lines = [f"{'place':>5} {metric:>11} {'diversity':>10} {'recall':>7} {'points':>7}  student"]
    for row in rows:
        notes = "; ".join([*row.remarks, *row.reasons])
        notes = f"  ({notes})" if notes else ""
        if row.scores:
            recall = _number("face_recall", row.scores.get("face_recall"))
            values = f"{row.scores[metric]:11.3f} {row.scores['diversity']:10.3f} {recall:>7}"
        else:
            values = f"{row.status:>11} {'':10} {'':7}"
        lines.append(f"{row.place or '':>5} {values} {row.points:7g}  {row.label}{notes}")
    recall = _number("face_recall", real.get("face_recall"))
    return [*lines, f"{'':5} {real[metric]:11.3f} {1:10.3f} {recall:>7} {'':7}  the real images"]
