"""What the exercises of penalties share."""

from collections.abc import Callable

from torch import Tensor


def square_critic(images: Tensor, slope: float) -> Callable[[Tensor], Tensor]:
    """A critic whose gradient at an image x is slope * x, so that each image has another one."""
    return lambda x: slope / 2 * (x**2).flatten(1).sum(1)
