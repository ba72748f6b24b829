"""Exercise `transposed_side` of notebook 3: How G enlarges a map."""

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.networks.conv_side import conv_side
from gan_hw.course.exercises.shared import whole_numbers


def _transposed_case(side: int, kernel: int, stride: int, padding: int, output_padding: int) -> Case:
    words = f"side {side}, kernel {kernel}, stride {stride}, padding {padding} and output_padding {output_padding}"
    return Case(words, lambda: (side, kernel, stride, padding, output_padding))


TRANSPOSED_SIDE = Exercise(
    name="transposed_side",
    notebook="03",
    points=1,
    title="How G enlarges a map",
    task="""`nn.ConvTranspose2d` does the reverse of `nn.Conv2d`: each pixel of the map lays down a whole kernel, and
the kernels of neighbours lie `stride` pixels apart and may overlap. Here `padding` pixels are *cut off* at each edge. A
convolution with stride 2 can make maps of the same side from 7 and from 8 pixels, so the way back needs one more
number: `output_padding` makes the new map that much longer at one of its two ends. Write `transposed_side`. With four
doublings G has to get from 4x4 to exactly 64x64.""",
    hints=(
        "Where does the last of the kernels begin, counted from the beginning of the first? Between N kernels there "
        "are N - 1 gaps.",
        "The last kernel begins at `(side - 1) * stride` and is `kernel` pixels long. What is then cut off, and what "
        "is added?",
        "From `(side - 1) * stride + kernel` take away the padding of two edges, and add `output_padding` once.",
    ),
    cases=[
        _transposed_case(4, 5, 2, 2, 1),
        _transposed_case(7, 4, 2, 1, 0),
        _transposed_case(5, 3, 3, 1, 2),
        _transposed_case(1, 4, 1, 0, 0),
        _transposed_case(6, 7, 4, 1, 3),
    ],
    observe=whole_numbers,
)


@TRANSPOSED_SIDE.solution
def transposed_side(side, kernel, stride, padding, output_padding):
    """Side of a square map, and nn.ConvTranspose2d's numbers -> side of the map after it, an integer."""
    return (side - 1) * stride + kernel - 2 * padding + output_padding


@TRANSPOSED_SIDE.right
def _by_a_transposed_convolution(side, kernel, stride, padding, output_padding):
    layer = nn.ConvTranspose2d(1, 1, kernel, stride, padding, output_padding)
    return layer(torch.zeros(1, 1, side, side)).size(2)


@TRANSPOSED_SIDE.right
def _inverse_of_conv_side(side, kernel, stride, padding, output_padding):
    larger = 1
    while conv_side(larger, kernel, stride, padding) < side:
        larger += 1
    return larger + output_padding


@TRANSPOSED_SIDE.right
def _pixels_counted(side, kernel, stride, padding, output_padding):
    covered = {k * stride + offset for k in range(side) for offset in range(kernel)}
    return max(covered) + 1 - padding - padding + output_padding


@TRANSPOSED_SIDE.right
def _kernel_by_kernel(side, kernel, stride, padding, output_padding):
    length = kernel
    for _ in range(1, side):
        length += stride
    return length + output_padding - 2 * padding


@TRANSPOSED_SIDE.wrong("output_padding is not used: for {case} the side is {expected}, not {got}")
def _no_output_padding(side, kernel, stride, padding, _):
    return (side - 1) * stride + kernel - 2 * padding


@TRANSPOSED_SIDE.wrong("the number is right, but it is a float: the side of a map is an integer")
def _as_a_float(side, kernel, stride, padding, output_padding):
    return float(transposed_side(side, kernel, stride, padding, output_padding))


@TRANSPOSED_SIDE.wrong("output_padding is added at one end of a row only, not at both")
def _output_padding_twice(side, kernel, stride, padding, output_padding):
    return (side - 1) * stride + kernel - 2 * padding + 2 * output_padding


@TRANSPOSED_SIDE.wrong("output_padding has the wrong sign: it makes the new map larger")
def _output_padding_cut_off(side, kernel, stride, padding, output_padding):
    return (side - 1) * stride + kernel - 2 * padding - output_padding


@TRANSPOSED_SIDE.wrong("the padding is cut off at one edge only; a row has two ends")
def _cut_off_at_one_edge(side, kernel, stride, padding, output_padding):
    return (side - 1) * stride + kernel - padding + output_padding


@TRANSPOSED_SIDE.wrong("the padding is added, but a transposed convolution cuts it off")
def _padding_added(side, kernel, stride, padding, output_padding):
    return (side - 1) * stride + kernel + 2 * padding + output_padding


@TRANSPOSED_SIDE.wrong("the padding is not used: it is cut off at each edge")
def _nothing_cut_off(side, kernel, stride, _, output_padding):
    return (side - 1) * stride + kernel + output_padding


@TRANSPOSED_SIDE.wrong("one stride too many: between N kernels there are N - 1 gaps")
def _one_stride_too_many(side, kernel, stride, padding, output_padding):
    return side * stride + kernel - 2 * padding + output_padding


@TRANSPOSED_SIDE.wrong("this is 1 too large: the kernel's own length counts its first pixel already")
def _one_too_large(side, kernel, stride, padding, output_padding):
    return (side - 1) * stride + kernel - 2 * padding + output_padding + 1


@TRANSPOSED_SIDE.wrong("only the stride is used: kernel, padding and output_padding change the side too")
def _times_the_stride(side, _, stride, *__):
    return side * stride


@TRANSPOSED_SIDE.wrong("this is the side after nn.Conv2d, which goes the other way")
def _conv_side_itself(side, kernel, stride, padding, _):
    return conv_side(side, kernel, stride, padding)
