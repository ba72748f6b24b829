"""Trackers: TensorBoard, or one of your own, which follow a training's history and samples.

history.csv and samples/ stay the record. A tracker gets a row or a grid of samples only when it is complete and saved,
in the order of the steps, and each once. So a training that is killed or goes back to its last checkpoint takes nothing
back that a tracker has shown.
"""

import importlib.util
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from gan_hw.recipes.recipe import Recipe
    from gan_hw.training.checkpoint import TrainingState
    from gan_hw.training.history import Row


class Tracker(Protocol):
    """What Trainer's `trackers` are: any object with these four methods.

    Where one raises an exception, this tracker is left out from then on, which a sentence says; the training goes on.
    """

    def start(self, folder: Path, recipe: "Recipe") -> int:
        """Begin to follow the run in `folder`, or go on with it; called by each Trainer.train.

        Returns the last step that this tracker has shown of the run, 0 for none: it gets what comes after that.
        """

    def row(self, row: "Row") -> None:
        """Show a row of the history, as in history.csv: numbers by name, and `findings`, a text."""

    def picture(self, step: int, path: Path) -> None:
        """Show the grid of samples of a step, a PNG file."""

    def end(self) -> None:
        """Write out what is left; called at the end of each Trainer.train, also of one that failed."""


def numbers(row: "Row") -> dict[str, float]:
    """The numbers of a row of the history by name, but for its step."""
    return {name: value for name, value in row.items() if name != "step" and not isinstance(value, str)}


class TensorBoard:
    """Event files in the run folder's tensorboard/, made anew from history and samples when a training goes on.

    So they hold no point twice, and those too of a run that began without them. Points are dated by the time trained.
    """

    def start(self, folder: Path, recipe: "Recipe") -> int:  # noqa: ARG002 - recipe.json holds it, with data and seed
        """Write recipe.json as a text, and begin with nothing else."""
        from torch.utils.tensorboard import SummaryWriter

        file = folder / "recipe.json"
        self.begun = self.time = file.stat().st_mtime
        for earlier in (folder / "tensorboard").glob("events.*"):
            with suppress(OSError):  # Windows, where it is open
                os.truncate(earlier, 0)  # not deleted: a TensorBoard that has it open would go on to no other
        # purge_step makes TensorBoard drop the points that it has read.
        self.writer = SummaryWriter(str(folder / "tensorboard"), purge_step=0, flush_secs=10)
        self.writer.add_text("recipe", textwrap.indent(file.read_text(encoding="utf-8"), "    "), 0, self.begun)
        return 0

    def row(self, row: "Row") -> None:
        """Write the row's numbers as scalars."""
        self.time = self.begun + row["seconds"]
        for name, value in numbers(row).items():
            self.writer.add_scalar(name, value, row["step"], self.time)

    def picture(self, step: int, path: Path) -> None:
        """Write the samples as an image."""
        import numpy as np
        from PIL import Image

        with Image.open(path) as image:
            self.writer.add_image("samples", np.asarray(image.convert("RGB")), step, self.time, dataformats="HWC")

    def end(self) -> None:
        """Close the file."""
        self.writer.close()


TRACKERS: dict[str, type[Tracker]] = {"tensorboard": TensorBoard}  # by the name of the package that each needs


def make_trackers(name: str) -> tuple[Tracker, ...]:
    """The tracker of that name; none for an empty one. Raises ValueError where it, or its package, does not exist."""
    if not name:
        return ()
    if name not in TRACKERS:
        raise ValueError(
            say("track={name!r} is unknown; choose {known}, or leave it empty", name=name, known=" or ".join(TRACKERS))
        )
    if importlib.util.find_spec(name) is None:
        raise ValueError(
            say("track={name!r} needs the package {name}; install it: python -m pip install {name}", name=name)
        )
    return (TRACKERS[name](),)


class Trackers:
    """A training's trackers; in a `with` block they start, get what was saved, and end. say: prints a sentence."""

    def __init__(self, trackers: Sequence[Tracker], state: "TrainingState", say: Callable[[str], None]) -> None:
        self.state, self.say = state, say
        self.working = list(trackers)
        self.shown: dict[int, int] = {}  # the last step of each, by its id()

    def __enter__(self) -> None:
        for tracker in self.working.copy():
            with self._guard(tracker):
                self.shown[id(tracker)] = tracker.start(self.state.run.path, self.state.gan.recipe)
        self.tell_saved()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._tell(self.state.gan.step)
        for tracker in self.working.copy():
            with self._guard(tracker):
                tracker.end()

    def tell_saved(self) -> None:
        """Hand on what was saved, but for the newest step's row, which may still get a score at the training's end."""
        self._tell(self.state.gan.step - 1)

    def _tell(self, last: int) -> None:
        """Hand on rows and samples up to a step, in the order of the steps; a row comes before its samples."""
        for tracker in self.working.copy():
            files = (self.state.run.path / "samples").glob("*.png")
            news: list[tuple[int, Any]] = [(row["step"], row) for row in self.state.history.rows]
            news += [(int(file.stem), file) for file in files if file.stem.isdecimal()]
            with self._guard(tracker):
                for step, new in sorted(news, key=lambda pair: pair[0]):
                    if self.shown[id(tracker)] < step <= last:
                        tracker.picture(step, new) if isinstance(new, Path) else tracker.row(new)
                self.shown[id(tracker)] = max(self.shown[id(tracker)], last)

    @contextmanager
    def _guard(self, tracker: Tracker) -> Iterator[None]:
        """Leave the tracker out from now on if the block raises; its random numbers are none of the training's."""
        try:
            with self.state.random.paused():
                yield
        except Exception as error:  # whatever it is: a network that is gone, a full disk
            self.working = [other for other in self.working if other is not tracker]
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            self.say(
                say(
                    "Note: {name} gets no more of this run ({reason}); the training goes on.",
                    name=type(tracker).__name__,
                    reason=reason,
                )
            )
