"""Exercise `mirror` of notebook 2: Left and right."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words


def random_floats(count: int, height: int, width: int, seed: int) -> Tensor:
    """Images float (count, 3, height, width) in [-1, 1]."""
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def _mirror_case(height: int, width: int, mirrored: list[bool]) -> Case:
    count, chosen = len(mirrored), sum(mirrored)
    return Case(
        f"{in_words(count)} of {height}x{width} pixels, {chosen} of them to be mirrored",
        lambda: (random_floats(count, height, width, 3), torch.tensor(mirrored)),
    )


def _pixels_case() -> Case:
    images = (random_floats(3, 4, 5, 4) * 127.5 + 127.5).to(torch.uint8)
    mirrored = torch.tensor([True, False, True])
    return Case("3 images of uint8, 2 of them to be mirrored", lambda: (images.clone(), mirrored.clone()))


MIRROR = Exercise(
    name="mirror",
    notebook="02",
    points=2,
    title="Left and right",
    task="""Write `mirror`: each image for which `mirrored` is true has its left and right sides exchanged; the others
stay as they are, and all keep their places in the batch. Images of `uint8` stay `uint8`.""",
    hints=(
        "The last axis of (N, 3, H, W) runs from left to right. `images.flip(axis)` reverses one axis, for all images.",
        "`torch.where(condition, a, b)` chooses number by number. Which shape must the mask have so that each of its N "
        "values decides for one whole image?",
        "`torch.where(mirrored[:, None, None, None], images.flip(3), images)`",
    ),
    cases=[
        _mirror_case(6, 4, [True, False, False, True]),
        _mirror_case(5, 8, [False, True, True]),
        _mirror_case(4, 6, [True]),
        _mirror_case(3, 5, [False, False]),
        _pixels_case(),
    ],
    may_change=("images",),
)


@MIRROR.solution
def mirror(images, mirrored):
    """Images (N, 3, H, W) and mirrored, bool (N,) -> (N, 3, H, W), the images with True mirrored left to right."""
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)


@MIRROR.right
def _assigned(images, mirrored):
    images[mirrored] = images[mirrored].flip(-1)
    return images


@MIRROR.right
def _one_after_another(images, mirrored):
    return torch.stack([image.flip(2) if flag else image for image, flag in zip(images, mirrored, strict=True)])


@MIRROR.right
def _with_weights(images, mirrored):
    share = mirrored.to(images.dtype).view(-1, 1, 1, 1)
    return share * torch.fliplr(images.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + (1 - share) * images


@MIRROR.right
def _by_column_numbers(images, mirrored):
    width = images.shape[3]
    columns = torch.arange(width).expand(len(images), width)
    columns = torch.where(mirrored[:, None], width - 1 - columns, columns)
    return images.gather(3, columns[:, None, None, :].expand_as(images))


@MIRROR.wrong("the images are mirrored as they should be, but those of uint8 have become floats: keep their type")
def _floats(images, mirrored):
    return mirror(images.float(), mirrored)


@MIRROR.wrong("the images are upside down: axis 2 runs from top to bottom, and axis 3 from left to right")
def _upside_down(images, mirrored):
    return torch.where(mirrored[:, None, None, None], images.flip(2), images)


@MIRROR.wrong("all images are mirrored: those with False must stay as they are")
def _all_mirrored(images, *_):
    return images.flip(3)


@MIRROR.wrong("no image is mirrored")
def _none_mirrored(images, *_):
    return images


@MIRROR.wrong("it is the other way round: mirror the images with True, and leave those with False")
def _the_others(images, mirrored):
    return mirror(images, ~mirrored)


@MIRROR.wrong("red and blue are exchanged: axis 1 holds the channels, and axis 3 runs from left to right")
def _colours_reversed(images, mirrored):
    return torch.where(mirrored[:, None, None, None], images.flip(1), images)


@MIRROR.wrong("axis 0 is reversed, so that other images take these places; axis 3 runs from left to right")
def _batch_reversed(images, mirrored):
    return torch.where(mirrored[:, None, None, None], images.flip(0), images)


@MIRROR.wrong("the images are turned by half a turn: reverse the axis from left to right alone")
def _turned(images, mirrored):
    return torch.where(mirrored[:, None, None, None], images.flip(2, 3), images)


@MIRROR.wrong("only the mirrored images come back: the others belong to the result too, in their places")
def _only_the_mirrored(images, mirrored):
    return images[mirrored].flip(3)


@MIRROR.wrong("the mirrored images have moved to the front: each image must keep its place in the batch")
def _moved_to_the_front(images, mirrored):
    return torch.cat([images[mirrored].flip(3), images[~mirrored]])


@MIRROR.wrong("the mask runs along the width of the images: give it the shape (N, 1, 1, 1), not (N,)")
def _mask_along_the_width(images, mirrored):
    return torch.where(mirrored, images.flip(3), images)
