"""Exercise `kl_term` of notebook 10: The KL term."""

import math

import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words
from gan_hw.course.exercises.vae_and_z.common import means_and_log_variances, result_and_gradients


def _kl_case(count: int, z_dim: int, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor]:
        return means_and_log_variances(count, z_dim, seed)

    return Case(f"{in_words(count)} and a z of {z_dim} numbers", arguments)


def _standard_normal_case() -> Case:
    return Case("2 images whose means and log variances are all 0", lambda: (torch.zeros(2, 3), torch.zeros(2, 3)))


KL_TERM = Exercise(
    name="kl_term",
    notebook="10",
    points=2,
    title="The KL term",
    task="""The Kullback–Leibler divergence measures how far the encoder's distribution of $z$ is from N(0, I). For one
number with the mean $\\mu$ and the variance $\\sigma_z^2$ it is
$\\frac12(\\mu^2 + \\sigma_z^2 - 1 - \\log\\sigma_z^2)$ nats. The numbers of $z$ are independent, so their
divergences add up. Write `kl_term`: the divergence for each image, (N,).
`mean` and `log_variance`, the natural logarithm of $\\sigma_z^2$, have the shape (N, z_dim). The gradient must reach
both.""",
    hints=(
        "`log_variance` is $\\log\\sigma_z^2$ already. Where the formula has $\\sigma_z^2$, use "
        "`log_variance.exp()`. Compute all N × z_dim divergences first.",
        "Each row is an image: sum over dimension 1.",
        "`0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)`",
    ),
    cases=[_kl_case(3, 4, 41), _kl_case(1, 6, 51), _standard_normal_case(), _kl_case(5, 2, 61)],
    observe=result_and_gradients(mean=0, log_variance=1),
)


@KL_TERM.solution
def kl_term(mean, log_variance):
    """mean, log_variance (N, z_dim) -> KL(N(mean, exp(log_variance)) || N(0, I)) for each row, (N,) in nats."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)


@KL_TERM.right
def _as_in_the_paper(mean, log_variance):
    return -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp(), dim=-1)


@KL_TERM.right
def _by_distributions(mean, log_variance):
    standard = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return kl_divergence(Independent(Normal(mean, (log_variance / 2).exp()), 1), Independent(standard, 1))


@KL_TERM.right
def _number_by_number(mean, log_variance):
    total = torch.zeros(len(mean))
    for m, v in zip(mean.T, log_variance.T, strict=True):
        total = total + (m.square() + torch.expm1(v) - v) / 2
    return total


@KL_TERM.right
def _by_traces(mean, log_variance):
    rows = [
        (m @ m + torch.diag(v.exp()).trace() - len(m) - v.sum()) / 2 for m, v in zip(mean, log_variance, strict=True)
    ]
    return torch.stack(rows)


@KL_TERM.wrong("the divergences of all images are summed: for {case} the result has {got}, and {expected} is right")
def _summed_over_the_batch_too(mean, log_variance):
    return kl_term(mean, log_variance).sum()


@KL_TERM.wrong("the mean over the batch is taken: return the divergence of each image, {expected}")
def _mean_over_the_batch(mean, log_variance):
    return kl_term(mean, log_variance).mean()


@KL_TERM.wrong("the sum runs over the images: sum over the numbers of z, dimension 1, so that each image has its own")
def _summed_over_the_images(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(0)


@KL_TERM.wrong("the sum is missing: add up the divergences of an image's z_dim numbers")
def _not_summed(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)


@KL_TERM.wrong("that is the mean over the numbers of z: their divergences add up, for {case} to {expected}, not {got}")
def _mean_over_z(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean(1)


@KL_TERM.wrong("the sign is reversed: a divergence is never negative")
def _negative(mean, log_variance):
    return -kl_term(mean, log_variance)


@KL_TERM.wrong("the variance is missing: `log_variance` is its logarithm, so σ² is `log_variance.exp()`")
def _logarithm_as_the_variance(mean, log_variance):
    return 0.5 * (mean**2 + log_variance - 1 - log_variance).sum(1)


@KL_TERM.wrong("`log_variance` is taken for the variance: σ² is its exponential function, and log σ² is `log_variance`")
def _variance_given(mean, log_variance):
    return 0.5 * (mean**2 + log_variance - 1 - log_variance.log()).sum(1)


@KL_TERM.wrong("`log_variance` is taken for the logarithm of the standard deviation: it is that of the variance")
def _logarithm_of_the_deviation(mean, log_variance):
    return kl_term(mean, 2 * log_variance)


@KL_TERM.wrong("the standard deviation stands in place of the variance: σ² is `log_variance.exp()`, without a half")
def _deviation_as_the_variance(mean, log_variance):
    return 0.5 * (mean**2 + (log_variance / 2).exp() - 1 - log_variance).sum(1)


@KL_TERM.wrong("the 1 is missing: for N(0, I) itself the divergence must be 0")
def _without_the_one(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - log_variance).sum(1)


@KL_TERM.wrong("the 1 is taken away once for each image: it belongs to each of the z_dim numbers")
def _one_for_each_image(mean, log_variance):
    return 0.5 * ((mean**2 + log_variance.exp() - log_variance).sum(1) - 1)


@KL_TERM.wrong("the factor 1/2 is missing: for {case} the result is {got}, and {expected} is right")
def _without_the_half(mean, log_variance):
    return 2 * kl_term(mean, log_variance)


@KL_TERM.wrong("the term -log σ² is missing: without it a variance of 0 would be the best")
def _without_the_logarithm(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1).sum(1)


@KL_TERM.wrong("the term -log σ² has the wrong sign: subtract `log_variance`")
def _logarithm_added(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1 + log_variance).sum(1)


@KL_TERM.wrong("the mean is missing: a distribution around another point than 0 is not the standard normal one")
def _without_the_mean(mean, log_variance):
    return kl_term(torch.zeros_like(mean), log_variance)


@KL_TERM.wrong("the mean is not squared: means below 0 are as far from 0 as those above")
def _mean_not_squared(mean, log_variance):
    return 0.5 * (mean + log_variance.exp() - 1 - log_variance).sum(1)


@KL_TERM.wrong("that is the divergence of N(0, I) from the encoder's distribution: the two are exchanged")
def _exchanged(mean, log_variance):
    return 0.5 * ((1 + mean**2) / log_variance.exp() - 1 + log_variance).sum(1)


@KL_TERM.wrong("that is in bits: for {case} {expected} nats are right, not {got}")
def _in_bits(mean, log_variance):
    return kl_term(mean, log_variance) / math.log(2)


@KL_TERM.wrong("the numbers are right, but no gradient passes through them: the encoder would learn nothing")
def _detached(mean, log_variance):
    return kl_term(mean, log_variance).detach()
