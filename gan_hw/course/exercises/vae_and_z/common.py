"""What the exercises of variational autoencoders share."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from gan_hw.course.exercises.shared import gradients, random_normal


def means_and_log_variances(count: int, z_dim: int, seed: int) -> tuple[Tensor, Tensor]:
    """What an encoder might return for so many images, (count, z_dim) each."""
    return random_normal(count, z_dim, seed=seed), random_normal(count, z_dim, seed=seed + 1) - 0.5


def result_and_gradients(**places: int) -> Callable[..., Any]:
    """An `observe`. places: {name: place} of the arguments that a gradient should reach."""

    def observe(answer: Callable[..., Any], *arguments: Any) -> dict[str, Any] | None:
        leaves = {name: arguments[place].requires_grad_() for name, place in places.items()}
        passed = list(arguments)
        for name, place in places.items():
            passed[place] = leaves[name] * 1  # may be changed in place
        result = answer(*passed)
        if result is None:
            return None
        found = dict(zip(leaves, gradients(result, *leaves.values()), strict=True))
        reached = " and ".join(name for name, gradient in found.items() if isinstance(gradient, Tensor))
        words = f"a result with a gradient for {reached}" if reached else "a result without a gradient"
        return {"result": result, "reached": words, "gradients": found}

    return observe
