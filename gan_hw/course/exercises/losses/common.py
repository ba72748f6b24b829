"""What the exercises of losses share."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case

IMPORTS = "import torch\nimport torch.nn.functional as F"


def loss_and_gradient(*names: str) -> Callable[..., Any]:
    """An `observe` for losses. names: the arguments that a gradient should reach; further ones are passed on."""

    def observe(answer: Callable[..., Any], *arguments: Tensor) -> Any:
        leaves = [argument.requires_grad_() for argument in arguments[: len(names)]]
        loss = answer(*(leaf * 1 for leaf in leaves), *arguments[len(names) :])  # * 1: may be changed in place
        return None if loss is None else loss_in_words(loss, dict(zip(names, leaves, strict=True)))

    return observe


def loss_in_words(loss: Any, leaves: dict[str, Tensor]) -> dict[str, Any]:
    """The loss, in words which of the leaves have a gradient from it or that it is not finite, and these gradients."""
    if isinstance(loss, Tensor) and not loss.isfinite().all():
        return {"loss": "a loss that is not finite"}
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        return {"loss": loss, "gradient": "a loss without a gradient"}
    found = torch.autograd.grad(loss.sum(), list(leaves.values()), retain_graph=True, allow_unused=True)
    reached = {name: gradient for name, gradient in zip(leaves, found, strict=True) if gradient is not None}
    if not all(gradient.isfinite().all() for gradient in reached.values()):
        return {"loss": loss, "gradient": "a gradient that is not a number"}
    return {"loss": loss, "gradient": f"a gradient for {' and '.join(reached)}", "gradients": reached}


def case(name: str, *batches: Sequence[float]) -> Case:
    return Case(name, lambda: tuple(torch.tensor(batch) for batch in batches))
