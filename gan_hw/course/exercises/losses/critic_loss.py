"""Exercise `critic_loss` of notebook 3: The loss of a Wasserstein critic."""

import torch
import torch.nn.functional as F

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

CRITIC_LOSS = Exercise(
    name="critic_loss",
    notebook="03",
    points=1,
    title="The loss of a Wasserstein critic",
    task="""A Wasserstein critic gives each image a score, which may be any number. It should score real images above
generated ones, by as much as its slope allows: the difference of the two mean scores then estimates the distance
between the distributions. The optimiser minimises, so the critic's loss is minus this difference. Write
`critic_loss`.""",
    hints=(
        "Which of the two means must fall when the loss falls, and which one must rise?",
        "`scores_fake.mean()`, minus the same of the real images.",
    ),
    cases=[
        case("four scores of each kind", [3.0, -1.0, 2.5, 4.0], [0.5, -2.0, 1.5, -0.3]),
        case("one score of each kind", [-2.0], [0.7]),
        case("scores of up to 70", [40.0, 70.0, -20.0], [-60.0, 10.0, 35.0]),
        case("scores of 1000 and -1000", [1000.0, -900.0, -1000.0], [-1000.0, 800.0, 1000.0]),
    ],
    observe=loss_and_gradient("scores_real", "scores_fake"),
    imports=IMPORTS,
    may_change=("scores_real", "scores_fake"),
)


@CRITIC_LOSS.solution
def critic_loss(scores_real, scores_fake):
    """scores_real, scores_fake (N,), of real and of generated images -> what the critic minimises, a scalar."""
    return scores_fake.mean() - scores_real.mean()


@CRITIC_LOSS.right
def _critic_pair_by_pair(scores_real, scores_fake):
    return (scores_fake - scores_real).mean()


@CRITIC_LOSS.right
def _critic_minus_the_distance(scores_real, scores_fake):
    return -(scores_real.sum() - scores_fake.sum()) / len(scores_real)


@CRITIC_LOSS.right
def _critic_as_a_loop(scores_real, scores_fake):
    return sum(fake - real for real, fake in zip(scores_real, scores_fake, strict=True)) / len(scores_fake)


@CRITIC_LOSS.right
def _critic_in_place(scores_real, scores_fake):
    return torch.cat([scores_fake, scores_real.neg_()]).mean().mul_(2)


@CRITIC_LOSS.wrong(
    "the sign is wrong: by minimising this, the critic would score generated images above real ones; for {case} "
    "{expected}, not {got}"
)
def _critic_exchanged(scores_real, scores_fake):
    return scores_real.mean() - scores_fake.mean()


@CRITIC_LOSS.wrong("the scores are summed over the images: for {case} {got}, and with means {expected}")
def _critic_summed(scores_real, scores_fake):
    return scores_fake.sum() - scores_real.sum()


@CRITIC_LOSS.wrong("the two means are added: the critic must raise one of them and lower the other")
def _critic_added(scores_real, scores_fake):
    return scores_fake.mean() + scores_real.mean()


@CRITIC_LOSS.wrong("that is the GAN loss: a critic's scores are no logits, and no logarithm is taken")
def _critic_with_cross_entropy(scores_real, scores_fake):
    return (F.softplus(-scores_real).mean() + F.softplus(scores_fake).mean()) / 2


@CRITIC_LOSS.wrong("the scores go through a sigmoid: a critic's scores are not probabilities and must not be bounded")
def _critic_with_a_sigmoid(scores_real, scores_fake):
    return torch.sigmoid(scores_fake).mean() - torch.sigmoid(scores_real).mean()


@CRITIC_LOSS.wrong("the scores are cut off, {got} instead of {expected} for {case}: a critic's scores have no limits")
def _critic_of_limited_scores(scores_real, scores_fake):
    return critic_loss(scores_real.clamp(-100, 100), scores_fake.clamp(-100, 100))


@CRITIC_LOSS.wrong("the loss loses its sign: an absolute value would be smallest for two equal means")
def _critic_absolute(scores_real, scores_fake):
    return (scores_fake.mean() - scores_real.mean()).abs()


@CRITIC_LOSS.wrong("nothing is halved here: for {case} the difference of the means is {expected}, not {got}")
def _critic_halved(scores_real, scores_fake):
    return (scores_fake.mean() - scores_real.mean()) / 2


@CRITIC_LOSS.wrong("the real images are left out: the critic could then lower every score")
def _critic_of_generated_images_alone(scores_real, scores_fake):
    return scores_fake.mean()


@CRITIC_LOSS.wrong("that is one number for each pair of images: take the mean over the batch")
def _critic_for_each_pair(scores_real, scores_fake):
    return scores_fake - scores_real


@CRITIC_LOSS.wrong(
    "the number is right, but the critic learns nothing from the generated images: detach the images from G before the "
    "critic sees them, and leave its scores as they are"
)
def _critic_detached(scores_real, scores_fake):
    return scores_fake.detach().mean() - scores_real.mean()
