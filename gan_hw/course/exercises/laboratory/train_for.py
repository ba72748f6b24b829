"""Exercise `train_for` of notebook 9: Counted by G's steps."""

from collections.abc import Callable
from typing import Any

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.laboratory import Laboratory


def _after_training(answer: Callable[..., Any], method: str, n_critic: int, before: int, generator_steps: int) -> dict:
    laboratory = Laboratory(method, "ring", seed=1, n_critic=n_critic, batch_size=4, feature_dim=4)
    laboratory.step(before)
    laboratory.history.clear()
    returned = answer(laboratory, generator_steps)
    rows = laboratory.history
    return {
        "steps of G": sum("loss_g" in row for row in rows),
        "steps of D": sum("loss_d" in row for row in rows),
        "returned": returned,
    }


def _case(method: str, n_critic: int, before: int, generator_steps: int) -> Case:
    began = f", of which {before} steps are made already" if before else ""
    name = f"{generator_steps} steps of G in a training with n_critic {n_critic}{began}"
    return Case(name, lambda: (method, n_critic, before, generator_steps))


TRAIN_FOR = Exercise(
    name="train_for",
    notebook="09",
    points=1,
    title="Counted by G's steps",
    task="""`laboratory.step(k)` makes $k$ training steps: $k$ of D, and one of G whenever the number of all steps,
`laboratory.gan.step`, is a multiple of `laboratory.recipe.n_critic`. Write `train_for`: it trains until G has made
`generator_steps` more steps, no further, and returns how many steps D made meanwhile. The training may have begun
already, and may stand in the middle between two steps of G.""",
    hints=(
        "At which number of all steps does G make its next step, and at which the last one that is wanted?",
        "With `n = laboratory.recipe.n_critic`, G has made `laboratory.gan.step // n` steps. The last one wanted comes "
        "at step `(laboratory.gan.step // n + generator_steps) * n`. Make the steps that are missing.",
    ),
    cases=[_case("wgan", 5, 0, 3), _case("gan", 1, 2, 4), _case("wgan_gp", 5, 3, 2), _case("gan", 2, 6, 3)],
    observe=_after_training,
    imports="",
)


@TRAIN_FOR.solution
def train_for(laboratory, generator_steps):
    """Train until G has made so many more steps. Returns how many D made meanwhile."""
    n_critic, made = laboratory.recipe.n_critic, laboratory.gan.step
    steps = (made // n_critic + generator_steps) * n_critic - made
    laboratory.step(steps)
    return steps


@TRAIN_FOR.right
def _one_by_one(laboratory, generator_steps):
    steps = 0
    while generator_steps:
        laboratory.step()
        steps += 1
        generator_steps -= laboratory.gan.step % laboratory.recipe.n_critic == 0
    return steps


@TRAIN_FOR.right
def _by_the_history(laboratory, generator_steps):
    history = laboratory.history
    first = len(history)
    while sum("loss_g" in row for row in history[first:]) < generator_steps:
        laboratory.step(1)
    return len(history) - first


@TRAIN_FOR.right
def _round_by_round(laboratory, generator_steps):
    before = laboratory.gan.step
    for _ in range(generator_steps):
        laboratory.step(laboratory.recipe.n_critic - laboratory.gan.step % laboratory.recipe.n_critic)
    return laboratory.gan.step - before


@TRAIN_FOR.wrong("a training step is one of D: with n_critic 5 G makes only every fifth, so {got} is not {expected}")
def _without_n_critic(laboratory, generator_steps):
    laboratory.step(generator_steps)
    return generator_steps


@TRAIN_FOR.wrong("a training that stands between two steps of G needs fewer steps to the next: count from gan.step")
def _as_if_at_the_start(laboratory, generator_steps):
    steps = generator_steps * laboratory.recipe.n_critic
    laboratory.step(steps)
    return steps


@TRAIN_FOR.wrong("G was trained alone: D must make its steps too, {expected} are right")
def _g_alone(laboratory, generator_steps):
    laboratory.step_generator(generator_steps)
    return generator_steps


@TRAIN_FOR.wrong("the training is right, but the number of D's steps is asked for, not that of G's")
def _returns_g_steps(laboratory, generator_steps):
    train_for(laboratory, generator_steps)
    return generator_steps


@TRAIN_FOR.wrong("the number includes the steps made before: only those of this call are asked for")
def _returns_all_steps(laboratory, generator_steps):
    train_for(laboratory, generator_steps)
    return laboratory.gan.step


@TRAIN_FOR.wrong("the training is right, but nothing is returned: return the number of D's steps")
def _returns_nothing(laboratory, generator_steps):
    train_for(laboratory, generator_steps)


@TRAIN_FOR.wrong("the number is right, but nothing was trained: call laboratory.step with it")
def _only_counted(laboratory, generator_steps):
    n_critic, made = laboratory.recipe.n_critic, laboratory.gan.step
    return (made // n_critic + generator_steps) * n_critic - made
