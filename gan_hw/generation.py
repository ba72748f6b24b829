"""A trained generator -> images: from a seed, between two faces, and from a run folder."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from gan_hw import checkpoints
from gan_hw.datasets import to_uint8
from gan_hw.recipes import Recipe

BATCH = 100  # images in one forward pass, so that memory stays small whatever the number asked for


def sample_z(n, z_dim, seed=0):
    """n draws from the standard normal, float32 (n, z_dim) on the CPU: the same for a seed on every device.

    The first rows do not depend on n; torch's own generator would draw the last few anew.
    """
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((n, z_dim), dtype=np.float32))


@torch.inference_mode()
def generate(generator, z):
    """Images uint8 (N, 3, size, size) on the CPU for z (N, z_dim), in batches.

    The generator works in evaluation mode, so that an image does not depend on its neighbours; its mode is restored.
    """
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    try:
        return torch.cat([to_uint8(generator(part.to(device))).cpu() for part in z.split(BATCH)])
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


def save_generator(path, generator, recipe):
    """Write weights and recipe to one .safetensors file, atomically."""
    weights = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    with checkpoints.atomic_path(path) as part:
        save_file(weights, part, metadata={"recipe": json.dumps(recipe.as_dict())})


def read_recipe(path):
    """The recipe in a generator's file. Raises ValueError when the file is damaged or has none."""
    try:
        with safe_open(path, "pt") as file:
            return Recipe(**json.loads(file.metadata()["recipe"]))
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"'{path}' is damaged or was not written by this kit: {error}") from error


def load_generator(path, generator=None):
    """(generator in evaluation mode on the CPU, recipe) from a .safetensors file, or from the run folder it lies in.

    generator: a network of your own to load the weights into, when the file was written for one.
    Raises FileNotFoundError when there is none, ValueError when the file is damaged or fits another network.
    """
    path = Path(path)
    path = path / "generator.safetensors" if path.is_dir() else path
    if not path.exists():
        raise FileNotFoundError(f"'{path}' does not exist: train a model first, with python -m gan_hw train")
    recipe = read_recipe(path)
    generator = recipe.generator() if generator is None else generator
    try:
        generator.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"'{path}' belongs to another network or is damaged: {reason}") from error
    return generator.eval(), recipe
