"""Scores as lines of text: the two headline numbers in words, then every score beside those of the other generators."""

import math
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
from gan_hw.utils.columns import left, right, wrap
from gan_hw.utils.messages import mark, say

LINE_WIDTH = 80  # of a terminal that nobody has widened
NAME_WIDTH, COLUMN_WIDTH = 20, 11
TITLES = {
    "value": mark("generated"), "raw": mark("raw"), "best": mark("best"), "untrained": mark("untrained"),
    "real": mark("real"),
}  # fmt: skip
MEANINGS = {
    "raw": mark("raw: the run's generator without averaging."),
    "best": mark("best: its averaged generator at its best moment."),
    "untrained": mark("untrained: the same networks before training."),
}
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
        say(
            "A face is found in {found} of the {n} images, and in {real:.1f} % of the real ones. The generator's true "
            "share lies between {low:.3f} and {high:.3f} (95 % confidence).",
            found=round(afd["value"] * n), n=n, real=100 * afd["real"], low=low, high=high,
        ),
        say(
            "They vary {times:.2f} times as much as the real images. (0 is one picture over and over.)",
            times=diversity["value"],
        ),
        say("Only the pair counts: one good face, repeated, has {metric} 1 and diversity 0.", metric=metrics[0]),
    ]  # fmt: skip
    return [*_table(scores, metrics, ["value", "real"]), *(line for text in sentences for line in _wrap(text))]


def _all_scores(scores: dict[str, Any]) -> list[str]:
    columns = ["value", *(name for name in scores["diversity"] if name not in ("value", "real")), "real"]
    lines: list[str] = [say("All scores, of the same and of other generators:"), _titles(columns)]
    for title, metrics in METRIC_SECTIONS.items():
        measured = [metric for metric in metrics if scores.get(metric)]
        if measured:
            lines += [say(title), *_table(scores, measured, columns)[1:]]
    return lines


def _titles(columns: Iterable[str]) -> str:
    return " " * NAME_WIDTH + "".join(right(say(TITLES.get(name, name)), COLUMN_WIDTH) for name in columns)


def _table(scores: dict[str, Any], metrics: Iterable[str], columns: list[str]) -> list[str]:
    """A line of titles, and one for each metric."""
    lines = [_titles(columns)]
    for metric in metrics:
        cells = [
            format(scores[metric][name], METRICS[metric][0]) if name in scores[metric] else "–" for name in columns
        ]
        lines.append("  " + left(metric, NAME_WIDTH - 2) + "".join(right(cell, COLUMN_WIDTH) for cell in cells))
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
    if "real" in errors:
        axis[_axis_column(errors["real"])] = "R"
        title = say(
            "c2st_error on a logarithmic scale: {error:.4f} (o), between {low:.4f} and {high:.4f} (95 %); R: real "
            "images against real ones, {real:.3f}",
            error=errors["value"], low=low, high=high, real=errors["real"],
        )  # fmt: skip
    else:
        title = say(
            "c2st_error on a logarithmic scale: {error:.4f} (o), between {low:.4f} and {high:.4f} (95 %)",
            error=errors["value"], low=low, high=high,
        )  # fmt: skip
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
        for line in _wrap(say("– not measured: {metrics} ({reason}).", metrics=", ".join(metrics), reason=reason))
    ]
    known = [say(meaning) for name, meaning in MEANINGS.items() if name in scores["diversity"]]
    notes += _wrap(" ".join([say("generated: these images."), *known, say("real: the training images.")]))
    metric = headline_metrics(scores)[0]
    baseline = afd_baseline(scores[metric]["value"])
    notes += _wrap(
        say(
            "Highest AFD baseline of the 2022 course reached by {metric}: {name} (AFD >= {afd}).",
            metric=metric,
            name=baseline.name,
            afd=baseline.afd,
        )
    )
    if "value" in scores.get("c2st_error", {}):
        notes += _wrap(
            say(
                "c2st_error is that of the submission's generator alone; real against real needs {count:,} images.",
                count=2 * (C2ST_LEARN_IMAGES + C2ST_TEST_IMAGES),
            )
        )
    if any("value" in scores.get(metric, {}) for metric in ("face_frechet", "fid")):
        notes += _wrap(
            say("Compare face_frechet and fid only between equal numbers of images: fewer images raise them.")
        )
    return notes


def _wrap(text: str) -> list[str]:
    return wrap(text, LINE_WIDTH)
