"""A run's history: one row per logged step, as history.csv."""

import csv
import io
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan_hw.training.identity import not_a_run, read_identity
from gan_hw.utils import files
from gan_hw.utils.messages import say

COLUMNS = (  # first to last; others follow
    "step", "generator_steps", "epoch", "seen", "seconds", "loss_d", "loss_g", "diversity", "roughness", "brightness",
    "score_size", "finite", "findings", "afd_kit", "afd_strict", "face_kernel", "face_frechet", "score",
)  # fmt: skip

Row = dict[str, Any]


class History:
    """The rows of a run in `folder`; `rows` is a list of dicts, the newest last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []

    def write(self) -> None:
        """Write all rows to the file, atomically."""
        write_history(self.folder, self.rows)

    def drop_end_row(self, step: int) -> None:
        """Remove the row of an earlier budget's end: a continued training is the same as one that never ended there."""
        if self.ends_at(step):
            self.rows.pop()

    def ends_at(self, step: int) -> bool:
        """Whether the newest row is of this step."""
        return bool(self.rows) and self.rows[-1]["step"] == step


def write_history(folder: str | Path, rows: list[Row]) -> None:
    """Write the rows (dicts of numbers and words) to history.csv, atomically; missing values become empty cells."""
    if rows:
        text = io.StringIO()
        # In an order that does not depend on which rows a process wrote and which ones it read.
        names = {name for row in rows for name in row}
        names |= {"findings"} if "finite" in names else set()  # an empty finding is not read back
        columns = sorted(names, key=lambda name: (_position(name), name))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files.write_text(Path(folder) / "history.csv", text.getvalue())


def _position(name: str) -> int:
    return COLUMNS.index(name) if name in COLUMNS else len(COLUMNS)


def read_history(folder: str | Path, last_step: int | None = None) -> list[Row]:
    """The rows of history.csv as dicts, up to `last_step`; an empty list when there is none.

    Raises ValueError when the file is not a valid history.
    """
    path = Path(folder) / "history.csv"
    if not path.exists():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{name: _value(text) for name, text in row.items() if text} for row in csv.DictReader(file)]
        _check(rows)
        return [row for row in rows if last_step is None or row["step"] <= last_step]
    except (csv.Error, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            say(
                "'{path}' is damaged ({error!r}); delete it, and the run continues without its earlier history",
                path=path,
                error=error,
            )
        ) from error


def _check(rows: list[Row]) -> None:
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and name != "findings":
                raise TypeError(say("{name}={value!r} is not a number", name=name, value=value))
        if not {"step", "seen", "loss_d", "loss_g"} <= row.keys():
            raise KeyError("step, seen, loss_d and loss_g")


def _value(text: str) -> Any:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def log_lines(folder: str | Path) -> list[str]:
    """A run's history as lines [epoch/epochs][step of the epoch/steps an epoch][generator steps] Loss_D Loss_G.

    Loss_G is left out before G's first step.

    Raises ValueError when the folder holds no history, or one that is not a training's.
    """
    identity, rows = read_identity(folder), read_history(folder)
    if not rows:
        raise not_a_run(folder, say("it has no history.csv"))
    try:
        recipe = identity["recipe"]
        steps = identity["data"]["images"] // recipe["batch_size"] * recipe.get("repeats", 1)  # in an epoch
        return [
            f"[{row['step'] // steps}/{recipe['epochs']}][{row['step'] % steps}/{steps}]"
            f"[{row['generator_steps']:.0f}] Loss_D: {row['loss_d']:.4f}"
            + (f" Loss_G: {row['loss_g']:.4f}" if math.isfinite(row["loss_g"]) else "")
            for row in rows
        ]
    except KeyError as error:
        raise not_a_run(folder, say("recipe.json or history.csv lacks {entry}", entry=error)) from error
