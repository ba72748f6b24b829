"""Exercise `is_generator_step` of notebook 4: Whose turn is it?."""

from collections.abc import Callable
from typing import Any

from gan_hw.course.exercise import Case, Exercise

ORDER = (4, 9, 1, 12, 6, 2, 11, 5, 8, 3, 10, 7)  # so that an answer has to look at `step`


def _marked_steps(answer: Callable[[int, int], Any], n_critic: int) -> str | None:
    turns = {step: answer(step, n_critic) for step in ORDER}
    if all(turn is None for turn in turns.values()):
        return None
    return ", ".join(str(step) for step in sorted(turns) if turns[step]) or "none"


IS_GENERATOR_STEP = Exercise(
    name="is_generator_step",
    notebook="04",
    points=1,
    title="Whose turn is it?",
    task="""D makes a step each time, G only together with every `n_critic`-th of them. Steps count from 1; with
`n_critic` 5, G's first step comes with step 5. Write `is_generator_step`.""",
    hints=(
        "When is a number a multiple of another one?",
        "`step % n_critic` is the remainder; for multiples it is 0.",
    ),
    cases=[Case(f"n_critic {n} and the steps 1 to 12", lambda n=n: (n,)) for n in (5, 1, 2, 3)],  # type: ignore[misc]
    observe=_marked_steps,
    imports="",
)


@IS_GENERATOR_STEP.solution
def is_generator_step(step, n_critic):
    """step: discriminator steps so far, the present one included. Returns whether G makes a step as well."""
    return step % n_critic == 0


@IS_GENERATOR_STEP.right
def _negated(step, n_critic):
    return not step % n_critic


@IS_GENERATOR_STEP.right
def _by_division(step, n_critic):
    return step // n_critic * n_critic == step


@IS_GENERATOR_STEP.right
def _in_a_range(step, n_critic):
    return step in range(n_critic, step + 1, n_critic)


@IS_GENERATOR_STEP.wrong("this is true in every step but the right ones: {got} instead of {expected}")
def _inverted(step, n_critic):
    return step % n_critic != 0


@IS_GENERATOR_STEP.wrong("G begins too early, with step 1: {got} instead of {expected}")
def _one_too_early(step, n_critic):
    return (step - 1) % n_critic == 0


@IS_GENERATOR_STEP.wrong("G is one step too early each time: {got} instead of {expected}")
def _counted_from_zero(step, n_critic):
    return (step + 1) % n_critic == 0


@IS_GENERATOR_STEP.wrong("this is true only once, in step n_critic itself; G makes a step again and again")
def _only_once(step, n_critic):
    return step == n_critic


@IS_GENERATOR_STEP.wrong("the two numbers are exchanged: {got} are the divisors of n_critic, not its multiples")
def _divisors(step, n_critic):
    return n_critic % step == 0


@IS_GENERATOR_STEP.wrong("from step n_critic on this is always true, so that n_critic no longer matters")
def _from_then_on(step, n_critic):
    return step >= n_critic
