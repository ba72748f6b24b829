"""Exercise `log_likelihood_term` of notebook 10: The log-likelihood term."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Normal

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_images, random_normal
from gan_hw.course.exercises.vae_and_z.common import result_and_gradients

CONSTANT = 0.5 * math.log(2 * math.pi)


def _likelihood_case(count: int, height: int, width: int, sigma: float, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, float]:
        images = random_images(count, height, width, seed)
        return images, images + 0.3 * random_normal(*images.shape, seed=seed + 1), sigma

    return Case(f"{in_words(count)} of {height}x{width} pixels and a sigma of {sigma:g}", arguments)


LOG_LIKELIHOOD_TERM = Exercise(
    name="log_likelihood_term",
    notebook="10",
    points=2,
    title="The log-likelihood term",
    task="""For a VAE, each of the 3 · H · W numbers $x_i$ of an image is normally distributed around the decoder's
number $d_i$, independently of the others, with the standard deviation $\\sigma$. The density of $x_i$ is
$\\frac{1}{\\sigma\\sqrt{2\\pi}}\\,e^{-(x_i - d_i)^2 / (2\\sigma^2)}$. Write `log_likelihood_term`: for each image the
natural logarithm of the density of all its numbers together, (N,) in nats. `images` and `decoded` are float
(N, 3, H, W), with pixels in [-1, 1]; `sigma`, in the same units, is a Python float above 0. The gradient must reach
`decoded`.""",
    hints=(
        "The density of independent numbers together is a product, and its logarithm a sum of logarithms. First take "
        "the logarithm of one number's density on paper.",
        "For one number it is $-\\frac{(x_i - d_i)^2}{2\\sigma^2} - \\log\\sigma - \\frac12\\log 2\\pi$. All three "
        "parts belong to each of the 3 · H · W numbers.",
        "`logs = -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - 0.5 * math.log(2 * math.pi)`. Sum it "
        "over all dimensions but the first: `logs.flatten(1).sum(1)`.",
    ),
    cases=[
        _likelihood_case(3, 4, 5, 0.5, 71),
        _likelihood_case(1, 6, 3, 0.2, 81),
        _likelihood_case(2, 16, 16, 1.0, 91),
        _likelihood_case(4, 2, 3, 2.0, 101),
    ],
    observe=result_and_gradients(decoded=1),
    imports="import math\n\nimport torch",
)


@LOG_LIKELIHOOD_TERM.solution
def log_likelihood_term(images, decoded, sigma):
    """images, decoded (N, 3, H, W), sigma > 0 -> log N(image; decoded, sigma² I) for each image, (N,) in nats."""
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - 0.5 * math.log(2 * math.pi)
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.right
def _by_a_distribution(images, decoded, sigma):
    return Normal(decoded, sigma).log_prob(images).sum((1, 2, 3))


@LOG_LIKELIHOOD_TERM.right
def _by_a_loss(images, decoded, sigma):
    variance = torch.full_like(images, sigma**2)
    return -F.gaussian_nll_loss(images, decoded, variance, full=True, reduction="none").flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.right
def _image_by_image(images, decoded, sigma):
    found = []
    for x, d in zip(images, decoded, strict=True):
        found.append(-0.5 * (((x - d) / sigma).norm() ** 2 + x.numel() * math.log(2 * math.pi * sigma**2)))
    return torch.stack(found)


@LOG_LIKELIHOOD_TERM.right
def _standardised(images, decoded, sigma):
    scaled = (decoded - images).double() / sigma
    logs = -scaled.square() / 2 - math.log(sigma * math.sqrt(2 * math.pi))
    return torch.einsum("nchw->n", logs).float()


@LOG_LIKELIHOOD_TERM.wrong(
    "that is the mean over an image's numbers: their logarithms add up, to {expected}, not {got}"
)
def _mean_over_numbers(images, decoded, sigma):
    return log_likelihood_term(images, decoded, sigma) / images[0].numel()


@LOG_LIKELIHOOD_TERM.wrong("the squared differences are averaged: sum them over all numbers of an image")
def _mean_of_squares(images, decoded, sigma):
    squares = ((images - decoded) ** 2).flatten(1).mean(1)
    return -squares / (2 * sigma**2) - images[0].numel() * (math.log(sigma) + CONSTANT)


@LOG_LIKELIHOOD_TERM.wrong("sigma is not squared: the squared difference is divided by 2 sigma²")
def _sigma_not_squared(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma) - math.log(sigma) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the 2 is missing: the squared difference is divided by 2 sigma²")
def _without_the_two(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / sigma**2 - math.log(sigma) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the constant log(2π) / 2 is missing, about 0.919 for each number of an image")
def _without_the_constant(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma)
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the term -log(sigma) is missing: without it a larger sigma would always be better")
def _without_log_sigma(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the factor before the exponential function is missing: its logarithm is -log(sigma √(2π))")
def _squares_alone(images, decoded, sigma):
    return (-((images - decoded) ** 2) / (2 * sigma**2)).flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("that is the squared error of each image: put it into the density's formula with sigma")
def _squared_error(images, decoded, sigma):
    return ((images - decoded) ** 2).flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("that is log(sigma²) and log(2π): both need the factor 1/2")
def _constants_without_the_half(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - 2 * (math.log(sigma) + CONSTANT)
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("log(sigma²) needs the factor 1/2: the density is divided by sigma, not by sigma²")
def _logarithm_of_the_variance(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma**2) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("log(2π) needs the factor 1/2: the density is divided by √(2π), not by 2π")
def _constant_without_the_half(images, decoded, sigma):
    logs = -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - 2 * CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the constants count once for each image: they belong to each of its numbers")
def _constants_once(images, decoded, sigma):
    squares = ((images - decoded) ** 2).flatten(1).sum(1)
    return -squares / (2 * sigma**2) - math.log(sigma) - CONSTANT


@LOG_LIKELIHOOD_TERM.wrong("the constants count once for each pixel: a pixel has three numbers, one for each colour")
def _constants_once_a_pixel(images, decoded, sigma):
    squares = ((images - decoded) ** 2).flatten(1).sum(1)
    return -squares / (2 * sigma**2) - images[0, 0].numel() * (math.log(sigma) + CONSTANT)


@LOG_LIKELIHOOD_TERM.wrong("the sign is reversed: this is the loss, and the log likelihood itself is {expected}")
def _negative(images, decoded, sigma):
    return -log_likelihood_term(images, decoded, sigma)


@LOG_LIKELIHOOD_TERM.wrong(
    "the squared difference has the wrong sign: the further from `decoded`, the smaller the density"
)
def _squares_added(images, decoded, sigma):
    logs = ((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("the differences are not squared: this is a Laplace distribution's form, not a normal one's")
def _absolute(images, decoded, sigma):
    logs = -(images - decoded).abs() / (2 * sigma**2) - math.log(sigma) - CONSTANT
    return logs.flatten(1).sum(1)


@LOG_LIKELIHOOD_TERM.wrong("all images are summed: for {case} the result has {got}, and {expected} is right")
def _summed_over_the_batch_too(images, decoded, sigma):
    return log_likelihood_term(images, decoded, sigma).sum()


@LOG_LIKELIHOOD_TERM.wrong("the mean over the batch is taken: return one number for each image, {expected}")
def _mean_over_the_batch(images, decoded, sigma):
    return log_likelihood_term(images, decoded, sigma).mean()


@LOG_LIKELIHOOD_TERM.wrong("the sum is missing: add up the logarithms of all numbers of an image")
def _not_summed(images, decoded, sigma):
    return -((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - CONSTANT


@LOG_LIKELIHOOD_TERM.wrong("the sum runs over the colours alone: sum over the pixels too")
def _summed_over_colours(images, decoded, sigma):
    return (-((images - decoded) ** 2) / (2 * sigma**2) - math.log(sigma) - CONSTANT).sum(1)


@LOG_LIKELIHOOD_TERM.wrong(
    "the product of an image's densities leaves the range of float32: sum their logarithms instead"
)
def _logarithm_of_a_product(images, decoded, sigma):
    densities = torch.exp(-((images - decoded) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    return densities.flatten(1).prod(1).log()


@LOG_LIKELIHOOD_TERM.wrong(
    "the numbers are right, but no gradient passes through them: the decoder would learn nothing"
)
def _detached(images, decoded, sigma):
    return log_likelihood_term(images, decoded, sigma).detach()
