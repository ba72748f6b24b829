"""What the exercises of networks share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case
from gan_hw.course.exercises.shared import gradients, in_words

NO_MODULE = "something that is no nn.Module"


def observed_block(
    answer: Callable[..., Any], channels_in: int, channels_out: int, maps: Tensor, least_dimensions: int
) -> tuple[nn.Module | None, Any]:
    """The block that an answer builds, with known weights, and what it does; None where it builds no new module."""
    fresh, block = answer(channels_in, channels_out), answer(channels_in, channels_out)
    if not isinstance(block, nn.Module):
        return None, (None if block is None else NO_MODULE)
    if block is fresh or {*map(id, block.parameters())} & {*map(id, fresh.parameters())}:
        return None, "the same module for each call"
    built = _as_built(block)
    start = output_for(fresh, maps)
    begins = "zeros" if isinstance(start, Tensor) and start.abs().max() < 1e-4 else "other numbers than zeros"
    fill_weights(block.train())
    source = maps.clone().requires_grad_()
    output = output_for(block, source)
    found = {"output": output, "weights": shapes_in_words(block, least_dimensions), **built, "first output": begins}
    if isinstance(output, Tensor):
        reached = gradients(output, *block.parameters())
        found |= {
            "gradient at the maps": gradients(output, source),
            "all weights learn": not any(isinstance(gradient, str) for gradient in reached),
            "output in eval mode": output_for(block.eval(), maps.flip(3) + 1),
        }
    block.train()
    return block, found


def _as_built(block: nn.Module) -> dict[str, str]:
    """A block as an answer returns it, in words."""
    frozen = not all(parameter.requires_grad for parameter in block.parameters())
    eval_mode = not all(part.training for part in block.modules())
    return {
        "learning": "frozen weights" if frozen else "weights that can learn",
        "mode": "a block in eval mode" if eval_mode else "a block in training mode",
    }


def fill_weights(block: nn.Module) -> None:
    """Give parameters of the same shape the same random numbers, whatever their names and their order."""
    with torch.no_grad():
        for parameter in block.parameters():
            generator = torch.Generator().manual_seed(parameter.numel())
            parameter.copy_(torch.randn(parameter.shape, generator=generator))


def output_for(block: nn.Module, maps: Tensor) -> Any:
    """What the block makes of the maps; for maps that do not fit, the message in place of an output."""
    try:
        return block(maps.clone())
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def shapes_in_words(block: nn.Module, least_dimensions: int) -> str:
    """The sorted shapes of the parameters with so many dimensions."""
    shapes = sorted(tuple(parameter.shape) for parameter in block.parameters() if parameter.ndim >= least_dimensions)
    return "weights of the shapes " + ", ".join(map(str, shapes)) if shapes else "no weights"


def block_case(channels_in: int, channels_out: int, count: int, height: int, width: int) -> Case:
    def arguments() -> tuple[int, int, Tensor]:
        generator = torch.Generator().manual_seed(1)
        return channels_in, channels_out, torch.randn(count, channels_in, height, width, generator=generator)

    words = f"{channels_in} channels in, {channels_out} out, and maps of {height}x{width} pixels for {in_words(count)}"
    return Case(words, arguments)


BLOCK_CASES = [block_case(6, 4, 3, 4, 6), block_case(3, 5, 2, 6, 6), block_case(4, 2, 1, 8, 4)]
