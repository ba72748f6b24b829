"""A generator's file: its weights with the recipe that they belong to."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gan_hw.inference.run_files import WEIGHTS
from gan_hw.recipes import Recipe
from gan_hw.recipes.build import build_generator
from gan_hw.utils import files

ENTRY = "gan_hw"  # in the files' metadata


def _check_shapes(path, recipe):
    """Refuse a file whose recipe is not of its weights, before networks are made that may be of any size."""
    with torch.device("meta"):
        wanted = {name: tuple(value.shape) for name, value in build_generator(recipe).state_dict().items()}
    with safe_open(path, "pt") as file:
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    if wanted != found:
        raise ValueError(f"'{path}' belongs to another network or is damaged: its weights are not those of its recipe")


def save_generator(path, generator, recipe, facts=None):
    """Write weights, recipe and further facts (a dict of plain values) to one .safetensors file, atomically."""
    weights = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    with files.atomic_path(path) as part:
        # One entry, because safetensors writes several in any order, and equal runs should give equal files.
        save_file(weights, part, metadata={ENTRY: json.dumps({"recipe": recipe.as_dict(), "facts": facts or {}})})


def read_recipe(path):
    """The recipe in a generator's file. Raises ValueError when the file is damaged or has none."""
    try:
        return Recipe(**_metadata(path)["recipe"])
    except TypeError as error:
        raise _not_ours(path, error) from error


def read_facts(path):
    """The further facts in a generator's file, as a dict. Raises ValueError like read_recipe."""
    return _metadata(path).get("facts", {})


def _metadata(path):
    try:
        with safe_open(path, "pt") as file:
            metadata = json.loads((file.metadata() or {}).get(ENTRY, "{}"))
    except (SafetensorError, json.JSONDecodeError) as error:
        raise _not_ours(path, error) from error
    if not (isinstance(metadata, dict) and isinstance(metadata.get("recipe"), dict)):
        raise _not_ours(path, "it names no recipe")
    return metadata


def _not_ours(path, reason):
    return ValueError(f"'{path}' is damaged or was not written by this kit: {reason}")


def load_generator(path, generator=None, weights="average"):
    """(generator in evaluation mode on the CPU, recipe) from a .safetensors file, or from the run folder it lies in.

    generator: a network of your own to load the weights into, when the file was written for one. weights: which ones of
    a run folder, a key of WEIGHTS.
    Raises FileNotFoundError when there is none, ValueError when the file is damaged or fits another network.
    """
    path = Path(path)
    if path.is_dir():
        if weights not in WEIGHTS:
            raise ValueError(f"weights={weights!r} is unknown; choose one of {', '.join(WEIGHTS)}")
        path = path / WEIGHTS[weights]
        if weights == "best" and path.parent.joinpath(WEIGHTS["average"]).exists() and not path.exists():
            raise FileNotFoundError(
                f"'{path}' does not exist: a best is kept where its score can be measured, and is above 0"
            )
    if not path.exists():
        raise FileNotFoundError(f"'{path}' does not exist: train a model first, with python -m gan_hw train")
    recipe = read_recipe(path)
    if generator is None:
        _check_shapes(path, recipe)
        generator = build_generator(recipe)
    try:
        generator.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"'{path}' belongs to another network or is damaged: {reason}") from error
    return generator.eval(), recipe
