"""Exercise `discriminator_step` of notebook 4: D's step."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.steps.common import (
    LEARNING_RATE,
    STEP_CASES,
    batch,
    condition_of,
    gradients_of,
    leave_old_gradients,
    passes_of,
    small_discriminator,
    small_generator,
    weights_of,
)
from gan_hw.losses import Loss


def _after_a_discriminator_step(answer: Callable[..., Any], objective: Loss, count: int) -> dict[str, Any]:
    generator, discriminator = small_generator(), small_discriminator()
    before = weights_of(generator)
    leave_old_gradients(discriminator)
    leave_old_gradients(generator)
    optimiser = torch.optim.SGD(discriminator.parameters(), LEARNING_RATE)
    answer(discriminator, generator, objective, optimiser, *batch(count, 3))
    return {
        "D's weights": weights_of(discriminator),
        "G's weights unchanged": torch.equal(weights_of(generator), before),
        "G's gradients": gradients_of(generator),
        "D afterwards": condition_of(discriminator),
        "G afterwards": condition_of(generator),
        "G's images": passes_of(generator),
    }


DISCRIMINATOR_STEP = Exercise(
    name="discriminator_step",
    notebook="04",
    points=2,
    title="D's step",
    task="""`objective` holds a method's two losses. One update of D: generate images from `z`, compute
`objective.discriminator_loss(discriminator, real, fake)` and let D's optimiser minimise it. G must not be touched: the
graph of the generated images ends where they are handed to D, so that no gradient runs back into G.""",
    hints=(
        "An update is three calls: clear the old gradients, compute the new ones, move the weights.",
        "`.detach()` gives the same images without their graph. (Or generate them under `torch.no_grad()`.)",
        "`fake = generator(z).detach()`, the loss, and then `optimiser.zero_grad()`, `loss.backward()`, "
        "`optimiser.step()`.",
    ),
    cases=STEP_CASES,
    observe=_after_a_discriminator_step,
)


@DISCRIMINATOR_STEP.solution
def discriminator_step(discriminator, generator, objective, optimiser, real, z):
    """One step of D's optimiser on real images (N, 3, H, W) and on those that G makes of z (N, z_dim)."""
    fake = generator(z).detach()
    loss = objective.discriminator_loss(discriminator, real, fake)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


@DISCRIMINATOR_STEP.right
def _without_grad(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad(set_to_none=False)
    with torch.no_grad():
        fake = generator(z)
    objective.discriminator_loss(discriminator, real, fake).backward()
    optimiser.step()
    return fake


@DISCRIMINATOR_STEP.right
def _for_own_weights_only(discriminator, generator, objective, optimiser, real, z):
    loss = objective.discriminator_loss(discriminator, real, generator(z))
    optimiser.zero_grad()
    loss.backward(inputs=list(discriminator.parameters()))
    optimiser.step()


@DISCRIMINATOR_STEP.right
def _by_autograd_grad(discriminator, generator, objective, optimiser, real, z):
    weights = list(discriminator.parameters())
    loss = objective.discriminator_loss(discriminator, real, generator(z).clone().detach())
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimiser.step()


@DISCRIMINATOR_STEP.wrong("D's weights are right, but a gradient has run back into G: detach the generated images")
def _not_detached(discriminator, generator, objective, optimiser, real, z):
    loss = objective.discriminator_loss(discriminator, real, generator(z))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


@DISCRIMINATOR_STEP.wrong("gradients of an earlier step are still there and add up: clear them with zero_grad")
def _old_gradients(discriminator, generator, objective, optimiser, real, z):
    objective.discriminator_loss(discriminator, real, generator(z).detach()).backward()
    optimiser.step()


@DISCRIMINATOR_STEP.wrong("the gradients are cleared after backward, so that nothing is left to step with")
def _cleared_too_late(discriminator, generator, objective, optimiser, real, z):
    objective.discriminator_loss(discriminator, real, generator(z).detach()).backward()
    optimiser.zero_grad()
    optimiser.step()


@DISCRIMINATOR_STEP.wrong("real and generated images are exchanged, so that D learns to take one for the other")
def _exchanged_images(discriminator, generator, objective, optimiser, real, z):
    discriminator_step(discriminator, lambda _: real, objective, optimiser, generator(z).detach(), z)


@DISCRIMINATOR_STEP.wrong("that is G's loss: it makes D call generated images real")
def _generators_loss(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z).detach(), real).backward()
    optimiser.step()


@DISCRIMINATOR_STEP.wrong(
    "the gradients are there, but the weights of D did not follow them as one step of the optimiser"
)
def _two_steps(discriminator, generator, objective, optimiser, real, z):
    discriminator_step(discriminator, generator, objective, optimiser, real, z)
    optimiser.step()


@DISCRIMINATOR_STEP.wrong(
    "D's weights are right, but G is frozen for good and would learn nothing in its own step: detach its images instead"
)
def _g_frozen(discriminator, generator, objective, optimiser, real, z):
    generator.requires_grad_(False)
    discriminator_step(discriminator, generator, objective, optimiser, real, z)


@DISCRIMINATOR_STEP.wrong(
    "the images are made by a G in eval mode, whose BatchNorm uses other statistics than in training: leave its mode"
)
def _g_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    generator.eval()
    discriminator_step(discriminator, generator, objective, optimiser, real, z)
    generator.train()


@DISCRIMINATOR_STEP.wrong(
    "D is in eval mode during its step, so that its BatchNorm uses other statistics: leave its mode"
)
def _d_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    discriminator.eval()
    discriminator_step(discriminator, generator, objective, optimiser, real, z)
    discriminator.train()


@DISCRIMINATOR_STEP.wrong("D's weights are right, but G is left in eval mode, and its next step would be another one")
def _g_left_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    discriminator_step(discriminator, generator, objective, optimiser, real, z)
    generator.eval()


@DISCRIMINATOR_STEP.wrong("D's weights are right, but G draws twice: each pass costs time and changes its BatchNorm")
def _g_draws_twice(discriminator, generator, objective, optimiser, real, z):
    generator(z)
    discriminator_step(discriminator, generator, objective, optimiser, real, z)


@DISCRIMINATOR_STEP.wrong("D's weights are right, but G's gradients are cleared: only D's belong to this step")
def _gs_gradients_cleared(discriminator, generator, objective, optimiser, real, z):
    discriminator_step(discriminator, generator, objective, optimiser, real, z)
    generator.zero_grad()


@DISCRIMINATOR_STEP.wrong("large gradients are cut off: no limit is asked for")
def _gradients_cut_off(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.discriminator_loss(discriminator, real, generator(z).detach()).backward()
    nn.utils.clip_grad_norm_(discriminator.parameters(), 10)
    optimiser.step()


@DISCRIMINATOR_STEP.wrong("D climbs: the loss is to be minimised, and here its negative is")
def _climbing(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    (-objective.discriminator_loss(discriminator, real, generator(z).detach())).backward()
    optimiser.step()
