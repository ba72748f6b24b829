"""Parts of networks that the study of frontier.py tried, beside the kit's own; some are in docs/results/frontier.md.

They take the place of a recipe's generator or discriminator at 64x64: feature maps are 4, 8, 16, 32 and 64 pixels wide.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from gan_hw.networks.base import init_weights
from gan_hw.networks.fast_conv import HalvingConv2d, NearestConv2d


class SkipLayerExcitation(nn.Module):
    """Maps of a high resolution, weighted channel by channel by those of a low one (Liu et al. 2021, FastGAN)."""

    def __init__(self, low, high):
        super().__init__()
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(4), nn.Conv2d(low, high, 4), nn.LeakyReLU(0.1), nn.Conv2d(high, high, 1), nn.Sigmoid()
        )

    def forward(self, low, high):
        return high * self.weights(low)


class NoiseInput(nn.Module):
    """Noise of each pixel's own, with a weight for each channel, at first 0 (Karras et al. 2019, StyleGAN)."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        return x + self.weight * torch.randn(len(x), 1, *x.shape[2:], device=x.device)


class BilinearConv2d(nn.Conv2d):
    """Bilinear doubling, then a 3x3 convolution."""

    def __init__(self, channels_in, channels_out, bias=False):
        super().__init__(channels_in, channels_out, 3, padding=1, bias=bias)

    def forward(self, x):
        return super().forward(F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False))


class PlainGenerator(nn.Module):
    """The kit's generator with g_up="nearest", and options: excitation, noise, bilinear doubling, widths.

    widths: channels at 4, 8, 16 and 32 pixels, and with a fifth at 64.
    """

    def __init__(self, z_dim=100, widths=(128, 64, 32, 16), excitation=False, noise=False, doubling=NearestConv2d):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Linear(z_dim, widths[0] * 16, bias=False),
            nn.Unflatten(1, (widths[0], 4, 4)),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        self.blocks = nn.ModuleList()
        for channels_in, channels_out in zip(widths, widths[1:], strict=False):
            parts = [doubling(channels_in, channels_out, False), nn.BatchNorm2d(channels_out), nn.ReLU()]
            if noise:
                parts.insert(1, NoiseInput(channels_out))
            self.blocks.append(nn.Sequential(*parts))
        pairs = ((widths[0], widths[2]), (widths[1], widths[3]))
        self.excitations = nn.ModuleList(SkipLayerExcitation(*pair) for pair in pairs if excitation)
        last = nn.Conv2d(widths[4], 3, 3, padding=1) if len(widths) > 4 else doubling(widths[3], 3, True)
        self.head = nn.Sequential(last, nn.Tanh())
        init_weights(self)

    def forward(self, z):
        maps = [self.stem(z)]
        for number, block in enumerate(self.blocks):
            x = block(maps[-1])
            if self.excitations and number in (1, 2):
                x = self.excitations[number - 1](maps[number - 1], x)
            maps.append(x)
        return self.head(maps[-1])


class ModulatedConv2d(nn.Module):
    """A convolution whose input channels are scaled by a style and whose outputs are normalised for it.

    Karras et al. 2020 (StyleGAN2), with the scales applied to maps instead of weights, so that images share a kernel.
    """

    def __init__(self, channels_in, channels_out, style_dim, kernel=3, double=False, normalise=True):
        super().__init__()
        self.double, self.normalise, self.padding = double, normalise, kernel // 2
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, kernel, kernel))
        self.gain = 1 / math.sqrt(channels_in * kernel**2)
        self.scale = nn.Linear(style_dim, channels_in)
        nn.init.normal_(self.scale.weight, 0, 1 / math.sqrt(style_dim))
        nn.init.ones_(self.scale.bias)
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x, style):
        scale, weight = self.scale(style), self.weight * self.gain
        x = x * scale[:, :, None, None]
        if self.double:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.conv2d(x, weight, padding=self.padding)
        if self.normalise:
            variance = scale.square() @ weight.square().sum((2, 3)).t()
            x = x * (variance + 1e-8).rsqrt()[:, :, None, None]
        return x + self.bias[None, :, None, None]


class StyleGenerator(nn.Module):
    """A small style-based generator: a mapping network, a learned constant, modulated convolutions, RGB skips."""

    def __init__(self, z_dim=100, widths=(64, 64, 64, 32, 16), style_dim=64):
        super().__init__()
        self.mapping = nn.Sequential(
            nn.Linear(z_dim, style_dim), nn.LeakyReLU(0.2), nn.Linear(style_dim, style_dim), nn.LeakyReLU(0.2)
        )
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        pairs = zip(widths, widths[1:], strict=False)
        self.convolutions = nn.ModuleList(
            [
                ModulatedConv2d(widths[0], widths[0], style_dim),
                *(ModulatedConv2d(channels_in, out, style_dim, double=True) for channels_in, out in pairs),
            ]
        )
        self.to_rgb = nn.ModuleList(ModulatedConv2d(width, 3, style_dim, kernel=1, normalise=False) for width in widths)

    def forward(self, z):
        style = self.mapping(F.normalize(z, dim=1) * math.sqrt(z.shape[1]))
        x, image = self.constant.expand(len(z), -1, -1, -1), 0
        for number, (convolution, to_rgb) in enumerate(zip(self.convolutions, self.to_rgb, strict=True)):
            x = F.leaky_relu(convolution(x, style), 0.2) * math.sqrt(2)
            if number:
                image = F.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False)
            image = image + to_rgb(x, style)
        return torch.tanh(image)


class MinibatchStddev(nn.Module):
    """One more map: the standard deviation over groups of images, averaged (Karras et al. 2018, section 3)."""

    def __init__(self, group=4):
        super().__init__()
        self.group = group

    def forward(self, x):
        groups = x.unflatten(0, (self.group, -1))
        stddev = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
        return torch.cat([x, stddev.repeat(self.group)[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)


class ResidualHalving(nn.Module):
    """Two convolutions beside a pooled shortcut, halving the maps."""

    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, 3, padding=1)
        self.second = HalvingConv2d(channels_in, channels_out, 4, stride=2, padding=1)
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x):
        y = self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        return (y + self.shortcut(F.avg_pool2d(x, 2))) / math.sqrt(2)


class PlainDiscriminator(nn.Module):
    """The kit's discriminator with options: residual blocks, minibatch standard deviation."""

    def __init__(self, widths=(16, 32, 64, 128), norm=nn.InstanceNorm2d, stddev=False, residual=False):
        super().__init__()
        self.per_image = not stddev
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, 2, 1), nn.LeakyReLU(0.2))
        self.blocks = nn.Sequential()
        for channels_in, channels_out in zip(widths, widths[1:], strict=False):
            halving = HalvingConv2d(channels_in, channels_out, 4, stride=2, padding=1)
            plain = nn.Sequential(halving, norm(channels_out), nn.LeakyReLU(0.2))
            self.blocks.append(ResidualHalving(channels_in, channels_out) if residual else plain)
        self.stddev = MinibatchStddev() if stddev else nn.Identity()
        self.head = nn.Conv2d(widths[-1] + stddev, 1, 4)
        init_weights(self)

    def forward(self, images):
        return self.head(self.stddev(self.blocks(self.stem(images)))).flatten()
