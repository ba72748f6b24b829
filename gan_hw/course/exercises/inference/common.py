"""What the exercises of inference share."""

import torch
from torch import Tensor


def random_normal(*shape: int, seed: int) -> Tensor:
    """Standard normal numbers, float32 of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
