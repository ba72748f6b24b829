"""Exercise `translate` of notebook 8: Move an image."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import gradients, in_words, random_images


def _translate_case(count: int, height: int, width: int, dy: int, dx: int) -> Case:
    name = f"{in_words(count)} of {height}x{width} pixels, dy = {dy} and dx = {dx}"
    return Case(name, lambda: (random_images(count, height, width, 3), dy, dx))


def _moved_and_the_gradient(answer: Callable[..., Any], images: Tensor, dy: int, dx: int) -> dict[str, Any] | None:
    images.requires_grad_()
    moved = answer(images * 1, dy, dx)  # the product is no leaf, as an image of G is none
    if moved is None:
        return None
    return {"moved": moved, "gradient": gradients(moved, images)}


TRANSLATE = Exercise(
    name="translate",
    notebook="08",
    points=2,
    title="Move an image",
    task="""One of DiffAugment's augmentations moves the image by some pixels. What leaves it on one side is lost, and
zeros (grey, where pixels run from -1 to 1) fill the other side: the pixel at $(i, j)$ goes to $(i + dy, j + dx)$. A
shift as large as the image leaves zeros alone. Write `translate`. G's gradient passes through it, so the moved image
must be made of the old one by operations that autograd follows.""",
    hints=(
        "Begin with zeros, or with a border of zeros around the image. Which part of it is the moved image?",
        "`F.pad(images, (left, right, top, bottom))` lays zeros around, and negative numbers cut off. With slices of "
        "your own: `a[:, :, : -dy]` is empty where dy is 0.",
        "With a border of m pixels on each side the old image begins in row m; the part that is the moved one "
        "begins in row m - dy and has H rows. The same holds for the columns and dx.",
    ),
    cases=[
        _translate_case(2, 5, 7, 2, -1),
        _translate_case(3, 6, 4, -1, 2),
        _translate_case(1, 4, 5, 0, 3),
        _translate_case(2, 5, 5, -3, -2),
        _translate_case(2, 4, 3, 6, -4),  # nothing is left
        _translate_case(1, 3, 5, -4, 0),
    ],
    observe=_moved_and_the_gradient,
    imports="import torch\nimport torch.nn.functional as F",
)


@TRANSLATE.solution
def translate(images, dy, dx):
    """images: (N, 3, H, W), dy, dx: whole numbers of pixels -> the images moved, (N, 3, H, W), with zeros elsewhere.

    dy > 0 moves down and dx > 0 to the right; negative numbers move up and to the left.
    """
    height, width = images.shape[2:]
    border = max(abs(dy), abs(dx))
    padded = F.pad(images, (border, border, border, border))
    top, left = border - dy, border - dx
    return padded[:, :, top : top + height, left : left + width]


@TRANSLATE.right
def _by_cutting_pad(images, dy, dx):
    height, width = images.shape[2:]
    dy, dx = max(-height, min(dy, height)), max(-width, min(dx, width))
    return F.pad(images, (dx, -dx, dy, -dy))


@TRANSLATE.right
def _by_roll_and_mask(images, dy, dx):
    height, width = images.shape[2:]
    rows, columns = torch.arange(height)[:, None] - dy, torch.arange(width) - dx
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return images.roll((dy, dx), (2, 3)) * inside


@TRANSLATE.right
def _by_slices(images, dy, dx):
    height, width = images.shape[2:]
    moved = torch.zeros_like(images)
    if abs(dy) >= height or abs(dx) >= width:
        return moved * images
    part = images[:, :, max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)]
    moved[:, :, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = part
    return moved


@TRANSLATE.right
def _by_matrices(images, dy, dx):
    height, width = images.shape[2:]
    rows, columns = torch.arange(height), torch.arange(width)
    down = (rows[:, None] - dy == rows).float()
    right = (columns[:, None] + dx == columns).float()
    return down @ images @ right


@TRANSLATE.right
def _in_place_by_roll(images, dy, dx):
    images = images.roll(dy, 2).roll(dx, 3)
    images[:, :, slice(0, dy) if dy >= 0 else slice(dy, None)] = 0
    images[..., slice(0, dx) if dx >= 0 else slice(dx, None)] = 0
    return images


@TRANSLATE.wrong("a shift larger than the image leaves nothing of it: here a part comes in again")
def _shift_by_remainders(images, dy, dx):
    height, width = images.shape[2:]
    return translate(images, int(math.fmod(dy, height)), int(math.fmod(dx, width)))


@TRANSLATE.wrong("a shift larger than the image leaves nothing of it: here its last row or column always stays")
def _shift_cut_off(images, dy, dx):
    height, width = images.shape[2:]
    return translate(images, max(1 - height, min(dy, height - 1)), max(1 - width, min(dx, width - 1)))


@TRANSLATE.wrong("what leaves the image comes in again on the other side, as torch.roll does: zeros belong there")
def _wrapped_around(images, dy, dx):
    return images.roll((dy, dx), (2, 3))


@TRANSLATE.wrong("the image moves the other way: dy > 0 is down, dx > 0 is to the right")
def _the_other_way(images, dy, dx):
    return translate(images, -dy, -dx)


@TRANSLATE.wrong("dy and dx are exchanged: dy moves along the rows' dimension, 2, and dx along the columns', 3")
def _exchanged_directions(images, dy, dx):
    return translate(images, dx, dy)


@TRANSLATE.wrong("negative shifts are taken for positive ones: they move up and to the left")
def _without_signs(images, dy, dx):
    return translate(images, abs(dy), abs(dx))


@TRANSLATE.wrong("the outermost pixels are repeated where nothing is: zeros belong there")
def _border_repeated(images, dy, dx):
    padded = F.pad(images, (max(dx, 0), max(-dx, 0), max(dy, 0), max(-dy, 0)), mode="replicate")
    height, width = images.shape[2:]
    top, left = max(-dy, 0), max(-dx, 0)
    return padded[:, :, top : top + height, left : left + width]


@TRANSLATE.wrong("old pixels remain where nothing is: begin with zeros, not with the image")
def _on_the_old_image(images, dy, dx):
    there = translate(torch.ones_like(images), dy, dx)
    return translate(images, dy, dx) + (1 - there) * images


@TRANSLATE.wrong("the empty part is filled with -1, which is black: 0 is wanted, which is grey")
def _black_border(images, dy, dx):
    return translate(images + 1, dy, dx) - 1


@TRANSLATE.wrong("the image has grown: cut off what leaves it, so that the size stays H x W")
def _grown(images, dy, dx):
    return F.pad(images, (max(dx, 0), max(-dx, 0), max(dy, 0), max(-dy, 0)))


@TRANSLATE.wrong("the image moves as it should, but no gradient flows through it: G would learn nothing")
def _without_a_gradient(images, dy, dx):
    return translate(images.detach(), dy, dx)
