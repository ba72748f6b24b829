"""Exercise `relativistic_loss` of notebook 6: Real and generated in pairs."""

import torch
import torch.nn.functional as F

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

RELATIVISTIC_LOSS = Exercise(
    name="relativistic_loss",
    notebook="06",
    points=1,
    title="Real and generated in pairs",
    task="""A relativistic D does not judge an image by itself: it compares. Real image $i$ is paired with generated
image $i$, and D's loss for the pair is $-\\log\\sigma(\\ell_i - \\tilde\\ell_i)$, where $\\ell_i$ is the logit of the
real one and $\\tilde\\ell_i$ that of the generated one: the cross-entropy of telling which of the two is real. (G
minimises the same with the two exchanged.) Write `relativistic_loss`, the mean over all pairs. It must be right for
differences of 200, -200 and 2000, too.""",
    hints=(
        "The logit of the pair is the difference of the two logits. $-\\log\\sigma(d)$ can be written as the softplus "
        "of something.",
        "$-\\log\\sigma(d)$ = softplus$(-d)$. Take `F.softplus` of each pair's difference, generated minus real, and "
        "then the mean.",
    ),
    cases=[
        case("four pairs", [1.5, -0.5, 2.5, 0.3], [-1.0, 0.7, -2.2, 1.4]),
        case("one pair", [-0.8], [0.9]),
        case("pairs with differences of 200 and -200", [-100.0, 90.0, 3.0], [100.0, -110.0, 1.0]),
        case("pairs with differences of 2000 and -2000", [-1000.0, 1000.0], [1000.0, -1000.0]),
    ],
    observe=loss_and_gradient("logits_real", "logits_fake"),
    imports=IMPORTS,
    may_change=("logits_real", "logits_fake"),
)


@RELATIVISTIC_LOSS.solution
def relativistic_loss(logits_real, logits_fake):
    """logits_real, logits_fake (N,), those at one place being a pair -> what D minimises, a scalar."""
    return F.softplus(logits_fake - logits_real).mean()


@RELATIVISTIC_LOSS.right
def _pairs_by_logsigmoid(logits_real, logits_fake):
    return -F.logsigmoid(logits_real - logits_fake).sum() / len(logits_real)


@RELATIVISTIC_LOSS.right
def _pairs_by_cross_entropy(logits_real, logits_fake):
    difference = logits_real.sub_(logits_fake)
    return F.binary_cross_entropy_with_logits(difference, torch.ones_like(difference))


@RELATIVISTIC_LOSS.right
def _pairs_by_softmax(logits_real, logits_fake):
    pairs = torch.stack([logits_real, logits_fake], dim=1)
    return F.cross_entropy(pairs, torch.zeros(len(pairs), dtype=torch.long))


@RELATIVISTIC_LOSS.right
def _pairs_as_a_loop(logits_real, logits_fake):
    pairs = zip(logits_real, logits_fake, strict=True)
    return sum(torch.logaddexp(real, fake) - real for real, fake in pairs) / len(logits_real)


@RELATIVISTIC_LOSS.wrong(
    "the mean comes too early: each pair has a softplus of its own, and the mean is taken after it"
)
def _pairs_of_means(logits_real, logits_fake):
    return F.softplus(logits_fake.mean() - logits_real.mean())


@RELATIVISTIC_LOSS.wrong(
    "that is G's loss: D lowers its own by raising the real logit of a pair above the generated one"
)
def _pairs_exchanged(logits_real, logits_fake):
    return F.softplus(logits_real - logits_fake).mean()


@RELATIVISTIC_LOSS.wrong("that is the sum over the pairs: for {case} {got}, and the mean is {expected}")
def _pairs_summed(logits_real, logits_fake):
    return F.softplus(logits_fake - logits_real).sum()


@RELATIVISTIC_LOSS.wrong("the softplus is missing: this is the loss of a Wasserstein critic")
def _pairs_without_softplus(logits_real, logits_fake):
    return (logits_fake - logits_real).mean()


@RELATIVISTIC_LOSS.wrong(
    "this judges each image by itself, as the GAN loss does: take the difference of each pair first"
)
def _not_in_pairs(logits_real, logits_fake):
    return (F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()) / 2


@RELATIVISTIC_LOSS.wrong("every real image is compared with every generated one: a pair is the two at the same place")
def _each_with_each(logits_real, logits_fake):
    return F.softplus(logits_fake[:, None] - logits_real[None, :]).mean()


@RELATIVISTIC_LOSS.wrong(
    "this is the relativistic average loss, which compares an image with the mean of the others: compare it with its "
    "partner alone"
)
def _with_the_average(logits_real, logits_fake):
    above = F.softplus(logits_fake.mean() - logits_real).mean()
    return above + F.softplus(logits_fake - logits_real.mean()).mean()


@RELATIVISTIC_LOSS.wrong(
    "the loss is not finite where D ranks a pair the wrong way round by 200: float32 rounds sigmoid(-200) to 0, and "
    "exp(200) to infinity, before the log is taken"
)
def _pairs_sigmoid_then_log(logits_real, logits_fake):
    return -torch.log(torch.sigmoid(logits_real - logits_fake)).mean()


@RELATIVISTIC_LOSS.wrong(
    "the differences are cut off before the loss: {got} for {case}, where {expected} is right. softplus needs no limits"
)
def _pairs_of_limited_differences(logits_real, logits_fake):
    return F.softplus((logits_fake - logits_real).clamp(-200, 200)).mean()


@RELATIVISTIC_LOSS.wrong("the logarithm is missing: this is the mean probability of the wrong ranking")
def _pairs_without_the_log(logits_real, logits_fake):
    return torch.sigmoid(logits_fake - logits_real).mean()


@RELATIVISTIC_LOSS.wrong("the sign is wrong: D would maximise its cross-entropy")
def _pairs_negated(logits_real, logits_fake):
    return -F.softplus(logits_fake - logits_real).mean()


@RELATIVISTIC_LOSS.wrong("that is one number for each pair: take the mean over the batch")
def _pairs_without_the_mean(logits_real, logits_fake):
    return F.softplus(logits_fake - logits_real)


@RELATIVISTIC_LOSS.wrong("nothing is halved here: a pair has one cross-entropy, and for {case} the mean is {expected}")
def _pairs_halved(logits_real, logits_fake):
    return F.softplus(logits_fake - logits_real).mean() / 2


@RELATIVISTIC_LOSS.wrong(
    "the number is right, but D learns nothing from the generated images: detach the images from G before D sees them, "
    "and leave D's logits as they are"
)
def _pairs_detached(logits_real, logits_fake):
    return F.softplus(logits_fake.detach() - logits_real).mean()
