"""What all generators share, what all discriminators share, and how their weights start."""

import torch
from torch import nn


def initialise(network):
    """DCGAN's start: weights N(0, 0.02), normalisation weights N(1, 0.02), biases 0. Returns the network."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):
            nn.init.normal_(module.weight, 1.0, 0.02)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return network


def output_layer(kind):
    """What bounds a generator's images, `tanh`, or nothing, `linear`."""
    return {"tanh": nn.Tanh, "linear": nn.Identity}[kind]()


class GeneratorBody(nn.Module):
    """What all generators share: `stem`, `blocks` and `head`, one after the other, make images float32 of z."""

    def forward(self, z):
        return self.head(self.blocks(self.stem(z))).to(self.head[0].weight.dtype)


class DiscriminatorBody(nn.Module):
    """What all discriminators share: `stem` and `blocks` make features, and `head`, a convolution over them, logits.

    The last convolution runs in float32 also under autocast, because bf16 near 100 has a spacing of 0.5.
    `color_space` maps images in RGB to the coordinates in which it sees them; see color.py.
    """

    def __init__(self):
        super().__init__()
        self.color_space = nn.Identity()

    def forward(self, images):
        return self.logits(self.features(images))

    def features(self, images):
        """The last maps, (N, 8f, 4, 4) of a Discriminator."""
        return self.blocks(self.stem(self.color_space(images)))

    def logits(self, features):
        """Logits (N,) of the last maps."""
        with torch.autocast(features.device.type, enabled=False):
            return self.head(features.to(self.head.weight.dtype)).flatten()
