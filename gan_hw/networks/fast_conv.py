"""Layers that halve, double and normalise maps: PyTorch's own, computed in another way where that is less work.

What they compute is the same, and so are their weights' names and shapes. A strided convolution is a sum over windows
of the larger map, and on maps of 4x4 it is faster as one matrix product over all windows of all images: PyTorch's
convolution goes through the weights once for each image there.
"""

import torch
import torch.nn.functional as F
from torch import nn

TAPS = [[4, 2, 0], [5, 3, 1]]  # for an even and an odd output pixel, the weights of the pixel before, at and after it
FEW = 4  # channels up to which a transposed convolution is computed as an ordinary one
SMALL = 4  # side of the smaller map up to which a strided convolution is computed as a matrix product


class Conv2d(nn.Conv2d):
    """PyTorch's, from (channels_in, 2s, 2s) to (channels_out, s, s) with stride 2; a matrix product on small maps."""

    def forward(self, x):
        if not _as_product(x, x.shape[-1] // 2):
            return super().forward(x)
        windows = _Gather.apply(x.permute(0, 2, 3, 1), self.kernel_size[0], self.padding[0])
        rows = F.linear(windows.flatten(3).flatten(0, 2), self.weight.permute(0, 2, 3, 1).flatten(1), self.bias)
        return rows.unflatten(0, windows.shape[:3]).permute(0, 3, 1, 2)


class ConvTranspose2d(nn.ConvTranspose2d):
    """PyTorch's, from (channels_in, s, s) to (channels_out, 2s, 2s) with kernel 5 and stride 2.

    A matrix product on small maps; and an ordinary convolution where it gives the few channels of a picture.
    """

    def forward(self, x):
        if _as_product(x, x.shape[-1]):
            return self._as_product(x)
        if _bf16_on_cpu(x) and self.out_channels <= FEW:
            return self._as_convolution(x)
        return super().forward(x)

    def _as_product(self, x):
        pixels = x.permute(0, 2, 3, 1)
        # Of two dimensions: with more, and pixels that do not lie in a row, PyTorch multiplies image by image.
        rows = F.linear(pixels.flatten(0, 2), self.weight.permute(2, 3, 1, 0).flatten(0, 2))
        windows = rows.view(*pixels.shape[:3], *self.kernel_size, self.out_channels)
        doubled = _Scatter.apply(windows, self.padding[0]).permute(0, 3, 1, 2)
        return doubled if self.bias is None else doubled + self.bias[:, None, None]

    def _as_convolution(self, x):
        """Output pixels of odd and even rows and columns as channels of their own, each from 3x3 pixels of x."""
        taps = F.pad(self.weight, (0, 1, 0, 1))[:, :, TAPS][..., TAPS]  # a sixth weight of 0; in, out, 2, 3, 2, 3
        kernels = taps.permute(1, 2, 4, 0, 3, 5).flatten(0, 2)
        bias = None if self.bias is None else self.bias.repeat_interleave(4)
        return F.pixel_shuffle(F.conv2d(x, kernels, bias, padding=1), 2)


def _as_product(x, side):
    """Whether a strided convolution of x with a smaller map of this side is computed as a matrix product.

    In float32, and on larger maps, PyTorch's own is the faster one.
    """
    return _bf16_on_cpu(x) and side <= SMALL


def _bf16_on_cpu(x):
    kind = x.device.type
    return kind == "cpu" and torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) == torch.bfloat16


class _Gather(torch.autograd.Function):
    """The windows of a map at every second place: (n, 2s, 2s, c) -> (n, s, s, kernel, kernel, c)."""

    @staticmethod
    def forward(ctx, x, kernel, padding):
        ctx.padding = padding
        height, width = x.shape[1:3]
        padded = F.pad(x, (0, 0, padding, kernel, padding, kernel))
        return _windows(padded, (height // 2, width // 2), kernel).contiguous()

    @staticmethod
    def backward(ctx, gradient):
        return _Scatter.apply(gradient, ctx.padding), None, None


class _Scatter(torch.autograd.Function):
    """_Gather's adjoint: windows (n, s, s, kernel, kernel, c) added up at their places in a map (n, 2s, 2s, c)."""

    @staticmethod
    def forward(ctx, windows, padding):
        n, height, width, kernel, _, channels = windows.shape
        ctx.kernel, ctx.padding = kernel, padding
        exact = torch.promote_types(windows.dtype, torch.float32)  # for the sums
        size = (n, 2 * height + padding + kernel, 2 * width + padding + kernel, channels)
        padded = windows.new_zeros(size, dtype=exact)
        for row in range(kernel):
            for column in range(kernel):
                places = padded[:, row : row + 2 * height : 2, column : column + 2 * width : 2]
                places += windows[:, :, :, row, column]
        inner = padded[:, padding : padding + 2 * height, padding : padding + 2 * width]
        # No view, which the next layer could not change in place.
        return inner.to(windows.dtype, memory_format=torch.contiguous_format, copy=True)

    @staticmethod
    def backward(ctx, gradient):
        return _Gather.apply(gradient, ctx.kernel, ctx.padding), None


def _windows(padded, places, kernel):
    """A view of (n, height, width, c): its windows (n, *places, kernel, kernel, c), two pixels apart."""
    along_n, along_rows, along_columns, along_channels = padded.stride()
    size = (len(padded), *places, kernel, kernel, padded.shape[-1])
    strides = (along_n, 2 * along_rows, 2 * along_columns, along_rows, along_columns, along_channels)
    return padded.as_strided(size, strides)


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
