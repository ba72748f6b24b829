"""Exercise `generator_loss` of notebook 3: The GAN loss of G."""

import torch
import torch.nn.functional as F

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

GENERATOR_LOSS = Exercise(
    name="generator_loss",
    notebook="03",
    points=1,
    title="The GAN loss of G",
    task="""In the minimax game G would minimise $\\frac1N\\sum_i\\log(1 - \\sigma(\\tilde\\ell_i))$, with the logits
$\\tilde\\ell_i$ of generated images. Early on, when D rejects every one of them with confidence, that loss is flat and
G hardly learns. Goodfellow et al. let G minimise $-\\frac1N\\sum_i\\log\\sigma(\\tilde\\ell_i)$ instead, the
*non-saturating* loss: its gradient is largest for just these images. Write `generator_loss`; it must be right for a
logit of -200, too.""",
    hints=(
        "It is a binary cross-entropy again. Which target does G want D to have for generated images?",
        "`F.binary_cross_entropy_with_logits(logits_fake, targets)` with the target 1 for each image.",
    ),
    cases=[
        case("four logits", [-1.0, 0.7, -2.2, -0.4]),
        case("one logit", [1.3]),
        case("a logit of -200 among three", [-200.0, 4.0, -3.0]),
    ],
    observe=loss_and_gradient("logits_fake"),
    imports=IMPORTS,
)


@GENERATOR_LOSS.solution
def generator_loss(logits_fake):
    """logits_fake (N,), of generated images -> what G minimises, a scalar."""
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones_like(logits_fake))


@GENERATOR_LOSS.right
def _g_by_softplus(logits_fake):
    return F.softplus(-logits_fake).mean()


@GENERATOR_LOSS.right
def _g_by_logsigmoid(logits_fake):
    return -F.logsigmoid(logits_fake).sum() / len(logits_fake)


@GENERATOR_LOSS.right
def _g_as_a_loop(logits_fake):
    return sum(torch.logaddexp(-logit, torch.zeros(())) for logit in logits_fake) / len(logits_fake)


@GENERATOR_LOSS.right
def _g_in_place(logits_fake):
    rest = logits_fake.abs().neg_().exp().log1p()
    return rest.sub_(logits_fake.clamp(max=0)).mean()


@GENERATOR_LOSS.wrong(
    "that is the saturating loss, the mean of log(1 - D): it is flat where D rejects the images with confidence. "
    "Minimise minus the mean of log D"
)
def _g_saturating(logits_fake):
    return torch.log(1 - torch.sigmoid(logits_fake)).mean()


@GENERATOR_LOSS.wrong(
    "that is D's loss for generated images, with the target 0: G would learn to make images that D rejects"
)
def _g_with_target_zero(logits_fake):
    return F.softplus(logits_fake).mean()


@GENERATOR_LOSS.wrong("the sign is wrong: by minimising the mean of log D, G would make images that D finds less real")
def _g_negated(logits_fake):
    return F.logsigmoid(logits_fake).mean()


@GENERATOR_LOSS.wrong("that is the sum over the images: for {case} {got}, and the mean is {expected}")
def _g_summed(logits_fake):
    return F.softplus(-logits_fake).sum()


@GENERATOR_LOSS.wrong(
    "the loss is not finite for an image that D rejects with a logit of -200: float32 rounds its sigmoid to 0, and "
    "exp(200) to infinity, before the log is taken. Use a function that takes logits"
)
def _g_sigmoid_then_log(logits_fake):
    return -torch.log(torch.sigmoid(logits_fake)).mean()


@GENERATOR_LOSS.wrong(
    "the logarithm is cut off at -100, as binary_cross_entropy does it, and G learns nothing from its worst images: "
    "{got} for {case}, where {expected} is right. Give the logits to a function that takes logits"
)
def _g_cut_off(logits_fake):
    return F.binary_cross_entropy(torch.sigmoid(logits_fake), torch.ones_like(logits_fake))


@GENERATOR_LOSS.wrong(
    "that is G's loss against a Wasserstein critic, minus the mean score: here the log of D's probability is wanted"
)
def _g_as_against_a_critic(logits_fake):
    return -logits_fake.mean()


@GENERATOR_LOSS.wrong("the mean comes too early: each image has its own cross-entropy, and the mean is taken of these")
def _g_of_the_mean_logit(logits_fake):
    return F.softplus(-logits_fake.mean())


@GENERATOR_LOSS.wrong(
    "the number is right, but not its gradient, which is that of another loss: every step from the logits to the "
    "result has to be differentiable, and nothing on the way detached"
)
def _g_with_the_saturating_gradient(logits_fake):
    saturating = -F.softplus(logits_fake).mean()
    return saturating - saturating.detach() + F.softplus(-logits_fake).mean().detach()


@GENERATOR_LOSS.wrong("nothing is halved here: D's loss has two parts, and G's has one")
def _g_halved(logits_fake):
    return F.softplus(-logits_fake).mean() / 2


@GENERATOR_LOSS.wrong("the number is right, but G learns nothing from it: no gradient flows back through the logits")
def _g_detached(logits_fake):
    return F.softplus(-logits_fake.detach()).mean()
