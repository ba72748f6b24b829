"""What exercises of several topics share: made-up images, gradients as an observation, numbers in words."""

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
