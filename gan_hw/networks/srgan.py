"""SRGAN's networks (Ledig et al. 2017, arXiv 1609.04802, figure 4); G takes z, and D averages its last maps.

The conditional lab's first version of the generator failed; `as_tried=True` repeats its mistakes, so that both versions
can be trained and compared.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody, init_weights, output_layer
from gan_hw.networks.layers import norm_layer
from gan_hw.networks.options import Norm, OutputLayer, upsampling_stages

RESIDUAL_BLOCKS = 5


class Residual(nn.Sequential):
    """x plus the output of its layers for x."""

    def forward(self, x: Tensor) -> Tensor:
        """The same shape as x."""
        return x + super().forward(x)


class SRGANGenerator(GeneratorBody):
    """z (N, z_dim) -> images (N, 3, size, size): residual blocks at 8x8, then doublings by PixelShuffle, tanh.

        z -> f x 8x8 -> 5 residual blocks -> f x 16x16 -> f x 32x32 -> f x 64x64 -> 3 x 64x64

    Five residual blocks, as in the lab; the paper has 16.

    as_tried: z is a map of one pixel, doubled six times, and the images are unbounded. Then 80 of the 81 weights of a
    9x9 convolution see only zeros; BatchNorm takes its statistics from N numbers in place of 64 N; six layers without
    a norm shrink the initial signal to almost nothing; and D recognises images by pixels outside [-1, 1].
    Raises ValueError when as_tried and the size is not a power of 2.
    """

    def __init__(
        self, z_dim: int = 100, feature_dim: int = 64, size: int = 64, g_norm: Norm = "batch",
        g_output: OutputLayer = "tanh", as_tried: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        f, side = feature_dim, 1 if as_tried else 2 * upsampling_stages(size)[1]
        doublings = (size // side).bit_length() - 1
        if side * 2**doublings != size:
            raise ValueError(
                f"size={size} can't be reached by doubling one pixel; use 32, 64 or 128, or g_body='srgan'"
            )
        self.z_dim = z_dim
        if as_tried:
            self.stem = nn.Sequential(nn.Unflatten(1, (z_dim, 1, 1)), nn.Conv2d(z_dim, f, 9, padding=4), nn.PReLU())
        else:
            self.stem = nn.Sequential(nn.Linear(z_dim, f * side**2), nn.Unflatten(1, (f, side, side)), nn.PReLU())
        residual_blocks = [
            Residual(*_conv_norm(f, g_norm, side), nn.PReLU(), *_conv_norm(f, g_norm, side))
            for _ in range(RESIDUAL_BLOCKS)
        ]
        self.blocks = nn.Sequential(
            Residual(*residual_blocks, *_conv_norm(f, g_norm, side)),
            *(
                nn.Sequential(nn.Conv2d(f, 4 * f, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())
                for _ in range(doublings)
            ),
        )
        self.head = nn.Sequential(nn.Conv2d(f, 3, 9, padding=4), output_layer("linear" if as_tried else g_output))
        init_weights(self)

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, 3, size, size) for z (N, z_dim)."""
        # The stem runs in float32: in bf16, PyTorch 2.15's convolution on a CPU fills the gradients of weights that see
        # padding alone with uninitialised memory.
        with torch.autocast(z.device.type, enabled=False):
            maps = self.stem(z)
        return self.head(self.blocks(maps)).to(next(self.head.parameters()).dtype)


class SRGANDiscriminator(DiscriminatorBody):
    """Images (N, channels, size, size) -> logits (N,): eight convolutions, the mean of each map, two dense layers.

    Features: (N, 16f, 1, 1). Raises ValueError for d_norm='instance', which gives every map the mean 0, so that the
    means would say hardly anything about an image.
    """

    def __init__(self, feature_dim: int = 64, size: int = 64, d_norm: Norm = "batch", channels: int = 3) -> None:
        super().__init__()
        if d_norm == "instance":
            raise ValueError("d_norm='instance' leaves nothing in the means that d_body='srgan' takes; use 'none'")
        self.per_image = d_norm != "batch"
        f = feature_dim
        # (channels, stride) of each convolution: 64x64 images become maps of 64, 32, 32, 16, 16, 8, 8 and 4 pixels.
        convolutions = [(f, 1), (f, 2), (2 * f, 1), (2 * f, 2), (4 * f, 1), (4 * f, 2), (8 * f, 1), (8 * f, 2)]
        self.stem = nn.Sequential(nn.Conv2d(channels, f, 3, padding=1), nn.LeakyReLU(0.2, inplace=True))
        layers: list[nn.Module] = []
        side = size
        for (channels_in, _), (channels_out, stride) in pairwise(convolutions):
            side //= stride
            layers += [nn.Conv2d(channels_in, channels_out, 3, stride, 1), norm_layer(d_norm, channels_out, side)]
            layers += [nn.LeakyReLU(0.2, inplace=True)]
        layers += [nn.AdaptiveAvgPool2d(1), nn.Conv2d(8 * f, 16 * f, 1), nn.LeakyReLU(0.2, inplace=True)]
        self.blocks = nn.Sequential(*layers)
        self.head = nn.Conv2d(16 * f, 1, 1)
        init_weights(self)


def _conv_norm(channels: int, norm: Norm, side: int) -> list[nn.Module]:
    """A 3x3 convolution and a normalisation."""
    return [nn.Conv2d(channels, channels, 3, padding=1), norm_layer(norm, channels, side)]
