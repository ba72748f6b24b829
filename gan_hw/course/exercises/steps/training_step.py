"""Exercise `training_step` of notebook 4: The whole step."""

import itertools
from collections.abc import Callable
from typing import Any

import torch

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.steps.common import (
    LEARNING_RATE,
    Z_DIM,
    batch,
    condition_of,
    small_discriminator,
    small_generator,
    weights_of,
)
from gan_hw.losses import Loss, Relativistic, Standard, Wasserstein, WassersteinGP

STEPS = (2, 1, 3, 6, 4, 5)  # not in order, so that an answer has to look at `step` itself


def after_steps(answer: Callable[..., Any], objective: Loss, n_critic: int, count: int) -> dict[str, Any]:
    """The weights of both networks after these STEPS by `answer`; z is drawn as the kit's trainer draws it."""
    generator, discriminator = small_generator(), small_discriminator()
    optimiser_g = torch.optim.SGD(generator.parameters(), LEARNING_RATE)
    optimiser_d = torch.optim.SGD(discriminator.parameters(), LEARNING_RATE / 2)
    torch.manual_seed(5)
    for step in STEPS:
        real, _ = batch(count, step)
        answer(
            generator,
            discriminator,
            (optimiser_g, optimiser_d),
            objective,
            real,
            lambda: torch.randn(count, Z_DIM),
            step,
            n_critic,
        )
    return {
        "D's weights": weights_of(discriminator),
        "G's weights": weights_of(generator),
        "D afterwards": condition_of(discriminator),
        "G afterwards": condition_of(generator),
    }


TRAINING_STEP = Exercise(
    name="training_step",
    notebook="04",
    points=4,
    title="The whole step",
    task=f"""Now all of it: one training step that serves GAN, WGAN and WGAN-GP. D makes a step on `real` and on images
from noise that `sample_z()` gives; then `objective.after_discriminator_step(discriminator)` is called (a WGAN clips its
critic there); then, in every `n_critic`-th step, G makes a step with *new* noise from `sample_z()`. Here gradients of
G's step may stay in D, because D's next `zero_grad` clears them. The check trains {len(STEPS)} steps with your function
and with the kit's own, from the same seed, and compares every weight.""",
    hints=(
        "You have both halves from the exercises before. What is left is their order, the clipping and `n_critic`.",
        "D's step first: noise, generated images without a graph, loss, zero_grad, backward, step. Then "
        "`objective.after_discriminator_step(discriminator)`. Then `if step % n_critic == 0:` and G's step.",
        "In G's step call `sample_z()` again and do not detach. The gradients that it leaves in D are cleared by the "
        "zero_grad of D's next step.",
    ),
    cases=[
        Case("the GAN loss with n_critic 1", lambda: (Standard(), 1, 4)),
        Case("the Wasserstein loss with clipping and n_critic 2", lambda: (Wasserstein(0.05), 2, 3)),
        Case("WGAN-GP's loss with n_critic 3", lambda: (WassersteinGP(gp_weight=2.0), 3, 5)),
        Case("the relativistic loss with n_critic 1", lambda: (Relativistic(r1_weight=0.0), 1, 4)),
    ],
    observe=after_steps,
)


@TRAINING_STEP.solution
def training_step(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    """One step of D and, in every n_critic-th step (counted from 1), one of G.

    optimisers: G's and D's. objective: the losses. real: images (N, 3, H, W). sample_z() -> noise (N, z_dim).
    """
    optimiser_g, optimiser_d = optimisers
    fake = generator(sample_z()).detach()
    loss_d = objective.discriminator_loss(discriminator, real, fake)
    optimiser_d.zero_grad()
    loss_d.backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)

    if step % n_critic == 0:
        loss_g = objective.generator_loss(discriminator, generator(sample_z()), real)
        optimiser_g.zero_grad()
        loss_g.backward()
        optimiser_g.step()


def _d_part(generator, discriminator, optimiser_d, objective, real, sample_z):
    optimiser_d.zero_grad()
    objective.discriminator_loss(discriminator, real, generator(sample_z()).detach()).backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)


def _g_part(generator, discriminator, optimiser_g, objective, real, sample_z):
    optimiser_g.zero_grad()
    objective.generator_loss(discriminator, generator(sample_z()), real).backward()
    optimiser_g.step()


@TRAINING_STEP.right
def _under_no_grad(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    with torch.no_grad():
        fake = generator(sample_z())
    optimiser_d.zero_grad(set_to_none=False)
    objective.discriminator_loss(discriminator, real, fake).backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)
    if step % n_critic:
        return
    discriminator.requires_grad_(False)
    _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)
    discriminator.requires_grad_(True)


@TRAINING_STEP.right
def _not_detached_but_cleared(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    optimiser_d.zero_grad()
    objective.discriminator_loss(discriminator, real, generator(sample_z())).backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)


@TRAINING_STEP.right
def _with_inputs(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    for network, optimiser, due in (
        (discriminator, optimiser_d, True),
        (generator, optimiser_g, step % n_critic == 0),
    ):
        if not due:
            continue
        fake = generator(sample_z())
        if network is discriminator:
            loss = objective.discriminator_loss(discriminator, real, fake.detach())
        else:
            loss = objective.generator_loss(discriminator, fake, real)
        optimiser.zero_grad()
        loss.backward(inputs=list(network.parameters()))
        optimiser.step()
        if network is discriminator:
            objective.after_discriminator_step(discriminator)


@TRAINING_STEP.wrong("n_critic is not looked at: G makes a step each time")
def _always_both(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    _d_part(generator, discriminator, optimiser_d, objective, real, sample_z)
    _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)


@TRAINING_STEP.wrong("after_discriminator_step is not called, so that a WGAN's critic is never clipped")
def _never_clipped(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    optimiser_d.zero_grad()
    objective.discriminator_loss(discriminator, real, generator(sample_z()).detach()).backward()
    optimiser_d.step()
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)


@TRAINING_STEP.wrong("D's gradients are never cleared: those of G's step and of all earlier steps add up")
def _d_never_cleared(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    objective.discriminator_loss(discriminator, real, generator(sample_z()).detach()).backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)


@TRAINING_STEP.wrong("G's gradients are never cleared and add up over the steps")
def _g_never_cleared(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    _d_part(generator, discriminator, optimiser_d, objective, real, sample_z)
    if step % n_critic == 0:
        objective.generator_loss(discriminator, generator(sample_z()), real).backward()
        optimiser_g.step()


@TRAINING_STEP.wrong("G makes its step before D, against a D that has not yet seen this batch")
def _g_first(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)
    _d_part(generator, discriminator, optimiser_d, objective, real, sample_z)


@TRAINING_STEP.wrong("the images of D's step are used again, without a graph: G never moves")
def _detached_for_both(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    fake = generator(sample_z()).detach()
    optimiser_d.zero_grad()
    objective.discriminator_loss(discriminator, real, fake).backward()
    optimiser_d.step()
    objective.after_discriminator_step(discriminator)
    if step % n_critic == 0:
        optimiser_g.zero_grad()
        objective.generator_loss(discriminator, fake, real).backward()
        optimiser_g.step()


@TRAINING_STEP.wrong("D makes a second step with G's loss and unlearns what it has just learned")
def _both_follow_g(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    _d_part(generator, discriminator, optimiser_d, objective, real, sample_z)
    if step % n_critic == 0:
        optimiser_d.zero_grad()
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)
        optimiser_d.step()


@TRAINING_STEP.wrong("G's step takes the noise of D's step; it needs new noise from sample_z()")
def _old_noise(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    z = sample_z()
    _d_part(generator, discriminator, optimiser_d, objective, real, lambda: z)
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, lambda: z)


@TRAINING_STEP.wrong(
    "generator_loss gets generated images in place of real ones: a relativistic loss compares with those"
)
def _generated_for_real(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    _d_part(generator, discriminator, optimiser_d, objective, real, sample_z)
    if step % n_critic == 0:
        fake = generator(sample_z())
        optimiser_g.zero_grad()
        objective.generator_loss(discriminator, fake, fake).backward()
        optimiser_g.step()


@TRAINING_STEP.wrong("G draws in eval mode for D's step, so that D learns from other images than those of training")
def _g_in_eval_mode(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    optimiser_g, optimiser_d = optimisers
    _d_part(generator.eval(), discriminator, optimiser_d, objective, real, sample_z)
    generator.train()
    if step % n_critic == 0:
        _g_part(generator, discriminator, optimiser_g, objective, real, sample_z)


_calls = itertools.count(1)


@TRAINING_STEP.wrong("the calls are counted here, but `step` says which step it is, also where a training goes on")
def _own_counter(generator, discriminator, optimisers, objective, real, sample_z, step, n_critic):
    training_step(generator, discriminator, optimisers, objective, real, sample_z, next(_calls), n_critic)
