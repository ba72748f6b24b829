"""A run folder: its claim by one training, its lock and its checkpoints.

recipe.json        everything needed to repeat the run: recipe, data, seed, machine, versions
history.csv        one row per logged step; see history.py
checkpoints/       full state, the newest two, and every k-th step's if asked
samples/           grids of images of the same z
tensorboard/       event files, if asked; see tracking.py
generator*.safetensors   the averaged, the raw and the best generator; see inference/generator_files.py
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gan_hw.training.identity import Identity, changes, differences_of_environment, read_identity
from gan_hw.training.options import RUN_LOCK
from gan_hw.utils import files
from gan_hw.utils.messages import say

KEPT_CHECKPOINTS = 2  # how many of the newest stay
# What a training writes: sub-folder and name. A submission may be written beside it at the same time.
WRITTEN = (("checkpoints", "*"), ("samples", "*"), ("", "generator*"), ("", "history.csv"), ("", "recipe.json"))


class RunFolder:
    """The folder of one training at `path`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def claim(self, wanted: Identity, environment: Identity, start: dict[str, Any] | None = None) -> list[str]:
        """Write recipe.json for a new training, or check that the existing one describes the same training.

        wanted, environment: from identity.identity_of and environment_of. start: what load_start_networks gave, which
        is recorded in a new folder. Returns the differences in precision, machine and versions: the run can continue,
        but not bit for bit as it would have there. Raises ValueError listing every field in which the two trainings
        differ, or when another process begins in the folder at the same time.
        """
        file = self.path / "recipe.json"
        if not file.exists():
            with self.exclusive():  # two trainings may begin at the same time
                if not file.exists():
                    origin = {"begun_with": {name: start[name] for name in ("step", "weights")}} if start else {}
                    files.write_text(file, json.dumps({**wanted, **environment, **origin}, indent=2) + "\n")
                    return []
        found = read_identity(self.path)
        changed = changes(found, wanted)
        if changed:
            raise ValueError(
                say(
                    "'{path}' holds another training ({changed}); give this one a name of its own with --run "
                    "NAME (run=... in a notebook), or delete the folder",
                    path=self.path,
                    changed="; ".join(changed),
                )
            )
        return differences_of_environment(found, environment)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """The folder belongs to this process meanwhile. Raises ValueError when another process is training in it."""
        try:
            with files.file_lock(self.path / RUN_LOCK, wait=False):
                for part, name in WRITTEN:
                    files.remove_partial_files(self.path / part, name)
                yield
        except BlockingIOError:
            raise ValueError(
                say(
                    "'{path}' is being trained by another process; wait for it, or give this training a name "
                    "of its own with --run NAME (run=... in a notebook)",
                    path=self.path,
                )
            ) from None

    def later_step(self, step: int) -> int | None:
        """The step of an intact checkpoint after `step`, None when there is none.

        Damaged ones are renamed to damaged-STEP.pt, so that they don't count as newer than what is saved next. For
        whoever trains here: opening a run changes nothing.
        """
        for path in self._checkpoints():
            if int(path.stem) <= step:
                return None
            try:
                files.load(path)
                return int(path.stem)
            except ValueError:
                path.replace(path.with_name(f"damaged-{path.name}"))
        return None

    def save_checkpoint(self, step: int, state: dict[str, Any], keep_every: int = 0) -> None:
        """Save a checkpoint and remove all but the newest few. Each keep_every-th one stays as kept-STEP.pt too."""
        folder = self.path / "checkpoints"
        files.save(folder / f"{step:07}.pt", state)
        if keep_every and step and step % keep_every == 0:
            files.save(folder / f"kept-{step:07}.pt", state)
        for path in self._checkpoints()[KEPT_CHECKPOINTS:]:
            os.truncate(path, 0)  # Google Drive keeps in its bin what is deleted, and counts it
            path.unlink()

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The newest intact checkpoint, or None when there is none; a damaged one is reported and skipped."""
        for path in self._checkpoints():
            try:
                return files.load(path)
            except ValueError as error:
                print(say("Skipped a damaged checkpoint: {error}", error=error))
        return None

    def _checkpoints(self) -> list[Path]:
        """Checkpoint files, newest first."""
        found = (path for path in (self.path / "checkpoints").glob("*.pt") if path.stem.isdecimal())
        return sorted(found, key=lambda path: int(path.stem), reverse=True)
