"""SRGAN's bodies (Ledig et al. 2017, arXiv 1609.04802, figure 4), fed with z where that has a small picture.

As the conditional lab first tried the generator it failed. What was wrong is an argument here, so that both can be
trained and looked at.
"""

from itertools import pairwise

import torch
from torch import nn

from gan_hw.networks.base import DiscriminatorBody, initialise, output_layer
from gan_hw.networks.layers import norm_layer
from gan_hw.networks.options import doublings

RESIDUAL_BLOCKS = 5


class Skip(nn.Sequential):
    """x plus what its layers make of x."""

    def forward(self, x):
        return x + super().forward(x)


class ResidualGenerator(nn.Module):
    """z (N, z_dim) -> images (N, 3, size, size): residual blocks at 8x8, then doublings by PixelShuffle, tanh.

    Five residual blocks, as in the lab; the paper's figures are of 16.

    as_tried: z is a map of one pixel, doubled six times, and nothing bounds the images. Then a convolution of 9x9 sees
    zeros with 80 of its 81 weights; BatchNorm takes its statistics from N numbers in place of 64 N; six layers without
    a norm shrink the signal to next to nothing at the start; and D tells images by pixels outside of [-1, 1].
    Raises ValueError when as_tried and the size is no power of 2.
    """

    def __init__(self, z_dim=100, feature_dim=64, size=64, g_norm="batch", g_output="tanh", as_tried=False):
        super().__init__()
        f, side = feature_dim, 1 if as_tried else 2 * doublings(size)[1]
        times = (size // side).bit_length() - 1
        if side * 2**times != size:
            raise ValueError(
                f"size={size} can't be reached by doubling one pixel; use 32, 64 or 128, or g_body='srgan'"
            )
        self.z_dim = z_dim
        if as_tried:
            self.stem = nn.Sequential(nn.Unflatten(1, (z_dim, 1, 1)), nn.Conv2d(z_dim, f, 9, padding=4), nn.PReLU())
        else:
            self.stem = nn.Sequential(nn.Linear(z_dim, f * side**2), nn.Unflatten(1, (f, side, side)), nn.PReLU())
        residual = [
            Skip(*_normed(f, g_norm, side), nn.PReLU(), *_normed(f, g_norm, side)) for _ in range(RESIDUAL_BLOCKS)
        ]
        self.blocks = nn.Sequential(
            Skip(*residual, *_normed(f, g_norm, side)),
            *(nn.Sequential(nn.Conv2d(f, 4 * f, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()) for _ in range(times)),
        )
        self.head = nn.Sequential(nn.Conv2d(f, 3, 9, padding=4), output_layer("linear" if as_tried else g_output))
        initialise(self)

    def forward(self, z):
        # In bfloat16, PyTorch 2.15's convolution on a CPU gives weights that see padding alone the gradients that lie
        # about in the memory, numbers or not.
        with torch.autocast(z.device.type, enabled=False):
            first = self.stem(z)
        return self.head(self.blocks(first)).to(self.head[0].weight.dtype)


class PoolingDiscriminator(DiscriminatorBody):
    """Images (N, 3, size, size) -> logits (N,): eight convolutions, the mean of each map, and two dense layers.

    The features are (N, 16f, 1, 1). d_norm='instance' is refused: it gives every map the mean 0, so that hardly
    anything of an image would be left in the means.
    """

    def __init__(self, feature_dim=64, size=64, d_norm="batch", channels=3):
        super().__init__()
        if d_norm == "instance":
            raise ValueError("d_norm='instance' leaves nothing in the means that d_body='srgan' takes; use 'none'")
        self.per_image = d_norm != "batch"
        f = feature_dim
        plan = [(f, 1), (f, 2), (2 * f, 1), (2 * f, 2), (4 * f, 1), (4 * f, 2), (8 * f, 1), (8 * f, 2)]
        self.stem = nn.Sequential(nn.Conv2d(channels, f, 3, padding=1), nn.LeakyReLU(0.2, inplace=True))
        stages = []
        for (narrow, _), (wide, stride) in pairwise(plan):
            size //= stride
            stages += [nn.Conv2d(narrow, wide, 3, stride, 1), norm_layer(d_norm, wide, size)]
            stages += [nn.LeakyReLU(0.2, inplace=True)]
        dense = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(8 * f, 16 * f, 1), nn.LeakyReLU(0.2, inplace=True)]
        self.blocks = nn.Sequential(*stages, *dense)
        self.head = nn.Conv2d(16 * f, 1, 1)
        initialise(self)


def _normed(channels, norm, side):
    """A 3x3 convolution and a normalisation, as a list."""
    return [nn.Conv2d(channels, channels, 3, padding=1), norm_layer(norm, channels, side)]
