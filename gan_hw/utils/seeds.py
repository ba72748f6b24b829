"""Random numbers that repeat: a state of its own for a block of code."""

import random

import numpy as np
import torch


class RandomState:
    """Random numbers of its own for a block of code: `with state: ...` leaves the caller's generators as they were.

    The next `with` goes on where the last one stopped. Covers Python's, numpy's and torch's global generators, so
    that code in the block needs no generator passed around.
    """

    def __init__(self, seed, device):
        self.device = device
        self.entered = False
        outside = _get_random(device)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.random.default_generator.manual_seed(seed)  # torch.manual_seed would seed every GPU as well
        if device.type != "cpu":
            _device_module(device).manual_seed(seed)
        self._stored = _get_random(device)
        _set_random(outside, device)

    def __enter__(self):
        self._outside = _get_random(self.device)
        _set_random(self._stored, self.device)
        self.entered = True

    def __exit__(self, *_):
        self._stored = _get_random(self.device)
        _set_random(self._outside, self.device)
        self.entered = False

    def state_dict(self):
        """The present state, as plain values and tensors."""
        return _get_random(self.device) if self.entered else self._stored

    def load_state_dict(self, state):
        """Go on from a state that `state_dict` gave, also in the middle of a `with`."""
        self._stored = state
        if self.entered:
            _set_random(state, self.device)


def _get_random(device):
    version, keys, gauss = random.getstate()
    name, words, position, has_gauss, cached = np.random.get_state()
    state = {
        "python": [version, list(keys), gauss],
        "numpy": [name, torch.from_numpy(words.astype(np.int64)), position, has_gauss, cached],
        "cpu": torch.get_rng_state(),
    }
    if device.type != "cpu":
        state["device"] = _device_module(device).get_rng_state()
    return state


def _set_random(state, device):
    version, keys, gauss = state["python"]
    random.setstate((version, tuple(keys), gauss))
    name, words, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, words.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["cpu"])
    if device.type != "cpu" and "device" in state:
        _device_module(device).set_rng_state(state["device"])


def _device_module(device):
    return {"cuda": torch.cuda, "mps": torch.mps}[device.type]
