"""Section `waits`: does a step of any recipe make the CPU wait for the GPU? set_sync_debug_mode("error") around it."""

from gan_hw.recipes import COURSE, RECIPES

from .context import SMALL, no_waiting, period, run
from .results import NotRun

FIRST = 2  # periods before the one that is watched: optimisers make their tensors, cuDNN tries its kernels


def section(context, measure):
    names = context.core() if context.quick else RECIPES
    for name in names:
        measure(name, lambda name=name: watched(context, name))
    for recipe in COURSE:  # where a loss scale decides whether a step counts
        measure(f"{recipe.name}, fp16", lambda name=recipe.name: watched(context, name, "fp16"))


def watched(context, name, precision="auto"):
    """{"steps"}: so many, of every kind that the recipe has, did not wait."""
    if precision == "fp16":
        context.need_cuda()
    recipe = RECIPES[name].replace(**SMALL)
    trainer = context.trainer(recipe, f"waits-{name}-{precision}", precision=precision, replay=False)
    run(trainer, FIRST * period(recipe))
    with trainer.state.random, no_waiting(context.device):
        for _ in range(period(recipe)):
            trainer.runner.run()
    if not context.is_cuda:
        raise NotRun("it needs a CUDA GPU")
    return {"steps": period(recipe), "precision": trainer.precision}
