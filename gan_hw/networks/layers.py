"""Layers by name: normalisation, upsampling and downsampling."""

from typing import get_args

import torch
from torch import nn

from gan_hw.networks.fast_conv import Conv2d, ConvTranspose2d, NearestConv2d
from gan_hw.networks.options import Norm, Upsampling

NORMS = get_args(Norm)
UPSAMPLINGS = get_args(Upsampling)


def norm_layer(kind, channels, side):
    """The normalisation `kind` for maps of (channels, side, side); `instance` is PyTorch's default, affine off.

    `layer` normalises all maps of an image together (Ba et al. 2016, arXiv 1607.06450), with a weight for each map.

    Raises ValueError for an unknown kind, and for `instance` on 1x1 maps, which it would turn into zeros.
    """
    if kind not in NORMS:
        raise ValueError(f"norm {kind!r} is unknown; choose one of {', '.join(NORMS)}")
    if kind == "instance" and side == 1:
        raise ValueError("norm 'instance' on a 1x1 map gives zeros whatever the input; use 'batch' or 'none' there")
    layers = {"batch": BatchNorm2d, "instance": InstanceNorm2d, "layer": LayerNorm, "none": lambda _: nn.Identity()}
    return layers[kind](channels)


def upsample_layer(kind, channels_in, channels_out, bias=False):
    """A layer from (channels_in, s, s) to (channels_out, 2s, 2s).

    `transposed` is homework 6's ConvTranspose2d(5, stride 2), whose outputs overlap unevenly and so tend to a
    chequered texture; `transposed4` is DCGAN's own, whose 4x4 weights overlap evenly; `nearest` repeats pixels and
    convolves (Odena et al. 2016, distill.pub/2016/deconv-checkerboard). Raises ValueError for an unknown kind.
    """
    if kind == "transposed":
        return ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias)
    if kind == "transposed4":
        return nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=bias)
    if kind == "nearest":
        return NearestConv2d(channels_in, channels_out, bias)
    raise ValueError(f"upsampling {kind!r} is unknown; choose one of {', '.join(UPSAMPLINGS)}")


def downsample_layer(channels_in, channels_out):
    """A layer from (channels_in, 2s, 2s) to (channels_out, s, s): DCGAN's Conv2d(4, stride 2)."""
    return Conv2d(channels_in, channels_out, 4, stride=2, padding=1)


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


class LayerNorm(_WideInFp16, nn.GroupNorm):
    """Over all maps of an image, of any size: PyTorch's GroupNorm of one group, safe in float16."""

    def __init__(self, channels):
        super().__init__(1, channels)
