"""Exercise `least_squares_losses` of notebook 3: Least squares instead of cross-entropy."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_in_words


def _two_losses(answer: Callable[..., Any], logits_real: Tensor, logits_fake: Tensor) -> Any:
    leaves = {"logits_real": logits_real.requires_grad_(), "logits_fake": logits_fake.requires_grad_()}
    losses = answer(logits_real * 1, logits_fake * 1)
    if losses is None:
        return None
    if not isinstance(losses, tuple | list) or len(losses) != 2:
        return {"returned": "something else than a pair"}
    loss_d, loss_g = (loss_in_words(loss, leaves) for loss in losses)
    return {"returned": "a pair of losses", "loss_d": loss_d, "loss_g": loss_g}


LEAST_SQUARES_LOSSES = Exercise(
    name="least_squares_losses",
    notebook="03",
    points=2,
    title="Least squares instead of cross-entropy",
    task="""LSGAN (Mao et al. 2017) measures how far D's outputs are from their targets by squares: $L_D =
\\frac12\\mathbb{E}_x[(D(x) - 1)^2] + \\frac12\\mathbb{E}_z[D(G(z))^2]$ and $L_G = \\frac12\\mathbb{E}_z[(D(G(z)) -
1)^2]$. Here $D$ is the logit itself, without a sigmoid, and each mean is that over the batch. Unlike cross-entropy,
$L_G$ keeps a gradient for images that D takes for real with a logit far above 1, so it also pulls such images back
towards the logit 1. Write `least_squares_losses`, which returns both losses.""",
    hints=(
        "Three means of squares are needed: one of the real images, and two of the generated ones, with two targets.",
        "`((logits - target) ** 2).mean() / 2` is each of them. Return a tuple: the loss of D, then the loss of G.",
    ),
    cases=[
        case("four logits of each kind", [1.5, -0.5, 2.5, 0.3], [-1.0, 0.7, -2.2, -0.4]),
        case("one logit of each kind", [-0.8], [1.9]),
        case("logits of up to 9", [4.0, 9.0, -2.0], [-6.0, 3.0, -1.0]),
    ],
    observe=_two_losses,
    imports=IMPORTS,
)


@LEAST_SQUARES_LOSSES.solution
def least_squares_losses(logits_real, logits_fake):
    """logits_real, logits_fake (N,), of real and of generated images -> (loss_d, loss_g), two scalars."""
    loss_d = ((logits_real - 1) ** 2).mean() / 2 + (logits_fake**2).mean() / 2
    loss_g = ((logits_fake - 1) ** 2).mean() / 2
    return loss_d, loss_g


@LEAST_SQUARES_LOSSES.right
def _squares_by_mse(logits_real, logits_fake):
    ones, zeros = torch.ones_like(logits_real), torch.zeros_like(logits_fake)
    loss_d = 0.5 * (F.mse_loss(logits_real, ones) + F.mse_loss(logits_fake, zeros))
    return [loss_d, 0.5 * F.mse_loss(logits_fake, ones)]


@LEAST_SQUARES_LOSSES.right
def _squares_of_one_batch(logits_real, logits_fake):
    targets = torch.cat([torch.ones_like(logits_real), torch.zeros_like(logits_fake)])
    loss_d = (torch.cat([logits_real, logits_fake]) - targets).square().mean()
    return loss_d, logits_fake.sub(1).square().sum() / (2 * len(logits_fake))


@LEAST_SQUARES_LOSSES.right
def _squares_multiplied_out(logits_real, logits_fake):
    square_real, square_fake = logits_real.pow(2).mean(), logits_fake.pow(2).mean()
    loss_d = square_real / 2 - logits_real.mean() + 0.5 + square_fake / 2
    return loss_d, square_fake / 2 - logits_fake.mean() + 0.5


@LEAST_SQUARES_LOSSES.right
def _squares_as_a_loop(logits_real, logits_fake):
    loss_d = loss_g = 0
    for real, fake in zip(logits_real, logits_fake, strict=True):
        loss_d = loss_d + ((real - 1) * (real - 1) + fake * fake) / 2 / len(logits_real)
        loss_g = loss_g + (fake - 1) * (fake - 1) / 2 / len(logits_real)
    return loss_d, loss_g


@LEAST_SQUARES_LOSSES.wrong(
    "real and generated images are exchanged in both losses: D's target is 1 for the real ones, and G's loss is made "
    "from the generated ones"
)
def _squares_exchanged(logits_real, logits_fake):
    return least_squares_losses(logits_fake, logits_real)


@LEAST_SQUARES_LOSSES.wrong("D's targets are exchanged: 1 is for real images, and 0 for generated ones")
def _squares_with_targets_of_d_exchanged(logits_real, logits_fake):
    loss_d = (logits_real**2).mean() / 2 + ((logits_fake - 1) ** 2).mean() / 2
    return loss_d, ((logits_fake - 1) ** 2).mean() / 2


@LEAST_SQUARES_LOSSES.wrong("every target is exchanged: 1 stands for real and 0 for generated, in D's loss and in G's")
def _squares_with_all_targets_exchanged(logits_real, logits_fake):
    loss_d = (logits_real**2).mean() / 2 + ((logits_fake - 1) ** 2).mean() / 2
    return loss_d, (logits_fake**2).mean() / 2


@LEAST_SQUARES_LOSSES.wrong(
    "G's target is 0, which is D's for generated images: G wants them to be taken for real, so 1"
)
def _squares_with_target_zero_for_g(logits_real, logits_fake):
    loss_d, _ = least_squares_losses(logits_real, logits_fake)
    return loss_d, (logits_fake**2).mean() / 2


@LEAST_SQUARES_LOSSES.wrong("all halves are missing: for {case} {got}, and {expected} is right")
def _squares_without_halves(logits_real, logits_fake):
    loss_d, loss_g = least_squares_losses(logits_real, logits_fake)
    return 2 * loss_d, 2 * loss_g


@LEAST_SQUARES_LOSSES.wrong("the half in G's loss is missing: for {case} {got}, and {expected} is right")
def _squares_without_the_half_of_g(logits_real, logits_fake):
    loss_d, loss_g = least_squares_losses(logits_real, logits_fake)
    return loss_d, 2 * loss_g


@LEAST_SQUARES_LOSSES.wrong("D's loss is not halved: for {case} {got}, and {expected} is right")
def _squares_without_the_halves_of_d(logits_real, logits_fake):
    loss_d, loss_g = least_squares_losses(logits_real, logits_fake)
    return 2 * loss_d, loss_g


@LEAST_SQUARES_LOSSES.wrong("D's loss is halved twice: for {case} {got}, and {expected} is right")
def _squares_halved_twice(logits_real, logits_fake):
    loss_d, loss_g = least_squares_losses(logits_real, logits_fake)
    return loss_d / 2, loss_g


@LEAST_SQUARES_LOSSES.wrong("the squares are summed over the images: for {case} {got}, and with means {expected}")
def _squares_summed(logits_real, logits_fake):
    loss_d = ((logits_real - 1) ** 2).sum() / 2 + (logits_fake**2).sum() / 2
    return loss_d, ((logits_fake - 1) ** 2).sum() / 2


@LEAST_SQUARES_LOSSES.wrong("the mean comes before the square: then a logit above the target makes up for one below it")
def _squares_of_the_means(logits_real, logits_fake):
    mean_real, mean_fake = logits_real.mean(), logits_fake.mean()
    return (mean_real - 1) ** 2 / 2 + mean_fake**2 / 2, (mean_fake - 1) ** 2 / 2


@LEAST_SQUARES_LOSSES.wrong("the logits go through a sigmoid: here the logit itself is compared with its target")
def _squares_of_probabilities(logits_real, logits_fake):
    return least_squares_losses(torch.sigmoid(logits_real), torch.sigmoid(logits_fake))


@LEAST_SQUARES_LOSSES.wrong("the two losses are returned in the wrong order: first D's, then G's")
def _squares_in_the_wrong_order(logits_real, logits_fake):
    return least_squares_losses(logits_real, logits_fake)[::-1]


@LEAST_SQUARES_LOSSES.wrong(
    "these are the paper's other targets (1 and -1 for D, 0 for G): here D's are 1 and 0, and G's is 1"
)
def _squares_with_other_targets(logits_real, logits_fake):
    return ((logits_real - 1) ** 2).mean() / 2 + ((logits_fake + 1) ** 2).mean() / 2, (logits_fake**2).mean() / 2


@LEAST_SQUARES_LOSSES.wrong("the distances are not squared")
def _squares_forgotten(logits_real, logits_fake):
    loss_d = (logits_real - 1).abs().mean() / 2 + logits_fake.abs().mean() / 2
    return loss_d, (logits_fake - 1).abs().mean() / 2


@LEAST_SQUARES_LOSSES.wrong("the sign of G's loss is wrong: G minimises its distance from the target, as D does")
def _squares_maximised_by_g(logits_real, logits_fake):
    loss_d, loss_g = least_squares_losses(logits_real, logits_fake)
    return loss_d, -loss_g
