"""The shape of each stage's output in a network."""

import copy

import torch
from torch import Tensor, nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody


@torch.no_grad()
def feature_maps(network: GeneratorBody | DiscriminatorBody, x: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """[(stage, shape)] of a network's input and of each stage's output for it, without the batch dimension.

    x: a batch of z or of images. The network stays unchanged.
    """
    network = copy.deepcopy(network).eval()  # BatchNorm's running statistics must not change
    stages = [("input", getattr(network, "color_space", nn.Identity())), ("stem", network.stem)]
    stages += [(f"block {number}", block) for number, block in enumerate(network.blocks, 1)]
    maps = []
    for name, stage in [*stages, ("head", network.head)]:
        x = stage(x)
        maps.append((name, tuple(x.shape[1:])))
    return maps
