"""How fast the kit trains, beside homework 6's own loop, on this machine and in one run: `make bench`.

    python tools/benchmarks/bench.py [--data faces.zip] [--out workspace/bench]

In the steps both loops take turns, so that a machine that slows down slows both, and figures are medians over the
rounds; epochs, memory and start-up are single runs. Writes bench.json, bench.md and bench.png;
bench.md is the table of docs/results/performance.md. About eight minutes on two cores. On the CPU, unless --device
names another; gpu.py measures what is a GPU's own: launches, replayed steps, correctness.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from reference import Reference, loader
from timing import gemm_peak, synchronise, took
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from gan_hw.data.images import ImageSet, load_images, to_float
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.submission import SUBMISSION_IMAGES, jpeg_round_trip
from gan_hw.losses import Wasserstein
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_generator
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer
from gan_hw.utils.devices import choose_device
from gan_hw.utils.environment import DEVICES, machine, versions
from gan_hw.utils.files import write_text

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
FORMS = {"gan": "GAN", "wgan": "WGAN", "wgan_gp": "WGAN-GP"}
LOOPS = ("kit", "homework 6")
BATCH = 64
ROUNDS = 3
STEPS = 10  # of a chunk; a multiple of every n_critic, so that each holds its share of generator steps
PICTURES = 1024  # of the epoch on files
SWEEPS = {
    "batch_size": (8, 16, 32, 64, 128),
    "feature_dim": (8, 16, 32, 64, 96),
    "size": (32, 64, 96, 128),
}


class TimedKit:
    """The kit's real loop, order of images, moving average, logging and all; `rate(n)` times n steps of it.

    Not in it: the fixed-z grid of every epoch and the save of every minute.
    """

    def __init__(self, recipe, images, folder, device):
        self.starts, self.timed = [], ()
        self.trainer = Trainer(recipe, images, folder, device=device.type, quiet=True)
        self.trainer.gan.step = self.trainer.schedule.sample  # past the many grids of the first epoch
        self.warm_up, self.times = 0, 1
        if device.type == "cuda":  # until its steps are replayed, and then more of them
            self.warm_up, self.times = 6 * recipe.n_critic * recipe.penalty_every, 20
        self.step, self.trainer.runner.run = self.trainer.runner.run, self._timed_step

    def _timed_step(self):
        if len(self.starts) in self.timed:  # a GPU is waited for at both ends, and not in between
            synchronise(self.trainer.device)
        self.starts.append(time.perf_counter())
        return self.step()

    def rate(self, n):
        """Images/s from the start of one step to the start of the n-th after it; on a GPU of 20 times as many."""
        n *= self.times
        self.starts.clear()
        self.timed = first, last = self.warm_up, self.warm_up + n
        self.trainer.train(steps=self.trainer.step + last + 1)
        return n * self.trainer.recipe.batch_size / (self.starts[last] - self.starts[first])


class TimedReference:
    """Homework 6's bare steps on one batch that is ready in memory."""

    def __init__(self, form, real):
        self.reference, self.real = Reference(form, device=real.device), real

    def rate(self, n):
        def steps():
            for _ in range(n):
                self.reference.train_on(self.real)

        return n * len(self.real) / took(steps, self.real.device)


class FlopCounter(TorchDispatchMode):
    """Counts with PyTorch's own formulae; its ready-made counter does not bear a penalty's double backward pass."""

    total = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function._overloadpacket in flop_registry:
            self.total += flop_registry[function._overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


def gflop_per_image(recipe, images, folder):
    """What one real image costs, generator steps included, counted by PyTorch."""
    trainer = Trainer(recipe, images, folder, device="cpu", quiet=True)
    real = trainer.batches[0]
    with FlopCounter() as counter:
        for _ in range(recipe.n_critic):
            trainer.gan.step += 1  # decides whether the generator moves
            training_step(trainer.gan, real)
    return counter.total / recipe.n_critic / recipe.batch_size / 1e9


def measure_steps(images, folder, device):
    """Images/s of both loops for each form, taking turns, and the kit's share of what this machine can multiply."""
    real = to_float(images.images[:BATCH]).to(device)
    kits = {form: TimedKit(RECIPES[form], images, folder / form, device) for form in FORMS}
    plain = {form: TimedReference(form, real) for form in FORMS}
    precision = kits["gan"].trainer.precision
    rates = {form: {which: [] for which in LOOPS} for form in FORMS}
    peaks = []
    for number in range(ROUNDS + 1):
        for form in FORMS:
            say(f"steps: round {number} of {ROUNDS}, {FORMS[form]}")
            peaks.append(gemm_peak(DTYPES[precision], device))
            kit, reference = kits[form].rate(2 * STEPS), plain[form].rate(STEPS // 2)
            if number:  # the first round warms up
                rates[form]["kit"].append(kit)
                rates[form]["homework 6"].append(reference)
    peak = median(peaks)
    rows = {}
    for form, both in rates.items():
        cost = gflop_per_image(RECIPES[form], images, folder / f"{form}-flops")
        kit, reference = median(both["kit"]), median(both["homework 6"])
        rows[form] = {
            "kit": kit, "homework 6": reference, "ratio": kit / reference, "gflop_per_image": cost,
            "share_of_peak": kit * cost / peak, "rounds": both,
        }  # fmt: skip
    return {
        "precision": precision,
        "gemm_gflops": peak,
        "gemm_gflops_fp32": gemm_peak(torch.float32, device),
        "forms": rows,
    }


def measure_penalty(images, folder, device):
    """Seconds of a critic's loss and gradients on one batch, with the gradient penalty and without, taking turns."""
    say("the penalty")
    trainer = Trainer(RECIPES["wgan_gp"], images, folder, device=device.type, quiet=True)
    real, fake = to_float(images.images[: 2 * BATCH]).to(device).split(BATCH)

    def gradients(objective):
        for _ in range(STEPS // 2):
            with trainer.gan.autocast():
                loss = objective.discriminator_loss(trainer.discriminator, real, fake)
            loss.backward()
            trainer.discriminator.zero_grad()

    objectives = {"without": Wasserstein(clip_value=None), "with": trainer.gan.objective}
    seconds = {name: [] for name in objectives}
    for _ in range(2 * ROUNDS):
        for name, objective in objectives.items():
            seconds[name].append(took(lambda objective=objective: gradients(objective), device) / (STEPS // 2))
    return {name: median(times) for name, times in seconds.items()}


def measure_epochs(pictures, folder, device):
    """Seconds of the first epoch from picture files on, and of the second: decoding, training, the kit's run folder."""
    seconds = {}
    for form in FORMS:
        say(f"epochs from files, {FORMS[form]}")
        loops = {
            "kit": kit_epochs(form, pictures, folder / form, device),
            "homework 6": plain_epochs(form, pictures, device),
        }
        seconds[form] = {
            which: [took(lambda loop=loop: next(loop), device) for _ in range(2)] for which, loop in loops.items()
        }
    return {"pictures": PICTURES, "seconds": seconds}


def kit_epochs(form, pictures, folder, device):
    """An iterator that trains an epoch each time it is asked, from picture files on."""
    images = load_images(pictures, folder, quiet=True)
    trainer = Trainer(RECIPES[form], images, folder / "run", device=device.type, quiet=True)
    for epochs in (1, 2):
        yield trainer.train(epochs=epochs)


def plain_epochs(form, pictures, device):
    """The same of homework 6's loop."""
    reference = Reference(form, device=device)
    while True:
        for real in loader(pictures):
            reference.train_on(real.to(device))
        yield


def measure_memory(pictures, device):
    """Peak memory in MB of a process that trains a few steps, the imports included; loading workers are left out.

    On a GPU it is the card's, as PyTorch reserves it.
    """
    megabytes = {}
    for form in FORMS:
        say(f"memory, {FORMS[form]}")
        megabytes[form] = {
            which: int(run(__file__, "--memory", which, "--form", form, "--data", pictures, "--device", device.type))
            for which in LOOPS
        }
    return megabytes


def train_and_report_memory(which, form, data, device):
    with tempfile.TemporaryDirectory() as folder:
        if which == "kit":
            images = load_images(data, folder, quiet=True)
            Trainer(RECIPES[form], images, folder, device=device.type, quiet=True).train(steps=5)
        else:
            reference = Reference(form, device=device)
            for real, _ in zip(loader(data), range(5), strict=False):
                reference.train_on(real.to(device))
    if device.type == "cuda":
        return print(torch.cuda.max_memory_reserved(device) >> 20)
    return print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)  # Linux counts in KB


def measure_start(pictures, folder, device):
    """Seconds of the command `train --steps 1`, process start included: the first time, and with the cache made."""
    say("start-up")
    seconds = []
    for number in (1, 2):
        start = time.perf_counter()
        training = f"-m gan_hw train --steps 1 --quiet --run start{number} --device {device.type}".split()
        run(*training, "--data", pictures, "--workspace", folder)
        seconds.append(time.perf_counter() - start)
    return dict(zip(("first", "second"), seconds, strict=True))


def measure_submission(images, folder, device):
    """Seconds for 1000 images: generated at homework 6's size, compressed, and searched for faces, where that can be.

    OpenCV's loop over the same images stands beside the kit's search where OpenCV 4 is installed.
    """
    faces = images.images[:SUBMISSION_IMAGES]
    generator, z = build_generator(RECIPES["gan"]).to(device), sample_z(SUBMISSION_IMAGES, RECIPES["gan"].z_dim)
    seconds = {
        "generate": timed(lambda: generate(generator, z), device),
        "compress": timed(lambda: jpeg_round_trip(faces), device),
    }
    try:
        path = find_cascade(None, folder)
    except NotMeasured as reason:
        say(f"no search for faces: {reason}")
        return seconds
    cascade = Cascade(path)
    seconds["search"] = timed(lambda: cascade.detect(faces, device=device), device)
    with suppress(ImportError, AttributeError):
        import cv2

        detector = cv2.CascadeClassifier(str(path))
        seconds["search by OpenCV"] = timed(
            lambda: [opencv_finds(cv2, detector, face) for face in faces.numpy()], device
        )
    return seconds


def opencv_finds(cv2, detector, image):
    grey = cv2.equalizeHist(cv2.cvtColor(np.ascontiguousarray(image.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY))
    return len(detector.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5, minSize=(24, 24))) > 0


def timed(work, device):
    """Seconds of the second of two times."""
    work()
    return took(work, device)


def measure_sweeps(folder, device):
    """Images/s of the kit's loop with the quick GAN recipe, one field changed at a time."""
    rates = {}
    for field, values in SWEEPS.items():
        rates[field] = {}
        for value in values:
            say(f"{field} = {value}")
            recipe = RECIPES["gan_quick"].replace(**{field: value})
            noise = torch.randint(0, 256, (512, 3, recipe.size, recipe.size), dtype=torch.uint8)
            kit = TimedKit(recipe, ImageSet(noise, "noise", "noise", "0" * 8), folder / f"{field}{value}", device)
            kit.rate(STEPS)
            rates[field][value] = median(kit.rate(2 * STEPS) for _ in range(ROUNDS))
    return rates


def run(*arguments):
    """Standard output of this Python with these arguments. Raises CalledProcessError when it fails."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def table(result):
    """The table of docs/results/performance.md."""
    steps, epoch, memory = result["steps"], result["epoch"], result["memory"]
    lines = ["| | homework 6 | kit | ratio | share of GEMM peak |", "|---|---|---|---|---|"]
    for form, row in steps["forms"].items():
        lines.append(
            f"| {FORMS[form]} step, images/s | {row['homework 6']:.1f} | {row['kit']:.1f} | {row['ratio']:.2f} "
            f"| {row['share_of_peak']:.0%} |"
        )
    without, with_it = result["penalty"]["without"], result["penalty"]["with"]
    lines.append(
        f"| Critic's gradients of a batch, without and with the penalty, s | | {without:.2f}, {with_it:.2f} | "
        f"{without / with_it:.2f} | |"
    )
    for form, both in epoch["seconds"].items():
        for name, plain, kit in zip(("first", "second"), both["homework 6"], both["kit"], strict=True):
            lines.append(
                f"| {FORMS[form]}, {name} epoch of {epoch['pictures']} files, s | {plain:.1f} | {kit:.1f} "
                f"| {plain / kit:.2f} | |"
            )
    for form, both in memory.items():
        ratio = both["homework 6"] / both["kit"]
        lines.append(f"| {FORMS[form]}, peak memory, MB | {both['homework 6']} | {both['kit']} | {ratio:.2f} | |")
    work = result["submission"]
    lines.append(f"| 1000 images generated, compressed, s | | {work['generate']:.1f}, {work['compress']:.1f} | | |")
    if "search by OpenCV" in work:
        ours, theirs = work["search"], work["search by OpenCV"]
        lines.append(
            f"| AFD of 1000 images, by OpenCV's loop and by the kit, s | {theirs:.2f} | {ours:.2f} "
            f"| {theirs / ours:.2f} | |"
        )
    start = result["start"]
    lines.append(f"| `train --steps 1`, first and second time, s | | {start['first']:.1f}, {start['second']:.1f} | | |")
    lines.append("")
    lines.append(
        f"feature_dim 64, batch {BATCH}; kit in {steps['precision']}, homework 6 in fp32. 2048×2048 products: "
        f"{steps['gemm_gflops']:.0f} GFLOP/s in {steps['precision']}, {steps['gemm_gflops_fp32']:.0f} in fp32. "
        f"{result['machine']['cores']} cores, torch {result['versions']['torch']}."
    )
    return "\n".join(lines)


def figure(result):
    """Images/s of both loops, and of the kit over batch size, feature_dim and image size."""
    plot, axes = plt.subplots(1, 4, figsize=(13, 3))
    forms = result["steps"]["forms"]
    for shift, which in zip((0.2, -0.2), LOOPS, strict=True):
        axes[0].bar([n + shift for n in range(len(forms))], [row[which] for row in forms.values()], 0.4, label=which)
    axes[0].set_xticks(range(len(forms)), [FORMS[form] for form in forms])
    axes[0].set_title("feature_dim 64, batch 64")
    axes[0].set_ylim(0, 1.3 * max(row["kit"] for row in forms.values()))
    axes[0].set_ylabel("images/s")
    axes[0].legend(frameon=False, loc="upper left", fontsize=8)
    for axis, (field, rates) in zip(axes[1:], result["sweeps"].items(), strict=True):
        axis.plot(list(rates), list(rates.values()), "o-")
        axis.set_title(f"gan_quick over {field}")
        axis.set_xticks(list(rates))
        axis.set_ylim(0)
    plot.tight_layout()
    return plot


def say(what):
    print(what, file=sys.stderr, flush=True)


def unpack(images, folder):
    """An ImageSet as JPEG files, which is what homework 6's loop reads. Returns their folder."""
    target = folder / "pictures"
    target.mkdir()
    for number, image in enumerate(images.images):
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(target / f"{number}.jpg", quality=95)
    return target


def first_pictures(data, folder):
    """The first 1024 pictures of a source as an ImageSet. Raises ValueError when there are fewer."""
    images = load_images(data, folder / "source")
    if len(images) < PICTURES:
        raise ValueError(f"data={data!r} holds {len(images)} pictures; the benchmark needs {PICTURES}")
    return replace(images, images=images.images[:PICTURES])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=f"drawn:{PICTURES}", help="at least 1024 pictures")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--out", type=Path, default=Path("workspace/bench"))
    parser.add_argument("--memory", choices=LOOPS, help=argparse.SUPPRESS)
    parser.add_argument("--form", choices=FORMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    device = choose_device(options.device)
    if options.memory:
        return train_and_report_memory(options.memory, options.form, options.data, device)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        images = first_pictures(options.data, folder)
        pictures = unpack(images, folder)
        result = {
            "machine": machine(device), "versions": versions(), "torch_threads": torch.get_num_threads(),
            "start": measure_start(pictures, folder / "start", device),
            "memory": measure_memory(pictures, device),
            "steps": measure_steps(images, folder / "steps", device),
            "penalty": measure_penalty(images, folder / "penalty", device),
            "epoch": measure_epochs(pictures, folder / "epoch", device),
            "submission": measure_submission(images, folder, device),
            "sweeps": measure_sweeps(folder / "sweeps", device),
        }  # fmt: skip
    write_text(options.out / "bench.json", json.dumps(result, indent=1))
    write_text(options.out / "bench.md", table(result) + "\n")
    figure(result).savefig(options.out / "bench.png", dpi=100)
    print(table(result))
    print(f"-> {options.out}/bench.json, bench.md, bench.png")


if __name__ == "__main__":
    main()
