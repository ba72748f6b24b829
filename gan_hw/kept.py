"""Networks that are trained once on a data set, to measure with, and kept in the workspace."""

import hashlib
import json

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gan_hw import checkpoints
from gan_hw.runtime import RandomState

ENTRY = "gan_hw"  # in the files' metadata


def trained_once(path, build, train, facts, device, seed=0):
    """The network that lies in the file `path`, else train() with that seed, written there and read back.

    build: makes an untrained network of the same shapes. facts: plain values to store with it. Of two processes one
    trains. A damaged file is reported and made again.
    """
    with checkpoints.locked(path.with_name(f".{path.stem}.lock"), wait=True):
        checkpoints.remove_leftovers(path.parent, path.name)
        network = _load(path, build)
        if network is None:
            with RandomState(seed, torch.device(device)):
                _save(path, train(), facts)
            network = _load(path, build)  # so that this process computes as later ones will
    return network.eval()


def digest(network):
    """8 hex digits of a network's weights, which name it: two machines may train networks that differ a little."""
    found = hashlib.sha256()
    for value in network.state_dict().values():
        found.update(value.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:8]


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
    with checkpoints.atomic_path(path) as part:
        save_file(weights, part, metadata={ENTRY: json.dumps(facts)})
