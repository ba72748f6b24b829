"""How several judged runs compare, as a page and as a table; leaderboard.html is the page's template."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from gan_hw.metrics.afd import Baseline, rank_score
from gan_hw.metrics.judge import check_comparable
from gan_hw.metrics.protocol import METRICS
from gan_hw.training.history import Row, read_history
from gan_hw.training.identity import Identity, read_identity
from gan_hw.utils import figures, files
from gan_hw.workflow.report.pages import (
    RecipeSummary,
    data_uri,
    reached_baseline,
    read_scores,
    recipe_summary,
    render,
    selection_summary,
    training_environment,
    two_sample_error,
)
from gan_hw.workflow.submit import DEFAULT_OPTIONS

NOT_COMPARABLE = "not comparable"  # in place of a value that was measured differently
TERMINAL_METRICS = ("diversity", "face_frechet", "c2st_error")  # beside that of the ranking; the page has all of them
MIN_CELL_WIDTH = 11  # characters


@dataclass(frozen=True)
class LeaderboardRow:
    """A judged run.

    run: the name of its folder. scores: the content of scores.json. last: the last row of the history, or empty.
    selection: how the submission's images were selected. ranked_by: the AFD that ranks the runs on this data set, see
    _ranking_metric. rank_score: that AFD times diversity, the latter counted as at most 1; -1 where it is missing.
    """

    run: str
    folder: Path
    scores: dict[str, Any]
    last: dict[str, Any]
    recipe: RecipeSummary
    baseline: Baseline | None
    selection: str
    environment: dict[str, Any]
    ranked_by: str
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
    page = render(
        "leaderboard.html", rows=rows, metrics=_page_metrics(rows), format_value=format_value, format_real=format_real,
        not_comparable=NOT_COMPARABLE, two_sample_places=two_sample_places, two_sample_picture=_two_sample_picture,
    )  # fmt: skip
    files.write_text(path, page)
    return rows


def leaderboard(folders: Iterable[str | Path], skip_unjudged: bool = True) -> list[LeaderboardRow]:
    """A row for each judged run in `folders`, by data set, the best run of each first.

    skip_unjudged: leave out folders without a judged run, instead of raising ValueError that names the first of them.
    Raises ValueError when none of the folders holds a judged run.
    """
    judged: list[tuple[Path, Identity, dict[str, Any], list[Row]]] = []
    for folder in map(Path, folders):
        try:
            judged.append((folder, read_identity(folder), read_scores(folder), read_history(folder)))
        except ValueError:
            if not skip_unjudged:
                raise
    if not judged:
        raise ValueError("none of these folders holds a judged run; train, submit and judge one first")
    rows = []
    for folder, identity, scores, history in judged:
        same_data = [other for _, _, other, _ in judged if other["data"]["source"] == scores["data"]["source"]]
        metric = _ranking_metric(same_data)
        afd, diversity = (scores.get(name, {}).get("value") for name in (metric, "diversity"))
        rows.append(
            LeaderboardRow(
                run=folder.name, folder=folder, scores=scores, last=history[-1] if history else {},
                recipe=recipe_summary(identity["recipe"]), baseline=reached_baseline(scores),
                selection=selection_summary(scores), environment=training_environment(identity),
                ranked_by=metric, rank_score=-1.0 if afd is None else rank_score(afd, diversity),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row.source, -row.rank_score))


def _ranking_metric(scores: Sequence[dict[str, Any]]) -> str:
    """The AFD that ranks runs on one data set: afd_strict when all of them have it, else afd_kit; never a mixture."""
    return "afd_strict" if all("value" in run["afd_strict"] for run in scores) else "afd_kit"


def two_sample_places(rows: Sequence[LeaderboardRow]) -> dict[Path, int]:
    """{folder: place} on one data set by the classifier two-sample test, 1 for the best.

    Errors whose intervals overlap are a tie, broken by the cross-entropy: the first place goes to the highest one among
    the runs that tie with the highest error, then the next place among the others in the same way. Cross-entropies
    above ln 2, of a classifier that is sure and wrong, count as ln 2.
    """
    left = [row for row in rows if format_value(row, "c2st_error", rows) not in ("–", NOT_COMPARABLE)]
    places: dict[Path, int] = {}
    while left:
        best = max(left, key=lambda row: row.scores["c2st_error"]["value"])
        low = best.scores["intervals"]["c2st_error"]["value"][0]
        tied = [row for row in left if row.scores["intervals"]["c2st_error"]["value"][1] >= low]
        winner = max(tied, key=_two_sample_key)
        places[winner.folder] = len(places) + 1
        left.remove(winner)
    return places


def _two_sample_key(row: LeaderboardRow) -> tuple[float, float]:
    """What decides between tied runs: the cross-entropy, and between equal ones the error."""
    return min(row.scores["c2st_cross_entropy"]["value"], math.log(2)), row.scores["c2st_error"]["value"]


def _two_sample_picture(rows: Sequence[LeaderboardRow]) -> str | None:
    """The runs' c2st_error on a logarithmic scale as a data URI, the best first; None when no run has it."""
    places = two_sample_places(rows)
    placed = sorted((row for row in rows if row.folder in places), key=lambda row: places[row.folder])
    if not placed:
        return None
    errors = {f"{places[row.folder]}. {row.run}": two_sample_error(row.scores, "value") for row in placed}
    real = next((row.scores for row in placed if "real" in row.scores["c2st_error"]), None)
    return data_uri(figures.error_plot(errors | ({"real images": two_sample_error(real, "real")} if real else {})))


def leaderboard_lines(rows: Sequence[LeaderboardRow]) -> list[str]:
    """The rows as a table for a terminal: the ranking alone, the names last, so that a long one breaks no column."""
    lines = []
    for source, group in groupby(rows, key=lambda row: row.source):
        same_data = list(group)
        metrics = (same_data[0].ranked_by, *TERMINAL_METRICS)
        titles = "".join(_cell(metric, metric) for metric in metrics)
        lines += [f"On {source}:", f"{titles}{'minutes':>9}  run"]
        for row in same_data:
            values = "".join(_cell(metric, format_value(row, metric, same_data)) for metric in metrics)
            selection = "" if row.selection == DEFAULT_OPTIONS.summary() else f" ({row.selection})"
            lines.append(f"{values}{row.last.get('seconds', 0) / 60:9.1f}  {row.run}{selection}")
        real = "".join(_cell(metric, format_real(metric, same_data)) for metric in metrics)
        lines.append(f"{real}{'':9}  the real images")
    if any(row.rank_score < 0 for row in rows):
        lines.append("– in the first column: judged by an earlier version; judge the run again to have it ranked")
    if any(" n/c" in line for line in lines):
        lines.append("n/c: not comparable, measured differently from the first run's; judge the run again")
    return lines


def _cell(metric: str, text: str) -> str:
    """A text at the right of the metric's column."""
    return ("n/c" if text == NOT_COMPARABLE else text).rjust(max(len(metric) + 2, MIN_CELL_WIDTH))


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


def _page_metrics(rows: Sequence[LeaderboardRow]) -> list[str]:
    """The metrics that any of the rows has, those of the headline first."""
    measured = {metric for row in rows for metric in METRICS if "value" in row.scores.get(metric, {})}
    first = ("afd_strict", "afd_kit", "diversity")
    return [metric for metric in (*first, *(name for name in METRICS if name not in first)) if metric in measured]
