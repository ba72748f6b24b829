"""A generator's file: its weights together with their recipe."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from gan_hw.inference import hub, shipped_generators
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.recipes import Recipe
from gan_hw.recipes.build import build_generator
from gan_hw.utils import files
from gan_hw.utils.messages import say

HEADER_KEY = "gan_hw"  # under which recipe and metadata are stored in the file's header


def save_generator(
    path: str | Path, generator: nn.Module, recipe: Recipe, metadata: dict[str, Any] | None = None
) -> None:
    """Write weights, recipe and metadata (plain values) to one .safetensors file, atomically."""
    weights = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    # One entry, because safetensors writes several in any order, and equal runs should give equal files.
    header = {HEADER_KEY: json.dumps({"recipe": recipe.as_dict(), "facts": metadata or {}})}
    with files.atomic_path(path) as part:
        save_file(weights, part, metadata=header)


def read_recipe(path: str | Path) -> Recipe:
    """The recipe in a generator's file. Raises ValueError when the file is damaged or has none."""
    try:
        return Recipe(**_read_header(path)["recipe"])
    except TypeError as error:
        raise _invalid_file(path, error) from error


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata passed to save_generator. Raises ValueError when the file is damaged or not a generator's."""
    return _read_header(path).get("facts", {})


def load_generator(
    source: str | Path, generator: nn.Module | None = None, weights: str = "average"
) -> tuple[nn.Module, Recipe]:
    """(generator in evaluation mode on the CPU, recipe) from whatever generator_path takes.

    generator: your own network to load the weights into, if the file was written for one. weights: which of a run
    folder's weights to load, a key of GENERATOR_FILES.
    Raises FileNotFoundError when there is no such file, ValueError when it is damaged or fits another network.
    """
    path = generator_path(source, weights)
    recipe = read_recipe(path)
    if generator is None:
        _check_shapes(path, recipe)
        generator = build_generator(recipe)
    try:
        generator.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            say("'{path}' belongs to another network or is damaged: {reason}", path=path, reason=reason)
        ) from error
    return generator.eval(), recipe


def generator_path(source: str | Path, weights: str = "average") -> Path:
    """The .safetensors file of a generator: of a run folder, one that ships with the kit, or one on Hugging Face.

    source: a run folder, of which `weights` chooses a file by its key in GENERATOR_FILES; a file; `shipped:NAME`; or
    `hf:OWNER/MODEL`. Raises FileNotFoundError when there is none, ValueError for an unknown name.
    """
    address = str(source)
    if address.startswith(shipped_generators.SCHEME):
        return shipped_generators.shipped_path(address)
    if address.startswith(hub.SCHEME):
        return hub.pull_generator(address)
    path = Path(source)
    if path.is_dir():
        if weights not in GENERATOR_FILES:
            raise ValueError(
                say(
                    "weights={weights!r} is unknown; choose one of {known}",
                    weights=weights,
                    known=", ".join(GENERATOR_FILES),
                )
            )
        path = path / GENERATOR_FILES[weights]
        if weights == "best" and path.parent.joinpath(GENERATOR_FILES["average"]).exists() and not path.exists():
            raise FileNotFoundError(
                say(
                    "'{path}' does not exist: a best generator is saved only if its score can be measured and"
                    " is above 0; use weights='average'",
                    path=path,
                )
            )
    if not path.exists():
        raise FileNotFoundError(
            say(
                "'{path}' does not exist: train a model first, with python -m gan_hw train, or take one "
                "that ships with the kit, as {scheme}{default_shipped}",
                path=path,
                scheme=shipped_generators.SCHEME,
                default_shipped=shipped_generators.DEFAULT_SHIPPED,
            )
        )
    return path


def _check_shapes(path: Path, recipe: Recipe) -> None:
    """Refuse a file whose weights do not fit its recipe, before building networks of whatever size it names."""
    with torch.device("meta"):
        expected = {name: tuple(value.shape) for name, value in build_generator(recipe).state_dict().items()}
    with safe_open(path, "pt") as file:
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    if expected != found:
        raise ValueError(
            say("'{path}' belongs to another network or is damaged: its weights do not fit its recipe", path=path)
        )


def _read_header(path: str | Path) -> dict[str, Any]:
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get(HEADER_KEY, "{}"))
    except (SafetensorError, json.JSONDecodeError) as error:
        raise _invalid_file(path, error) from error
    if not (isinstance(header, dict) and isinstance(header.get("recipe"), dict)):
        raise _invalid_file(path, say("it names no recipe"))
    return header


def _invalid_file(path: str | Path, reason: object) -> ValueError:
    return ValueError(say("'{path}' is damaged or was not written by this kit: {reason}", path=path, reason=reason))
