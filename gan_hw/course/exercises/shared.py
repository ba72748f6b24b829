"""What exercises of several topics share: made-up images, gradients as an observation, numbers in words."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

NO_GRADIENT = "no gradient"


def random_images(count: int, height: int, width: int, seed: int) -> Tensor:
    """Images float (count, 3, height, width) in [-1, 1]."""
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def random_normal(*shape: int, seed: int) -> Tensor:
    """Standard normal numbers, float32 of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gradients(result: Any, *sources: Tensor) -> tuple[Any, ...]:
    """At each source the gradient of a weighted sum of the result's numbers, or NO_GRADIENT where none arrives."""
    if not (isinstance(result, Tensor) and result.requires_grad):
        return (NO_GRADIENT,) * len(sources)
    weights = torch.linspace(1, 2, result.numel()).view_as(result)
    found = torch.autograd.grad((result * weights).sum(), sources, retain_graph=True, allow_unused=True)
    return tuple(NO_GRADIENT if gradient is None else gradient for gradient in found)


def in_words(count: int, things: str = "images") -> str:
    """A number of things, as "1 image" or "2 images"."""
    return f"{count} {things}" if count > 1 else f"1 {things[:-1]}"


def whole_numbers(answer: Callable[..., Any], *arguments: Any) -> Any:
    """What an answer returns, its floats in words: whole numbers are asked for."""
    return floats_in_words(answer(*arguments))


def floats_in_words(value: Any) -> Any:
    """A float as "3 (a float)", also inside a tuple or list; anything else as it is."""
    if isinstance(value, list | tuple):
        return [floats_in_words(part) for part in value]
    number = value.item() if getattr(value, "ndim", 1) == 0 else value
    return f"{number:g} (a float)" if isinstance(number, float) else value
