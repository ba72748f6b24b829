"""A trained generator -> images: from a seed, between two faces, and from a run folder."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gan_hw.data.images import to_uint8
from gan_hw.recipes import Recipe
from gan_hw.utils import files

WEIGHTS = {  # of a run: what each file in its folder holds
    "average": "generator.safetensors",  # the moving average at the end
    "best": "generator_best.safetensors",  # the average that scored best while training
    "raw": "generator_raw.safetensors",  # as trained, without averaging
}
ENTRY = "gan_hw"  # in the files' metadata
BATCH = 100  # images in one forward pass, so that memory stays small whatever the number asked for


def sample_z(n, z_dim, seed=0, truncation=None):
    """n draws from the standard normal, float32 (n, z_dim) on the CPU: the same for a seed on every device.

    The first rows do not depend on n; torch's own generator would draw the last few anew. truncation: draw from the
    normal distribution cut off at +- this many standard deviations, where a generator is surer of what it draws, and
    draws less variety (Brock et al. 2019, 1809.11096, section 3.1). Raises ValueError when that is not above 0.
    """
    if seed < 0:
        raise ValueError(f"seed={seed} must not be negative")
    dice = np.random.default_rng(seed)
    if truncation is None:
        return torch.from_numpy(dice.standard_normal((n, z_dim), dtype=np.float32))
    if not truncation > 0:
        raise ValueError(f"truncation={truncation!r} must be above 0: standard deviations, 2 cuts off a twentieth")
    inside = torch.special.ndtr(torch.tensor(-float(truncation), dtype=torch.float64)).item()
    shares = torch.from_numpy(dice.uniform(inside, 1 - inside, (n, z_dim)))
    return torch.special.ndtri(shares).float()


@torch.inference_mode()
def generate(generator, z, labels=None):
    """Images uint8 (N, 3, size, size) on the CPU for z (N, z_dim), in batches.

    labels (N, K) multi-hot: what a conditional generator shall draw; without them it draws what its data set shows.
    The generator works in evaluation mode, so that an image does not depend on its neighbours; its mode is restored.
    """
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    try:
        parts = zip(z.split(BATCH), *([] if labels is None else [labels.split(BATCH)]), strict=True)
        return torch.cat([to_uint8(generator(*(part.to(device) for part in pair))).cpu() for pair in parts])
    finally:
        generator.train(training)


def interpolate(start, end, steps):
    """`steps` latents from `start` to `end`, each (z_dim,), along the sphere: (steps, z_dim).

    A straight line would pass through short vectors that the generator never saw in training (White 2016, 1609.04468).
    """
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0).clamp(-1, 1))
    share = torch.linspace(0, 1, steps)[:, None]
    if angle < 1e-4:
        return start + share * (end - start)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)


def _check_shapes(path, recipe):
    """Refuse a file whose recipe is not of its weights, before networks are made that may be of any size."""
    with torch.device("meta"):
        wanted = {name: tuple(value.shape) for name, value in recipe.generator().state_dict().items()}
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
        generator = recipe.generator()
    try:
        generator.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"'{path}' belongs to another network or is damaged: {reason}") from error
    return generator.eval(), recipe
