"""Exercise `two_rates` of notebook 9: Two rates."""

from collections.abc import Callable
from typing import Any

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.laboratory import Laboratory

STEPS_BEFORE = 2


def _rates_after(answer: Callable[..., Any], method: str, lr_g: float, lr_d: float, ratio: float) -> dict:
    laboratory = Laboratory(method, "ring", seed=1, lr_g=lr_g, lr_d=lr_d, batch_size=4, feature_dim=4)
    laboratory.step(STEPS_BEFORE)
    points = laboratory.points(8)
    answer(laboratory, ratio)
    gan = laboratory.gan
    return {
        "D's rate": gan.optimiser_d.param_groups[0]["lr"] * 1e4,  # so that the tolerance sees small rates
        "G's rate": gan.optimiser_g.param_groups[0]["lr"] * 1e4,
        "n_critic": laboratory.gan.recipe.n_critic,
        "goes on": bool(gan.step == STEPS_BEFORE and (laboratory.points(8) == points).all()),
    }


def _case(method: str, lr_g: float, lr_d: float, ratio: float) -> Case:
    name = f"rates of {lr_g:g} (G) and {lr_d:g} (D) and the ratio {ratio:g}"
    return Case(name, lambda: (method, lr_g, lr_d, ratio))


TWO_RATES = Exercise(
    name="two_rates",
    notebook="09",
    points=1,
    title="Two rates",
    task="""Write `two_rates`: from now on D's learning rate is `ratio` times G's, and G's stays as it is. The training
goes on: no weight changes, no step is made. `laboratory.recipe` holds the rates `lr_g` and `lr_d`, and
`laboratory.change(lr_d=…)` changes a field of a training that runs. Nothing has to be returned.""",
    hints=(
        "D's new rate depends on G's rate, not on D's old one.",
        "`laboratory.change(lr_d=ratio * laboratory.recipe.lr_g)`",
    ),
    cases=[_case("gan", 1e-3, 1e-3, 4.0), _case("gan", 2e-4, 5e-4, 2.0), _case("wgan", 4e-4, 1e-4, 0.5)],
    observe=_rates_after,
    imports="",
)


@TWO_RATES.solution
def two_rates(laboratory, ratio):
    """Make D's learning rate `ratio` times G's."""
    laboratory.change(lr_d=ratio * laboratory.recipe.lr_g)


@TWO_RATES.right
def _both_named(laboratory, ratio):
    rate = laboratory.recipe.lr_g
    laboratory.change(lr_g=rate, lr_d=rate * ratio)


@TWO_RATES.right
def _in_the_optimiser(laboratory, ratio):
    for group in laboratory.gan.optimiser_d.param_groups:
        group["lr"] = ratio * laboratory.gan.optimiser_g.param_groups[0]["lr"]


@TWO_RATES.right
def _returned(laboratory, ratio):
    fields = {"lr_d": laboratory.recipe.as_dict()["lr_g"] * ratio}
    laboratory.change(**fields)
    return laboratory


@TWO_RATES.wrong("D's old rate was multiplied: the new one is to be the ratio times G's rate")
def _of_its_own_rate(laboratory, ratio):
    laboratory.change(lr_d=ratio * laboratory.recipe.lr_d)


@TWO_RATES.wrong("the two are exchanged: here G's rate is the ratio times D's")
def _exchanged(laboratory, ratio):
    laboratory.change(lr_g=ratio * laboratory.recipe.lr_d)


@TWO_RATES.wrong("G's rate was divided: G must learn as before, so change D's rate alone")
def _g_slowed(laboratory, ratio):
    laboratory.change(lr_g=laboratory.recipe.lr_d / ratio)


@TWO_RATES.wrong("D's rate was divided by the ratio: for {case} {expected} ten-thousandths are right, not {got}")
def _divided(laboratory, ratio):
    laboratory.change(lr_d=laboratory.recipe.lr_g / ratio)


@TWO_RATES.wrong("both rates have changed: G's stays as it is")
def _both_changed(laboratory, ratio):
    rate = ratio * laboratory.recipe.lr_g
    laboratory.change(lr_g=rate, lr_d=rate)


@TWO_RATES.wrong("more steps of D are not a higher rate: n_critic stays as it is")
def _more_steps(laboratory, ratio):
    laboratory.change(n_critic=max(1, round(ratio)))


@TWO_RATES.wrong("the rates are right, but the training began anew: use laboratory.change and no reset")
def _begun_anew(laboratory, ratio):
    two_rates(laboratory, ratio)
    laboratory.reset()


@TWO_RATES.wrong("only the recipe says so: the optimiser still has the old rate; laboratory.change changes both")
def _recipe_alone(laboratory, ratio):
    laboratory.recipe = laboratory.recipe.replace(lr_d=ratio * laboratory.recipe.lr_g)
