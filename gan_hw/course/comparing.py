"""Observations of answers: whether two are the same, and in what they differ."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_hw.utils.messages import say

REDUCED_TOLERANCE = 0.02  # of results in bf16 or fp16
SHOWN_NUMBERS = 4


@dataclass(frozen=True)
class Raised:
    """An exception in place of a result."""

    kind: str
    message: str = ""
    line: int | None = None  # in the answer's own code


def equal(mine: Any, theirs: Any, tolerance: float) -> bool:
    """Whether two observations are the same: structure, shapes, and numbers up to the tolerance."""
    their_parts, my_parts = _parts(theirs), _parts(mine)
    if their_parts is not None:
        return (
            my_parts is not None
            and my_parts.keys() == their_parts.keys()
            and all(equal(my_parts[key], their_parts[key], tolerance) for key in their_parts)
        )
    if isinstance(mine, Raised) or isinstance(theirs, str | bool | Raised | None):
        return type(mine) is type(theirs) and bool(getattr(mine, "kind", mine) == getattr(theirs, "kind", theirs))
    return _equal_numbers(mine, theirs, tolerance)


def _equal_numbers(mine: Any, theirs: Any, tolerance: float) -> bool:
    mine_tensor, their_tensor = _number(mine), _number(theirs)
    if mine_tensor is None or their_tensor is None or mine_tensor.shape != their_tensor.shape:
        return False
    if their_tensor.dtype == torch.uint8 and mine_tensor.dtype != torch.uint8:  # pixels are asked for
        return False
    reduced = any(tensor.dtype in (torch.float16, torch.bfloat16) for tensor in (mine_tensor, their_tensor))
    tolerance = max(tolerance, REDUCED_TOLERANCE) if reduced else tolerance
    return torch.allclose(mine_tensor.double(), their_tensor.double(), tolerance, tolerance / 10, equal_nan=True)


def difference(mine: Any, theirs: Any, tolerance: float) -> tuple[str, str]:
    """The first part in which two observations differ, as (mine, theirs) in words."""
    my_parts, their_parts = _parts(mine), _parts(theirs)
    if my_parts is not None and their_parts is not None:
        for key in their_parts:
            if not equal(my_parts.get(key), their_parts[key], tolerance):
                return difference(my_parts.get(key), their_parts[key], tolerance)
    mine_tensor, their_tensor = _number(mine), _number(theirs)
    if mine_tensor is None or their_tensor is None:
        return describe(mine), describe(theirs)
    if mine_tensor.shape != their_tensor.shape:
        shapes = [say("shape {shape}", shape=tuple(tensor.shape)) for tensor in (mine_tensor, their_tensor)]
        return shapes[0], shapes[1]
    if mine_tensor.ndim:
        differ = ~torch.isclose(mine_tensor.double(), their_tensor.double(), tolerance, tolerance / 10, equal_nan=True)
        if differ.any():
            return describe(mine_tensor[differ]), describe(their_tensor[differ])
    return describe(mine), describe(theirs)


def describe(value: Any) -> str:
    """A value in a few characters."""
    if isinstance(value, Raised):
        return say("an exception ({kind})", kind=value.kind)
    tensor = None if isinstance(value, str | bool) else _number(value)
    if tensor is None:
        return value if isinstance(value, str) else repr(value)[:60]
    if tensor.ndim == 0:
        return f"{tensor.item():.4g}"
    numbers = [f"{number:.4g}" for number in tensor.flatten()[:SHOWN_NUMBERS].tolist()]
    return ", ".join(numbers) + (", …" if tensor.numel() > SHOWN_NUMBERS else "")


def _number(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def _parts(value: Any) -> dict[Any, Any] | None:
    """The parts of a dict, list or tuple by their keys or places; None for anything else."""
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else None
