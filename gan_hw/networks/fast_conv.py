"""Layers that halve or double maps, with the results, weight names and shapes of PyTorch's, computed with less work.

In bf16 on a CPU, PyTorch's strided convolution reads its weights once for each image, so that on maps up to 4x4 one
matrix product over the windows of all images is faster. Elsewhere PyTorch's own code runs.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Of a padded row of six weights, those that apply to the input pixels before, at and after an output pixel's position,
# for even and for odd output pixels.
TAPS_BY_PARITY = [[4, 2, 0], [5, 3, 1]]
MAX_SUBPIXEL_CHANNELS = 4  # output channels up to which a transposed convolution is computed as an ordinary one
MAX_MATMUL_SIDE = 4  # side of the smaller map up to which a strided convolution is computed as a matrix product


class HalvingConv2d(nn.Conv2d):
    """nn.Conv2d from (channels_in, 2s, 2s) to (channels_out, s, s); the constructor must get stride=2."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, 2s, 2s) -> (N, channels_out, s, s)."""
        if not _use_matmul(x, x.shape[-1] // 2):
            return super().forward(x)
        windows = _Unfold.apply(x.permute(0, 2, 3, 1), self.kernel_size[0], self.padding[0])
        rows = F.linear(windows.flatten(3).flatten(0, 2), self.weight.permute(0, 2, 3, 1).flatten(1), self.bias)
        return rows.unflatten(0, windows.shape[:3]).permute(0, 3, 1, 2)


class DoublingConvTranspose2d(nn.ConvTranspose2d):
    """nn.ConvTranspose2d from (channels_in, s, s) to (channels_out, 2s, 2s), for kernel 5, stride 2, padding 2 only.

    A matrix product on small maps, and an ordinary convolution for the few channels of an image.
    """

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]  # output_size is fixed by the constructor
        """(N, channels_in, s, s) -> (N, channels_out, 2s, 2s)."""
        if _use_matmul(x, x.shape[-1]):
            return self._by_matmul(x)
        if _is_bf16_on_cpu(x) and self.out_channels <= MAX_SUBPIXEL_CHANNELS:
            return self._by_subpixels(x)
        return super().forward(x)

    def _by_matmul(self, x: Tensor) -> Tensor:
        pixels = x.permute(0, 2, 3, 1)
        # Flattened to two dimensions: PyTorch multiplies a non-contiguous tensor of more image by image.
        rows = F.linear(pixels.flatten(0, 2), self.weight.permute(2, 3, 1, 0).flatten(0, 2))
        windows = rows.view(*pixels.shape[:3], *self.kernel_size, self.out_channels)
        doubled = _Fold.apply(windows, self.padding[0]).permute(0, 3, 1, 2)
        return doubled if self.bias is None else doubled + self.bias[:, None, None]

    def _by_subpixels(self, x: Tensor) -> Tensor:
        """Sub-pixel convolution: output pixels of even and odd rows and columns as channels, each from 3x3 pixels."""
        taps = F.pad(self.weight, (0, 1, 0, 1))[:, :, TAPS_BY_PARITY][..., TAPS_BY_PARITY]  # (in, out, 2, 3, 2, 3)
        kernels = taps.permute(1, 2, 4, 0, 3, 5).flatten(0, 2)
        bias = None if self.bias is None else self.bias.repeat_interleave(4)
        return F.pixel_shuffle(F.conv2d(x, kernels, bias, padding=1), 2)


def _use_matmul(x: Tensor, side: int) -> bool:
    """Whether to compute a strided convolution of x, with a smaller map of this side, as a matrix product.

    In float32, and on larger maps, PyTorch's own convolution is faster.
    """
    return _is_bf16_on_cpu(x) and side <= MAX_MATMUL_SIDE


def _is_bf16_on_cpu(x: Tensor) -> bool:
    kind = x.device.type
    return kind == "cpu" and torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) == torch.bfloat16


class _Unfold(torch.autograd.Function):
    """The windows of a map at every second pixel: (n, 2s, 2s, c) -> (n, s, s, kernel, kernel, c)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: int, padding: int) -> Tensor:
        ctx.padding = padding
        height, width = x.shape[1:3]
        padded = F.pad(x, (0, 0, padding, kernel, padding, kernel))
        return _strided_windows(padded, (height // 2, width // 2), kernel).contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _Fold.apply(gradients[0], ctx.padding), None, None


class _Fold(torch.autograd.Function):
    """The adjoint of _Unfold: windows (n, s, s, kernel, kernel, c) summed at their positions in (n, 2s, 2s, c)."""

    @staticmethod
    def forward(ctx: Any, windows: Tensor, padding: int) -> Tensor:
        n, height, width, kernel, _, channels = windows.shape
        ctx.kernel, ctx.padding = kernel, padding
        sum_dtype = torch.promote_types(windows.dtype, torch.float32)
        size = (n, 2 * height + padding + kernel, 2 * width + padding + kernel, channels)
        padded = windows.new_zeros(size, dtype=sum_dtype)
        for row in range(kernel):
            for column in range(kernel):
                pixels = padded[:, row : row + 2 * height : 2, column : column + 2 * width : 2]
                pixels += windows[:, :, :, row, column]
        inner = padded[:, padding : padding + 2 * height, padding : padding + 2 * width]
        # A copy, because the next layer could not change a view in place.
        return inner.to(windows.dtype, memory_format=torch.contiguous_format, copy=True)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Unfold.apply(gradients[0], ctx.kernel, ctx.padding), None


def _strided_windows(padded: Tensor, grid: tuple[int, int], kernel: int) -> Tensor:
    """A view of (n, height, width, c): a grid of windows (n, *grid, kernel, kernel, c), two pixels apart."""
    along_n, along_rows, along_columns, along_channels = padded.stride()
    size = (len(padded), *grid, kernel, kernel, padded.shape[-1])
    strides = (along_n, 2 * along_rows, 2 * along_columns, along_rows, along_columns, along_channels)
    return padded.as_strided(size, strides)


class NearestConv2d(nn.Conv2d):
    """Every pixel doubled in both directions, then a 3x3 convolution: (channels_in, s, s) -> (channels_out, 2s, 2s).

    Computed on the small map, in about half the work: of three neighbouring doubled pixels two are equal, so that each
    output pixel sees 2x2 different ones, weighted by sums of the kernel's weights. The sums depend on whether its row
    and column are even or odd: four small kernels, whose results pixel_shuffle interleaves.
    """

    sums: Tensor

    def __init__(self, channels_in: int, channels_out: int, bias: bool = True) -> None:
        super().__init__(channels_in, channels_out, 3, padding=1, bias=bias)
        # For odd and for even output pixels, which of a row of three weights are summed for the left and right pixel.
        sums = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]])
        self.register_buffer("sums", sums, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, s, s) -> (N, channels_out, 2s, 2s)."""
        kernels = torch.einsum("pai,qbj,ocij->opqcab", self.sums, self.sums, self.weight).flatten(0, 2)
        bias = None if self.bias is None else self.bias.repeat_interleave(4)
        doubled = F.pixel_shuffle(F.conv2d(x, kernels, bias, padding=1), 2)
        return doubled[..., 1:-1, 1:-1].contiguous(memory_format=torch.channels_last)
