"""Scores as lines of text: the two headline numbers in words, then every score beside those of the other generators."""

import math
import textwrap
from collections.abc import Iterable
from typing import Any

from gan_hw.metrics.afd import afd_baseline
from gan_hw.metrics.protocol import (
    C2ST_LEARN_IMAGES,
    C2ST_TEST_IMAGES,
    METRIC_SECTIONS,
    METRICS,
    headline_metrics,
)

LINE_WIDTH = 80  # of a terminal that nobody has widened
NAME_WIDTH, COLUMN_WIDTH = 20, 11
AXIS_WIDTH, AXIS_TICKS = 66, (0.0001, 0.001, 0.01, 0.1, 0.5)


def score_lines(scores: dict[str, Any]) -> list[str]:
    """What `judge` measured, as lines of at most LINE_WIDTH characters: the headline first, with its meaning."""
    return [*_headline(scores), "", *_all_scores(scores), "", *_two_sample_axis(scores), *_notes(scores)]


def _headline(scores: dict[str, Any]) -> list[str]:
    """The generated images' AFD and diversity beside the real ones', and what they mean."""
    metrics, n = headline_metrics(scores), scores["n"]
    afd, diversity = (scores[metric] for metric in metrics)
    low, high = scores["intervals"][metrics[0]]["value"]
    sentences = [
        f"A face is found in {round(afd['value'] * n)} of the {n} images, and in {100 * afd['real']:.1f} % of the "
        f"real ones. The generator's true share lies between {low:.3f} and {high:.3f} (95 % confidence).",
        f"They vary {diversity['value']:.2f} times as much as the real images. (0 is one picture over and over.)",
        f"Only the pair counts: one good face, repeated, has {metrics[0]} 1 and diversity 0.",
    ]
    columns = {"value": "generated", "real": "real"}
    return [*_table(scores, metrics, columns), *(line for text in sentences for line in _wrap(text))]


def _all_scores(scores: dict[str, Any]) -> list[str]:
    others = {name: name for name in scores["diversity"] if name not in ("value", "real")}
    columns = {"value": "generated", **others, "real": "real"}
    lines = ["All scores, of the same and of other generators:", _titles(columns)]
    for title, metrics in METRIC_SECTIONS.items():
        measured = [metric for metric in metrics if scores.get(metric)]
        if measured:
            lines += [title, *_table(scores, measured, columns)[1:]]
    return lines


def _titles(columns: dict[str, str]) -> str:
    return " " * NAME_WIDTH + "".join(f"{title:>{COLUMN_WIDTH}}" for title in columns.values())


def _table(scores: dict[str, Any], metrics: Iterable[str], columns: dict[str, str]) -> list[str]:
    """A line of titles, and one for each metric."""
    lines = [_titles(columns)]
    for metric in metrics:
        cells = [
            format(scores[metric][name], METRICS[metric][0]) if name in scores[metric] else "–" for name in columns
        ]
        lines.append(f"  {metric:{NAME_WIDTH - 2}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells))
    return lines


def _two_sample_axis(scores: dict[str, Any]) -> list[str]:
    """c2st_error and its interval on a logarithmic axis, and the real images' own where it is known."""
    intervals = scores["intervals"].get("c2st_error")
    if not intervals:
        return []
    errors = scores["c2st_error"]
    low, high = intervals["value"]
    axis = ["-"] * AXIS_WIDTH
    titles = [" "] * (AXIS_WIDTH + 6)
    for tick in AXIS_TICKS:
        axis[_axis_column(tick)] = "|"
        titles[_axis_column(tick) : _axis_column(tick) + len(str(tick))] = f"{tick:g}" if tick >= 0.001 else "0.0001"
    axis[_axis_column(low) : _axis_column(high) + 1] = "=" * (_axis_column(high) - _axis_column(low) + 1)
    axis[_axis_column(errors["value"])] = "o"
    real = ""
    if "real" in errors:
        axis[_axis_column(errors["real"])] = "R"
        real = f"; R: real images against real ones, {errors['real']:.3f}"
    title = (
        f"c2st_error on a logarithmic scale: {errors['value']:.4f} (o), between {low:.4f} and {high:.4f} (95 %){real}"
    )
    return [*_wrap(title), "  " + "".join(titles).rstrip(), "  " + "".join(axis), ""]


def _axis_column(error: float) -> int:
    first, last = math.log(AXIS_TICKS[0]), math.log(AXIS_TICKS[-1])
    clamped = min(max(error, AXIS_TICKS[0]), AXIS_TICKS[-1])
    return round((math.log(clamped) - first) / (last - first) * (AXIS_WIDTH - 1))


def _notes(scores: dict[str, Any]) -> list[str]:
    missing: dict[str, list[str]] = {}
    for metric in METRICS:
        if "not measured" in scores.get(metric, {}):
            missing.setdefault(scores[metric]["not measured"], []).append(metric)
    notes = [
        line
        for reason, metrics in missing.items()
        for line in _wrap(f"– not measured: {', '.join(metrics)} ({reason}).")
    ]
    names = {
        "raw": "raw: the run's generator without averaging",
        "best": "best: its averaged generator at its best moment",
        "untrained": "untrained: the same networks before training",
    }
    known = [meaning for name, meaning in names.items() if name in scores["diversity"]]
    notes += _wrap("generated: these images. " + ". ".join([*known, "real: the training images"]) + ".")
    metric = headline_metrics(scores)[0]
    baseline = afd_baseline(scores[metric]["value"])
    notes += _wrap(
        f"Highest AFD baseline of the 2022 course reached by {metric}: {baseline.name} (AFD >= {baseline.afd})."
    )
    if "value" in scores.get("c2st_error", {}):
        notes += _wrap(
            "c2st_error is that of the submission's generator alone; real against real needs "
            f"{2 * (C2ST_LEARN_IMAGES + C2ST_TEST_IMAGES):,} images."
        )
    if any("value" in scores.get(metric, {}) for metric in ("face_frechet", "fid")):
        notes += _wrap("Compare face_frechet and fid only between equal numbers of images: fewer images raise them.")
    return notes


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, LINE_WIDTH)
