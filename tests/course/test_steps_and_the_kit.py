"""The whole step that a student writes gives the same weights as the kit's training step, from the same seed."""

import pytest
import torch

from gan_hw.course.exercises.steps import common
from gan_hw.course.exercises.steps import training_step as exercise
from gan_hw.recipes import RECIPES
from gan_hw.training.gan import GAN
from gan_hw.training.step import training_step


def by_the_kit(objective, n_critic, count):
    """What common.after_steps observes, by the kit's own GAN and training step."""
    recipe = RECIPES["gan"].replace(n_critic=n_critic, batch_size=count, z_dim=common.Z_DIM)
    discriminator = common.small_discriminator()
    gan = GAN(recipe, common.small_generator(), discriminator, objective, torch.device("cpu"), "fp32")
    gan.optimiser_g = torch.optim.SGD(gan.generator.parameters(), common.LEARNING_RATE)
    gan.optimiser_d = torch.optim.SGD(gan.discriminator.parameters(), common.LEARNING_RATE / 2)
    torch.manual_seed(5)
    for step in exercise.STEPS:
        gan.step = step
        training_step(gan, common.batch(count, step)[0])
    return {"D's weights": common.weights_of(gan.discriminator), "G's weights": common.weights_of(gan.generator)}


@pytest.mark.parametrize("case", exercise.TRAINING_STEP.cases, ids=lambda case: case.name)
def test_the_solution_trains_as_the_kit_does(case):
    theirs = by_the_kit(*case.arguments())
    mine = exercise.after_steps(exercise.training_step, *case.arguments())
    for name, weights in theirs.items():
        torch.testing.assert_close(mine[name], weights)
        untrained = common.small_generator() if name[0] == "G" else common.small_discriminator()
        assert not torch.allclose(weights, common.weights_of(untrained))
