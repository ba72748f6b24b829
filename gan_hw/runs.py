"""A run folder: what it belongs to, its history and its checkpoints.

recipe.json        everything needed to repeat the run: recipe, data, seed, machine, versions
history.csv        one row per logged step
checkpoints/       full state, the newest two, and every k-th step's if asked
samples/           fixed-z grids
"""

import csv
import dataclasses
import io
import json
import math
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from gan_hw.utils import files
from gan_hw.utils.environment import machine, versions

KEPT_CHECKPOINTS = 2
COLUMNS = (  # of a history, first to last; others follow
    "step", "generator_steps", "epoch", "seen", "seconds", "loss_d", "loss_g", "diversity", "roughness", "brightness",
    "score_size", "finite", "findings", "afd_strict", "face_kernel", "face_frechet", "score",
)  # fmt: skip
# What a training writes: sub-folder and name. A submission may be written beside it at the same time.
WRITTEN = (("checkpoints", "*"), ("samples", "*"), ("", "generator*"), ("", "history.csv"), ("", "recipe.json"))


def identify(folder, recipe, images, seed, device, precision, own=(), begun=None):
    """Claim `folder` for a training: write recipe.json, or compare with the one that lies there.

    own: {part: name} of networks and objective that are not the recipe's. begun: of networks_of, noted down in a new
    folder. Returns what else is different, as words: precision, machine and versions don't keep a run from going on,
    but from doing so bit by bit as it would have there.
    Raises ValueError naming every field in which the training differs from the one that the folder belongs to.
    """
    path = Path(folder) / "recipe.json"
    wanted = {
        "recipe": json.loads(json.dumps(recipe.as_dict())),
        "data": {"source": images.source, "fingerprint": images.fingerprint, "images": len(images)},
        "seed": seed,
        "own": dict(own),
    }
    place = {"precision": precision, "machine": machine(device), "versions": versions()}
    if not path.exists():
        origin = {"begun_with": {name: begun[name] for name in ("step", "weights")}} if begun else {}
        files.write_text(path, json.dumps({**wanted, **place, **origin}, indent=2) + "\n")
        return []
    found = read_identity(folder)
    defaults = {field.name: field.default for field in dataclasses.fields(recipe)}  # of fields that are newer than it
    changes = [
        f"{name}: {old!r} there, {new!r} now"
        for name, old, new in [
            *((field, found["recipe"].get(field, defaults[field]), value) for field, value in wanted["recipe"].items()),
            ("data's content", found["data"]["fingerprint"], images.fingerprint),
            ("seed", found["seed"], seed),
            ("own parts", found.get("own", {}), wanted["own"]),
        ]
        if old != new
    ]
    if changes:
        raise ValueError(
            f"'{folder}' holds another training ({'; '.join(changes)}); "
            "give this one a name of its own with --run NAME (run=... in a notebook), or delete the folder"
        )
    return _moves(found, place)


def _moves(found, place):
    """What is different about the place, as 'field: there, now'."""
    pairs = {"precision": (found.get("precision"), place["precision"])}
    for part in ("machine", "versions"):
        there = found[part] if isinstance(found.get(part), dict) else {}
        pairs |= {f"{part}, {name}": (there.get(name), value) for name, value in place[part].items()}
    return [f"{name}: {old} there, {new} now" for name, (old, new) in pairs.items() if old != new]


def read_identity(folder):
    """The content of a run's recipe.json. Raises ValueError when `folder` is no run folder or the file is damaged."""
    path = Path(folder) / "recipe.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = found["recipe"].keys() and {"source", "fingerprint"} <= found["data"].keys() and "seed" in found
        return found if whole else _no_run(folder, "recipe.json is incomplete")
    except FileNotFoundError:
        return _no_run(folder, "it has no recipe.json")
    except KeyError as error:
        return _no_run(folder, f"recipe.json lacks {error}")
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError, RecursionError):
        return _no_run(folder, "recipe.json is damaged")


def _no_run(folder, reason):
    raise ValueError(f"'{folder}' is no run folder: {reason}; train one with python -m gan_hw train")


def has_checkpoint(folder):
    """Whether a training has saved anything in `folder`."""
    return bool(_checkpoints(folder))


def networks_of(place, recipe):
    """What another training may begin with, from a run of networks like the recipe's.

    place: its folder, of which the newest checkpoint is taken, or a checkpoint that `--keep-every` left. Returns the
    state dicts "generator" and "discriminator", the "step" that they are of, and 8 hex digits of their "weights".
    Raises ValueError when there is no checkpoint, or the run's networks are others.
    """
    place = Path(place)
    state = files.load(place) if place.is_file() else load_checkpoint(place)
    if state is None:
        raise ValueError(f"start='{place}' holds no checkpoint to start from; it should be the folder of a run")
    folder = place.parent.parent if place.is_file() else place
    there, now = read_identity(folder)["recipe"], recipe.as_dict()
    differ = [f"{field}: {there[field]!r} there, {now[field]!r} now" for field in recipe.network_fields() & there.keys()
              if json.loads(json.dumps(now[field])) != there[field]]  # fmt: skip
    if differ:
        raise ValueError(f"start='{place}' holds other networks than the recipe's ({'; '.join(sorted(differ))})")
    found = {name: state[name] for name in ("generator", "discriminator")}
    return {**found, "step": state["step"], "weights": files.weights_hash(*found.values())}


def log_lines(folder):
    """A run's history as lines [epoch/epochs][step of the epoch/of][generator steps] Loss_D Loss_G, where G had one.

    Raises ValueError when the folder holds no history, or one that is not a training's.
    """
    identity, rows = read_identity(folder), read_history(folder)
    if not rows:
        _no_run(folder, "it has no history.csv")
    try:
        recipe = identity["recipe"]
        each = identity["data"]["images"] // recipe["batch_size"] * recipe.get("repeats", 1)  # steps in an epoch
        return [
            f"[{row['step'] // each}/{recipe['epochs']}][{row['step'] % each}/{each}][{row['generator_steps']:.0f}] "
            f"Loss_D: {row['loss_d']:.4f}" + (f" Loss_G: {row['loss_g']:.4f}" if math.isfinite(row["loss_g"]) else "")
            for row in rows
        ]
    except KeyError as error:
        return _no_run(folder, f"recipe.json or history.csv lacks {error}")


def write_history(folder, rows):
    """Write the rows (dicts of numbers and words) to history.csv, atomically; what a row lacks stays empty."""
    if rows:
        text = io.StringIO()
        # In an order that does not depend on which rows a process wrote and which ones it read.
        names = {name for row in rows for name in row}
        names |= {"findings"} if "finite" in names else set()  # a row that is read has no word for "none"
        columns = sorted(names, key=lambda name: (_place(name), name))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files.write_text(Path(folder) / "history.csv", text.getvalue())


def _place(name):
    return COLUMNS.index(name) if name in COLUMNS else len(COLUMNS)


def read_history(folder, last_step=None):
    """The rows of history.csv as dicts, up to `last_step`; an empty list when there is none.

    Raises ValueError when the file was changed so that it is no history any more.
    """
    path = Path(folder) / "history.csv"
    if not path.exists():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{name: _value(text) for name, text in row.items() if text} for row in csv.DictReader(file)]
        _check_history(rows)
        return [row for row in rows if last_step is None or row["step"] <= last_step]
    except (csv.Error, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"'{path}' is damaged ({error!r}); delete it, and the run goes on without its past") from error


def _check_history(rows):
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and name != "findings":
                raise TypeError(f"{name}={value!r} is no number")
        if not {"step", "seen", "loss_d", "loss_g"} <= row.keys():
            raise KeyError("step, seen, loss_d and loss_g")


def _value(text):
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def adopt(folder, elsewhere, quiet=False):
    """Copy the run to `folder` from the one of the folders `elsewhere` that was trained longest; they stay as they are.

    A run that is here already stays, and it is said when the other was trained longer. Returns whether it was copied.
    """
    folder, say = Path(folder), (lambda text: None) if quiet else print
    if not elsewhere:
        return False
    longest, there = max(((run, _last_step(run)) for run in elsewhere), key=lambda found: found[1])
    workspace = folder.parent.parent
    with files.locked(workspace / f".{folder.name}.lock", wait=True):
        if (folder / "recipe.json").exists():
            here = _last_step(folder)
            if there > here:
                say(
                    f"'{longest}' was trained longer (to step {there}) than '{folder}' ({here}), which is used; "
                    "to take the other, delete this one"
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
    say(f"Going on with the run that is attached: {longest}")
    return True


def _last_step(folder):
    """Of a run's history; 0 where there is none."""
    rows = read_history(folder)
    return rows[-1]["step"] if rows else 0


def _copy(source, target):
    """One by one: shutil's copytree would copy as well that nothing may be written there."""
    shutil.rmtree(target, ignore_errors=True)
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


@contextmanager
def in_training(folder):
    """The folder belongs to this process meanwhile. Raises ValueError when another process is training in it."""
    try:
        with files.locked(Path(folder) / "checkpoints" / ".lock", wait=False):
            for part, name in WRITTEN:
                files.remove_leftovers(Path(folder) / part, name)
            yield
    except BlockingIOError:
        raise ValueError(
            f"'{folder}' is being trained by another process; wait for it, or give this training a name of its own "
            "with --run NAME (run=... in a notebook)"
        ) from None


def save_checkpoint(folder, step, state, keep_every=0):
    """Save a checkpoint and remove all but the newest few. Of each keep_every-th step a copy stays, kept-STEP.pt."""
    files.save(Path(folder) / "checkpoints" / f"{step:07}.pt", state)
    if keep_every and step and step % keep_every == 0:
        files.save(Path(folder) / "checkpoints" / f"kept-{step:07}.pt", state)
    for path in _checkpoints(folder)[KEPT_CHECKPOINTS:]:
        os.truncate(path, 0)  # Google Drive keeps in its bin what is deleted, and counts it
        path.unlink()


def load_checkpoint(folder):
    """The newest checkpoint that is whole, or None when there is none; a damaged one is reported and passed over."""
    for path in _checkpoints(folder):
        try:
            return files.load(path)
        except ValueError as error:
            print(f"Passed over a checkpoint: {error}")
    return None


def _checkpoints(folder):
    """Checkpoint files, newest first."""
    files = (Path(folder) / "checkpoints").glob("*.pt")
    return sorted((file for file in files if file.stem.isdecimal()), key=lambda file: int(file.stem), reverse=True)
