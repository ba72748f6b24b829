"""Exercise `to_network` of notebook 2: From pixels to numbers."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.data.common import every_pixel_value
from gan_hw.course.exercises.shared import in_words


def random_pixels(count: int, height: int, width: int, seed: int) -> Tensor:
    """Images uint8 (count, 3, height, width), from 10 to 245: neither black nor white."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(10, 246, (count, 3, height, width), generator=generator).to(torch.uint8)


def _pixel_case(count: int, height: int, width: int) -> Case:
    return Case(f"{in_words(count)} of {height}x{width} pixels", lambda: (random_pixels(count, height, width, 1),))


def _numbers_and_type(answer: Callable[[Tensor], Any], pixels: Tensor) -> Any:
    numbers = answer(pixels)
    if numbers is None:
        return None
    return {"numbers": numbers, "type": str(numbers.dtype) if isinstance(numbers, Tensor) else type(numbers).__name__}


TO_NETWORK = Exercise(
    name="to_network",
    notebook="02",
    points=1,
    title="From pixels to numbers",
    task="""Pictures are stored as `uint8`, from 0 to 255. G ends in a $\\tanh$, so its images lie between $-1$ and $1$,
and D must see real images in the same range; otherwise it could tell them apart by their range alone. Write
`to_network`, which takes black, 0, to $-1$ and white, 255, to $1$, linearly.""",
    hints=(
        "Convert to float before you calculate: a `uint8` can hold neither negative numbers nor those above 255.",
        "The range 0 to 255 is 255 wide, and the range `-1` to `1` is 2 wide. First scale, then move.",
        "`pixels.float() / 127.5` lies between 0 and 2.",
    ),
    cases=[_pixel_case(2, 5, 7), _pixel_case(1, 8, 4), Case("images with every pixel value", every_pixel_value)],
    observe=_numbers_and_type,
)


@TO_NETWORK.solution
def to_network(pixels):
    """Pixels, uint8 (N, 3, H, W) in 0..255 -> what the networks see, float32 (N, 3, H, W) in [-1, 1]."""
    return pixels.float() / 127.5 - 1


@TO_NETWORK.right
def _by_mean_and_std(pixels):
    return (pixels / 255 - 0.5) / 0.5


@TO_NETWORK.right
def _in_place_on_a_copy(pixels):
    return pixels.to(torch.float32).sub_(127.5).div_(127.5)


@TO_NETWORK.right
def _from_a_table(pixels):
    return torch.linspace(-1, 1, 256)[pixels.long()]


@TO_NETWORK.right
def _in_double_first(pixels):
    return torch.stack([(2 * image.double() - 255) / 255 for image in pixels]).float()


@TO_NETWORK.wrong("these numbers go from 0 to 1; the networks' range begins at -1")
def _from_zero_to_one(pixels):
    return pixels.float() / 255


@TO_NETWORK.wrong("these numbers go from 0 to 2: they have to be moved by 1")
def _from_zero_to_two(pixels):
    return pixels.float() / 127.5


@TO_NETWORK.wrong("these numbers go from -0.5 to 0.5, which is half as wide as the networks' range")
def _half_as_wide(pixels):
    return pixels.float() / 255 - 0.5


@TO_NETWORK.wrong("black and white are exchanged: 0 becomes -1, and 255 becomes 1")
def _negative(pixels):
    return 1 - pixels.float() / 127.5


@TO_NETWORK.wrong("white does not become 1 here: half of 255 is 127.5, and not 128")
def _by_128(pixels):
    return pixels.float() / 128 - 1


@TO_NETWORK.wrong("each batch is stretched to its own darkest and lightest pixel; black is always 0, and white 255")
def _stretched(pixels):
    numbers = pixels.float()
    return (numbers - numbers.min()) / (numbers.max() - numbers.min()) * 2 - 1


@TO_NETWORK.wrong("the doubling is done in uint8, where numbers above 255 start again at 0: convert to float first")
def _doubled_as_uint8(pixels):
    return pixels * 2 / 255 - 1


@TO_NETWORK.wrong("the numbers are right, but their type is {got}: weights are {expected}, and so must the images be")
def _as_doubles(pixels):
    return pixels.double() / 127.5 - 1
