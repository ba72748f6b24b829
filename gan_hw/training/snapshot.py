"""All that a training step changes, kept at one moment: to compare two ways to compute it, and to undo it."""

from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.training.gan import GAN
from gan_hw.utils.seeds import IsolatedRNG


class Snapshot:
    """Copies of weights, statistics, averages, optimisers, loss scales and random state; `restore` puts them back.

    Tensors are put back in place, so that whatever works on them goes on working on them. What an optimiser begins to
    store only after the snapshot is not undone.
    """

    def __init__(self, gan: GAN, random: IsolatedRNG) -> None:
        self.gan, self.random = gan, random
        self.values = {part: [value.clone() for value in values] for part, values in _changing(gan).items()}
        self.scales = [scaler.state_dict() for scaler in (gan.scaler_g, gan.scaler_d)]
        self.random_state = random.state_dict()

    @torch.no_grad()
    def restore(self) -> None:
        """Put everything back."""
        now = _changing(self.gan)
        for part, values in self.values.items():
            for target, value in zip(now[part], values, strict=True):
                target.copy_(value)
        for scaler, scale in zip((self.gan.scaler_g, self.gan.scaler_d), self.scales, strict=True):
            if scale:
                scaler.load_state_dict(scale)
        self.random.load_state_dict(self.random_state)

    def difference(self, start: "Snapshot", other: "Snapshot", tolerance: float, again: "Snapshot") -> str | None:
        """The first part in which this step and another one, both from `start`, differ; None if they agree.

        tolerance: length of the difference of a part, as a share of the length of this step. again: this step, computed
        a second time; twice what the two differ by is allowed as well. What neither changed, the other one must not
        have changed either.
        """
        for part, values in self.values.items():
            allowed = tolerance * _distance(values, start.values.get(part, []))
            allowed += 2 * _distance(values, again.values.get(part, []))
            if not _distance(values, other.values.get(part, [])) <= allowed:  # so that NaN is a difference
                return part
        if self.scales != other.scales:
            return "scales of the losses"
        return None if _same(self.random_state, other.random_state) else "random state"


def _changing(gan: GAN) -> dict[str, list[Tensor]]:
    """The tensors that a step changes, by name of the part."""
    found: dict[str, list[Tensor]] = {}
    networks: dict[str, nn.Module] = {"generator": gan.generator, "discriminator": gan.discriminator}
    for name, network in {**networks, "moving average": gan.ema.network}.items():
        found[f"weights of the {name}"] = [weight.detach() for weight in network.parameters()]
        found[f"statistics of the {name}"] = list(network.buffers())
    for name, optimiser in (("generator", gan.optimiser_g), ("discriminator", gan.optimiser_d)):
        for state in optimiser.state.values():
            for key, value in state.items():
                assert isinstance(value, Tensor), f"{key} of an optimiser is not a tensor"
                found.setdefault(f"{key} of the {name}'s optimiser", []).append(value)
    return found


def _distance(values: list[Tensor], others: list[Tensor]) -> float:
    if len(values) != len(others):  # an optimiser that has just begun
        return float("inf")
    squares = [(a.double() - b.double()).square().sum() for a, b in zip(values, others, strict=True)]
    return torch.stack(squares).sum().sqrt().item() if squares else 0.0


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return torch.equal(one, other) if isinstance(one, Tensor) else bool(one == other)
