"""Observations of answers: whether two are the same, and in what they differ."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_hw.utils.messages import say

REDUCED_TOLERANCE = 0.02  # of results in bf16 or fp16
SHOWN_NUMBERS = 4
LONGEST_TEXT = 200  # characters of an exception's message
LONGEST_VALUE = 60  # characters of what is no number
UNREADABLE = "a tensor whose numbers can't be read"


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
    if _other_type(mine_tensor, their_tensor):
        return False
    if not (mine_tensor.is_floating_point() or their_tensor.is_floating_point()):
        return torch.equal(mine_tensor.long(), their_tensor.long())
    if their_tensor.dtype in (torch.float16, torch.bfloat16):
        tolerance = max(tolerance, REDUCED_TOLERANCE)
    return torch.allclose(mine_tensor.double(), their_tensor.double(), tolerance, tolerance / 10, equal_nan=True)


def _other_type(mine: Tensor, theirs: Tensor) -> bool:
    """Whether numbers are of a type that is not asked for: complex ones, or others where pixels are asked for."""
    return mine.is_complex() != theirs.is_complex() or (theirs.dtype == torch.uint8 and mine.dtype != torch.uint8)


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
    if _other_type(mine_tensor, their_tensor):
        types = [str(tensor.dtype).removeprefix("torch.") for tensor in (mine_tensor, their_tensor)]
        return f"{describe(mine)} ({types[0]})", f"{describe(theirs)} ({types[1]})"
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
        return printable(value, LONGEST_VALUE) if not isinstance(value, str) else printable(value)
    numbers = tensor.flatten()[:SHOWN_NUMBERS].tolist()
    texts = [str(number) if isinstance(number, int) else f"{number:.4g}" for number in numbers]
    return ", ".join(texts) + (", …" if tensor.numel() > SHOWN_NUMBERS else "")


def printable(value: Any, longest: int = LONGEST_TEXT) -> str:
    """The first line of a value's text, cut, without characters that can't be printed."""
    try:
        lines = (str(value) if isinstance(value, str | BaseException) else repr(value)).splitlines()
    except Exception:
        return say("an object without a text")
    return "".join(filter(str.isprintable, lines[0]))[:longest] if lines else ""


def plain(value: Any) -> Any:
    """The value with tensors of PyTorch's own class in place of those of others, also in tuples, lists and dicts."""
    if isinstance(value, Tensor) and type(value) not in (Tensor, torch.nn.Parameter):
        with torch._C.DisableTorchFunctionSubclass():
            return value.as_subclass(Tensor)
    return _by_parts(plain, value)


def detached(value: Any) -> Any:
    """A copy of an observation, of ordinary tensors without a graph and of Python's numbers."""
    if isinstance(value, Tensor):
        try:
            tensor = plain(value).detach()
            tensor = tensor.dequantize() if tensor.is_quantized else tensor.to_dense()
            return UNREADABLE if tensor.is_meta or type(tensor) is not Tensor else tensor.clone()
        except (RuntimeError, NotImplementedError):
            return UNREADABLE
    if type(value).__module__ == "numpy":
        return _number(value) if getattr(value, "ndim", 0) else value.item()
    return _by_parts(detached, value)


def unchanged(before: Any, now: Any) -> bool:
    """Whether a tensor, a number, or a list of these is as it was; anything else counts as unchanged."""
    if isinstance(before, Tensor | int | float):
        return equal(now, before, 0.0)
    if isinstance(before, list | tuple):
        return len(before) == len(now) and all(map(unchanged, before, now))
    return True


def _by_parts(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: change(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [*map(change, value)] if isinstance(value, list) else (*map(change, value),)
    return value


def _number(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    try:
        return torch.as_tensor(value)
    except Exception:  # whatever an object's own methods may raise
        return None


def _parts(value: Any) -> dict[Any, Any] | None:
    """The parts of a dict, list or tuple by their keys or places; None for anything else."""
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else None
