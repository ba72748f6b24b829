"""What each stage of a network makes of its input."""

import copy

import torch
from torch import nn


@torch.no_grad()
def feature_maps(network, x):
    """[(name, shape)] of what goes into a Generator or Discriminator and of what each stage makes of it.

    x: a batch of z or of images. Shapes are without the batch. The network stays as it is.
    """
    network = copy.deepcopy(network).eval()  # no trace in BatchNorm's running statistics
    stages = [("input", getattr(network, "color_space", nn.Identity())), ("stem", network.stem)]
    stages += [(f"block {number}", block) for number, block in enumerate(network.blocks, 1)]
    maps = []
    for name, stage in [*stages, ("head", network.head)]:
        x = stage(x)
        maps.append((name, tuple(x.shape[1:])))
    return maps
