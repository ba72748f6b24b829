"""The networks that a new training starts with: those of another run, or those that ship with the kit."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import nn

from gan_hw.inference.shipped_generators import SCHEME, discriminator_path, shipped_path
from gan_hw.inference.weights import read_metadata, read_recipe
from gan_hw.recipes.recipe import Recipe
from gan_hw.training.identity import read_identity
from gan_hw.training.run_folder import RunFolder
from gan_hw.utils import files
from gan_hw.utils.messages import say


def load_start_networks(place: str | Path, recipe: Recipe) -> dict[str, Any]:
    """The networks of another run, for a new training to start with.

    place: the run's folder, of which the newest checkpoint is taken, a checkpoint that `--keep-every` left, or
    `shipped:NAME` for networks that ship with the kit. Returns the state dicts "generator" and "discriminator", their
    "step", and 8 hex digits of the hash of their "weights".
    Raises ValueError when there is no checkpoint, or the networks are not those of the recipe.
    """
    state, there = _shipped(str(place)) if str(place).startswith(SCHEME) else _of_a_run(Path(place))
    now = recipe.as_dict()
    # Whether there is an auxiliary classifier changes the networks; its weight in the loss does not.
    classifier = {"auxiliary_weight"} if bool(there.get("auxiliary_weight")) != bool(recipe.auxiliary_weight) else set()
    differ = [
        f"{field}: {there[field]!r} there, {now[field]!r} now"
        for field in (recipe.network_fields() | classifier) & there.keys()
        if json.loads(json.dumps(now[field])) != there[field]
    ]
    if differ:
        raise ValueError(
            say(
                "start='{place}' holds other networks than the recipe's ({differ})",
                place=place,
                differ="; ".join(sorted(differ)),
            )
        )
    found = {name: state[name] for name in ("generator", "discriminator")}
    return {**found, "step": state["step"], "weights": files.weights_hash(*found.values())}


def load_networks(networks: dict[str, Any], generator: nn.Module, discriminator: nn.Module, place: Any) -> None:
    """Put what load_start_networks gave into these networks. Raises ValueError when it is of others."""
    try:
        generator.load_state_dict(networks["generator"])
        discriminator.load_state_dict(networks["discriminator"])
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            say("start='{place}' holds other networks than the recipe's ({differ})", place=place, differ=reason)
        ) from error


def _of_a_run(place: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(checkpoint, the recipe's fields) of a run's folder or kept checkpoint."""
    state = files.load(place) if place.is_file() else RunFolder(place).load_checkpoint()
    if state is None:
        raise ValueError(
            say(
                "start='{place}' holds no checkpoint to start from; it should be the folder of a run, or {scheme}NAME",
                place=place,
                scheme=SCHEME,
            )
        )
    folder = place.parent.parent if place.is_file() else place
    return state, read_identity(folder)["recipe"]


def _shipped(address: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(networks, the recipe's fields) of networks that ship with the kit."""
    path = shipped_path(address)
    networks = {"generator": load_file(path), "discriminator": load_file(discriminator_path(path))}
    return {**networks, "step": read_metadata(path)["step"]}, read_recipe(path).as_dict()
