"""Exact measures of points against points: what D only estimates on images can be computed in the plane."""

from typing import Any

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from gan_hw.course.laboratory.points import PointSet
from gan_hw.utils.messages import say

GOOD_WITHIN = 3.0  # spreads from a mode: there a point counts as good (Srivastava et al. 2017, arXiv 1705.07761)
EXACT = "donot_use_mm_for_euclid_dist"  # cdist's faster way makes small distances wrong by 1e-3
FOUND_SHARE = 0.2  # a mode is found when it has at least this much of its fair share of the points


def earth_movers_distance(points: Tensor, others: Tensor) -> float:
    """Mean way, in the plane's units, on which one set becomes the other when every point is moved as well as can be.

    points, others: (n, 2). Between sets of n points of equal weight the best transport is an assignment of one to one
    (Birkhoff's theorem), which SciPy finds exactly. Raises ValueError when the numbers differ.
    """
    if len(points) != len(others):
        raise ValueError(
            say(
                "{count} points against {other_count}: give as many of both", count=len(points), other_count=len(others)
            )
        )
    ways = torch.cdist(points, others, compute_mode=EXACT)
    rows, columns = linear_sum_assignment(ways.numpy())
    return float(ways[rows, columns].mean())


def modes_found(points: Tensor, data: PointSet) -> int:
    """How many of the data's modes have at least FOUND_SHARE of their fair share of good points (n, 2) beside them."""
    nearest, good = _nearest_mode(points, data)
    counts = torch.bincount(nearest[good], minlength=len(_modes(data)))
    return int((counts >= FOUND_SHARE * len(points) / len(_modes(data))).sum())


def share_of_good(points: Tensor, data: PointSet) -> float:
    """Share of the points (n, 2) that lie within GOOD_WITHIN spreads of a mode."""
    return float(_nearest_mode(points, data)[1].float().mean())


def measure(points: Tensor, others: Tensor, data: PointSet) -> dict[str, Any]:
    """All measures of points (n, 2) against as many real ones, by name; two of them only where the data has modes."""
    measured: dict[str, Any] = {"earth_movers_distance": earth_movers_distance(points, others)}
    if data.modes is not None:
        measured |= {"modes_found": modes_found(points, data), "share_of_good": share_of_good(points, data)}
    return measured


def _modes(data: PointSet) -> Tensor:
    if data.modes is None:
        raise ValueError(say("{name!r} has no separate modes", name=data.name))
    return data.modes


def _nearest_mode(points: Tensor, data: PointSet) -> tuple[Tensor, Tensor]:
    distance, nearest = torch.cdist(points, _modes(data), compute_mode=EXACT).min(1)
    return nearest, distance <= GOOD_WITHIN * data.spread
