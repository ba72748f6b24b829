"""Layers by name: normalisation, upsampling and downsampling."""

from collections.abc import Callable
from typing import get_args

import torch
from torch import Tensor, nn

from gan_hw.networks.fast_conv import DoublingConvTranspose2d, HalvingConv2d, NearestConv2d
from gan_hw.networks.instance_norm import instance_norm
from gan_hw.networks.options import Norm, Upsampling

NORMS = get_args(Norm)
UPSAMPLINGS = get_args(Upsampling)


def norm_layer(kind: Norm, channels: int, side: int) -> nn.Module:
    """The normalisation `kind` for maps of (channels, side, side).

    `batch`: Ioffe & Szegedy 2015, arXiv 1502.03167. `instance`: each map of each image alone, without weights, as is
    PyTorch's default (Ulyanov et al. 2016, arXiv 1607.08022). `layer`: all maps of an image together, with a weight for
    each map (Ba et al. 2016, arXiv 1607.06450).

    Raises ValueError for an unknown kind, and for `instance` on 1x1 maps, which it would turn into zeros.
    """
    if kind not in NORMS:
        raise ValueError(f"norm {kind!r} is unknown; choose one of {', '.join(NORMS)}")
    if kind == "instance" and side == 1:
        raise ValueError("norm 'instance' on a 1x1 map gives zeros whatever the input; use 'batch' or 'none' there")
    layers: dict[str, Callable[[int], nn.Module]] = {
        "batch": BatchNorm2d, "instance": InstanceNorm2d, "layer": LayerNorm, "none": lambda _: nn.Identity()
    }  # fmt: skip
    return layers[kind](channels)


def upsample_layer(kind: Upsampling, channels_in: int, channels_out: int, bias: bool = False) -> nn.Module:
    """A layer from (channels_in, s, s) to (channels_out, 2s, 2s).

    `transposed` is homework 6's ConvTranspose2d(5, stride 2), whose outputs overlap unevenly and tend to show
    checkerboard artifacts; `transposed4` is that of PyTorch's DCGAN example, whose 4x4 kernels overlap evenly;
    `nearest` is nearest-neighbour upsampling followed by a convolution (Odena et al. 2016,
    distill.pub/2016/deconv-checkerboard). Raises ValueError for an unknown kind.
    """
    if kind == "transposed":
        return DoublingConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias)
    if kind == "transposed4":
        return nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=bias)
    if kind == "nearest":
        return NearestConv2d(channels_in, channels_out, bias)
    raise ValueError(f"upsampling {kind!r} is unknown; choose one of {', '.join(UPSAMPLINGS)}")


def downsample_layer(channels_in: int, channels_out: int) -> nn.Module:
    """Conv2d(4, stride 2) from (channels_in, 2s, 2s) to (channels_out, s, s), as in PyTorch's DCGAN example."""
    return HalvingConv2d(channels_in, channels_out, 4, stride=2, padding=1)


class _Float32Norm(nn.Module):
    """A normalisation that computes in float32 when its input is float16.

    Its second derivative, which a gradient penalty needs, holds 1/std³: with a std of 0.02 that is beyond float16.
    """

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float()).to(x.dtype) if x.dtype == torch.float16 else super().forward(x)


class BatchNorm2d(_Float32Norm, nn.BatchNorm2d):
    """nn.BatchNorm2d, computed in float32 for float16 input."""


class InstanceNorm2d(_Float32Norm, nn.InstanceNorm2d):
    """nn.InstanceNorm2d as it is by default, without weights or running statistics; on a CPU it is instance_norm."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return instance_norm(x, self.eps) if _use_closed_form(x) else super().forward(x)


def _use_closed_form(x: Tensor) -> bool:
    """Whether InstanceNorm of x is computed by the kit. float16 is a GPU's, so on a CPU it is computed as on a GPU."""
    return x.device.type == "cpu" and x.dtype != torch.float16


class LayerNorm(_Float32Norm, nn.GroupNorm):
    """LayerNorm over all maps of an image, of any size: nn.GroupNorm of one group, in float32 for float16 input."""

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)
