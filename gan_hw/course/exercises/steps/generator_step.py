"""Exercise `generator_step` of notebook 4: G's step."""

from collections.abc import Callable
from typing import Any

import torch

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.steps.common import (
    LEARNING_RATE,
    STEP_CASES,
    batch,
    condition_of,
    leave_old_gradients,
    passes_of,
    small_discriminator,
    small_generator,
    weights_of,
)
from gan_hw.losses import Loss


def _after_a_generator_step(answer: Callable[..., Any], objective: Loss, count: int) -> dict[str, Any]:
    generator, discriminator = small_generator(), small_discriminator()
    before = weights_of(discriminator)
    leave_old_gradients(generator)
    optimiser = torch.optim.SGD(generator.parameters(), LEARNING_RATE)
    answer(discriminator, generator, objective, optimiser, *batch(count, 4))
    return {
        "G's weights": weights_of(generator),
        "D's weights unchanged": torch.equal(weights_of(discriminator), before),
        "no gradient for D": all(weight.grad is None for weight in discriminator.parameters()),
        "D afterwards": condition_of(discriminator),
        "G afterwards": condition_of(generator),
        "G's images": passes_of(generator),
    }


GENERATOR_STEP = Exercise(
    name="generator_step",
    notebook="04",
    points=2,
    title="G's step",
    task="""One update of G with `objective.generator_loss(discriminator, fake, real)`. The gradient must run *through*
D into the images and on into G, but D itself must get none: neither may its weights move, nor may gradients be left in
them (stricter than needed, so that you see where the gradient goes). After the step D must be able to learn again.""",
    hints=(
        "Here nothing may be detached: a generator that gets no gradient learns nothing.",
        "Either switch the gradients of D's weights off before (`requires_grad_(False)`) and on afterwards, or tell "
        "`backward` whose gradients you want.",
        "`loss.backward(inputs=list(generator.parameters()))` leaves gradients only in G's weights.",
    ),
    cases=STEP_CASES,
    observe=_after_a_generator_step,
)


@GENERATOR_STEP.solution
def generator_step(discriminator, generator, objective, optimiser, real, z):
    """One step of G's optimiser with the images that G makes of z (N, z_dim); real: this step's real images."""
    loss = objective.generator_loss(discriminator, generator(z), real)
    optimiser.zero_grad()
    loss.backward(inputs=list(generator.parameters()))
    optimiser.step()


@GENERATOR_STEP.right
def _frozen_meanwhile(discriminator, generator, objective, optimiser, real, z):
    discriminator.requires_grad_(False)
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z), real).backward()
    optimiser.step()
    discriminator.requires_grad_(True)


@GENERATOR_STEP.right
def _cleared_afterwards(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z), real).backward()
    optimiser.step()
    discriminator.zero_grad()


@GENERATOR_STEP.right
def _gradients_by_hand(discriminator, generator, objective, optimiser, real, z):
    weights = list(generator.parameters())
    loss = objective.generator_loss(discriminator, generator(z), real)
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimiser.step()


@GENERATOR_STEP.wrong("G is right, but gradients were left in D's weights, and D's next step would add them")
def _gradients_left_in_d(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z), real).backward()
    optimiser.step()


@GENERATOR_STEP.wrong("D is frozen for good: switch the gradients of its weights on again after the step")
def _frozen_for_good(discriminator, generator, objective, optimiser, real, z):
    discriminator.requires_grad_(False)
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z), real).backward()
    optimiser.step()


@GENERATOR_STEP.wrong("no gradient reaches G, which stands still: its images must not be detached from it here")
def _detached_images(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.generator_loss(discriminator, generator(z).detach(), real).backward()
    discriminator.zero_grad()
    optimiser.step()


@GENERATOR_STEP.wrong("gradients of an earlier step are still in G and add up: clear them with zero_grad")
def _old_gradients_of_g(discriminator, generator, objective, optimiser, real, z):
    objective.generator_loss(discriminator, generator(z), real).backward()
    optimiser.step()
    discriminator.zero_grad()


@GENERATOR_STEP.wrong("the weights of G did not follow the gradient as one step of the optimiser")
def _two_steps_of_g(discriminator, generator, objective, optimiser, real, z):
    generator_step(discriminator, generator, objective, optimiser, real, z)
    optimiser.step()


@GENERATOR_STEP.wrong("that is D's loss: G would learn to be recognised")
def _discriminators_loss(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    objective.discriminator_loss(discriminator, real, generator(z)).backward(inputs=list(generator.parameters()))
    optimiser.step()


@GENERATOR_STEP.wrong(
    "generator_loss gets generated images in place of the real ones: a relativistic loss compares with the real ones"
)
def _generated_for_real(discriminator, generator, objective, optimiser, real, z):
    fake = generator(z)
    optimiser.zero_grad()
    objective.generator_loss(discriminator, fake, fake).backward(inputs=list(generator.parameters()))
    optimiser.step()


@GENERATOR_STEP.wrong("the step is right, but D is left in eval mode, in which its BatchNorm uses other statistics")
def _d_left_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    generator_step(discriminator, generator, objective, optimiser, real, z)
    discriminator.eval()


@GENERATOR_STEP.wrong("D judges in eval mode, so that its BatchNorm uses other statistics: leave its mode")
def _d_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    discriminator.eval()
    generator_step(discriminator, generator, objective, optimiser, real, z)
    discriminator.train()


@GENERATOR_STEP.wrong("the images are made by a G in eval mode: leave its mode")
def _g_in_eval_mode(discriminator, generator, objective, optimiser, real, z):
    generator.eval()
    generator_step(discriminator, generator, objective, optimiser, real, z)
    generator.train()


@GENERATOR_STEP.wrong("G climbs: its loss is to be minimised, and here its negative is")
def _climbing_g(discriminator, generator, objective, optimiser, real, z):
    optimiser.zero_grad()
    loss = -objective.generator_loss(discriminator, generator(z), real)
    loss.backward(inputs=list(generator.parameters()))
    optimiser.step()
