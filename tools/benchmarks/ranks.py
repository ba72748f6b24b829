"""How fast one and two processes train one run on this machine, and how many bytes they exchange in a step.

    python tools/benchmarks/ranks.py [--recipe gan_r1_quick] [--steps 64] [--rounds 3]

Every process has one thread and all cores to choose from; one and two processes take turns, and figures are medians
over the rounds, without the first 8 steps. Beside them stand the times of what the ranks do together in a step. The
bytes of a step are computed. Nothing is asserted. On the CPU, with gloo; with --device cuda on one GPU for each
process, with NCCL.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from timing import synchronise

from gan_hw.data.images import ImageSet
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.training.many_ranks import running_statistics
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer

WARM_UP_STEPS = 8
QUICK = ("gan_quick", "gan_r1_quick", "wgan_gp_quick", "gan_r1_wide", "gan_r1_128")
COURSE = ("gan", "wgan", "wgan_gp", "gan_r1", "r3gan")


def bytes_of(recipe):
    """(bytes of one all-reduce of D's gradients, of G's, mean per step), each with the running statistics."""
    networks = build_generator(recipe), build_discriminator(recipe)
    statistics = sum(value.nbytes for value in running_statistics(*networks))
    g, d = (sum(weight.nbytes for weight in network.parameters()) + statistics for network in networks)
    return d, g, d + g / recipe.n_critic


class Clock:
    """Seconds spent in a method of the ranks."""

    def __init__(self, ranks, name):
        self.seconds, self.method = 0.0, getattr(ranks, name)
        setattr(ranks, name, self)

    def __call__(self, *arguments):
        started_at = time.perf_counter()
        try:
            return self.method(*arguments)
        finally:
            self.seconds += time.perf_counter() - started_at


def work(arguments):
    """Train in this process, which may be a rank; rank 0 prints what it measured as JSON.

    The times of the parts are those of the calls, which on a GPU don't wait until it is done.
    """
    torch.set_num_threads(1)
    recipe = RECIPES[arguments.recipe]
    images = ImageSet(torch.randint(0, 256, (256, 3, recipe.size, recipe.size), dtype=torch.uint8), "noise", "", "0")
    starts = []

    def step(gan, real):
        if len(starts) in (0, arguments.steps - 1):  # a GPU is waited for at both ends, and not in between
            synchronise(gan.device)
        starts.append(time.perf_counter())
        return training_step(gan, real)

    with tempfile.TemporaryDirectory() as folder:
        folder = os.environ.get("BENCH_RUN", folder)  # the same for all ranks
        trainer = Trainer(recipe, images, folder, device=arguments.device, precision="fp32", step=step, quiet=True)
        trainer.train(steps=WARM_UP_STEPS)
        starts.clear()
        clocks = {name: Clock(trainer.ranks, name) for name in ("average_gradients", "mean", "agree")}
        trainer.train(steps=WARM_UP_STEPS + arguments.steps)
    seconds = (starts[-1] - starts[0]) / (len(starts) - 1)
    parts = {f"{name} ms": clock.seconds / arguments.steps * 1000 for name, clock in clocks.items()}
    if trainer.ranks.rank == 0:
        print(json.dumps({"images/s": recipe.batch_size / seconds, "step ms": seconds * 1000, **parts}))


def measured(processes, arguments):
    with tempfile.TemporaryDirectory() as folder:
        launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] * (processes > 1)
        command = [sys.executable, *launch, __file__, "--work", "--recipe", arguments.recipe]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "BENCH_RUN": str(Path(folder) / "run")}
        done = subprocess.run(
            [*command, "--steps", str(arguments.steps), "--device", arguments.device],
            env=environment,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="gan_r1_quick")
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work(arguments)
    print("| recipe | MB after D's backward pass | after G's | mean MB a step |\n|---|---|---|---|")
    for name in (*QUICK, *COURSE):
        print(f"| {name} | " + " | ".join(f"{count / 1e6:.2f}" for count in bytes_of(RECIPES[name])) + " |")
    rows = {1: [], 2: []}
    for _ in range(arguments.rounds):
        for processes, found in rows.items():
            found.append(measured(processes, arguments))
            print(processes, {name: round(value, 2) for name, value in found[-1].items()}, flush=True)
    print(f"\n{arguments.recipe}, batch {RECIPES[arguments.recipe].batch_size}, load {os.getloadavg()[0]:.1f}")
    for processes, found in rows.items():
        print(processes, {name: round(median(row[name] for row in found), 2) for name in found[0]})
    return None


if __name__ == "__main__":
    main()
