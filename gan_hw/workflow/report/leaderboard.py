"""How several judged runs compare, as a page and as a table; leaderboard.html is the page's template."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from gan_hw.metrics.afd import Baseline
from gan_hw.metrics.judge import check_comparable
from gan_hw.metrics.protocol import HEADLINE_METRICS, METRICS
from gan_hw.training.history import read_history
from gan_hw.training.identity import read_identity
from gan_hw.utils import files
from gan_hw.workflow.report.pages import (
    RecipeSummary,
    reached_baseline,
    read_scores,
    recipe_summary,
    render,
    selection_summary,
    training_environment,
)
from gan_hw.workflow.submit import DEFAULT_OPTIONS

NOT_COMPARABLE = "not comparable"  # in place of a value that was measured differently
TERMINAL_METRICS = (*HEADLINE_METRICS, "face_frechet")  # the page has all of them
CELL_WIDTH = 13


@dataclass(frozen=True)
class LeaderboardRow:
    """A judged run.

    run: its folder's name. scores: the content of scores.json. last: the last row of the history, empty without one.
    selection: how the submission's images were selected. rank_score: afd_strict times diversity, the latter counted as
    at most 1.
    """

    run: str
    scores: dict[str, Any]
    last: dict[str, Any]
    recipe: RecipeSummary
    baseline: Baseline | None
    selection: str
    environment: dict[str, Any]
    rank_score: float

    @property
    def source(self) -> str:
        """The data set that the run was judged against."""
        return self.scores["data"]["source"]


def write_leaderboard(folders: Iterable[str | Path], path: Path, skip_unjudged: bool = True) -> list[LeaderboardRow]:
    """Write a page that compares the judged runs in `folders`; skip_unjudged as for leaderboard().

    Returns their rows, by data set, the best run of each first.
    """
    rows = leaderboard(folders, skip_unjudged)
    metrics = [*HEADLINE_METRICS, *_other_metrics(rows)]
    page = render(
        "leaderboard.html", rows=rows, metrics=metrics, format_value=format_value, format_real=format_real,
        not_comparable=NOT_COMPARABLE,
    )  # fmt: skip
    files.write_text(path, page)
    return rows


def leaderboard(folders: Iterable[str | Path], skip_unjudged: bool = True) -> list[LeaderboardRow]:
    """A row for each judged run in `folders`, by data set, the best run of each first.

    skip_unjudged: leave out folders without a judged run, instead of raising ValueError that names the first of them.
    Raises ValueError when none of the folders holds a judged run.
    """
    rows = []
    for folder in map(Path, folders):
        try:
            identity, scores, history = read_identity(folder), read_scores(folder), read_history(folder)
        except ValueError:
            if not skip_unjudged:
                raise
            continue
        afd, diversity = (scores[name].get("value", 0.0) for name in HEADLINE_METRICS)
        rows.append(
            LeaderboardRow(
                run=folder.name, scores=scores, last=history[-1] if history else {},
                recipe=recipe_summary(identity["recipe"]), baseline=reached_baseline(scores),
                selection=selection_summary(scores), environment=training_environment(identity),
                rank_score=afd * min(diversity, 1.0),
            )
        )  # fmt: skip
    if not rows:
        raise ValueError("none of these folders holds a judged run; train, submit and judge one first")
    return sorted(rows, key=lambda row: (row.source, -row.rank_score))


def leaderboard_lines(rows: Sequence[LeaderboardRow]) -> list[str]:
    """The rows as a table for a terminal: the ranking alone, the names last, so that a long one breaks no column."""
    lines = []
    for source, group in groupby(rows, key=lambda row: row.source):
        same_data = list(group)
        titles = "".join(f"{metric:>{CELL_WIDTH}}" for metric in TERMINAL_METRICS)
        lines += [f"On {source}:", f"{titles}{'minutes':>9}  run"]
        for row in same_data:
            cells = [format_value(row, metric, same_data) for metric in TERMINAL_METRICS]
            values = "".join(f"{'n/c' if cell == NOT_COMPARABLE else cell:>{CELL_WIDTH}}" for cell in cells)
            selection = "" if row.selection == DEFAULT_OPTIONS.summary() else f" ({row.selection})"
            lines.append(f"{values}{row.last.get('seconds', 0) / 60:9.1f}  {row.run}{selection}")
        real = "".join(f"{format_real(metric, same_data):>{CELL_WIDTH}}" for metric in TERMINAL_METRICS)
        lines.append(f"{real}{'':9}  the real images")
    if any(" n/c" in line for line in lines):
        lines.append("n/c: not comparable, measured differently from the first run's; judge the run again")
    return lines


def format_value(row: LeaderboardRow, metric: str, group: Iterable[LeaderboardRow]) -> str:
    """A metric's value as text: a dash when it was not measured, NOT_COMPARABLE when it was measured differently.

    group: the rows of the same data set; the first of them that has the metric is compared with.
    """
    value = row.scores.get(metric, {}).get("value")
    if value is None:
        return "–"
    first = next(other.scores for other in group if "value" in other.scores.get(metric, {}))
    try:
        check_comparable(first, row.scores, metric)
    except ValueError:
        return NOT_COMPARABLE
    return format(value, METRICS[metric][0])


def format_real(metric: str, group: Sequence[LeaderboardRow]) -> str:
    """The real data's own value of a metric as text, from the first run that has it; empty where none has."""
    found = [row.scores[metric]["real"] for row in group if "real" in row.scores.get(metric, {})]
    return format(found[0], METRICS[metric][0]) if found else ""


def _other_metrics(rows: Sequence[LeaderboardRow]) -> list[str]:
    """The metrics, but for HEADLINE_METRICS, that any of the rows has."""
    measured = {metric for row in rows for metric in METRICS if "value" in row.scores.get(metric, {})}
    return [metric for metric in METRICS if metric in measured and metric not in HEADLINE_METRICS]
