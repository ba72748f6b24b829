"""Exercise `label_plane` of notebook 7: Tell D what was asked for: as a fourth channel."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.conditional.multi_hot import multi_hot
from gan_hw.course.exercises.shared import gradients, in_words, random_images


def _plane_case(rows: list[list[int]], classes: int, height: int, width: int) -> Case:
    def arguments() -> tuple[Tensor, nn.Module, Tensor]:
        return multi_hot(rows, classes), nn.Linear(classes, height * width), random_images(len(rows), height, width, 2)

    return Case(f"{in_words(len(rows))} of {height}x{width} pixels and {classes} classes", arguments)


def _channels_and_their_gradients(
    answer: Callable[..., Any], labels: Tensor, linear: nn.Module, images: Tensor
) -> dict[str, Any] | None:
    images.requires_grad_()
    result = answer(labels, linear, images * 1)  # the product is no leaf, as an image of G is none
    if result is None:
        return None
    return {
        "channels": result,
        "gradients of the layer": gradients(result, *linear.parameters()),
        "gradient at the images": gradients(result, images),
    }


LABEL_PLANE = Exercise(
    name="label_plane",
    notebook="07",
    points=1,
    title="Tell D what was asked for: as a fourth channel",
    task="""In cGAN the discriminator sees the label as well. For images it can enter as a further channel: a linear
layer makes $H \\cdot W$ numbers of each label, one for each pixel, and they stand behind red, green and blue. The rest
of D stays a convolutional network, whose first layer has four input channels. Write `label_plane`. Gradients
must reach both: the layer's weights, through the plane, and G, through the images.""",
    hints=(
        "The layer gives N rows of H * W numbers. Which shape must they have to stand behind images (N, 3, H, W)?",
        "Height and width are `images.shape[2]` and `images.shape[3]`, in this order. Channels are dimension 1.",
        "`plane = linear(labels).reshape(-1, 1, height, width)`, and then `torch.cat` of two tensors.",
    ),
    cases=[
        _plane_case([[0], [2, 1], [1]], 3, 4, 6),
        _plane_case([[1, 3], []], 5, 7, 3),
        _plane_case([[0]], 2, 5, 5),
    ],
    observe=_channels_and_their_gradients,
)


@LABEL_PLANE.solution
def label_plane(labels, linear, images):
    """labels: (N, K), linear: an nn.Linear from K to H * W, images: (N, 3, H, W) -> (N, 4, H, W).

    Number i * W + j that the layer gives belongs to the pixel in row i and column j.
    """
    height, width = images.shape[2:]
    plane = linear(labels).reshape(-1, 1, height, width)
    return torch.cat([images, plane], 1)


@LABEL_PLANE.right
def _unflattened(labels, linear, images):
    return torch.hstack((images, linear(labels).unflatten(1, images.shape[2:])[:, None]))


@LABEL_PLANE.right
def _from_the_weights(labels, linear, images):
    plane = labels @ linear.weight.T + linear.bias
    return torch.cat((images, plane.view_as(images[:, :1])), dim=1)


@LABEL_PLANE.right
def _into_an_empty_tensor(labels, linear, images):
    count, channels, height, width = images.shape
    result = images.new_zeros(count, channels + 1, height, width)
    result[:, :channels] += images
    for n in range(count):
        result[n, channels] += linear(labels[n]).view(height, width)
    return result


@LABEL_PLANE.right
def _padded_by_a_channel(labels, linear, images):
    padded = torch.nn.functional.pad(images, (0, 0, 0, 0, 0, 1)).clone()
    padded[:, 3] = linear(labels).view(len(images), *images.shape[2:])
    return padded


@LABEL_PLANE.wrong("the plane is the first channel: it belongs behind red, green and blue")
def _plane_first(labels, linear, images):
    return label_plane(labels, linear, images).roll(1, 1)


@LABEL_PLANE.wrong("the plane is added to the colours: it is a channel of its own, the fourth")
def _added_to_the_colours(labels, linear, images):
    return images + linear(labels).reshape(-1, 1, *images.shape[2:])


@LABEL_PLANE.wrong("the plane is there three times: one channel is added, so that there are four")
def _three_planes(labels, linear, images):
    return torch.cat([images, linear(labels).reshape(-1, 1, *images.shape[2:]).expand_as(images)], 1)


@LABEL_PLANE.wrong("the plane is filled column by column: reshape to (N, 1, H, W), which fills it row by row")
def _column_by_column(labels, linear, images):
    height, width = images.shape[2:]
    return torch.cat([images, linear(labels).reshape(-1, 1, width, height).transpose(2, 3)], 1)


@LABEL_PLANE.wrong("the layer's bias is missing: call the layer itself")
def _without_bias(labels, linear, images):
    return torch.cat([images, (labels @ linear.weight.T).reshape(-1, 1, *images.shape[2:])], 1)


@LABEL_PLANE.wrong("every image gets the plane of the first one: each has its own label")
def _one_plane_for_all(labels, linear, images):
    return label_plane(labels[:1].expand_as(labels), linear, images)


@LABEL_PLANE.wrong("the numbers are right, but the layer learns nothing: no gradient reaches its weights")
def _layer_detached(labels, linear, images):
    return torch.cat([images, linear(labels).detach().reshape(-1, 1, *images.shape[2:])], 1)


@LABEL_PLANE.wrong("no gradient passes at all: the layer learns nothing, and G learns nothing from D")
def _all_detached(labels, linear, images):
    return label_plane(labels, linear, images).detach()
