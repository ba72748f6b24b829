"""Exercise `best_guess` of notebook 10: One image for many."""

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_images


def _guess_case(count: int, height: int, width: int, seed: int) -> Case:
    def arguments() -> tuple[Tensor]:
        return (random_images(count, height, width, seed),)

    return Case(f"{in_words(count)} of {height}x{width} pixels", arguments)


BEST_GUESS = Exercise(
    name="best_guess",
    notebook="10",
    points=1,
    title="One image for many",
    task="""The encoder can't keep everything about an image, so several images may get nearly the same $z$. The decoder
has to return one image for all of them, and the log-likelihood is highest where the squared error is smallest. Write
`best_guess`: it returns the image (3, H, W) that, of all possible images, has the smallest mean squared error to
`images`, float (N, 3, H, W) in [-1, 1]. The error is averaged over the N images, their pixels and their colours.""",
    hints=(
        "Each number of the result can be chosen by itself, because the error is a sum over the numbers. Take one, "
        "$g$: which $g$ makes $\\sum_i (x_i - g)^2$ smallest?",
        "The derivative is $-2 \\sum_i (x_i - g)$. It is 0 where $g$ is the mean of the $x_i$.",
        "`images.mean(0)`",
    ),
    cases=[_guess_case(5, 4, 6, 111), _guess_case(3, 7, 5, 121), _guess_case(7, 3, 3, 131), _guess_case(1, 2, 4, 141)],
)


@BEST_GUESS.solution
def best_guess(images):
    """Images (N, 3, H, W) -> the image (3, H, W) with the smallest mean squared error to all of them."""
    return images.mean(0)


@BEST_GUESS.right
def _image_by_image(images):
    guess = torch.zeros_like(images[0])
    for count, image in enumerate(images, start=1):
        guess = guess + (image - guess) / count
    return guess


@BEST_GUESS.right
def _by_least_squares(images):
    rows = images.flatten(1)
    return torch.linalg.lstsq(torch.ones(len(rows), 1), rows).solution.view_as(images[0])


@BEST_GUESS.right
def _by_one_newton_step(images):
    guess = torch.zeros_like(images[0], requires_grad=True)
    error = F.mse_loss(guess.expand_as(images), images)
    (gradient,) = torch.autograd.grad(error, guess)
    return guess - gradient * guess.numel() / 2


@BEST_GUESS.right
def _in_double(images):
    return torch.einsum("nchw->chw", images.double()) / len(images)


@BEST_GUESS.wrong("that is the median: it has the smallest absolute error, not the smallest squared one")
def _median(images):
    return images.median(0).values


@BEST_GUESS.wrong("that is the first image: it has no error to itself, but a larger one to the others")
def _first(images):
    return images[0]


@BEST_GUESS.wrong("that is the best of the given images: the result may be an image that is none of them")
def _best_of_the_given(images):
    errors = (images[:, None] - images).square().flatten(2).mean(2).sum(1)
    return images[errors.argmin()]


@BEST_GUESS.wrong("every pixel has the same colour: choose each pixel by itself, and take no mean over the pixels")
def _one_colour(images):
    return images.mean((0, 2, 3))[:, None, None].expand_as(images[0])


@BEST_GUESS.wrong("the three colours are equal, so that the image is grey: take no mean over the colours")
def _grey(images):
    return images.mean((0, 1)).expand_as(images[0])


@BEST_GUESS.wrong("all numbers are equal: choose each pixel and colour by itself, and take the mean over images alone")
def _one_number(images):
    return images.mean().expand_as(images[0])


@BEST_GUESS.wrong("that is one number for all: for {case} the result has {got}, and {expected} is right")
def _a_scalar(images):
    return images.mean()


@BEST_GUESS.wrong("the mean is taken over the colours of each image: the images lie along dimension 0")
def _mean_over_colours(images):
    return images.mean(1)


@BEST_GUESS.wrong("that is halfway between the smallest and the largest value: all images count, also those between")
def _midpoint(images):
    return (images.amin(0) + images.amax(0)) / 2


@BEST_GUESS.wrong("the numbers are right, but the shape is that of a batch: for {case} {expected} is right, not {got}")
def _as_a_batch(images):
    return images.mean(0, keepdim=True)


@BEST_GUESS.wrong("the same image stands there N times: one of them is asked for, {expected}")
def _repeated(images):
    return images.mean(0).expand_as(images)


@BEST_GUESS.wrong("that is the sum of the images: divide it by their number")
def _sum(images):
    return images.sum(0)


@BEST_GUESS.wrong("that is the root mean square: it is never negative, and pixels may be")
def _root_mean_square(images):
    return images.square().mean(0).sqrt()


@BEST_GUESS.wrong("each pixel is rounded to -1 or 1: the smallest squared error is between the two")
def _rounded(images):
    return images.mean(0).sign()


@BEST_GUESS.wrong("that is the smallest error, and the image that has it is asked for")
def _the_error(images):
    return (images - images.mean(0)).square().mean()
