"""Exercise `reparameterise` of notebook 10: The reparameterisation trick."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_normal
from gan_hw.course.exercises.vae_and_z.common import means_and_log_variances, result_and_gradients


def _reparameterise_case(count: int, z_dim: int, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, Tensor]:
        return *means_and_log_variances(count, z_dim, seed), random_normal(count, z_dim, seed=seed + 2)

    return Case(f"{in_words(count)} and a z of {z_dim} numbers", arguments)


REPARAMETERISE = Exercise(
    name="reparameterise",
    notebook="10",
    points=1,
    title="The reparameterisation trick",
    task="""For each image, the encoder returns a normal distribution of $z$: `mean` and `log_variance`, the natural
logarithm of $\\sigma_z^2$, both of the shape (N, z_dim). A random draw alone passes no gradient to them. So the random
numbers are drawn first: `noise` (N, z_dim), from N(0, I). $z$ is then computed from all three, number by number, with
the given mean and variance. Write `reparameterise`: it returns $z$, (N, z_dim). The gradient must reach `mean` and
`log_variance`, and your code draws nothing itself.""",
    hints=(
        "How do you make a number from N(0, 1) into one with the mean $\\mu$ and the standard deviation $\\sigma_z$? "
        "Multiply, then add.",
        "The standard deviation is the root of the variance: $\\sigma_z = \\sqrt{e^{v}} = e^{v / 2}$, where $v$ is the "
        "logarithm of the variance.",
        "`mean + torch.exp(log_variance / 2) * noise`",
    ),
    cases=[_reparameterise_case(3, 4, 11), _reparameterise_case(1, 7, 21), _reparameterise_case(5, 2, 31)],
    observe=result_and_gradients(mean=0, log_variance=1),
    may_change=("noise",),
)


@REPARAMETERISE.solution
def reparameterise(mean, log_variance, noise):
    """mean, log_variance and noise (N, z_dim), noise from N(0, I) -> z from N(mean, exp(log_variance)), (N, z_dim)."""
    return mean + torch.exp(log_variance / 2) * noise


@REPARAMETERISE.right
def _by_the_root(mean, log_variance, noise):
    return torch.addcmul(mean, log_variance.exp().sqrt(), noise)


@REPARAMETERISE.right
def _in_place(mean, log_variance, noise):
    return noise.mul_((0.5 * log_variance).exp()).add_(mean)


@REPARAMETERISE.right
def _row_by_row(mean, log_variance, noise):
    rows = zip(mean, log_variance, noise, strict=True)
    return torch.stack([m + torch.e ** (v / 2) * e for m, v, e in rows])


@REPARAMETERISE.right
def _by_an_affine_transform(mean, log_variance, noise):
    return torch.distributions.AffineTransform(mean, log_variance.exp() ** 0.5)(noise)


@REPARAMETERISE.wrong("the noise is multiplied by the variance: the standard deviation is its root")
def _by_the_variance(mean, log_variance, noise):
    return mean + log_variance.exp() * noise


@REPARAMETERISE.wrong(
    "the noise is multiplied by `log_variance`: that is the variance's logarithm, and may be negative"
)
def _by_the_logarithm(mean, log_variance, noise):
    return mean + log_variance * noise


@REPARAMETERISE.wrong("the noise is multiplied by half the logarithm: the exponential function is missing")
def _by_half_the_logarithm(mean, log_variance, noise):
    return mean + log_variance / 2 * noise


@REPARAMETERISE.wrong("the variance is halved: halve its logarithm before you take the exponential function")
def _halved_too_late(mean, log_variance, noise):
    return mean + log_variance.exp() / 2 * noise


@REPARAMETERISE.wrong("the sign of `log_variance` is reversed: the larger it is, the more the noise counts")
def _divided(mean, log_variance, noise):
    return mean + torch.exp(-log_variance / 2) * noise


@REPARAMETERISE.wrong("the mean is missing: for {case} the result is {got}, and {expected} is right")
def _without_the_mean(mean, log_variance, noise):
    return torch.exp(log_variance / 2) * noise


@REPARAMETERISE.wrong("the noise is missing: every draw would give the same z, the mean")
def _without_noise(mean, log_variance, noise):
    return mean


@REPARAMETERISE.wrong("the noise is missing: the mean plus one standard deviation is the same in every draw")
def _one_deviation_above(mean, log_variance, noise):
    return mean + torch.exp(log_variance / 2)


@REPARAMETERISE.wrong("the spread does not depend on `log_variance`: multiply the noise by the standard deviation")
def _without_log_variance(mean, log_variance, noise):
    return mean + noise


@REPARAMETERISE.wrong("the mean is multiplied by the standard deviation too: add it after the multiplication")
def _mean_added_first(mean, log_variance, noise):
    return (mean + noise) * torch.exp(log_variance / 2)


@REPARAMETERISE.wrong("the noise is squared: for {case} the result is {got}, and {expected} is right")
def _noise_squared(mean, log_variance, noise):
    return mean + torch.exp(log_variance / 2) * noise**2


@REPARAMETERISE.wrong("every image gets the noise of the first one: row i of z needs row i of `noise`")
def _one_noise_for_all(mean, log_variance, noise):
    return mean + torch.exp(log_variance / 2) * noise[0]


@REPARAMETERISE.wrong("your code draws its own random numbers: use those of the argument `noise`")
def _own_noise(mean, log_variance, noise):
    return mean + torch.exp(log_variance / 2) * torch.randn_like(mean)


@REPARAMETERISE.wrong(
    "torch.normal draws its own random numbers, and its gradients are 0: compute z from the argument `noise`"
)
def _by_torch_normal(mean, log_variance, noise):
    return torch.normal(mean, torch.exp(log_variance / 2))


@REPARAMETERISE.wrong("your code draws z itself, and no gradient passes through the draw: compute z from `noise`")
def _by_sample(mean, log_variance, noise):
    return torch.distributions.Normal(mean, torch.exp(log_variance / 2)).sample()


@REPARAMETERISE.wrong("z is right, but no gradient passes through it: the encoder would learn nothing")
def _detached(mean, log_variance, noise):
    return (mean + torch.exp(log_variance / 2) * noise).detach()


@REPARAMETERISE.wrong("z is right, but no gradient reaches `log_variance`: do not detach the standard deviation")
def _deviation_detached(mean, log_variance, noise):
    return mean + torch.exp(log_variance / 2).detach() * noise


@REPARAMETERISE.wrong("z is right, but no gradient reaches `mean`: do not detach it")
def _mean_detached(mean, log_variance, noise):
    return mean.detach() + torch.exp(log_variance / 2) * noise
