"""Random state that is kept apart, stored, and restored on another kind of device."""

import types

import torch

from gan_hw.utils import seeds
from gan_hw.utils.seeds import IsolatedRNG


def device_with_state(monkeypatch):
    """Make every device other than the CPU one whose random state is the list that is returned."""
    state = [0]

    def restore(value):
        state[:] = [value]

    backend = types.SimpleNamespace(manual_seed=restore, get_rng_state=lambda: state[0], set_rng_state=restore)
    monkeypatch.setattr(seeds, "_torch_backend", lambda device: backend)
    return state


def test_a_devices_random_state_is_restored_only_on_its_own_kind(monkeypatch):
    state = device_with_state(monkeypatch)
    stored = IsolatedRNG(7, torch.device("cuda")).state_dict()
    assert (stored["device_type"], stored["device"]) == ("cuda", 7)
    for kind, expected in (("cuda", 7), ("mps", 3)):
        rng = IsolatedRNG(3, torch.device(kind))
        rng.load_state_dict(stored)
        with rng:
            assert state == [expected], kind
