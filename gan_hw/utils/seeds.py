"""Repeatable random numbers: a separate state of the global generators for a block of code."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import torch


class IsolatedRNG:
    """Separate random state for a block of code: `with rng: ...` leaves the caller's random state as it was.

    The next `with` continues where the last one ended. Covers the global generators of Python, NumPy and PyTorch, on
    the CPU and on `device`, so that no generator has to be passed to the code in the block.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self.active = False
        outside = _get_rng_state(device)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.random.default_generator.manual_seed(seed)  # torch.manual_seed would seed every GPU as well
        if device.type != "cpu":
            _torch_backend(device).manual_seed(seed)
        self._inside = _get_rng_state(device)
        _set_rng_state(outside, device)

    def __enter__(self) -> None:
        self._outside = _get_rng_state(self.device)
        _set_rng_state(self._inside, self.device)
        self.active = True

    def __exit__(self, *_: object) -> None:
        self._inside = _get_rng_state(self.device)
        _set_rng_state(self._outside, self.device)
        self.active = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside the `with` block of this object: the caller's random state again, for the code in another block."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def state_dict(self) -> dict[str, Any]:
        """The current state, as plain values and tensors."""
        return _get_rng_state(self.device) if self.active else self._inside

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state returned by `state_dict`; also allowed inside a `with` block.

        The state of another kind of device can't be continued here: then this device goes on from its own seed.
        """
        if state.get("device_type") != self.device.type:
            state = state | {name: self._inside[name] for name in ("device", "device_type") if name in self._inside}
        self._inside = state
        if self.active:
            _set_rng_state(state, self.device)


def _get_rng_state(device: torch.device) -> dict[str, Any]:
    version, keys, gauss = random.getstate()
    name, words, position, has_gauss, cached = np.random.get_state()
    state: dict[str, Any] = {
        "python": [version, list(keys), gauss],
        "numpy": [name, torch.from_numpy(np.array(words, dtype=np.int64)), position, has_gauss, cached],
        "cpu": torch.get_rng_state(),
    }
    if device.type != "cpu":
        state |= {"device": _torch_backend(device).get_rng_state(), "device_type": device.type}
    return state


def _set_rng_state(state: dict[str, Any], device: torch.device) -> None:
    version, keys, gauss = state["python"]
    random.setstate((version, tuple(keys), gauss))
    name, words, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, words.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["cpu"])
    if device.type != "cpu":
        _torch_backend(device).set_rng_state(state["device"])


def _torch_backend(device: torch.device) -> ModuleType:
    return {"cuda": torch.cuda, "mps": torch.mps}[device.type]
