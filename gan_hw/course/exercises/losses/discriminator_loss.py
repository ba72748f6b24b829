"""Exercise `discriminator_loss` of notebook 3: The GAN loss of D."""

import torch
import torch.nn.functional as F

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

DISCRIMINATOR_LOSS = Exercise(
    name="discriminator_loss",
    notebook="03",
    points=2,
    title="The GAN loss of D",
    task="""D gives each image a logit: $\\ell_i$ for the real image $x_i$, and $\\tilde\\ell_i$ for the generated image
$\\tilde x_i$. $\\sigma(\\ell_i)$ is the probability that D gives the image of being real. Write `discriminator_loss`,
the mean of two binary cross-entropies, $\\frac12\\left(-\\frac1N\\sum_i\\log\\sigma(\\ell_i) - \\frac1N\\sum_i\\log(1 -
\\sigma(\\tilde\\ell_i))\\right)$. A D that only guesses has the loss $\\log 2 = 0.69$. The result must be finite and
right for logits of 200, -200 and 1000 as well: one infinite loss ruins a whole training.""",
    hints=(
        "Each part is a binary cross-entropy: with the target 1 for real images, and with the target 0 for generated "
        "ones. PyTorch has a function for it that takes logits.",
        "`F.binary_cross_entropy_with_logits(logits, targets)` takes the mean over the images. "
        "`torch.ones_like` and `torch.zeros_like` make the targets.",
        "`loss_real = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))`; the other part "
        "is made with `logits_fake` and zeros. Return half the sum of both.",
    ),
    cases=[
        case("four logits of each kind", [1.5, -0.5, 2.5, 0.3], [-1.0, 0.7, -2.2, -0.4]),
        case("one logit of each kind", [-0.8], [-1.7]),
        case("logits of 200 and -200", [-200.0, 200.0, 3.0], [200.0, -200.0, -1.0]),
        case("logits of 1000 and -1000", [-1000.0, 1000.0], [1000.0, -1000.0]),
    ],
    observe=loss_and_gradient("logits_real", "logits_fake"),
    imports=IMPORTS,
    may_change=("logits_real", "logits_fake"),
)


@DISCRIMINATOR_LOSS.solution
def discriminator_loss(logits_real, logits_fake):
    """logits_real, logits_fake (N,), of real and of generated images -> what D minimises, a scalar."""
    loss_real = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))
    loss_fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
    return (loss_real + loss_fake) / 2


@DISCRIMINATOR_LOSS.right
def _d_by_softplus(logits_real, logits_fake):
    return 0.5 * F.softplus(-logits_real).mean() + 0.5 * F.softplus(logits_fake).mean()


@DISCRIMINATOR_LOSS.right
def _d_by_logsigmoid(logits_real, logits_fake):
    return -(F.logsigmoid(logits_real) + F.logsigmoid(-logits_fake)).mean() / 2


@DISCRIMINATOR_LOSS.right
def _d_of_one_batch(logits_real, logits_fake):
    targets = torch.cat([torch.ones_like(logits_real), torch.zeros_like(logits_fake)])
    return torch.nn.BCEWithLogitsLoss()(torch.cat([logits_real, logits_fake]), targets)


@DISCRIMINATOR_LOSS.right
def _d_as_a_loop_in_place(logits_real, logits_fake):
    total = 0
    for logit in [*logits_real.neg_(), *logits_fake]:
        total = total + torch.logaddexp(logit, torch.zeros_like(logit))
    return total / len(logits_real) / 2


@DISCRIMINATOR_LOSS.wrong(
    "real and generated images are exchanged: the target is 1 for real images, 0 for generated ones"
)
def _d_exchanged(logits_real, logits_fake):
    return discriminator_loss(logits_fake, logits_real)


@DISCRIMINATOR_LOSS.wrong(
    "the half is missing: for {case} the sum of both parts is {got}, and their mean is {expected}"
)
def _d_without_the_half(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()


@DISCRIMINATOR_LOSS.wrong(
    "the cross-entropies are summed over the images: for {case} {got}, and with means, which do not grow with N, "
    "{expected}"
)
def _d_summed(logits_real, logits_fake):
    return (F.softplus(-logits_real).sum() + F.softplus(logits_fake).sum()) / 2


@DISCRIMINATOR_LOSS.wrong(
    "the loss is not finite where D is sure and wrong: float32 rounds sigmoid(-200) to 0, and exp(200) to infinity, "
    "before the log is taken. Use a function that takes logits"
)
def _d_sigmoid_then_log(logits_real, logits_fake):
    return -(torch.log(torch.sigmoid(logits_real)).mean() + torch.log(1 - torch.sigmoid(logits_fake)).mean()) / 2


@DISCRIMINATOR_LOSS.wrong(
    "the logarithm is cut off at -100, as binary_cross_entropy does it, and D learns nothing from its worst mistakes: "
    "{got} for {case}, where {expected} is right. Give the logits to a function that takes logits"
)
def _d_cut_off(logits_real, logits_fake):
    loss_real = F.binary_cross_entropy(torch.sigmoid(logits_real), torch.ones_like(logits_real))
    loss_fake = F.binary_cross_entropy(torch.sigmoid(logits_fake), torch.zeros_like(logits_fake))
    return (loss_real + loss_fake) / 2


@DISCRIMINATOR_LOSS.wrong(
    "1e-8 inside the logarithm keeps the loss finite, but not right: {got} for {case}, where {expected} is right. "
    "A function that takes logits needs no such number"
)
def _d_with_an_epsilon(logits_real, logits_fake):
    probability_real, probability_fake = torch.sigmoid(logits_real), torch.sigmoid(logits_fake)
    return -(torch.log(probability_real + 1e-8).mean() + torch.log(1 - probability_fake + 1e-8).mean()) / 2


@DISCRIMINATOR_LOSS.wrong(
    "the logits are cut off before the loss: {got} for {case}, where {expected} is right. A function that takes logits "
    "needs no limits"
)
def _d_of_limited_logits(logits_real, logits_fake):
    return discriminator_loss(logits_real.clamp(-200, 200), logits_fake.clamp(-200, 200))


@DISCRIMINATOR_LOSS.wrong("the sign is wrong: D minimises its loss, and a cross-entropy is minus the mean of a log")
def _d_negated(logits_real, logits_fake):
    return -discriminator_loss(logits_real, logits_fake)


@DISCRIMINATOR_LOSS.wrong("the target is 1 for both: D must give generated images a low probability, so theirs is 0")
def _d_with_one_target(logits_real, logits_fake):
    return (F.softplus(-logits_real).mean() + F.softplus(-logits_fake).mean()) / 2


@DISCRIMINATOR_LOSS.wrong("the generated images are left out: D could then call every image real")
def _d_of_real_images_alone(logits_real, logits_fake):
    return F.softplus(-logits_real).mean()


@DISCRIMINATOR_LOSS.wrong(
    "the number is right, but D learns nothing from the generated images: detach the images from G before D sees them, "
    "and leave D's logits as they are"
)
def _d_detached(logits_real, logits_fake):
    return discriminator_loss(logits_real, logits_fake.detach())


@DISCRIMINATOR_LOSS.wrong("that is one number for each pair of images: take the mean over the batch")
def _d_for_each_pair(logits_real, logits_fake):
    return (F.softplus(-logits_real) + F.softplus(logits_fake)) / 2
