"""Allowed values of the networks' options, and image sizes that they support; no torch, as recipes need none."""

from typing import Literal

Norm = Literal["batch", "instance", "layer", "none"]
Upsampling = Literal["transposed", "transposed4", "nearest"]
OutputLayer = Literal["tanh", "linear"]  # tanh bounds a generator's images to [-1, 1], linear does not bound them
ColorSpace = Literal["rgb", "hsi"]  # colour space of a discriminator's input
Condition = Literal["none", "plane", "projection"]  # how a discriminator sees labels; see networks.conditional


def upsampling_stages(size: int, depth: int = 0) -> tuple[int, int]:
    """How often the generator doubles its first map, and the side of that map: 64 -> (4, 4), 96 -> (4, 6).

    depth: the number of doublings; 0 for as many as leave a first map of 4 to 7 pixels. Raises ValueError when `size`
    is not 4 to 7 pixels doubled at least twice, or can't be halved `depth` times to 2 pixels or more.
    """
    if depth:
        if depth >= size.bit_length() or size % 2**depth or size < 2 ** (depth + 1):
            raise ValueError(f"size={size} can't be halved depth={depth} times; 64 can be 1 to 5 times")
        return depth, size // 2**depth
    side, stages = size, 0
    while side % 2 == 0 and side >= 8:
        side, stages = side // 2, stages + 1
    if not 4 <= side <= 7 or stages < 2:
        raise ValueError(f"size={size} can't be reached by doubling 4 to 7 pixels; use 32, 64, 96 or 128")
    return stages, side
