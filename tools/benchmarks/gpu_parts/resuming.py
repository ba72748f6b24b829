"""Section `resuming`: a training in two parts, from the CPU to the GPU and back, and one that SIGTERM stops."""

import os
import re
import signal
import subprocess
import sys
import time

import torch

from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.training.run_folder import RunFolder

from .context import CPU, SMALL, copied, differing, repeatable, state_of, values_of

PART = 60  # steps: as many as it takes until every kind of step is replayed, and some more
STOP_AFTER_STEPS, LONG = 16, 10_000_000
LIMIT_S = 150


def section(context, measure):
    for name in (DEFAULT, "wgan_gp_quick", "wgan"):
        measure(f"{name}, in two parts", lambda name=name: in_two_parts(context, name))
    measure(f"{DEFAULT}, CPU, {context.device.type}, CPU", lambda: there_and_back(context))
    measure(f"{DEFAULT}, SIGTERM", lambda: stopped(context))


def in_two_parts(context, name):
    """How many values differ between a training in one go and the same one, stopped halfway and resumed."""
    recipe, part = RECIPES[name].replace(**SMALL), 10 if context.quick else PART
    states = []
    for parts in ((2 * part,), (part, 2 * part)):
        for steps in parts:
            trainer = context.trainer(recipe, f"resuming-{name}-{len(parts)}")
            with repeatable(context.device):
                trainer.train(steps=steps)
        states.append(copied(state_of(trainer)))
    different = differing(*states)
    return {
        "steps": trainer.step,
        "replayed": trainer.runner.replayed,
        "values": len(states[0]),
        "differ": len(different),
    }


def there_and_back(context):
    """A run that goes on elsewhere: what is loaded there is what was saved, and the training stays finite."""
    recipe, part = RECIPES[DEFAULT].replace(**SMALL), 10
    lost, notes = 0, []
    for number, device in enumerate((CPU, context.device, CPU), 1):
        trainer = context.trainer(recipe, "elsewhere", device=device, precision="fp32")
        if number > 1:
            saved = RunFolder(trainer.folder).load_checkpoint()
            parts = ("generator", "discriminator", "ema", "optimiser_g", "optimiser_d")
            there, here = ({name: state[name] for name in parts} for state in (saved, trainer.gan.state_dict()))
            lost += len(values_that_changed(there, here))
        trainer.train(steps=number * part)
        notes.append(trainer.step)
    finite = all(bool(torch.isfinite(weight).all()) for weight in trainer.generator.parameters())
    return {"steps": notes, "values that changed": lost, "finite": finite}


def values_that_changed(there, here):
    """Tensors of a checkpoint that are not the same after loading; how an optimiser computes may differ."""
    there, here = (
        {k: v for k, v in copied(values_of(state)).items() if isinstance(v, torch.Tensor)} for state in (there, here)
    )
    return differing(there, here)


def stopped(context):
    """SIGTERM to the command `train`, as a cluster or a hosted notebook sends it, and the same command again."""
    options = f"--recipe {DEFAULT} --data drawn:64 --device {context.device.type} --run stopped".split()
    options += [*["--set", "feature_dim=8", "--set", "batch_size=8"], "--workspace", str(context.folder / "stopped")]
    command = [sys.executable, "-m", "gan_hw", "train", *options]
    samples = context.folder / "stopped" / "runs" / "stopped" / "samples" / f"{STOP_AFTER_STEPS:07}.png"
    with open(context.folder / "stopped.log", "w+", encoding="utf-8") as log:
        training = subprocess.Popen([*command, "--steps", str(LONG)], stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + LIMIT_S
            while training.poll() is None and not samples.exists():
                if time.monotonic() > end:
                    raise TimeoutError(f"no sample after {LIMIT_S} seconds")
                time.sleep(0.05)
            sent = time.monotonic()
            os.kill(training.pid, signal.SIGTERM)
            status = training.wait(LIMIT_S)
            seconds = time.monotonic() - sent
        finally:
            training.kill()
            training.wait()
        log.seek(0)
        said = log.read()
    match = re.search(r"Stopped at step (\d+)", said)
    if not match:
        raise RuntimeError(f"status {status}, and the training said: {said.strip().splitlines()[-1:]}")
    step = int(match[1])
    again = subprocess.run(
        [*command, "--steps", str(step + 10)], capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    resumed = f"Resuming at step {step} " in again.stdout
    return {"status": status, "stopped at step": step, "seconds": round(seconds, 2), "resumed there": resumed}
