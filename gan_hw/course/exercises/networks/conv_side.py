"""Exercise `conv_side` of notebook 3: How D shrinks an image."""

import math

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import whole_numbers


def _conv_case(side: int, kernel: int, stride: int, padding: int) -> Case:
    words = f"side {side}, kernel {kernel}, stride {stride} and padding {padding}"
    return Case(words, lambda: (side, kernel, stride, padding))


CONV_SIDE = Exercise(
    name="conv_side",
    notebook="03",
    points=1,
    title="How D shrinks an image",
    task="""D turns an image of 64x64 pixels into one logit: each of its convolutions makes the map smaller. How large
is the map after `nn.Conv2d`? First `padding` pixels are added at *each* edge. Then the kernel is laid on the first
pixels, and moved on by `stride` as long as it fits entirely; each position gives one pixel of the new map. Write
`conv_side`.""",
    hints=(
        "How long is a row with its padding? How many pixels are left over when the kernel lies on the first ones?",
        "Through these remaining pixels the kernel moves in steps of `stride`. Only whole steps count, and the first "
        "position, before any step, gives a pixel too.",
        "`(side + 2 * padding - kernel) // stride` is the number of moves.",
    ),
    cases=[
        _conv_case(64, 4, 2, 1),
        _conv_case(4, 4, 1, 0),
        _conv_case(10, 3, 2, 0),
        _conv_case(28, 5, 3, 2),
        _conv_case(9, 3, 1, 2),
        _conv_case(12, 3, 2, 0),
    ],
    observe=whole_numbers,
)


@CONV_SIDE.solution
def conv_side(side, kernel, stride, padding):
    """Side of a square map, and nn.Conv2d's numbers -> side of the map after it, an integer."""
    return (side + 2 * padding - kernel) // stride + 1


@CONV_SIDE.right
def _by_a_convolution(side, kernel, stride, padding):
    convolution = nn.Conv2d(1, 1, kernel, stride, padding)
    return convolution(torch.zeros(1, 1, side, side)).shape[-1]


@CONV_SIDE.right
def _positions_counted(side, kernel, stride, padding):
    return len(range(-padding, side + padding - kernel + 1, stride))


@CONV_SIDE.right
def _by_math_floor(side, kernel, stride, padding):
    return math.floor((side + 2 * padding - (kernel - 1) - 1) / stride + 1)


@CONV_SIDE.right
def _moved_as_long_as_it_fits(side, kernel, stride, padding):
    first, count = 0, 0
    while first + kernel <= side + 2 * padding:
        first, count = first + stride, count + 1
    return count


@CONV_SIDE.wrong("the first position of the kernel is not counted: add 1 to the number of moves")
def _moves_alone(side, kernel, stride, padding):
    return (side + 2 * padding - kernel) // stride


@CONV_SIDE.wrong("the padding is added at one edge only; a row has two ends")
def _padded_at_one_edge(side, kernel, stride, padding):
    return (side + padding - kernel) // stride + 1


@CONV_SIDE.wrong("the padding is not used")
def _not_padded(side, kernel, stride, _):
    return (side - kernel) // stride + 1


@CONV_SIDE.wrong("the division is rounded up: a position in which the kernel does not fit entirely does not count")
def _rounded_up(side, kernel, stride, padding):
    return -((side + 2 * padding - kernel) // -stride) + 1


@CONV_SIDE.wrong("the division is rounded to the nearest: a position in which the kernel does not fit does not count")
def _rounded_to_the_nearest(side, kernel, stride, padding):
    return round((side + 2 * padding - kernel) / stride + 1)


@CONV_SIDE.wrong("the number is right, but it is a float: the side of a map is an integer, and // gives one")
def _as_a_float(side, kernel, stride, padding):
    return float(conv_side(side, kernel, stride, padding))


@CONV_SIDE.wrong("a map has whole pixels: for {case} your result is {got}, and the fraction has to be dropped")
def _not_rounded(side, kernel, stride, padding):
    return (side + 2 * padding - kernel) / stride + 1


@CONV_SIDE.wrong("the stride is not used: a kernel that moves 2 pixels at a time has about half as many positions")
def _stride_of_one(side, kernel, _, padding):
    return side + 2 * padding - kernel + 1


@CONV_SIDE.wrong("the kernel is not used: the larger it is, the earlier it reaches the other edge")
def _without_a_kernel(side, _, stride, padding):
    return (side + 2 * padding) // stride


@CONV_SIDE.wrong("the kernel is taken away too late: subtract it before you divide by the stride")
def _kernel_after_the_division(side, kernel, stride, padding):
    return (side + 2 * padding) // stride - kernel + 1


@CONV_SIDE.wrong("only the stride is used: kernel and padding change the side too")
def _by_the_stride_alone(side, _, stride, *__):
    return side // stride


@CONV_SIDE.wrong("this is the side after nn.ConvTranspose2d, which goes the other way")
def _the_transposed_one(side, kernel, stride, padding):
    return (side - 1) * stride - 2 * padding + kernel
