"""Exercise `larger_than_spread` of notebook 6: Better, or just luck?."""

import math
from collections.abc import Callable
from statistics import fmean, mean, pvariance, stdev, variance
from typing import Any

import torch

from gan_hw.course.exercise import Case, Exercise


def _plain_bool(answer: Callable[..., Any], first: list[float], second: list[float]) -> Any:
    found = answer(first, second)
    return found.item() if hasattr(found, "item") else found  # a tensor's or NumPy's bool


def _spread_case(first: list[float], second: list[float], ratio: float) -> Case:
    """The second scores are shifted, so that the means differ by this many times twice the standard error."""
    error = (variance(first) / len(first) + variance(second) / len(second)) ** 0.5
    shift = mean(first) - mean(second) - 2 * ratio * error
    shifted = [round(score + shift, 3) for score in second]
    words = [", ".join(f"{score:g}" for score in scores) for scores in (first, shifted)]
    return Case(f"scores of {words[0]} and of {words[1]}", lambda: (list(first), list(shifted)))


SPREADS = (  # ratios on both sides of 1, and of where each of the wrong answers changes from False to True
    ([0.61, 0.7, 0.64], [0.2, 0.22, 0.27], (0.4, -0.54, 0.65, 0.76, -0.94, 1.06, -1.3, 1.55, 2.6)),
    ([0.3, 0.44], [0.5, 0.53, 0.41, 0.6, 0.5], (-0.45, 0.59, -0.69, 0.72, -0.85, 0.95, -1.05, 1.2, -1.36, 1.48, 1.7)),
    (
        [4.0, 7.0, 5.5, 9.0, 2.5, 6.0],
        [8.0, 8.4, 8.9],
        (0.46, -0.6, 0.8, -0.95, 0.99, -1.01, 1.05, 1.3, -1.6, 2.1, -3.0),
    ),
)


LARGER_THAN_SPREAD = Exercise(
    name="larger_than_spread",
    notebook="06",
    points=2,
    title="Better, or just luck?",
    task="""Two trainings of the *same* recipe with different seeds have different scores, so one better score proves
little. The standard error of a mean of $n$ scores is $s / \\sqrt n$, with their sample standard deviation $s$ ($s^2$ is
the sum of squared deviations from the mean, divided by $n - 1$); that of the difference of two means is the root of the
sum of both squared standard errors. Write `larger_than_spread`: whether the means of the two lists differ by more
than twice the standard error of their difference, in either direction. With three seeds each, chance alone gets there
about once in eight comparisons, so True is a hint and not a proof. Six stages make 15 comparisons, so expect about two
by luck.""",
    hints=(
        "For each of the two lists you need its mean and its squared standard error, s² / n. The lists may differ in "
        "length.",
        "`mean` and `stdev` (which divides by n - 1) take lists. The difference of the means may be negative: compare "
        "its absolute value.",
        "`error = (stdev(first) ** 2 / len(first) + stdev(second) ** 2 / len(second)) ** 0.5`",
    ),
    cases=[_spread_case(first, second, ratio) for first, second, ratios in SPREADS for ratio in ratios],
    observe=_plain_bool,
    imports="from statistics import mean, stdev",
)


@LARGER_THAN_SPREAD.solution
def larger_than_spread(first, second):
    """first, second: lists of two scores or more -> True where the difference of their means is clear, else False."""
    error = (stdev(first) ** 2 / len(first) + stdev(second) ** 2 / len(second)) ** 0.5
    return abs(mean(first) - mean(second)) > 2 * error


@LARGER_THAN_SPREAD.right
def _with_tensors(first, second):
    first, second = torch.tensor(first).double(), torch.tensor(second).double()
    error = (first.var() / len(first) + second.var() / len(second)).sqrt()
    return (first.mean() - second.mean()).abs() > 2 * error


@LARGER_THAN_SPREAD.right
def _by_hand(first, second):
    means, errors = [], []
    for scores in (first, second):
        middle = sum(scores) / len(scores)
        means.append(middle)
        errors.append(sum((score - middle) ** 2 for score in scores) / (len(scores) - 1) / len(scores))
    return (means[0] - means[1]) ** 2 > 4 * sum(errors)


@LARGER_THAN_SPREAD.right
def _as_a_quotient(first, second):
    error = math.hypot(stdev(first) / math.sqrt(len(first)), stdev(second) / math.sqrt(len(second)))
    quotient = (fmean(first) - fmean(second)) / error
    return not -2 <= quotient <= 2


@LARGER_THAN_SPREAD.wrong("the second mean may be the higher one: compare the absolute difference")
def _first_higher_alone(first, second):
    return mean(first) > mean(second) and larger_than_spread(first, second)


@LARGER_THAN_SPREAD.wrong("the answer is upside down: True where the means differ by more")
def _upside_down(first, second):
    return not larger_than_spread(first, second)


@LARGER_THAN_SPREAD.wrong("the factor of 2 is missing, so that chance gets there too often")
def _without_the_factor(first, second):
    error = (variance(first) / len(first) + variance(second) / len(second)) ** 0.5
    return abs(mean(first) - mean(second)) > error


@LARGER_THAN_SPREAD.wrong("the factor is 1.96, that of a normal distribution: twice the standard error is asked for")
def _times_1_96(first, second):
    error = (variance(first) / len(first) + variance(second) / len(second)) ** 0.5
    return abs(mean(first) - mean(second)) > 1.96 * error


@LARGER_THAN_SPREAD.wrong("the factor is too large: twice the standard error is asked for")
def _times_2_8(first, second):
    error = (variance(first) / len(first) + variance(second) / len(second)) ** 0.5
    return abs(mean(first) - mean(second)) > 2.8 * error


@LARGER_THAN_SPREAD.wrong("the factor of 2 stands under the root: it multiplies the standard error itself")
def _factor_under_the_root(first, second):
    error = (2 * (variance(first) / len(first) + variance(second) / len(second))) ** 0.5
    return abs(mean(first) - mean(second)) > error


@LARGER_THAN_SPREAD.wrong("these are standard deviations of single scores: for means, divide each square by its n")
def _standard_deviations(first, second):
    return abs(mean(first) - mean(second)) > 2 * (variance(first) + variance(second)) ** 0.5


@LARGER_THAN_SPREAD.wrong("the standard errors are added as they are: add their squares, and take the root")
def _sum_of_errors(first, second):
    error = stdev(first) / len(first) ** 0.5 + stdev(second) / len(second) ** 0.5
    return abs(mean(first) - mean(second)) > 2 * error


@LARGER_THAN_SPREAD.wrong("the standard deviations are those of a whole population: a sample's divide by n - 1")
def _population(first, second):
    error = (pvariance(first) / len(first) + pvariance(second) / len(second)) ** 0.5
    return abs(mean(first) - mean(second)) > 2 * error


@LARGER_THAN_SPREAD.wrong("the standard deviation is divided by n, not by its root")
def _divided_by_n(first, second):
    error = ((stdev(first) / len(first)) ** 2 + (stdev(second) / len(second)) ** 2) ** 0.5
    return abs(mean(first) - mean(second)) > 2 * error


@LARGER_THAN_SPREAD.wrong("the variances of both are divided by the length of the first: each list has its own n")
def _length_of_the_first(first, second):
    error = ((variance(first) + variance(second)) / len(first)) ** 0.5
    return abs(mean(first) - mean(second)) > 2 * error


@LARGER_THAN_SPREAD.wrong("the lowest and highest scores are compared: compare the means with the standard error")
def _no_overlap(first, second):
    return min(first) > max(second) or min(second) > max(first)
