"""Exercise `to_pixels` of notebook 2: From numbers to pixels."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.data.common import every_pixel_value
from gan_hw.course.exercises.shared import in_words


def _float_case(count: int, height: int, width: int) -> Case:
    def arguments() -> tuple[Tensor]:
        # Up to 20 steps outside the range, and at least a tenth of a step from where rounding up begins.
        generator = torch.Generator().manual_seed(2)
        shape = (count, 3, height, width)
        pixels = torch.randint(-20, 276, shape, generator=generator)
        moved = pixels + 0.8 * torch.rand(shape, generator=generator) - 0.4
        return ((moved - 127.5) / 127.5,)

    return Case(f"{in_words(count)} of {height}x{width} pixels, a few of them outside [-1, 1]", arguments)


def _back_from_every_pixel() -> tuple[Tensor]:
    return (every_pixel_value()[0] / 127.5 - 1,)


TO_PIXELS = Exercise(
    name="to_pixels",
    notebook="02",
    points=2,
    title="From numbers to pixels",
    task="""To look at an image of G, or to submit it, its numbers have to become `uint8` again. Write `to_pixels`, the
inverse of `to_network`. The formula is that of notebook 1. What it leaves out: numbers outside $[-1, 1]$, which a
generator with a linear last layer makes, become black or white; and the result is `uint8`.""",
    hints=(
        "What does the formula give for `x = 1.1`, and can a `uint8` hold that?",
        "`.to(torch.uint8)` cuts off what follows the decimal point, and numbers below 0 or above 255 start again at "
        "the other end. What has to happen before?",
        "Scale and move, then `.round()`, then `.clamp(0, 255)`, and convert last.",
    ),
    cases=[_float_case(2, 5, 7), _float_case(1, 8, 4), Case("what every pixel value becomes", _back_from_every_pixel)],
    may_change=("images",),
)


@TO_PIXELS.solution
def to_pixels(images):
    """Images, float (N, 3, H, W), mostly in [-1, 1] -> the nearest pixels, uint8 (N, 3, H, W)."""
    return (images * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8)


@TO_PIXELS.right
def _clamped_first(images):
    return (images.clamp(-1, 1) * 127.5 + 128).to(torch.uint8)


@TO_PIXELS.right
def _in_place_numbers(images):
    return images.add_(1).div_(2).mul_(255).clamp_(0, 255).round_().byte()


@TO_PIXELS.right
def _nearest_of_a_table(images):
    return (images[..., None] - torch.linspace(-1, 1, 256)).abs().argmin(-1).to(torch.uint8)


@TO_PIXELS.right
def _each_image(images):
    pixels = [torch.floor((image + 1) * 127.5 + 0.5) for image in images]
    return torch.stack(pixels).minimum(torch.tensor(255)).maximum(torch.tensor(0)).to(torch.uint8)


@TO_PIXELS.wrong("numbers between two pixel values are cut off: round them first")
def _cut_off(images):
    return (images * 127.5 + 127.5).clamp(0, 255).to(torch.uint8)


@TO_PIXELS.wrong("what lies outside [-1, 1] starts again at the other end of the range: clamp before you convert")
def _starts_again(images):
    return (images * 127.5 + 127.5).round().long().to(torch.uint8)


@TO_PIXELS.wrong("this is for images in [0, 1]; here -1 is black, and all the dark half is lost")
def _for_zero_to_one(images):
    return (images * 255).round().clamp(0, 255).to(torch.uint8)


@TO_PIXELS.wrong("the numbers are scaled but not moved: 0 is the middle grey, not black")
def _not_moved(images):
    return (images * 127.5).round().clamp(0, 255).to(torch.uint8)


@TO_PIXELS.wrong("the numbers are right, but pixels are stored as uint8: one byte each")
def _still_float(images):
    return (images * 127.5 + 127.5).round().clamp(0, 255)


@TO_PIXELS.wrong("the factor is 127.5, and not 128: from -1 to 1 there are 255 steps")
def _times_128(images):
    return (images * 128 + 128).round().clamp(0, 255).to(torch.uint8)


@TO_PIXELS.wrong("black and white are exchanged: -1 becomes 0, and 1 becomes 255")
def _negative_pixels(images):
    return to_pixels(-images)


@TO_PIXELS.wrong("each batch is stretched to its own darkest and lightest pixel; black is always -1, and white 1")
def _stretched_pixels(images):
    return ((images - images.min()) / (images.max() - images.min()) * 255).round().to(torch.uint8)
