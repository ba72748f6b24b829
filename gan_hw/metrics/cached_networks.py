"""Networks that are trained once on a data set, to measure with, and kept in the workspace."""

import json

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gan_hw.utils import files
from gan_hw.utils.devices import has_bf16
from gan_hw.utils.seeds import RandomState

ENTRY = "gan_hw"  # in the files' metadata


def trained_once(path, build, train, facts, device, seed=0):
    """The network that lies in the file `path`, else train() with that seed, written there and read back.

    build: makes an untrained network of the same shapes. facts: plain values to store with it. Of two processes one
    trains. A damaged file is reported and made again.
    """
    with files.locked(path.with_name(f".{path.stem}.lock"), wait=True):
        files.remove_leftovers(path.parent, path.name)
        network = _load(path, build)
        if network is None:
            with RandomState(seed, torch.device(device)):
                _save(path, train(), facts)
            network = _load(path, build)  # so that this process computes as later ones will
    return network.eval()


def fit(weights, loss_of_batch, steps, progress, lr, weight_decay, warm_up):
    """Train weights for so many steps: AdamW, the learning rate rising to lr for that share of them, then falling.

    loss_of_batch() draws a batch and gives its loss.
    """
    optimiser = torch.optim.AdamW(weights, lr, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps, pct_start=warm_up)
    for step in range(1, steps + 1):
        loss = loss_of_batch()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress.update(step, steps)
    progress.close()


def fast(device):
    """The context for forward passes while fitting: in bf16 where the hardware has it."""
    return torch.autocast(device, torch.bfloat16, enabled=has_bf16(torch.device(device)))


def digest(network):
    """8 hex digits of a network's weights, which name it."""
    return files.weights_hash(network.state_dict())


def _load(path, build):
    if not path.exists():
        return None
    with torch.device("meta"):
        network = build()
    try:
        network.load_state_dict(load_file(path), assign=True)
        return network
    except (SafetensorError, RuntimeError) as error:
        print(f"The network in '{path}' is damaged and is trained again: {' '.join(str(error).split())[:100]}")
        return None


def _save(path, network, facts):
    weights = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    with files.atomic_path(path) as part:
        save_file(weights, part, metadata={ENTRY: json.dumps(facts)})
