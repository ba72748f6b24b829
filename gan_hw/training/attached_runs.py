"""Runs that lie elsewhere, as attached to a Kaggle notebook: copied here to be continued."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from gan_hw.training.history import read_history
from gan_hw.utils import files
from gan_hw.utils.messages import say


def copy_attached_run(folder: str | Path, elsewhere: Sequence[Path], quiet: bool = False) -> bool:
    """Copy the longest-trained of the run folders `elsewhere` to `folder`, which is workspace/runs/NAME.

    Does nothing when `folder` already holds a run, but says so if the other was trained longer. The originals are not
    changed. Returns whether it copied.
    """
    folder = Path(folder)
    tell: Callable[[str], None] = _silent if quiet else print
    if not elsewhere:
        return False
    longest, there = max(((run, _last_step(run)) for run in elsewhere), key=lambda found: found[1])
    workspace = folder.parent.parent
    with files.file_lock(workspace / f".{folder.name}.lock", wait=True):
        if (folder / "recipe.json").exists():
            here = _last_step(folder)
            if there > here:
                tell(
                    say(
                        "'{longest}' was trained longer (to step {there}) than '{folder}' ({here}), which is used; "
                        "delete this one to use the other",
                        longest=longest,
                        there=there,
                        folder=folder,
                        here=here,
                    )
                )
            return False
        aside = workspace / f".{folder.name}.copy"
        try:
            _copy(longest, aside)
            folder.mkdir(parents=True, exist_ok=True)
            # What makes it a run comes last; executed notebooks may lie there already.
            for part in sorted(aside.iterdir(), key=lambda path: path.name == "recipe.json"):
                if not (folder / part.name).exists():
                    part.rename(folder / part.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    tell(say("Resuming the attached run: {run}", run=longest))
    return True


def _silent(_sentence: str) -> None:
    """Print nothing."""


def _last_step(folder: Path) -> int:
    """The last step of a run's history; 0 where there is none."""
    rows = read_history(folder)
    return rows[-1]["step"] if rows else 0


def _copy(source: Path, target: Path) -> None:
    """File by file: shutil's copytree would copy read-only permissions as well."""
    shutil.rmtree(target, ignore_errors=True)
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
