"""A run folder: which training it belongs to, its lock and its checkpoints.

recipe.json        everything needed to repeat the run: recipe, data, seed, machine, versions
history.csv        one row per logged step; see history.py
checkpoints/       full state, the newest two, and every k-th step's if asked
samples/           grids of images of the same z
"""

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from gan_hw.data.images import ImageSet
from gan_hw.recipes.recipe import Recipe
from gan_hw.utils import files
from gan_hw.utils.environment import machine, versions

CHECKPOINTS = 2  # newest ones, that stay
# What a training writes: sub-folder and name. A submission may be written beside it at the same time.
WRITTEN = (("checkpoints", "*"), ("samples", "*"), ("", "generator*"), ("", "history.csv"), ("", "recipe.json"))
EARLIER_PARTS = {"perceive": "feature_extractor"}  # names in recipe.json as the kit wrote them before, and now

Identity = dict[str, Any]


class RunFolder:
    """The folder of one training at `path`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def claim(self, wanted: Identity, place: Identity, begun: dict[str, Any] | None = None) -> list[str]:
        """Write recipe.json for a training, or compare it with the one that lies there.

        wanted, place: as `identity_of` and `place_of` give them. begun: of start_networks, noted down in a new folder.
        Returns what is different about the place, as words: precision, machine and versions don't keep a run from
        continuing, but from continuing bit by bit as it would have there.
        Raises ValueError naming every field in which the training differs from the one that the folder belongs to.
        """
        file = self.path / "recipe.json"
        if not file.exists():
            origin = {"begun_with": {name: begun[name] for name in ("step", "weights")}} if begun else {}
            files.write_text(file, json.dumps({**wanted, **place, **origin}, indent=2) + "\n")
            return []
        found = read_identity(self.path)
        changes = _changes(found, wanted)
        if changes:
            raise ValueError(
                f"'{self.path}' holds another training ({'; '.join(changes)}); "
                "give this one a name of its own with --run NAME (run=... in a notebook), or delete the folder"
            )
        return _differences_of_place(found, place)

    @contextmanager
    def in_training(self) -> Iterator[None]:
        """The folder belongs to this process meanwhile. Raises ValueError when another process is training in it."""
        try:
            with files.file_lock(self.path / "checkpoints" / ".lock", wait=False):
                for part, name in WRITTEN:
                    files.remove_partial_files(self.path / part, name)
                yield
        except BlockingIOError:
            raise ValueError(
                f"'{self.path}' is being trained by another process; wait for it, or give this training a name of its "
                "own with --run NAME (run=... in a notebook)"
            ) from None

    def has_checkpoint(self) -> bool:
        """Whether a training has saved anything here."""
        return bool(self._checkpoints())

    def save_checkpoint(self, step: int, state: dict[str, Any], keep_every: int = 0) -> None:
        """Save a checkpoint and remove all but the newest few. Each keep_every-th one stays as kept-STEP.pt too."""
        folder = self.path / "checkpoints"
        files.save(folder / f"{step:07}.pt", state)
        if keep_every and step and step % keep_every == 0:
            files.save(folder / f"kept-{step:07}.pt", state)
        for path in self._checkpoints()[CHECKPOINTS:]:
            os.truncate(path, 0)  # Google Drive keeps in its bin what is deleted, and counts it
            path.unlink()

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The newest checkpoint that is whole, or None when there is none; a damaged one is reported and skipped."""
        for path in self._checkpoints():
            try:
                return files.load(path)
            except ValueError as error:
                print(f"Passed over a checkpoint: {error}")
        return None

    def _checkpoints(self) -> list[Path]:
        """Checkpoint files, newest first."""
        found = (path for path in (self.path / "checkpoints").glob("*.pt") if path.stem.isdecimal())
        return sorted(found, key=lambda path: int(path.stem), reverse=True)


def identity_of(recipe: Recipe, images: ImageSet, seed: int, own: dict[str, str]) -> Identity:
    """What makes two trainings the same. own: {part: name} of networks and losses that are not the recipe's."""
    return {
        "recipe": json.loads(json.dumps(recipe.as_dict())),
        "data": {"source": images.source, "fingerprint": images.fingerprint, "images": len(images)},
        "seed": seed,
        "own": own,
    }


def place_of(device: torch.device, precision: str) -> Identity:
    """What a training's numbers depend on beside its identity: precision, machine, versions."""
    return {"precision": precision, "machine": machine(device), "versions": versions()}


def _changes(found: Identity, wanted: Identity) -> list[str]:
    """In which fields two identities differ, as 'field: there, now'."""
    defaults = {field.name: field.default for field in dataclasses.fields(Recipe)}  # of fields that are newer than it
    own = {EARLIER_PARTS.get(part, part): name for part, name in found.get("own", {}).items()}
    pairs = [
        *((field, found["recipe"].get(field, defaults[field]), value) for field, value in wanted["recipe"].items()),
        ("data's content", found["data"]["fingerprint"], wanted["data"]["fingerprint"]),
        ("seed", found["seed"], wanted["seed"]),
        ("own parts", own, wanted["own"]),
    ]
    changes = [f"{name}: {old!r} there, {new!r} now" for name, old, new in pairs if old != new]
    if "data's content" in " ".join(changes) and wanted["data"]["source"].startswith("drawn:"):
        changes.append("drawn sets of this size had no version number before gan_hw 0.2, and can't be recognised")
    return changes


def _differences_of_place(found: Identity, place: Identity) -> list[str]:
    """What is different about the place, as 'field: there, now'."""
    pairs = {"precision": (found.get("precision"), place["precision"])}
    for part in ("machine", "versions"):
        there = found[part] if isinstance(found.get(part), dict) else {}
        pairs |= {f"{part}, {name}": (there.get(name), value) for name, value in place[part].items()}
    return [f"{name}: {old} there, {new} now" for name, (old, new) in pairs.items() if old != new]


def read_identity(folder: str | Path) -> Identity:
    """The content of a run's recipe.json. Raises ValueError when `folder` is no run folder or the file is damaged."""
    path = Path(folder) / "recipe.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = found["recipe"].keys() and {"source", "fingerprint"} <= found["data"].keys() and "seed" in found
    except FileNotFoundError:
        raise not_a_run(folder, "it has no recipe.json") from None
    except KeyError as error:
        raise not_a_run(folder, f"recipe.json lacks {error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError, RecursionError) as error:
        raise not_a_run(folder, "recipe.json is damaged") from error
    if not whole:
        raise not_a_run(folder, "recipe.json is incomplete")
    return found


def not_a_run(folder: str | Path, reason: str) -> ValueError:
    """The error for a folder that holds no run."""
    return ValueError(f"'{folder}' is no run folder: {reason}; train one with python -m gan_hw train")


def start_networks(place: str | Path, recipe: Recipe) -> dict[str, Any]:
    """What another training may start with, from a run whose networks are like the recipe's.

    place: its folder, of which the newest checkpoint is taken, or a checkpoint that `--keep-every` left. Returns the
    state dicts "generator" and "discriminator", the "step" that they are of, and 8 hex digits of their "weights".
    Raises ValueError when there is no checkpoint, or the run's networks are others.
    """
    place = Path(place)
    state = files.load(place) if place.is_file() else RunFolder(place).load_checkpoint()
    if state is None:
        raise ValueError(f"start='{place}' holds no checkpoint to start from; it should be the folder of a run")
    folder = place.parent.parent if place.is_file() else place
    there, now = read_identity(folder)["recipe"], recipe.as_dict()
    differ = [
        f"{field}: {there[field]!r} there, {now[field]!r} now"
        for field in recipe.network_fields() & there.keys()
        if json.loads(json.dumps(now[field])) != there[field]
    ]
    if differ:
        raise ValueError(f"start='{place}' holds other networks than the recipe's ({'; '.join(sorted(differ))})")
    found = {name: state[name] for name in ("generator", "discriminator")}
    return {**found, "step": state["step"], "weights": files.weights_hash(*found.values())}
