"""Generator and discriminator with the shapes of homework 6; every variation is an option, not a copy.

Images are float NCHW in [-1, 1]. With f = `feature_dim` and 64x64 images the feature maps are

    generator       z -> 8f x 4x4 -> 4f x 8x8 -> 2f x 16x16 -> f x 32x32 -> 3 x 64x64
    discriminator   3 x 64x64 -> f x 32x32 -> 2f x 16x16 -> 4f x 8x8 -> 8f x 4x4 -> one logit

The layout is DCGAN's (Radford et al. 2016, arXiv 1511.06434). A generator of fewer maps on larger ones is here too;
SRGAN's bodies have a room of their own.
"""

import copy
from itertools import pairwise

import torch
from torch import nn

from gan_hw.networks.layers import doubling_layer, halving_layer, norm_layer


def doublings(size, depth=0):
    """How often the generator doubles its first map, and that map's side: 64 -> (4, 4), 96 -> (4, 6).

    depth: how often, where it is not 0. Raises ValueError when `size` is not 4 to 7 pixels doubled at least twice, or
    can't be halved `depth` times to 2 pixels or more.
    """
    if depth:
        if depth >= size.bit_length() or size % 2**depth or size < 2 ** (depth + 1):
            raise ValueError(f"size={size} can't be halved depth={depth} times; 64 can be 1 to 5 times")
        return depth, size // 2**depth
    side, times = size, 0
    while side % 2 == 0 and side >= 8:
        side, times = side // 2, times + 1
    if not 4 <= side <= 7 or times < 2:
        raise ValueError(f"size={size} can't be reached by doubling 4 to 7 pixels; use 32, 64, 96 or 128")
    return times, side


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


class Generator(GeneratorBody):
    """z (N, z_dim), normally distributed -> images (N, 3, size, size) in [-1, 1], float32 also under autocast.

    g_up: see layers.doubling_layer; with transposed4 it is DCGAN as published, whose first layer, a transposed
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
        self.head = nn.Sequential(doubling_layer(g_up, channels[-1], 3, bias=True), output_layer(g_output))
        initialise(self)

    @staticmethod
    def block(channels_in, channels_out, up, norm, side):
        return nn.Sequential(
            doubling_layer(up, channels_in, channels_out), norm_layer(norm, channels_out, side), nn.ReLU(inplace=True)
        )


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
                    doubling_layer(g_up, feature_dim, wide),
                    norm_layer(g_norm, wide, side * times),
                    nn.LeakyReLU(0.2, inplace=True),
                )
                for wide, times in ((feature_dim, 2), (half, 4))
            )
        )
        self.head = nn.Sequential(nn.Conv2d(half, 3, 3, padding=1), output_layer(g_output))
        initialise(self)


class DiscriminatorBody(nn.Module):
    """What all discriminators share: `stem` and `blocks` make features, and `head`, a convolution over them, logits.

    The last convolution runs in float32 also under autocast, because bf16 near 100 has a spacing of 0.5. `view` is what
    it looks at in place of the plain images; see views.
    """

    def __init__(self):
        super().__init__()
        self.view = nn.Identity()

    def forward(self, images):
        return self.judge(self.features(images))

    def features(self, images):
        """The last maps, (N, 8f, 4, 4) of a Discriminator."""
        return self.blocks(self.stem(self.view(images)))

    def judge(self, features):
        """Logits (N,) of the last maps."""
        with torch.autocast(features.device.type, enabled=False):
            return self.head(features.to(self.head.weight.dtype)).flatten()


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
            halving_layer(channels_in, channels_out),
            norm_layer(norm, channels_out, side),
            nn.LeakyReLU(0.2, inplace=True),
        )


@torch.no_grad()
def feature_maps(network, x):
    """[(name, shape)] of what goes into a Generator or Discriminator and of what each stage makes of it.

    x: a batch of z or of images. Shapes are without the batch. The network stays as it is.
    """
    network = copy.deepcopy(network).eval()  # no trace in BatchNorm's running statistics
    stages = [("input", getattr(network, "view", nn.Identity())), ("stem", network.stem)]
    stages += [(f"block {number}", block) for number, block in enumerate(network.blocks, 1)]
    maps = []
    for name, stage in [*stages, ("head", network.head)]:
        x = stage(x)
        maps.append((name, tuple(x.shape[1:])))
    return maps
