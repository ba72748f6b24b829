"""Section `speed`: images/s and memory of the core recipes, eager and replayed, beside homework 6's own loop.

Steps without what a training does between them (logs, samples, looks, saves), on images that are on the card already.
Homework 6's loop gets one batch that is there, too, so that its decoding of files does not count; it trains networks of
the recipe's sizes in PyTorch's own settings. Each loop runs by itself, timed by CUDA events; medians over rounds.
"""

from statistics import median

from reference import Reference
from timing import Stopwatch

from gan_hw.data.images import to_float

from .context import (
    WAYS,
    fresh_memory,
    multiplying,
    noise,
    peak_memory,
    period,
    run,
    warm_up_steps,
)  # fmt: skip
from .results import NotRun

FORMS = {"standard": "gan", "wasserstein": "wgan", "wasserstein_gp": "wgan_gp"}  # objectives that homework 6 has
ROUNDS, ROUND_SECONDS = 3, 0.3


def section(context, measure):
    for name in context.core():
        for way in WAYS:
            measure(f"{name}, {way}", lambda name=name, way=way: kit(context, name, way))
        measure(f"{name}, homework 6", lambda name=name: homework(context, name))
    if not context.quick:
        for name in ("gan", "gan_r1_quick"):
            measure(f"{name}, fp32, replayed", lambda name=name: kit(context, name, "replayed", precision="fp32"))


def kit(context, name, way, precision="auto", folder="speed"):
    """One row of the kit's loop."""
    recipe = context.recipe(name)
    fresh_memory(context.device)
    trainer = context.trainer(
        recipe, f"{folder}-{name}-{way}-{precision}", precision=precision, replay=way == "replayed"
    )
    run(trainer, warm_up_steps(recipe))
    if way == "replayed" and trainer.runner.reason:
        raise NotRun(trainer.runner.reason)
    row = timed(context, lambda steps: run(trainer, steps), period(recipe), recipe.batch_size)
    trainer.runner.discard()
    return row | {"precision": trainer.precision, "replayed": trainer.runner.replayed}


def counterpart(recipe):
    """The form of homework 6 that trains what a recipe does. Raises NotRun where there is none."""
    if recipe.objective not in FORMS or recipe.conditional or recipe.size != 64:
        raise NotRun("homework 6 has nothing like it")
    return FORMS[recipe.objective]


def homework(context, name):
    """One row of homework 6's loop."""
    recipe, device = context.recipe(name), context.device
    form = counterpart(recipe)
    fresh_memory(device)
    with multiplying(tf32=False, convolutions_tf32=True):  # what a notebook gets that sets nothing
        loop = Reference(form, f=recipe.feature_dim, n_critic=recipe.n_critic, device=device)
        real = to_float(noise(recipe).images[: recipe.batch_size]).to(device)

        def steps(count):
            for _ in range(count):
                loop.train_on(real)

        steps(3 * recipe.n_critic)
        return timed(context, steps, recipe.n_critic, recipe.batch_size) | {"precision": "fp32"}


def timed(context, steps, at_a_time, batch_size):
    """{"images/s", "seconds" of a step, "rounds", memory}. steps(n) computes n; n is a multiple of at_a_time."""
    count = at_a_time
    if not context.quick:
        with Stopwatch(context.device) as watch:
            steps(at_a_time)
        count = at_a_time * max(1, round(ROUND_SECONDS / watch.seconds))
    rates = []
    for _ in range(1 if context.quick else ROUNDS):
        with Stopwatch(context.device) as watch:
            steps(count)
        rates.append(count * batch_size / watch.seconds)
    found = {"images/s": round(median(rates), 1), "seconds": batch_size / median(rates)}
    return found | {"rounds": [round(rate, 1) for rate in rates], "steps": count} | peak_memory(context.device)
