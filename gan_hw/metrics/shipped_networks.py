"""Networks that scores are measured with. Their weights ship with the kit, so that every machine uses the same ones.

weights/ holds one file for each, made by `make weights`, and beside it a card: what it was trained on, and how well it
does. The files hold half-precision numbers; the networks compute in float32.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gan_hw.utils import files

WEIGHTS_FOLDER = Path(__file__).with_name("weights")

Network = TypeVar("Network", bound=nn.Module)


def load_shipped(name: str, build: Callable[[], Network]) -> Network:
    """The shipped network `name` on the CPU, in evaluation mode.

    build: makes an untrained network of the same shapes. Raises FileNotFoundError when the kit is not installed whole.
    """
    with torch.device("meta"):
        network = build()
    network.load_state_dict(_as_float(load_file(WEIGHTS_FOLDER / f"{name}.safetensors")), assign=True)
    return network.eval()


def save_shipped(name: str, network: nn.Module) -> Path:
    """Write a trained network's weights to be shipped under `name`. Returns the file's path."""
    path = WEIGHTS_FOLDER / f"{name}.safetensors"
    weights = {
        # Statistics of normalisation layers may be too small or too large for half precision, and are few.
        key: value.cpu().contiguous().half() if value.ndim > 1 else value.cpu().contiguous()
        for key, value in network.state_dict().items()
    }
    with files.atomic_path(path) as part:
        save_file(weights, part)
    return path


def _as_float(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value.float() if value.is_floating_point() else value for key, value in weights.items()}
