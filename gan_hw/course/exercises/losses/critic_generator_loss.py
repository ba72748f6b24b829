"""Exercise `critic_generator_loss` of notebook 3: G's loss against a critic."""

import torch
import torch.nn.functional as F

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

CRITIC_GENERATOR_LOSS = Exercise(
    name="critic_generator_loss",
    notebook="03",
    points=1,
    title="G's loss against a critic",
    task="""Against a Wasserstein critic G wants to bring the estimated distance down. Real images do not depend on G,
so only the mean score of the generated ones is left, and G wants it to be high. Write `critic_generator_loss`, which
the optimiser of G minimises.""",
    hints=(
        "An optimiser makes its loss small. How do you make a number large with it?",
        "Take the mean of `scores_fake` and change its sign.",
    ),
    cases=[
        case("four scores", [0.5, -2.0, 1.5, 3.3]),
        case("one score", [-0.7]),
        case("scores of up to 60", [-60.0, 10.0, 35.0]),
        case("scores of 1000 and -900", [1000.0, -900.0, 350.0]),
    ],
    observe=loss_and_gradient("scores_fake"),
    imports=IMPORTS,
    may_change=("scores_fake",),
)


@CRITIC_GENERATOR_LOSS.solution
def critic_generator_loss(scores_fake):
    """scores_fake (N,), the critic's scores of generated images -> what G minimises, a scalar."""
    return -scores_fake.mean()


@CRITIC_GENERATOR_LOSS.right
def _mean_of_the_negated(scores_fake):
    return (-scores_fake).mean(dim=0)


@CRITIC_GENERATOR_LOSS.right
def _divided_sum(scores_fake):
    return scores_fake.sum() / -len(scores_fake)


@CRITIC_GENERATOR_LOSS.right
def _taken_from_zero(scores_fake):
    total = 0
    for score in scores_fake:
        total = total - score
    return total / scores_fake.numel()


@CRITIC_GENERATOR_LOSS.right
def _negated_in_place(scores_fake):
    return scores_fake.neg_().mean()


@CRITIC_GENERATOR_LOSS.wrong("the sign is wrong: by minimising this mean, G would lower the scores of its own images")
def _high_scores_punished(scores_fake):
    return scores_fake.mean()


@CRITIC_GENERATOR_LOSS.wrong("the scores are summed over the images: for {case} {got}, and with the mean {expected}")
def _scores_summed(scores_fake):
    return -scores_fake.sum()


@CRITIC_GENERATOR_LOSS.wrong(
    "that is the non-saturating GAN loss: a critic's scores are no logits, and no log is taken"
)
def _with_cross_entropy(scores_fake):
    return F.softplus(-scores_fake).mean()


@CRITIC_GENERATOR_LOSS.wrong("the scores go through a sigmoid: they are not probabilities and must not be bounded")
def _with_a_sigmoid(scores_fake):
    return -torch.sigmoid(scores_fake).mean()


@CRITIC_GENERATOR_LOSS.wrong(
    "the scores are cut off, {got} instead of {expected} for {case}: a critic's scores have no limits"
)
def _of_limited_scores(scores_fake):
    return -scores_fake.clamp(-100, 100).mean()


@CRITIC_GENERATOR_LOSS.wrong("the sign of the scores is lost in an absolute value: higher is better, also below 0")
def _of_absolute_scores(scores_fake):
    return -scores_fake.abs().mean()


@CRITIC_GENERATOR_LOSS.wrong("nothing is halved here: for {case} {expected} is right, not {got}")
def _mean_halved(scores_fake):
    return -scores_fake.mean() / 2


@CRITIC_GENERATOR_LOSS.wrong("that is one number for each image: take the mean over the batch")
def _without_the_mean(scores_fake):
    return -scores_fake


@CRITIC_GENERATOR_LOSS.wrong("the number is right, but G learns nothing from it: no gradient flows back to the scores")
def _scores_detached(scores_fake):
    return -scores_fake.detach().mean()
