"""Section `replay`: are replayed steps those computed one by one, bit for bit? 50 of every recipe, with losses."""

import torch
from tape import TapeRecorder

from gan_hw.recipes import COURSE, DEFAULT, RECIPES

from .context import CORE, SMALL, WAYS, copied, differing, period, repeatable, state_of, warm_up_steps
from .results import NotRun

STEPS = 50
AS_TRAINED = (DEFAULT, "gan", "wgan_gp")  # at their own size, and with the kernels that a training takes


def section(context, measure):
    others = [] if context.quick else [name for name in RECIPES if name not in CORE]
    for name in (*context.core(), *others):
        measure(name, lambda name=name: compared(context, name))
    for recipe in COURSE[: 1 if context.quick else None]:
        measure(f"{recipe.name}, fp16", lambda name=recipe.name: compared(context, name, "fp16"))
    for name in AS_TRAINED[: 1 if context.quick else None]:
        measure(f"{name}, as it is trained", lambda name=name: compared(context, name, as_trained=True))


def compared(context, name, precision="auto", as_trained=False):
    """Two trainings from one start, one of them replayed: how many values differ after 50 replayed steps."""
    if precision == "fp16":
        context.need_cuda()
    recipe = context.recipe(name) if as_trained else RECIPES[name].replace(**SMALL)
    steps = warm_up_steps(recipe) + (period(recipe) if context.quick else STEPS)
    states, losses, replayed, reason = [], [], 0, None
    for way in WAYS:
        folder = f"replay-{name}-{precision}-{as_trained}-{way}"
        trainer = context.trainer(recipe, folder, precision=precision, replay=way == "replayed")
        if not context.is_cuda:
            act_out(trainer)
        if as_trained:
            rows = rows_of(trainer, steps)
        else:
            with repeatable(context.device):
                rows = rows_of(trainer, steps)
        losses.append(rows)
        states.append(copied(state_of(trainer)))
        replayed, reason = trainer.runner.replayed, trainer.runner.reason
        trainer.runner.discard()
    different = differing(*states)
    if reason:
        raise NotRun(reason)
    first = next((n for n, pair in enumerate(zip(*losses, strict=True), 1) if differing(*pair)), None)
    worst = max(different, key=different.get, default=None)
    return {
        "steps": steps, "replayed": replayed, "precision": trainer.precision, "values": len(states[0]),
        "differ": len(different), "largest": worst and {worst: different[worst]}, "first step that differs": first,
    }  # fmt: skip


def act_out(trainer):
    """In a rehearsal: record steps on a tape on the CPU, in place of a CUDA graph, and average as on a GPU."""
    trainer.gan.ema.share = torch.zeros(())
    trainer.runner.recorder, trainer.runner.reason = TapeRecorder(trainer.gan, trainer.state.random), None


def rows_of(trainer, steps):
    """The losses of that many steps, each as on its own."""
    rows = []
    with trainer.state.random:
        for _ in range(steps):
            rows.append({name: torch.as_tensor(loss).clone() for name, loss in trainer.runner.run().items()})
    return [copied(row) for row in rows]
