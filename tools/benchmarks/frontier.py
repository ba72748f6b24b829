"""Which recipe has which faces after how long: a study of variants, which can be stopped, continued and read.

    python tools/benchmarks/frontier.py run --data drawn --cascade FILE --minutes 2 4 10 --variants gan_r1_quick …
    python tools/benchmarks/frontier.py run --data faces.zip --cascade FILE --images 20000 40000 --seeds 0 1 2 --jobs 2
    python tools/benchmarks/frontier.py table        # all rows, as Markdown
    python tools/benchmarks/frontier.py chart        # quality over minutes -> frontier.png
    python tools/benchmarks/frontier.py chart --rows docs/results/frontier.jsonl --file assets/frontier.webp

A variant is a recipe of the kit, or one with other fields or parts (VARIANTS below). Each is trained to every mark and
scored there: 1000 images of seed 0 by the averaged generator, unfiltered and uncompressed. A row is written as soon as
it is measured, and a row that is there is not measured again. --prune 2: a variant whose face_frechet at a mark is more
than twice the best one's there goes no further. --jobs 2: two trainings at a time, each on its share of the cores.
Minutes are those of training alone, CPU minutes those of all its threads, which other work beside it changes little.
--averages 0.03 0.05: score averages of the generator over a shorter share of the run, too, each in a row of its own.
Rows and runs are in --out (default workspace/frontier).
"""

import argparse
import itertools
import json
import multiprocessing
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean

import frontier_bodies as bodies
import matplotlib.pyplot as plt
import torch
from matplotlib.ticker import LogLocator, NullLocator
from torch import nn

from gan_hw.data.images import load_images
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics.afd import face_scores, load_cascade
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.metrics.protocol import METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.recipes import RECIPES
from gan_hw.training.ema import EMA
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer
from gan_hw.utils import figures
from gan_hw.utils.environment import DEVICES, machine, versions
from gan_hw.utils.files import file_lock

JUDGED = 1000
AVERAGE = ", average over "  # in the name of a row that is not of the recipe's own average
SCORES = ("afd_strict", "diversity", "face_frechet", "face_recall", "face_precision")
R1 = {
    "objective": "standard_r1", "gp_weight": None, "r1_weight": 0.25, "penalty_every": 8, "n_critic": 1,
    "betas": (0.0, 0.99), "lr_g": 4e-4, "lr_d": 4e-4,
}  # fmt: skip
PAIRS = R1 | {"objective": "relativistic", "r1_weight": 0.5}


@dataclass(frozen=True)
class Variant:
    """A recipe's name, fields to change, and parts in place of the recipe's.

    falls_from: images seen after which both learning rates fall as one over the square root of their number.
    """

    recipe: str = "wgan_gp_quick"
    fields: dict = field(default_factory=dict)
    generator: type | partial | None = None
    discriminator: type | partial | None = None
    falls_from: int | None = None


VARIANTS = {
    "R1, no norm, weight 0.5": Variant(fields=R1 | {"d_norm": "none", "r1_weight": 0.5}),
    "R1, no norm": Variant(fields=R1 | {"d_norm": "none"}),
    "R1": Variant(fields=R1),
    "R1, weight 1": Variant(fields=R1 | {"r1_weight": 1.0}),
    "R1, weight 0.025": Variant(fields=R1 | {"r1_weight": 0.025}),
    "R1, LayerNorm": Variant(fields=R1 | {"d_norm": "layer"}),
    "R1, slower G": Variant(fields=R1 | {"lr_g": 2e-4}),
    "R1, two critic steps": Variant(fields=R1 | {"n_critic": 2}),
    "R1, falling rates": Variant(fields=R1, falls_from=15_000),
    "R1 and R2": Variant(fields=R1 | {"r2_weight": 0.25}),
    "pairs, R1 and R2": Variant(fields=PAIRS | {"r2_weight": 0.5}),
    "R1, slower D": Variant(fields=R1 | {"lr_d": 2e-4}),
    "R1, batch 64": Variant(fields=R1 | {"batch_size": 64}),
    "R1, DiffAugment": Variant(fields=R1 | {"augment": True}),
    "pairs": Variant(fields=PAIRS),
    "pairs, no norm, stddev": Variant(
        fields=PAIRS | {"d_norm": "none"},
        discriminator=partial(bodies.PlainDiscriminator, norm=nn.Identity, stddev=True),
    ),
    "R1, excitation": Variant(fields=R1, generator=partial(bodies.PlainGenerator, excitation=True)),
    "R1, noise": Variant(fields=R1, generator=partial(bodies.PlainGenerator, noise=True)),
    "R1, bilinear": Variant(fields=R1, generator=partial(bodies.PlainGenerator, doubling=bodies.BilinearConv2d)),
    "R1, style": Variant(fields=R1, generator=bodies.StyleGenerator),
    "R1, residual D": Variant(fields=R1, discriminator=partial(bodies.PlainDiscriminator, residual=True)),
} | {name: Variant(name) for name in RECIPES}


class Study:
    """The rows of a folder: dicts with variant, data, seed, mark, scores, seen, minutes and what they depend on."""

    def __init__(self, folder, name="study.jsonl"):
        self.folder = Path(folder)
        self.file = self.folder / name

    def rows(self):
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def add(self, row):
        with file_lock(self.folder / ".lock", wait=True), open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def find(self, **key):
        return [row for row in self.rows() if all(row[name] == value for name, value in key.items())]


class Averages:
    """Further averages of one run's generator, {ema_ramp: EMA}; as a training step it trains and moves them all."""

    def __init__(self, ramps, folder, step):
        self.ramps, self.file, self.step, self.averages = ramps, folder / "averages.pt", step, {}

    def __call__(self, gan, real):
        if not self.averages:
            self.averages = {ramp: EMA(gan.generator, gan.recipe.replace(ema_ramp=ramp)) for ramp in self.ramps}
            if gan.step > 1:
                stored = torch.load(self.file)
                if stored["step"] != gan.step - 1:
                    raise SystemExit(f"'{self.file}' is of another step than the run; remove its folder to start anew")
                for ramp, average in self.averages.items():
                    average.network.load_state_dict(stored[ramp])
        losses = self.step(gan, real)
        if "loss_g" in losses:
            for average in self.averages.values():
                average.update(gan.generator, gan.seen)
        return losses

    def save(self, step):
        if self.averages:
            states = {ramp: average.network.state_dict() for ramp, average in self.averages.items()}
            torch.save({"step": step} | states, self.file)


def step_at_falling_rates(falls_from, gan, real):
    """A training step with learning rates that depend on the images seen, and on nothing else."""
    share = min(1.0, (falls_from / max(gan.seen, 1)) ** 0.5)
    for optimiser, rate in ((gan.optimiser_g, gan.recipe.lr_g), (gan.optimiser_d, gan.recipe.lr_d)):
        for group in optimiser.param_groups:
            group["lr"] = share * rate
    return training_step(gan, real)


def train_and_score(job, options):
    """Train one variant with one seed to each mark, and add its rows."""
    name, seed = job
    torch.set_num_threads(max(1, torch.get_num_threads() // options.jobs))  # of OMP_NUM_THREADS, or of all cores
    study, variant = Study(options.out), VARIANTS[name]
    unit = "minutes" if options.minutes else "images"
    workspace = options.out / "workspace"
    recipe = RECIPES[variant.recipe].replace(**variant.fields)
    images = load_images(options.data, workspace, recipe.size, quiet=True)
    detector, reference = load_cascade(options.cascade, workspace), face_reference(images, workspace, quiet=True)
    real_rmse = real_images_rmse(images)
    torch.manual_seed(seed)  # for parts that are not the recipe's
    parts = {part: getattr(variant, part)() for part in ("generator", "discriminator") if getattr(variant, part)}
    folder = options.out / "runs" / f"{name.replace(', ', '-').replace(' ', '_')}-{images.name}-s{seed}"
    step = training_step if variant.falls_from is None else partial(step_at_falling_rates, variant.falls_from)
    averages = Averages([ramp for ramp in options.averages if ramp != recipe.ema_ramp], folder, step)
    step = averages if averages.ramps else step
    trainer = Trainer(recipe, images, folder, seed=seed, device=options.device, quiet=True, step=step, **parts)
    cpu_minutes = 0.0
    for mark in sorted(options.minutes or options.images):
        key = {"variant": name, "data": images.name, "seed": seed, "unit": unit, "mark": mark}
        if found := study.find(**key):
            cpu_minutes = found[0]["cpu_minutes"]
            continue
        started = time.process_time()
        if unit == "minutes":
            trainer.train(minutes=mark)
        else:
            trainer.train(steps=-(-mark // recipe.batch_size) * recipe.repeats)
        cpu_minutes += (time.process_time() - started) / 60
        averages.save(trainer.step)
        spent = {
            "seen": trainer.seen,
            "minutes": round(trainer.seconds / 60, 2),
            "cpu_minutes": round(cpu_minutes, 2),
            "jobs": options.jobs,
        }
        spent |= {"machine": machine(trainer.device), "precision": trainer.precision, "versions": versions()}
        networks = {name: trainer.ema}
        networks |= {f"{name}{AVERAGE}{ramp:g}": ema.network for ramp, ema in averages.averages.items()}
        for number, (variant_name, network) in enumerate(networks.items()):
            generated = generate(network, sample_z(JUDGED, recipe.z_dim))
            compared = reference.compare(generated)
            scores = face_scores(generated, real_rmse, detector)
            scores |= {f"face_{metric}": compared[metric] for metric in ("frechet", "recall", "precision")}
            row = key | {"variant": variant_name} | {metric: round(scores[metric], 4) for metric in SCORES} | spent
            study.add(row)
            figures.grid(generated[:40]).save(folder / f"faces-{mark:g}{f'-{number}' if number else ''}.png")
            print(line(row), flush=True)
        reached = study.find(**key)[0]["face_frechet"]
        best = min(other["face_frechet"] for other in study.find(data=images.name, unit=unit, mark=mark))
        if options.prune and reached > options.prune * best:
            print(f"{name}: no further, face_frechet is more than {options.prune} times {best:.1f}", flush=True)
            return


def line(row):
    """A row as one of a Markdown table."""
    scores = " | ".join(format(row[metric], METRICS[metric][0]) for metric in SCORES)
    spent = f"{row['minutes']:.1f} | {row['cpu_minutes']:.1f} | {row['seen']:,}"
    return f"| {row['variant']} | {row['data']} | {row['seed']} | {spent} | {scores} |"


def table(rows):
    """All rows as Markdown, by data, mark and face_frechet."""
    head = ["variant", "data", "seed", "minutes", "CPU minutes", "images seen", *SCORES]
    order = sorted(rows, key=lambda row: (row["data"], row["unit"], row["mark"], row["face_frechet"]))
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *map(line, order)])


def chart(rows):
    """Three metrics over the CPU minutes, a column for each data set: thin lines are seeds, thick ones their mean."""
    sets = sorted({row["data"] for row in rows})
    metrics = ("afd_strict", "face_frechet", "face_recall")
    figure, axes = plt.subplots(len(metrics), len(sets), figsize=(5.2 * len(sets), 2.5 * len(metrics)), squeeze=False)
    names = list(dict.fromkeys(row["variant"] for row in rows))
    styles = [dict(style) for style in figures.LINES]
    for axis_row, metric in zip(axes, metrics, strict=True):
        for axis, data in zip(axis_row, sets, strict=True):
            for name, style in zip(names, itertools.cycle(styles)):
                plot_runs(axis, [row for row in rows if (row["variant"], row["data"]) == (name, data)], metric, style)
            axis.set_title(f"{metric}, {data}", fontsize=9, loc="left")
            scales = [axis.xaxis, axis.yaxis] if metric == "face_frechet" else [axis.xaxis]
            axis.set_xscale("log")
            if metric == "face_frechet":
                axis.set_yscale("log")
            for scale in scales:
                scale.set_major_locator(LogLocator(subs=(1, 2, 5)))
                scale.set_major_formatter("{x:g}")
                scale.set_minor_locator(NullLocator())
            axis.grid(alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("CPU minutes of training")
    lines = [plt.Line2D([], [], marker="o", markersize=4, label=name, **style)
             for name, style in zip(names, itertools.cycle(styles))]  # fmt: skip
    axes[0, -1].legend(handles=lines, fontsize=8, bbox_to_anchor=(1.01, 1.0), loc="upper left")
    return figures.finish(figure)


def plot_runs(axis, rows, metric, style):
    """One variant on one data set: a thin line for each seed, and their mean wherever all of them have a mark."""
    seeds = sorted({row["seed"] for row in rows})
    for seed in seeds:
        of_seed = sorted((row for row in rows if row["seed"] == seed), key=lambda row: row["mark"])
        x, y = ([row[key] for row in of_seed] for key in ("cpu_minutes", metric))
        axis.plot(x, y, marker="o", markersize=3, linewidth=0.8, alpha=0.4 if len(seeds) > 1 else 1, **style)
    if len(seeds) > 1:
        by_mark = {mark: [row for row in rows if row["mark"] == mark] for mark in sorted({row["mark"] for row in rows})}
        whole = [of_mark for of_mark in by_mark.values() if len(of_mark) == len(seeds)]
        x, y = ([fmean(row[key] for row in of_mark) for of_mark in whole] for key in ("cpu_minutes", metric))
        axis.plot(x, y, linewidth=2.2, **style)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "table", "chart"))
    parser.add_argument("--data")
    parser.add_argument("--cascade", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, metavar="NAME", default=["wgan_gp_quick", "R1"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    marks = parser.add_mutually_exclusive_group()
    marks.add_argument("--minutes", nargs="+", type=float)
    marks.add_argument("--images", nargs="+", type=int)
    parser.add_argument("--averages", nargs="+", type=float, default=[], metavar="SHARE")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time (default 1, on all cores)")
    parser.add_argument("--prune", type=float, help="stop a variant that is so many times worse than the best")
    parser.add_argument("--out", type=Path, default=Path("workspace/frontier"))
    parser.add_argument("--rows", type=Path, help="for table and chart: a file of rows in place of the study's")
    parser.add_argument("--file", type=Path, help="the chart's file (default frontier.png in --out)")
    parser.add_argument("--with-averages", action="store_true", help="in the table and chart, the other averages, too")
    options = parser.parse_args()
    study = Study(options.rows.parent, options.rows.name) if options.rows else Study(options.out)
    rows = [row for row in study.rows() if options.with_averages or AVERAGE not in row["variant"]]
    if options.what != "run" and not rows:
        parser.error(f"'{study.file}' holds no rows yet; measure some with run")
    if options.what == "table":
        print(table(rows))
    elif options.what == "chart":
        file = options.file or options.out / "frontier.png"
        chart(rows).savefig(file, dpi=100)
        print(file)
    else:
        if not options.data or not (options.minutes or options.images):
            parser.error("run needs --data, and --minutes or --images")
        options.out.mkdir(parents=True, exist_ok=True)
        load_images(options.data, options.out / "workspace", 64)  # once, before several read them
        jobs = [(name, seed) for seed in options.seeds for name in options.variants]
        with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
            for _ in pool.imap_unordered(partial(train_and_score, options=options), jobs):
                pass


if __name__ == "__main__":
    main()
