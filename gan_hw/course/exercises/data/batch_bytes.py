"""Exercise `batch_bytes` of notebook 1: How large is a batch?."""

import torch

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import whole_numbers


def _shape_case(*shape: int) -> Case:
    return Case(f"a batch of the shape {shape}", lambda: (shape,))


BATCH_BYTES = Exercise(
    name="batch_bytes",
    notebook="01",
    points=1,
    title="How large is a batch?",
    task="""Images are stored as `uint8` and become `float32` only as a batch, on the device that trains. A data set of
floats would need several times the memory. Write `batch_bytes`: how many bytes the numbers of a batch take in each of
the two types, as integers.""",
    hints=(
        "How many numbers does a batch of the shape (N, C, H, W) hold? Each pixel has one number for each channel.",
        "The name of a type says how many bits a number takes: 8 and 32. A byte has 8 bits.",
        "With `numbers = n * c * h * w` the answer is `numbers, 4 * numbers`.",
    ),
    cases=[
        _shape_case(16, 3, 64, 64),
        _shape_case(2, 3, 5, 7),
        _shape_case(1, 1, 32, 24),
        _shape_case(8, 4, 6, 9),
        _shape_case(3, 3, 12345, 6789),
    ],
    observe=whole_numbers,
    tolerance=1e-9,
)


@BATCH_BYTES.solution
def batch_bytes(shape):
    """Shape (N, C, H, W) of a batch, a tuple -> (its bytes as uint8, its bytes as float32)."""
    n, c, h, w = shape
    numbers = n * c * h * w
    return numbers, 4 * numbers


@BATCH_BYTES.right
def _of_tensors(shape):
    return tuple(torch.empty(shape, dtype=dtype, device="meta").nbytes for dtype in (torch.uint8, torch.float32))


@BATCH_BYTES.right
def _by_size(shape):
    count = torch.Size(shape).numel()
    return [count * bits // 8 for bits in (8, 32)]


@BATCH_BYTES.right
def _side_by_side(shape):
    small, large = 1, torch.finfo(torch.float32).bits // 8
    for length in shape:
        small, large = small * length, large * length
    return small, large


@BATCH_BYTES.wrong("the numbers are right, but they are floats: bytes are counted in integers")
def _as_floats(shape):
    return tuple(map(float, batch_bytes(shape)))


@BATCH_BYTES.wrong("{got} for {case}: an int32 does not hold numbers so large, but Python's own integers do")
def _in_int32(shape):
    numbers = torch.tensor(shape, dtype=torch.int32).prod(dtype=torch.int32)
    return numbers, 4 * numbers


@BATCH_BYTES.wrong("the two results are exchanged: uint8 comes first")
def _float_first(shape):
    return batch_bytes(shape)[::-1]


@BATCH_BYTES.wrong("these are bits: a byte has 8 of them")
def _bits(shape):
    return tuple(8 * count for count in batch_bytes(shape))


@BATCH_BYTES.wrong("the lengths are added: a batch holds the product of N, C, H and W as numbers")
def _sum_of_the_lengths(shape):
    return sum(shape), 4 * sum(shape)


@BATCH_BYTES.wrong("this is for one image: multiply by N, the number of images")
def _one_image(shape):
    return batch_bytes((1, *shape[1:]))


@BATCH_BYTES.wrong("the channels are left out: each pixel has C numbers")
def _without_channels(shape):
    return batch_bytes((shape[0], 1, *shape[2:]))


@BATCH_BYTES.wrong("this takes every batch for RGB: the number of channels is shape[1], which need not be 3")
def _always_three_channels(shape):
    return batch_bytes((shape[0], 3, *shape[2:]))


@BATCH_BYTES.wrong("this takes the images for squares: height and width are two numbers")
def _always_square(shape):
    return batch_bytes((*shape[:3], shape[2]))


@BATCH_BYTES.wrong("a float32 has 32 bits, which are 4 bytes and not 8; this is float64")
def _as_float64(shape):
    return batch_bytes(shape)[0], 8 * batch_bytes(shape)[0]


@BATCH_BYTES.wrong("a float32 has 32 bits, which are 4 bytes and not 2; this is float16")
def _as_float16(shape):
    return batch_bytes(shape)[0], 2 * batch_bytes(shape)[0]


@BATCH_BYTES.wrong("both results are the same: a float32 takes more room than a uint8")
def _same_room(shape):
    return batch_bytes(shape)[:1] * 2
