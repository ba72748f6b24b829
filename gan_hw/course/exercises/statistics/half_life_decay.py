"""Exercise `half_life_decay` of notebook 4: How long does the average remember?."""

import math

import torch

from gan_hw.course.exercise import Case, Exercise


def _half_life_case(half_life: int, batch_size: int, n_critic: int) -> Case:
    name = f"a half-life of {half_life} images, batches of {batch_size} and n_critic = {n_critic}"
    return Case(name, lambda: (half_life, batch_size, n_critic))


HALF_LIFE_DECAY = Exercise(
    name="half_life_decay",
    notebook="04",
    points=1,
    title="How long does the average remember?",
    task="""The averaged generator moves once with each step of G and keeps a share of what it was, its *decay*. A fixed
decay would mean something else for every batch size, so the kit states how long the average remembers as a half-life in
real images: after so many, half of the old average is left. Between two steps of G, D sees `n_critic` batches of real
images. Write `half_life_decay`: the share that one step of G keeps. (The kit shortens the half-life at the beginning of
a training; leave that out.)""",
    hints=(
        "How many real images are drawn for one step of G? Which part of a half-life is that?",
        "After k half-lives 0.5 to the power of k is left, also where k is a fraction.",
        "`0.5 ** (images / half_life)`, with the number of images that one step of G takes.",
    ),
    cases=[
        _half_life_case(1000, 64, 1),
        _half_life_case(10_000, 64, 5),
        _half_life_case(500, 32, 2),
        _half_life_case(96, 32, 3),  # one half-life
    ],
    imports="import math",
    tolerance=1e-6,
)


@HALF_LIFE_DECAY.solution
def half_life_decay(half_life, batch_size, n_critic):
    """half_life, batch_size: in real images, n_critic: D's steps for one of G -> the share kept, in (0, 1)."""
    return 0.5 ** (batch_size * n_critic / half_life)


@HALF_LIFE_DECAY.right
def _by_exponential(half_life, batch_size, n_critic):
    return math.exp(-math.log(2) * n_critic * batch_size / half_life)


@HALF_LIFE_DECAY.right
def _image_by_image(half_life, batch_size, n_critic):
    kept = 1.0
    for _ in range(batch_size * n_critic):
        kept *= 0.5 ** (1 / half_life)
    return kept


@HALF_LIFE_DECAY.right
def _by_steps(half_life, batch_size, n_critic):
    steps = torch.tensor(half_life / (batch_size * n_critic), dtype=torch.float64)
    return torch.exp2(-1 / steps)


@HALF_LIFE_DECAY.wrong("n_critic is left out: D sees that many batches for each step of G")
def _without_n_critic(half_life, batch_size, n_critic):
    return 0.5 ** (batch_size / half_life)


@HALF_LIFE_DECAY.wrong("more steps of D mean more images between two steps of G: multiply by n_critic, don't divide")
def _divided_by_n_critic(half_life, batch_size, n_critic):
    return 0.5 ** (batch_size / n_critic / half_life)


@HALF_LIFE_DECAY.wrong("the batch size is left out: the half-life counts images, not batches")
def _without_the_batch_size(half_life, batch_size, n_critic):
    return 0.5 ** (n_critic / half_life)


@HALF_LIFE_DECAY.wrong("the fraction is upside down: the longer the half-life, the more is kept")
def _upside_down_fraction(half_life, batch_size, n_critic):
    return 0.5 ** (half_life / (batch_size * n_critic))


@HALF_LIFE_DECAY.wrong("that is the share by which the average moves: 1 minus it is kept")
def _share_that_moves(half_life, batch_size, n_critic):
    return 1 - 0.5 ** (batch_size * n_critic / half_life)


@HALF_LIFE_DECAY.wrong("after the half-life 1/e is left, and not 1/2")
def _base_e(half_life, batch_size, n_critic):
    return math.exp(-batch_size * n_critic / half_life)


@HALF_LIFE_DECAY.wrong("the decay is not linear: all shares of a half-life, multiplied, must give 1/2")
def _linear(half_life, batch_size, n_critic):
    return 1 - 0.5 * batch_size * n_critic / half_life


@HALF_LIFE_DECAY.wrong("the result is above 1, so that the average would grow: the exponent has the wrong sign")
def _wrong_sign(half_life, batch_size, n_critic):
    return 0.5 ** (-batch_size * n_critic / half_life)
