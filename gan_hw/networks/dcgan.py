"""DCGAN's generator and discriminator (Radford et al. 2016, arXiv 1511.06434), with the shapes of homework 6.

Images are float NCHW in [-1, 1]. With f = `feature_dim` and 64x64 images the feature maps are

    generator       z -> 8f x 4x4 -> 4f x 8x8 -> 2f x 16x16 -> f x 32x32 -> 3 x 64x64
    discriminator   3 x 64x64 -> f x 32x32 -> 2f x 16x16 -> 4f x 8x8 -> 8f x 4x4 -> one logit

The comments in the code give shapes for the same case. Other sizes and depths have more or fewer blocks.
"""

from itertools import pairwise

from torch import nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody, init_weights, output_layer
from gan_hw.networks.layers import downsample_layer, norm_layer, upsample_layer
from gan_hw.networks.options import Norm, OutputLayer, Upsampling, upsampling_stages


class Generator(GeneratorBody):
    """z (N, z_dim), standard normal -> images (N, 3, size, size) in [-1, 1].

    g_norm, g_up: see norm_layer and upsample_layer in layers.py. depth: see upsampling_stages in options.py.
    g_output: `tanh`, or `linear` for unbounded images. Raises ValueError for values that these do not allow.
    g_up="transposed4" gives the generator of PyTorch's DCGAN example, with 4x4 kernels (Radford et al. used 5x5). Its
    first layer, a transposed convolution of a 1x1 map, is the same as the linear layer here.
    """

    def __init__(
        self, z_dim: int = 100, feature_dim: int = 64, size: int = 64, g_norm: Norm = "batch",
        g_up: Upsampling = "transposed", depth: int = 0, g_output: OutputLayer = "tanh",
    ) -> None:  # fmt: skip
        super().__init__()
        self.z_dim = z_dim
        stages, side = upsampling_stages(size, depth)  # 4, 4
        channels = [feature_dim * 2**stage for stage in reversed(range(stages))]  # 8f, 4f, 2f, f

        # z -> 8f x 4x4
        linear = nn.Linear(z_dim, channels[0] * side**2, bias=False)
        unflatten = nn.Unflatten(1, (channels[0], side, side))
        if g_norm == "batch" and g_up != "transposed4":  # as in homework 6: over the vector, before it becomes maps
            self.stem = nn.Sequential(linear, nn.BatchNorm1d(channels[0] * side**2), nn.ReLU(inplace=True), unflatten)
        else:
            self.stem = nn.Sequential(linear, unflatten, norm_layer(g_norm, channels[0], side), nn.ReLU(inplace=True))

        # 8f x 4x4 -> 4f x 8x8 -> 2f x 16x16 -> f x 32x32
        self.blocks = nn.Sequential()
        for channels_in, channels_out in pairwise(channels):
            side *= 2
            self.blocks.append(
                nn.Sequential(
                    upsample_layer(g_up, channels_in, channels_out),
                    norm_layer(g_norm, channels_out, side),
                    nn.ReLU(inplace=True),
                )
            )

        # f x 32x32 -> 3 x 64x64
        self.head = nn.Sequential(upsample_layer(g_up, channels[-1], 3, bias=True), output_layer(g_output))
        init_weights(self)


class Discriminator(DiscriminatorBody):
    """Images (N, channels, size, size) in [-1, 1] -> logits (N,), higher for real. In a WGAN this is the critic.

    There is no sigmoid: the GAN loss applies it in a numerically stable form, and a critic's scores are unbounded.
    d_norm: see norm_layer in layers.py. channels: 3 for RGB. depth: see upsampling_stages in options.py.
    Raises ValueError for values that these do not allow.
    """

    def __init__(
        self, feature_dim: int = 64, size: int = 64, d_norm: Norm = "batch", channels: int = 3, depth: int = 0
    ) -> None:
        super().__init__()
        self.per_image = d_norm != "batch"
        stages, last_side = upsampling_stages(size, depth)  # 4, 4
        widths = [feature_dim * 2**stage for stage in range(stages)]  # f, 2f, 4f, 8f

        # 3 x 64x64 -> f x 32x32
        side = size // 2
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)
        )

        # f x 32x32 -> 2f x 16x16 -> 4f x 8x8 -> 8f x 4x4
        self.blocks = nn.Sequential()
        for channels_in, channels_out in pairwise(widths):
            side //= 2
            self.blocks.append(
                nn.Sequential(
                    downsample_layer(channels_in, channels_out),
                    norm_layer(d_norm, channels_out, side),
                    nn.LeakyReLU(0.2, inplace=True),
                )
            )

        # 8f x 4x4 -> 1 x 1x1, the logit
        self.head = nn.Conv2d(widths[-1], 1, last_side)
        init_weights(self)
