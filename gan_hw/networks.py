"""Generator and discriminator with the shapes of homework 6; every variation is an option, not a copy.

Images are float NCHW in [-1, 1]. With f = `feature_dim` and 64x64 images the feature maps are

    generator       z -> 8f x 4x4 -> 4f x 8x8 -> 2f x 16x16 -> f x 32x32 -> 3 x 64x64
    discriminator   3 x 64x64 -> f x 32x32 -> 2f x 16x16 -> 4f x 8x8 -> 8f x 4x4 -> one logit

The layout is DCGAN's (Radford et al. 2016, arXiv 1511.06434).
"""

import copy
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

NORMS = ("batch", "instance", "none")
UPSAMPLINGS = ("transposed", "nearest")


def doublings(size):
    """How often the generator doubles its first map, and that map's side: 64 -> (4, 4), 96 -> (4, 6).

    Raises ValueError when `size` is not 4 to 7 pixels doubled at least twice.
    """
    side, times = size, 0
    while side % 2 == 0 and side >= 8:
        side, times = side // 2, times + 1
    if not 4 <= side <= 7 or times < 2:
        raise ValueError(f"size={size} can't be reached by doubling 4 to 7 pixels; use 32, 64, 96 or 128")
    return times, side


class _WideInFp16:
    """A normalisation that computes in float32 when it is given float16.

    Its second derivative, which a gradient penalty needs, holds 1/std³: with a std of 0.02 that is beyond float16.
    """

    def forward(self, x):
        return super().forward(x.float()).to(x.dtype) if x.dtype == torch.float16 else super().forward(x)


class BatchNorm2d(_WideInFp16, nn.BatchNorm2d):
    """PyTorch's, safe in float16."""


class InstanceNorm2d(_WideInFp16, nn.InstanceNorm2d):
    """PyTorch's default (affine off), safe in float16."""


def norm_layer(kind, channels, side):
    """The normalisation `kind` for maps of (channels, side, side); `instance` is PyTorch's default, affine off.

    Raises ValueError for an unknown kind, and for `instance` on 1x1 maps, which it would turn into zeros.
    """
    if kind not in NORMS:
        raise ValueError(f"norm {kind!r} is unknown; choose one of {', '.join(NORMS)}")
    if kind == "instance" and side == 1:
        raise ValueError("norm 'instance' on a 1x1 map gives zeros whatever the input; use 'batch' or 'none' there")
    return {"batch": BatchNorm2d, "instance": InstanceNorm2d, "none": lambda _: nn.Identity()}[kind](channels)


def doubling_layer(kind, channels_in, channels_out, bias=False):
    """A layer from (channels_in, s, s) to (channels_out, 2s, 2s).

    `transposed` is homework 6's ConvTranspose2d(5, stride 2), whose outputs overlap unevenly and so tend to a
    chequered texture; `nearest` repeats pixels and convolves, which has none (Odena et al. 2016,
    distill.pub/2016/deconv-checkerboard). Raises ValueError for an unknown kind.
    """
    if kind == "transposed":
        return nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias)
    if kind == "nearest":
        return NearestConv2d(channels_in, channels_out, bias)
    raise ValueError(f"upsampling {kind!r} is unknown; choose one of {', '.join(UPSAMPLINGS)}")


class NearestConv2d(nn.Conv2d):
    """Every pixel doubled in both directions, then a 3x3 convolution: (channels_in, s, s) -> (channels_out, 2s, 2s).

    Computed on the small map, in about half the work: of three neighbouring doubled pixels two are the same, so that
    each output pixel sees 2x2 different ones, under sums of the kernel's weights. Which sums, depends on whether its
    row and its column are odd or even: four small kernels, whose results pixel_shuffle puts side by side.
    """

    def __init__(self, channels_in, channels_out, bias=True):
        super().__init__(channels_in, channels_out, 3, padding=1, bias=bias)
        # Of a row of three weights, the sums for odd and for even output pixels, under the left and right small pixel.
        sums = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]])
        self.register_buffer("sums", sums, persistent=False)

    def forward(self, x):
        kernels = torch.einsum("pai,qbj,ocij->opqcab", self.sums, self.sums, self.weight).flatten(0, 2)
        bias = None if self.bias is None else self.bias.repeat_interleave(4)
        doubled = F.pixel_shuffle(F.conv2d(x, kernels, bias, padding=1), 2)
        return doubled[..., 1:-1, 1:-1].contiguous(memory_format=torch.channels_last)


def initialise(network):
    """DCGAN's start: weights N(0, 0.02), normalisation weights N(1, 0.02), biases 0. Returns the network."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.weight, 1.0, 0.02)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return network


class Generator(nn.Module):
    """z (N, z_dim), normally distributed -> images (N, 3, size, size) in [-1, 1], float32 also under autocast."""

    def __init__(self, z_dim=100, feature_dim=64, size=64, g_norm="batch", g_up="transposed"):
        super().__init__()
        times, side = doublings(size)
        channels = [feature_dim * 2**k for k in reversed(range(times))]  # 8f, 4f, 2f, f at 64x64
        self.z_dim = z_dim
        linear = nn.Linear(z_dim, channels[0] * side**2, bias=False)
        unflatten = nn.Unflatten(1, (channels[0], side, side))
        if g_norm == "batch":  # homework 6 normalises the vector, before it becomes a map
            self.stem = nn.Sequential(linear, nn.BatchNorm1d(channels[0] * side**2), nn.ReLU(inplace=True), unflatten)
        else:
            self.stem = nn.Sequential(linear, unflatten, norm_layer(g_norm, channels[0], side), nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(
            *(
                self.block(wide, narrow, g_up, g_norm, side * 2 ** (k + 1))
                for k, (wide, narrow) in enumerate(pairwise(channels))
            )
        )
        self.head = nn.Sequential(doubling_layer(g_up, channels[-1], 3, bias=True), nn.Tanh())
        initialise(self)

    @staticmethod
    def block(channels_in, channels_out, up, norm, side):
        return nn.Sequential(
            doubling_layer(up, channels_in, channels_out), norm_layer(norm, channels_out, side), nn.ReLU(inplace=True)
        )

    def forward(self, z):
        return self.head(self.blocks(self.stem(z))).to(self.stem[0].weight.dtype)


class Discriminator(nn.Module):
    """Images (N, 3, size, size) in [-1, 1] -> logits (N,), higher for real. In a WGAN this is the critic.

    There is no sigmoid: the GAN loss applies it in a numerically safe form, and a Wasserstein critic has none.
    The last convolution runs in float32 also under autocast, because bf16 near 100 has a spacing of 0.5.
    `per_image` says that every logit depends on its own image alone, as it does with all norms but BatchNorm.
    """

    def __init__(self, feature_dim=64, size=64, d_norm="batch"):
        super().__init__()
        times, side = doublings(size)
        self.per_image = d_norm != "batch"
        channels = [feature_dim * 2**k for k in range(times)]  # f, 2f, 4f, 8f at 64x64
        self.stem = nn.Sequential(nn.Conv2d(3, channels[0], 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True))
        self.blocks = nn.Sequential(
            *(
                self.block(narrow, wide, d_norm, size // 2 ** (k + 2))
                for k, (narrow, wide) in enumerate(pairwise(channels))
            )
        )
        self.head = nn.Conv2d(channels[-1], 1, side)
        initialise(self)

    @staticmethod
    def block(channels_in, channels_out, norm, side):
        return nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1),
            norm_layer(norm, channels_out, side),
            nn.LeakyReLU(0.2, inplace=True),
        )

    def forward(self, images):
        features = self.blocks(self.stem(images))
        with torch.autocast(features.device.type, enabled=False):
            return self.head(features.to(self.head.weight.dtype)).flatten()


@torch.no_grad()
def feature_maps(network, x):
    """[(name, shape)] of what goes into a Generator or Discriminator and of what each stage makes of it.

    x: a batch of z or of images. Shapes are without the batch. The network stays as it is.
    """
    network = copy.deepcopy(network).eval()  # no trace in BatchNorm's running statistics
    stages = [("input", nn.Identity()), ("stem", network.stem)]
    stages += [(f"block {number}", block) for number, block in enumerate(network.blocks, 1)]
    maps = []
    for name, stage in [*stages, ("head", network.head)]:
        x = stage(x)
        maps.append((name, tuple(x.shape[1:])))
    return maps
