"""Exercise `centre_square` of notebook 8: Square pictures."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_images


def _square_case(count: int, height: int, width: int) -> Case:
    name = f"{in_words(count)}, {height} pixels high and {width} wide"
    return Case(name, lambda: (random_images(count, height, width, 4),))


def _pixels(count: int, height: int, width: int) -> Tensor:
    return (random_images(count, height, width, 5) * 127.5 + 127.5).to(torch.uint8)


CENTRE_SQUARE = Exercise(
    name="centre_square",
    notebook="08",
    points=1,
    title="Square pictures",
    task="""G draws squares, and a collection holds pictures of any shape. When the kit reads a picture, it takes the
largest square from its middle: the ends of the longer side are lost, and nothing is stretched. Write `centre_square`,
for a batch of pictures of one shape. Where an odd number of pixels is to be cut off, cut the extra one at the bottom or
on the right. (The kit crops and scales in one step, and may cut half a pixel.)""",
    hints=(
        "How long is the side of the square? How many rows and columns are too many, and how many of these lie above "
        "and on the left?",
        "Half of what is too many lies above, rounded down: `(height - side) // 2`. A slice begins there, and ends one "
        "side further on.",
        "`images[:, :, top : top + side, left : left + side]`",
    ),
    cases=[
        _square_case(2, 8, 4),
        _square_case(3, 4, 7),
        _square_case(1, 10, 3),
        _square_case(2, 5, 11),
        Case("2 images of uint8, 7 pixels high and 4 wide", lambda: (_pixels(2, 7, 4),)),
    ],
)


@CENTRE_SQUARE.solution
def centre_square(images):
    """images: (N, 3, H, W) -> the largest square in the middle of each, (N, 3, S, S) with S the smaller of H and W."""
    height, width = images.shape[2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return images[:, :, top : top + side, left : left + side]


@CENTRE_SQUARE.right
def _by_narrow(images):
    side = min(images.shape[2:])
    for axis in (2, 3):
        images = images.narrow(axis, (images.shape[axis] - side) // 2, side)
    return images


@CENTRE_SQUARE.right
def _by_cutting_pad_to_a_square(images):
    height, width = images.shape[-2:]
    rows, columns = max(height - width, 0), max(width - height, 0)
    return F.pad(images, (-(columns // 2), columns // 2 - columns, -(rows // 2), rows // 2 - rows))


@CENTRE_SQUARE.right
def _line_by_line(images):
    at_the_end = True
    while images.shape[2] != images.shape[3]:
        axis = 2 if images.shape[2] > images.shape[3] else 3
        images = images.narrow(axis, 0 if at_the_end else 1, images.shape[axis] - 1)
        at_the_end = not at_the_end
    return images


@CENTRE_SQUARE.right
def _by_indices(images):
    side = min(images.shape[2:])
    rows, columns = (torch.arange(side) + (length - side) // 2 for length in images.shape[2:])
    return images[:, :, rows[:, None], columns]


@CENTRE_SQUARE.wrong("the squares are right, but those of uint8 have become floats: keep the type of the pictures")
def _floats(images):
    return centre_square(images.float())


@CENTRE_SQUARE.wrong("the square is taken from the top left corner, and not from the middle")
def _top_left(images):
    side = min(images.shape[2:])
    return images[:, :, :side, :side]


@CENTRE_SQUARE.wrong("the square is taken from the bottom right corner, and not from the middle")
def _bottom_right(images):
    side = min(images.shape[2:])
    return images[:, :, -side:, -side:]


@CENTRE_SQUARE.wrong("pictures that are higher than wide stay as they are: the longer side may be either")
def _wide_alone(images):
    return centre_square(images) if images.shape[3] > images.shape[2] else images


@CENTRE_SQUARE.wrong("pictures that are wider than high stay as they are: the longer side may be either")
def _high_alone(images):
    return centre_square(images) if images.shape[2] > images.shape[3] else images


@CENTRE_SQUARE.wrong("the picture is squeezed into a square: cut off the ends of its longer side")
def _squeezed(images):
    return F.interpolate(images, size=(min(images.shape[2:]),) * 2)


@CENTRE_SQUARE.wrong("a border is added until the picture is square: cut off the ends of its longer side")
def _padded(images):
    height, width = images.shape[2:]
    rows, columns = max(width - height, 0), max(height - width, 0)
    return F.pad(images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


@CENTRE_SQUARE.wrong("one pixel off where an odd number is cut off: round down what lies above or on the left")
def _rounded_up(images):
    return centre_square(images.flip(2, 3)).flip(2, 3)


@CENTRE_SQUARE.wrong("the slices end at the side itself: one that begins at `top` ends at `top + side`")
def _ends_too_early(images):
    height, width = images.shape[2:]
    side = min(height, width)
    return images[:, :, (height - side) // 2 : side, (width - side) // 2 : side]


@CENTRE_SQUARE.wrong("the lengths of the wrong dimensions are used: of (N, 3, H, W) the last two are height and width")
def _colours_as_height(images):
    height, width = images.shape[1:3]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return images[:, :, top : top + side, left : left + side]
