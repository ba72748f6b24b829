"""How several judged runs compare, as a page and as a table; leaderboard.html is its template."""

from itertools import groupby
from pathlib import Path

from gan_hw.metrics.judge import check_comparable
from gan_hw.metrics.protocol import METRICS
from gan_hw.training.history import read_history
from gan_hw.training.run_folder import read_identity
from gan_hw.utils import files
from gan_hw.workflow.report.pages import (
    baseline_reached,
    chosen_words,
    place_words,
    read_scores,
    recipe_differences,
    render,
)

OTHERWISE = "(otherwise)"  # in place of a number that must not be held against the others


def write_leaderboard(folders, path):
    """Write a page that compares the judged runs in `folders`. Returns their rows, the best first."""
    rows = leaderboard(folders)
    files.write_text(
        path, render("leaderboard.html", value_of=value_of, rows=rows, metrics=_compared(rows), otherwise=OTHERWISE)
    )
    return rows


def leaderboard(folders):
    """A dict for each judged run: where it is, what it was and its scores; the best score of each data set first.

    Raises ValueError when none of the folders holds a judged run.
    """
    rows = []
    for folder in map(Path, folders):
        try:
            identity, scores, history = read_identity(folder), read_scores(folder), read_history(folder)
        except ValueError:
            continue
        afd, diversity = (scores[name].get("value", 0.0) for name in ("afd_strict", "diversity"))
        rows.append(
            {
                "run": folder.name, "identity": identity, "scores": scores, "last": history[-1] if history else {},
                "recipe": recipe_differences(identity["recipe"]), "baseline": baseline_reached(scores),
                "chosen": chosen_words(scores), "place": place_words(identity),
                "score": afd * min(diversity, 1.0),
            }
        )  # fmt: skip
    if not rows:
        raise ValueError("none of these folders holds a judged run; train, submit and judge one first")
    rows.sort(key=lambda row: (row["scores"]["data"]["source"], -row["score"]))
    return rows


def leaderboard_lines(rows):
    """The rows as lines of a table for a terminal."""
    width = max(len(row["run"]) for row in rows)
    metrics = ("afd_strict", "diversity", *_compared(rows))
    lines = []
    for source, group in groupby(rows, key=lambda row: row["scores"]["data"]["source"]):
        group = list(group)
        title = f"{'run':{width}}  {'minutes':>7} {'seen':>9}" + "".join(f"{metric:>15}" for metric in metrics)
        lines += [f"On {source}:", title]
        for row in group:
            last = row["last"]
            seen, minutes = last.get("seen", 0), last.get("seconds", 0) / 60
            values = "".join(f"{value_of(row, metric, group):>15}" for metric in metrics)
            lines.append(f"{row['run']:{width}}  {minutes:7.1f} {seen:9}{values}  {row['chosen']}")
    if any(OTHERWISE in line for line in lines):
        lines.append(f"{OTHERWISE}: measured in another way than the first run; judge it again to compare")
    return lines


def value_of(row, metric, group):
    """A metric's value as text; a word instead when it was not measured, or otherwise than in the first that has it."""
    scores = row["scores"]
    value = scores.get(metric, {}).get("value")
    if value is None:
        return "–"
    first = next(other["scores"] for other in group if "value" in other["scores"].get(metric, {}))
    try:
        check_comparable(first, scores, metric)
    except ValueError:
        return OTHERWISE
    return format(value, METRICS[metric][0])


def _compared(rows):
    """Metrics beside the headline that any of the rows has."""
    headline = ("afd_strict", "diversity")
    return [m for m in METRICS if m not in headline and any("value" in row["scores"].get(m, {}) for row in rows)]
