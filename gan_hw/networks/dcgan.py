"""Generator and discriminator with the shapes of homework 6; every variation is an option, not a copy.

Images are float NCHW in [-1, 1]. With f = `feature_dim` and 64x64 images the feature maps are

    generator       z -> 8f x 4x4 -> 4f x 8x8 -> 2f x 16x16 -> f x 32x32 -> 3 x 64x64
    discriminator   3 x 64x64 -> f x 32x32 -> 2f x 16x16 -> 4f x 8x8 -> 8f x 4x4 -> one logit

The layout is DCGAN's (Radford et al. 2016, arXiv 1511.06434). A generator of fewer maps on larger ones is here too;
SRGAN's bodies have a room of their own.
"""

from itertools import pairwise

from torch import nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody, initialise, output_layer
from gan_hw.networks.layers import downsample_layer, norm_layer, upsample_layer
from gan_hw.networks.options import doublings


class Generator(GeneratorBody):
    """z (N, z_dim), normally distributed -> images (N, 3, size, size) in [-1, 1], float32 also under autocast.

    g_up: see layers.upsample_layer; with transposed4 it is DCGAN as published, whose first layer, a transposed
    convolution of one pixel, is a linear one with statistics for each map. depth: see doublings. g_output: `tanh`, or
    `linear` for images that nothing bounds.
    """

    def __init__(self, z_dim=100, feature_dim=64, size=64, g_norm="batch", g_up="transposed", depth=0, g_output="tanh"):
        super().__init__()
        times, side = doublings(size, depth)
        channels = [feature_dim * 2**k for k in reversed(range(times))]  # 8f, 4f, 2f, f at 64x64
        self.z_dim = z_dim
        linear = nn.Linear(z_dim, channels[0] * side**2, bias=False)
        unflatten = nn.Unflatten(1, (channels[0], side, side))
        if g_norm == "batch" and g_up != "transposed4":  # homework 6 normalises the vector, before it becomes a map
            self.stem = nn.Sequential(linear, nn.BatchNorm1d(channels[0] * side**2), nn.ReLU(inplace=True), unflatten)
        else:
            self.stem = nn.Sequential(linear, unflatten, norm_layer(g_norm, channels[0], side), nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(
            *(
                self.block(wide, narrow, g_up, g_norm, side * 2 ** (k + 1))
                for k, (wide, narrow) in enumerate(pairwise(channels))
            )
        )
        self.head = nn.Sequential(upsample_layer(g_up, channels[-1], 3, bias=True), output_layer(g_output))
        initialise(self)

    @staticmethod
    def block(channels_in, channels_out, up, norm, side):
        return nn.Sequential(
            upsample_layer(up, channels_in, channels_out), norm_layer(norm, channels_out, side), nn.ReLU(inplace=True)
        )


class Discriminator(DiscriminatorBody):
    """Images (N, 3, size, size) in [-1, 1] -> logits (N,), higher for real. In a WGAN this is the critic.

    There is no sigmoid: the GAN loss applies it in a numerically safe form, and a Wasserstein critic has none.
    `per_image` says that every logit depends on its own image alone, as it does with all norms but BatchNorm.
    channels: of the images, 3 unless something is laid beside the colours.
    """

    def __init__(self, feature_dim=64, size=64, d_norm="batch", channels=3, depth=0):
        super().__init__()
        times, side = doublings(size, depth)
        self.per_image = d_norm != "batch"
        widths = [feature_dim * 2**k for k in range(times)]  # f, 2f, 4f, 8f at 64x64
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)
        )
        self.blocks = nn.Sequential(
            *(
                self.block(narrow, wide, d_norm, size // 2 ** (k + 2))
                for k, (narrow, wide) in enumerate(pairwise(widths))
            )
        )
        self.head = nn.Conv2d(widths[-1], 1, side)
        initialise(self)

    @staticmethod
    def block(channels_in, channels_out, norm, side):
        return nn.Sequential(
            downsample_layer(channels_in, channels_out),
            norm_layer(norm, channels_out, side),
            nn.LeakyReLU(0.2, inplace=True),
        )
