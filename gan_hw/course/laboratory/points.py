"""Data sets of points in the plane, most of them in [-1, 1]; some have modes, whose number is known."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_hw.utils.messages import say

RING_MODES, GRID_SIDE = 8, 5


@dataclass(frozen=True)
class PointSet:
    """A distribution of points.

    sample: (n, generator) -> points (n, 2), float32. modes: the centres (M, 2) of its Gaussians, or None where it has
    no separate ones. spread: the standard deviation of each Gaussian, or of the noise around a curve.
    """

    name: str
    sample: Callable[[int, torch.Generator], Tensor]
    modes: Tensor | None
    spread: float


def mixture(name: str, centres: Tensor, spread: float) -> PointSet:
    """Gaussians of equal weight and spread around the centres (M, 2)."""

    def sample(n: int, generator: torch.Generator) -> Tensor:
        chosen = torch.randint(len(centres), (n,), generator=generator)
        return centres[chosen] + spread * torch.randn(n, 2, generator=generator)

    return PointSet(name, sample, centres, spread)


def curve(name: str, position: Callable[[Tensor], Tensor], spread: float) -> PointSet:
    """Points along a curve with noise around it; position: shares of the way (n,) in [0, 1] -> points (n, 2)."""

    def sample(n: int, generator: torch.Generator) -> Tensor:
        on_curve = position(torch.rand(n, generator=generator))
        return on_curve + spread * torch.randn(n, 2, generator=generator)

    return PointSet(name, sample, None, spread)


def ring(modes: int = RING_MODES, radius: float = 0.8, spread: float = 0.04) -> PointSet:
    """Gaussians around a circle (Metz et al. 2017, arXiv 1611.02163, section 3.1, smaller)."""
    angles = 2 * math.pi * torch.arange(modes) / modes
    return mixture("ring", radius * torch.stack([angles.cos(), angles.sin()], 1), spread)


def grid(side: int = GRID_SIDE, spread: float = 0.03) -> PointSet:
    """Gaussians in a square, `side` in each row and column."""
    places = torch.linspace(-0.8, 0.8, side)
    return mixture("grid", torch.cartesian_prod(places, places), spread)


def lines(distance: float = 0.8, spread: float = 0.02) -> PointSet:
    """Two parallel vertical lines, `distance` apart."""

    def position(share: Tensor) -> Tensor:
        right = share >= 0.5
        height = (2 * share) % 1
        return torch.stack([(right.float() - 0.5) * distance, 1.6 * height - 0.8], 1)

    return curve("lines", position, spread)


def moons(spread: float = 0.04) -> PointSet:
    """Two half circles that reach into each other."""

    def position(share: Tensor) -> Tensor:
        lower = share >= 0.5
        angle = math.pi * ((2 * share) % 1)
        x, y = angle.cos(), angle.sin()
        return 0.55 * torch.stack([torch.where(lower, 1 - x, x) - 0.5, torch.where(lower, 0.5 - y, y) - 0.25], 1)

    return curve("moons", position, spread)


def spiral(turns: float = 1.75, spread: float = 0.02) -> PointSet:
    """One arm that winds outwards; equally dense along its length."""

    def position(share: Tensor) -> Tensor:
        way = (0.02 + 0.98 * share).sqrt()
        angle = 2 * math.pi * turns * way
        return 0.9 * way[:, None] * torch.stack([angle.cos(), angle.sin()], 1)

    return curve("spiral", position, spread)


def drawn_by_hand(points: Sequence[Sequence[float]], spread: float = 0.03) -> PointSet:
    """Your own points (x, y), each the middle of a small Gaussian. Raises ValueError when there are none."""
    centres = torch.as_tensor(points, dtype=torch.float32)
    if centres.dim() != 2 or centres.shape[1] != 2 or not len(centres):
        raise ValueError(say("points of shape {shape}: give at least one pair (x, y)", shape=tuple(centres.shape)))
    return mixture("drawn by hand", centres, spread)


POINT_SETS = {
    "gaussian": mixture("gaussian", torch.tensor([[0.3, 0.2]]), 0.2),
    "ring": ring(),
    "grid": grid(),
    "moons": moons(),
    "spiral": spiral(),
    "lines": lines(),
}
