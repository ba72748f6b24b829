"""InstanceNorm on a CPU, with its first and second derivatives in closed form.

To compute InstanceNorm, PyTorch copies maps out of channels_last, the layout of the kit's convolutions, and its second
derivative, which a gradient penalty needs, is many passes over all maps. Here the layout stays, and each pass is over a
few images, few enough for a core's cache.

With r = 1/sqrt(variance + eps), a map x becomes y = r (x - mean(x)), and the gradient of x is

    P(g) = r (g - mean(g) - y mean(g y))        where g is that of y.

P is its own adjoint. If h is the gradient of P(g), then P(h) is that of g, and that of x is

    -r (y mean(h P(g)) + P(h) mean(g y) + P(g) mean(h y)).
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

PIECE = 2**18  # values that are computed together: 1 MB in float32
MAPS = (2, 3)


def instance_norm(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Each map of each image with mean 0 and variance 1: (N, C, H, W) -> (N, C, H, W) of the same type and layout.

    eps: added to the variance, so that a map of equal values becomes 0. The same as F.instance_norm(x, eps=eps),
    computed in float32, or in float64 for float64. It can be differentiated twice; a third derivative raises
    RuntimeError. Raises ValueError for another number of dimensions, and for maps of a single value.
    Ulyanov et al. 2016, arXiv 1607.08022.
    """
    if x.dim() != 4 or x.shape[2:].numel() == 1:
        shape = tuple(x.shape)
        raise ValueError(f"InstanceNorm needs (N, C, H, W) with more than one value in a map; this has shape {shape}")
    return _InstanceNorm.apply(x, eps)


class _InstanceNorm(torch.autograd.Function):
    """x -> y."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        ctx.eps = eps
        ctx.save_for_backward(x)
        result = torch.empty_like(x)
        for y, piece in _pieces(result, x):
            y.copy_(_normalise(piece, eps)[0])
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Gradient.apply(*gradients, *ctx.saved_tensors, ctx.eps), None


class _Gradient(torch.autograd.Function):
    """(g, x) -> P(g)."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, eps: float) -> Tensor:
        ctx.eps = eps
        ctx.save_for_backward(g, x)
        result = torch.empty_like(x)
        for of_x, piece_g, piece_x in _pieces(result, g, x):
            of_x.copy_(_project(piece_g, *_normalise(piece_x, eps))[0])
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        g, x = ctx.saved_tensors
        results = torch.empty_like(g), torch.empty_like(x)
        for of_g, of_x, piece_h, piece_g, piece_x in _pieces(*results, *gradients, g, x):
            y, r = _normalise(piece_x, ctx.eps)
            p_g, mean_gy = _project(piece_g, y, r)
            p_h, mean_hy = _project(piece_h, y, r)
            mean_hp = (piece_h * p_g).mean(MAPS, keepdim=True)
            of_g.copy_(p_h)
            of_x.copy_(y.mul_(-r * mean_hp).addcmul_(p_h, -r * mean_gy).addcmul_(p_g, -r * mean_hy))
        return *results, None


def _normalise(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Returns y (n, C, H, W) and r (n, C, 1, 1)."""
    x = _wide(x)
    y = x - x.mean(MAPS, keepdim=True)
    r = y.square().mean(MAPS, keepdim=True).add_(eps).rsqrt_()
    return y.mul_(r), r


def _project(g: Tensor, y: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """Returns P(g) (n, C, H, W) and mean(g y) (n, C, 1, 1)."""
    g = _wide(g)
    mean_gy = (g * y).mean(MAPS, keepdim=True)
    return (g - g.mean(MAPS, keepdim=True)).addcmul_(y, mean_gy, value=-1).mul_(r), mean_gy


def _wide(values: Tensor) -> Tensor:
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _pieces(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Tensors (N, C, H, W) cut along N, in pieces of PIECE values or one image."""
    images = max(1, PIECE // max(1, tensors[0].shape[1:].numel()))
    return zip(*(tensor.split(images) for tensor in tensors), strict=True)
