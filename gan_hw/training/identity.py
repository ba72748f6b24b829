"""Which training a run folder belongs to: recipe.json, and how two trainings differ."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch

from gan_hw.data.images import ImageSet
from gan_hw.recipes.recipe import Recipe
from gan_hw.training.schedule import intervals_on
from gan_hw.utils.environment import machine, versions
from gan_hw.utils.messages import say

EARLIER_PARTS = {"perceive": "feature_extractor"}  # names in recipe.json as the kit wrote them before, and now
Identity = dict[str, Any]


def identity_of(recipe: Recipe, images: ImageSet, seed: int, own: dict[str, str]) -> Identity:
    """What makes two trainings the same. own: {part: name} of networks and losses that are not the recipe's."""
    return {
        "recipe": json.loads(json.dumps(recipe.as_dict())),
        "data": {"source": images.source, "fingerprint": images.fingerprint, "images": len(images)},
        "seed": seed,
        "own": own,
    }


def environment_of(device: torch.device, precision: str, ranks: dict[str, int], best_by: str | None) -> Identity:
    """What numbers depend on beside the identity: precision, machine with its ranks, versions, the best's measure.

    And how often the training logs, looks at its samples and draws them, which goes with the device it begins on.
    """
    return {
        "precision": precision,
        "machine": machine(device) | ranks,
        "versions": versions(),
        "best_by": best_by,
        "every_steps": intervals_on(device.type),
    }


def changes(found: Identity, wanted: Identity) -> list[str]:
    """In which fields two identities differ, as 'field: there, now'."""
    defaults = {field.name: field.default for field in dataclasses.fields(Recipe)}  # of fields that are newer than it
    own = {EARLIER_PARTS.get(part, part): name for part, name in found.get("own", {}).items()}
    pairs = [
        *((field, found["recipe"].get(field, defaults[field]), value) for field, value in wanted["recipe"].items()),
        (say("data's content"), found["data"]["fingerprint"], wanted["data"]["fingerprint"]),
        ("seed", found["seed"], wanted["seed"]),
        (say("own parts"), own, wanted["own"]),
    ]
    found_changes = [
        say("{name}: {old!r} there, {new!r} now", name=name, old=old, new=new) for name, old, new in pairs if old != new
    ]
    if found["data"]["fingerprint"] != wanted["data"]["fingerprint"] and wanted["data"]["source"].startswith("drawn:"):
        found_changes.append(
            say("drawn sets of this size had no version number before gan_hw 0.2, and can't be recognised")
        )
    return found_changes


def differences_of_environment(found: Identity, environment: Identity) -> list[str]:
    """In which fields of precision, machine and versions two runs differ, as 'field: there, now'."""
    pairs = {"precision": (found.get("precision"), environment["precision"])}
    for part in ("machine", "versions"):
        there = found[part] if isinstance(found.get(part), dict) else {}
        now = dict.fromkeys(there) | environment[part]
        pairs |= {f"{part}, {name}": (there.get(name), value) for name, value in now.items()}
    return [
        say("{name}: {old} there, {new} now", name=name, old=old, new=new)
        for name, (old, new) in pairs.items()
        if old != new
    ]


def read_identity(folder: str | Path) -> Identity:
    """The content of a run's recipe.json. Raises ValueError when there is none, or it is damaged."""
    path = Path(folder) / "recipe.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = found["recipe"].keys() and {"source", "fingerprint"} <= found["data"].keys() and "seed" in found
    except FileNotFoundError:
        raise not_a_run(folder, say("it has no recipe.json")) from None
    except KeyError as error:
        raise not_a_run(folder, say("recipe.json lacks {entry}", entry=error)) from error
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError, RecursionError) as error:
        raise not_a_run(folder, say("recipe.json is damaged")) from error
    if not whole:
        raise not_a_run(folder, say("recipe.json is incomplete"))
    return found


def not_a_run(folder: str | Path, reason: str) -> ValueError:
    """The error for a folder that holds no run."""
    return ValueError(
        say(
            "'{folder}' is not a run folder: {reason}; train one with python -m gan_hw train",
            folder=folder,
            reason=reason,
        )
    )
