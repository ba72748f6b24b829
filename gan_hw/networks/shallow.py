"""The generator of NYCU's conditional lab: fewer channels, on larger maps."""

from torch import nn

from gan_hw.networks.base import GeneratorBody, init_weights, output_layer
from gan_hw.networks.layers import norm_layer, upsample_layer
from gan_hw.networks.options import Norm, OutputLayer, Upsampling


class ShallowGenerator(GeneratorBody):
    """z (N, z_dim) -> images (N, 3, size, size), from maps of a quarter of the side, doubled twice.

        z -> f x 16x16 -> f x 32x32 -> f/2 x 64x64 -> 3 x 64x64

    With f = `feature_dim` = 128, LeakyReLU and a last convolution at full size it is the conditional lab's generator.
    g_norm, g_up: see layers.py, which raises ValueError for unknown ones. g_output: `tanh` or `linear`.
    """

    def __init__(
        self, z_dim: int = 100, feature_dim: int = 128, size: int = 64, g_norm: Norm = "batch",
        g_up: Upsampling = "nearest", g_output: OutputLayer = "tanh",
    ) -> None:  # fmt: skip
        super().__init__()
        self.z_dim = z_dim
        side, last_channels = size // 4, max(1, feature_dim // 2)

        # z -> f x 16x16
        linear = nn.Linear(z_dim, feature_dim * side**2, bias=False)
        unflatten = nn.Unflatten(1, (feature_dim, side, side))
        self.stem = nn.Sequential(linear, unflatten, norm_layer(g_norm, feature_dim, side))

        # f x 16x16 -> f x 32x32 -> f/2 x 64x64
        self.blocks = nn.Sequential()
        for channels_out in (feature_dim, last_channels):
            side *= 2
            self.blocks.append(
                nn.Sequential(
                    upsample_layer(g_up, feature_dim, channels_out),
                    norm_layer(g_norm, channels_out, side),
                    nn.LeakyReLU(0.2, inplace=True),
                )
            )

        # f/2 x 64x64 -> 3 x 64x64
        self.head = nn.Sequential(nn.Conv2d(last_channels, 3, 3, padding=1), output_layer(g_output))
        init_weights(self)
