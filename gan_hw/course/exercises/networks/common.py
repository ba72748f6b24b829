"""What the exercises of networks share."""

from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case

NO_MODULE = "something that is no nn.Module"


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

    words = f"{channels_in} channels in, {channels_out} out, and maps of {height}x{width} pixels for {count} images"
    return Case(words, arguments)


BLOCK_CASES = [block_case(6, 4, 3, 4, 6), block_case(3, 5, 2, 6, 6), block_case(4, 2, 1, 8, 4)]
