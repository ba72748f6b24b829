"""The generator of NYCU's conditional lab: fewer maps, on larger ones."""

from torch import nn

from gan_hw.networks.base import GeneratorBody, initialise, output_layer
from gan_hw.networks.layers import norm_layer, upsample_layer


class ShallowGenerator(GeneratorBody):
    """z (N, z_dim) -> images (N, 3, size, size), from maps of a quarter of the side, doubled twice.

        z -> f x 16x16 -> f x 32x32 -> f/2 x 64x64 -> 3 x 64x64

    The generator of NYCU's conditional lab, with f = 128: LeakyReLU, and a convolution at full size in the end.
    """

    def __init__(self, z_dim=100, feature_dim=128, size=64, g_norm="batch", g_up="nearest", g_output="tanh"):
        super().__init__()
        self.z_dim, side, half = z_dim, size // 4, max(1, feature_dim // 2)
        linear = nn.Linear(z_dim, feature_dim * side**2, bias=False)
        unflatten = nn.Unflatten(1, (feature_dim, side, side))
        self.stem = nn.Sequential(linear, unflatten, norm_layer(g_norm, feature_dim, side))
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    upsample_layer(g_up, feature_dim, wide),
                    norm_layer(g_norm, wide, side * times),
                    nn.LeakyReLU(0.2, inplace=True),
                )
                for wide, times in ((feature_dim, 2), (half, 4))
            )
        )
        self.head = nn.Sequential(nn.Conv2d(half, 3, 3, padding=1), output_layer(g_output))
        initialise(self)
