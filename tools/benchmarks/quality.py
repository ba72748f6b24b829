"""How good the faces are after so many minutes: a quick recipe of the kit, and homework 6's own loop for longer.

    python tools/benchmarks/quality.py --data faces.zip [--cascade FILE] [--goal 0.6] [--cap 60]

The quick recipe's afd_strict reaches the goal at time t, the first of two looks above it, one every half minute; the
loop trains to 8t, or the cap. Judging does not count as time. The kit's faces are its averaged generator's. Writes
quality.json, quality.md and quality.png to --out. On the CPU, unless --device names another.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from bench import FORMS, say, unpack
from reference import Reference, loader
from timing import synchronise

from gan_hw.data.images import load_images
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics.afd import face_scores, load_cascade
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.training.trainer import Trainer
from gan_hw.utils.devices import choose_device
from gan_hw.utils.environment import DEVICES, machine, versions
from gan_hw.utils.files import write_text

JUDGED = 1000
QUICK = DEFAULT
CPU = torch.device("cpu")
FORM = "gan"
LOOK_MINUTES = 0.5
CHECKS = 8  # looks at homework 6's loop, up to 8t


class Kit:
    """A recipe of the kit, a while at a time."""

    def __init__(self, recipe, images, folder, device="cpu"):
        self.trainer = Trainer(recipe, images, folder, device=device, quiet=True)

    def train_to(self, minutes):
        """Train until that many minutes of training; the images seen until then."""
        self.trainer.train(minutes=minutes)
        return self.trainer.seen

    def images(self):
        return generate(self.trainer.ema, sample_z(JUDGED, self.trainer.recipe.z_dim))


class Plain:
    """Homework 6's loop on picture files, a while at a time."""

    def __init__(self, pictures, device=CPU):
        self.reference, self.pictures, self.device = Reference(FORM, device=device), pictures, device
        self.minutes, self.seen, self.batches = 0.0, 0, iter(())

    def train_to(self, minutes):
        """Train until that many minutes of training; the images seen until then."""
        start = time.monotonic() - self.minutes * 60
        while time.monotonic() - start < minutes * 60:
            real = next(self.batches, None)
            if real is None:
                self.batches = iter(loader(self.pictures))
                continue
            self.reference.train_on(real.to(self.device))
            self.seen += len(real)
        synchronise(self.device)
        self.minutes = (time.monotonic() - start) / 60
        return self.seen

    def images(self):
        return generate(self.reference.generator, sample_z(JUDGED, 100))


def judged(name, contender, minutes, real_rmse, detector):
    """One row: the contender after training up to `minutes`."""
    seen = contender.train_to(minutes)
    row = {"minutes": minutes, "seen": seen, **face_scores(contender.images(), real_rmse, detector)}
    afd, diversity = row["afd_strict"], row["diversity"]
    say(f"{name}: {minutes:.2f} minutes, {seen} images, afd_strict {afd:.3f}, diversity {diversity:.3f}")
    return row


def compare(data, detector, goal, cap, folder, device=CPU):
    """{contender: [row, ...]} and the time t at which the quick recipe reached the goal (None when it never did)."""
    pictures = unpack(load_images(data, folder), folder)
    images = load_images(pictures, folder)  # the same JPEG files for all
    real_rmse = real_images_rmse(images)
    contenders = {
        "quick": Kit(RECIPES[QUICK], images, folder / "quick", device.type),
        "homework 6": Plain(pictures, device),
    }

    def look(name, minutes):
        rows[name].append(judged(name, contenders[name], minutes, real_rmse, detector))
        return rows[name][-1]["afd_strict"] >= goal

    rows = {name: [] for name in contenders}
    above = [False]
    while not (above[-1] and above[-2]) and len(above) * LOOK_MINUTES < cap:
        above.append(look("quick", len(above) * LOOK_MINUTES))
    reached = (len(above) - 2) * LOOK_MINUTES if above[-1] and above[-2] else None
    end = min(cap, 8 * (reached or cap))
    for number in range(1, CHECKS + 1):
        look("homework 6", end * number / CHECKS)
    return rows, reached


def table(result):
    """The rows as Markdown."""
    lines = ["| loop | minutes | images seen | afd_strict | diversity |", "|---|---|---|---|---|"]
    for name, rows in result["rows"].items():
        for row in rows:
            lines.append(
                f"| {result['titles'][name]} | {row['minutes']:.1f} | {row['seen']:,} | {row['afd_strict']:.3f} "
                f"| {row['diversity']:.3f} |"
            )
    return "\n".join(lines)


def figure(result):
    """afd_strict and diversity over the minutes of training."""
    plot, axes = plt.subplots(1, 2, figsize=(9, 3))
    for axis, metric in zip(axes, ("afd_strict", "diversity"), strict=True):
        for name, rows in result["rows"].items():
            axis.plot(
                [row["minutes"] for row in rows], [row[metric] for row in rows], "o-", label=result["titles"][name]
            )
        axis.set_xlabel("minutes")
        axis.set_ylabel(metric)
        axis.set_ylim(0)
    axes[0].legend(frameon=False, fontsize=8)
    plot.tight_layout()
    return plot


def options_for(description):
    """A parser with the options of every benchmark that looks for faces."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--cascade", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--out", type=Path, default=Path("workspace/bench"))
    return parser


def main():
    parser = options_for(__doc__)
    parser.add_argument("--goal", type=float, default=0.6, help="afd_strict that the quick recipe trains to")
    parser.add_argument("--cap", type=float, default=60.0, help="minutes at most, for each")
    options = parser.parse_args()
    device = choose_device(options.device)
    with tempfile.TemporaryDirectory() as folder:
        detector = load_cascade(options.cascade, folder)
        rows, reached = compare(options.data, detector, options.goal, options.cap, Path(folder), device)
    titles = {"quick": f"kit, {QUICK}", "homework 6": f"homework 6, {FORMS[FORM]}"}
    result = {
        "goal": options.goal, "reached_after_minutes": reached, "rows": rows, "titles": titles,
        "machine": machine(device), "versions": versions(),
    }  # fmt: skip
    write_text(options.out / "quality.json", json.dumps(result, indent=1))
    write_text(options.out / "quality.md", table(result) + "\n")
    figure(result).savefig(options.out / "quality.png", dpi=100)
    print(table(result))


if __name__ == "__main__":
    main()
