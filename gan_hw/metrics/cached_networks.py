"""Networks that are trained once on a data set, for measuring, and cached in the workspace."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gan_hw.utils import files
from gan_hw.utils.devices import has_bf16
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress
from gan_hw.utils.seeds import IsolatedRNG

METADATA_KEY = "gan_hw"  # in the header of a safetensors file

Network = TypeVar("Network", bound=nn.Module)


def load_or_train(
    path: Path,
    build: Callable[[], Network],
    train: Callable[[], Network],
    metadata: dict[str, Any],
    device: str | torch.device,
    seed: int = 0,
) -> Network:
    """The network stored in the file `path`; where there is none, train() with that seed, saved there and loaded again.

    build: makes an untrained network of the same shapes. metadata: plain values to store with the weights. The result
    is on the CPU, in evaluation mode. Of several processes only one trains. A damaged file is reported and replaced.
    """
    with files.file_lock(path.with_name(f".{path.stem}.lock"), wait=True):
        files.remove_partial_files(path.parent, path.name)
        network = _load_if_intact(path, build)
        if network is None:
            with IsolatedRNG(seed, torch.device(device)):
                _save(path, train(), metadata)
            network = _load(path, build)  # so that this process computes as later ones will
    return network.eval()


def minimise(
    batch_loss: Callable[[], Tensor], parameters: Iterable[nn.Parameter], *, steps: int, lr: float, weight_decay: float,
    warm_up: float, progress: Progress,
) -> None:  # fmt: skip
    """Train parameters with AdamW and PyTorch's one-cycle learning rate.

    batch_loss() draws a batch and returns its loss, a scalar. The learning rate rises to lr during the first `warm_up`
    share of the steps, then falls.
    """
    optimiser = torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps, pct_start=warm_up)
    for step in range(1, steps + 1):
        loss = batch_loss()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress.update(step, steps)
    progress.close()


def autocast(device: str | torch.device) -> torch.autocast:
    """The context for forward passes during training: in bf16 where the hardware has it."""
    device = torch.device(device)
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device))


def network_hash(network: nn.Module) -> str:
    """8 hex digits of a network's weights, which identify it."""
    return files.weights_hash(network.state_dict())


def _load_if_intact(path: Path, build: Callable[[], Network]) -> Network | None:
    if not path.exists():
        return None
    try:
        return _load(path, build)
    except (SafetensorError, RuntimeError) as error:
        print(
            say(
                "The network in '{path}' is damaged and is trained again: {error}",
                path=path,
                error=" ".join(str(error).split())[:100],
            )
        )
        return None


def _load(path: Path, build: Callable[[], Network]) -> Network:
    with torch.device("meta"):
        network = build()
    network.load_state_dict(load_file(path), assign=True)
    return network


def _save(path: Path, network: nn.Module, metadata: dict[str, Any]) -> None:
    weights = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    with files.atomic_path(path) as part:
        save_file(weights, part, metadata={METADATA_KEY: json.dumps(metadata)})
