"""Exercise `near_copies` of notebook 8: Copies of training images."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words


def _copies_case(generated: Tensor, training: Tensor, limit: float) -> Case:
    name = f"{in_words(len(generated), 'generated images')}, {len(training)} training images and a limit of {limit:g}"
    return Case(name, lambda: (generated.clone(), training.clone(), limit))


def _on_a_grid(count: int, width: int, seed: int) -> Tensor:
    """Multiples of 1/2, so that distances that equal the limit occur: (count, width)."""
    return torch.randint(-4, 5, (count, width), generator=torch.Generator().manual_seed(seed)) / 2


NEAR_COPIES = Exercise(
    name="near_copies",
    notebook="08",
    points=1,
    title="Copies of training images",
    task="""The surest way to pictures that look real is to copy those of the collection. So generated pictures are
compared with the training pictures, each by a vector of features. Write `near_copies`: how many generated ones are
closer than the limit to at least one training picture? The distance is the Euclidean one, $\\|g - t\\|$, and one that
equals the limit does not count. (The kit's own check compares small versions of the pictures, mirrored ones too.)""",
    hints=(
        "First all distances, an (N, M) table: row n holds those of generated picture n to every training picture.",
        "A picture is a copy where the smallest distance of its row is below the limit. Count these rows.",
        "`torch.cdist(generated, training).amin(1)` are the smallest distances.",
    ),
    cases=[
        _copies_case(torch.tensor([[0.0, 0], [6, 8], [9, 0], [1, 1]]), torch.tensor([[3.0, 4], [0, 1], [0, -2]]), 5.0),
        _copies_case(_on_a_grid(23, 3, 1), _on_a_grid(8, 3, 2), 1.5),
        _copies_case(_on_a_grid(17, 2, 3), _on_a_grid(6, 2, 4), 0.75),
        _copies_case(torch.tensor([[2.0, 2, 0]]), torch.tensor([[5.0, 5, 0], [2, 4, 1], [-1, 2, 0]]), 2.5),
    ],
)


@NEAR_COPIES.solution
def near_copies(generated, training, limit):
    """generated: features (N, D), training: (M, D), limit: a distance -> the number of near copies, from 0 to N."""
    closest = torch.cdist(generated, training).amin(1)
    return int((closest < limit).sum())


@NEAR_COPIES.right
def _by_differences(generated, training, limit):
    differences = generated[:, None] - training[None]
    return (differences.square().sum(2).sqrt() < limit).any(1).sum()


@NEAR_COPIES.right
def _one_by_one(generated, training, limit):
    return sum(any(float((g - t).norm()) < limit for t in training) for g in generated)


@NEAR_COPIES.right
def _by_squares(generated, training, limit):
    squares = generated.square().sum(1)[:, None] + training.square().sum(1) - 2 * generated @ training.T
    return torch.count_nonzero(squares.min(1).values < limit**2).item()


@NEAR_COPIES.right
def _by_the_nearest(generated, training, limit):
    distances = torch.stack([torch.linalg.vector_norm(generated - t, dim=1) for t in training])
    return len([nearest for nearest in distances.topk(1, 0, largest=False).values[0] if nearest < limit])


@NEAR_COPIES.wrong("pairs are counted: for {case} {got}, but an image that is close to several counts once, {expected}")
def _pairs(generated, training, limit):
    return (torch.cdist(generated, training) < limit).sum()


@NEAR_COPIES.wrong("the training images that were copied are counted: for {case} there are {expected} generated copies")
def _training_images(generated, training, limit):
    return near_copies(training, generated, limit)


@NEAR_COPIES.wrong("that is the share of copies: for {case} it is {got}, and the number is {expected}")
def _share(generated, training, limit):
    return near_copies(generated, training, limit) / len(generated)


@NEAR_COPIES.wrong("a distance that equals the limit does not count: compare with <, not with <=")
def _at_the_limit(generated, training, limit):
    return (torch.cdist(generated, training).amin(1) <= limit).sum()


@NEAR_COPIES.wrong("the squared distance is compared with the limit: take the root first")
def _squared(generated, training, limit):
    return ((generated[:, None] - training).square().sum(2).amin(1) < limit).sum()


@NEAR_COPIES.wrong("the distance is the sum of absolute differences: the Euclidean one is the root of a sum of squares")
def _sum_of_absolute_differences(generated, training, limit):
    return (torch.cdist(generated, training, p=1).amin(1) < limit).sum()


@NEAR_COPIES.wrong("the mean of squares is taken, over D numbers: the Euclidean distance has their sum under the root")
def _root_mean_square(generated, training, limit):
    return ((generated[:, None] - training).square().mean(2).sqrt().amin(1) < limit).sum()


@NEAR_COPIES.wrong("generated image n is compared with training image n alone: compare it with all of them")
def _image_n_with_image_n(generated, training, limit):
    return sum(float((g - t).norm()) < limit for g, t in zip(generated, training, strict=False))


@NEAR_COPIES.wrong("only those count that are close to every training image: one is enough")
def _close_to_all(generated, training, limit):
    return (torch.cdist(generated, training).amax(1) < limit).sum()


@NEAR_COPIES.wrong("the mean distance is compared with the limit: the smallest one decides")
def _mean_distance(generated, training, limit):
    return (torch.cdist(generated, training).mean(1) < limit).sum()


@NEAR_COPIES.wrong("those that are no copies are counted: for {case} there are {got} of these, and {expected} copies")
def _others(generated, training, limit):
    return len(generated) - near_copies(generated, training, limit)
