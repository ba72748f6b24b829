"""What each method finds in the plane: modes, good points and the earth mover's distance, after as many CPU seconds.

    python tools/benchmarks/laboratory.py --seconds 6 --seeds 0 1 2

Prints one Markdown row for each data set and method, the VAE of notebook 10 among them: mean and range over the seeds,
on one thread. On the CPU, as the laboratory is on any machine: a GPU would take longer to begin such a step.
"""

import argparse
import time
from statistics import mean

import torch

from gan_hw.course.laboratory import METHODS, POINT_SETS, Laboratory
from gan_hw.course.laboratory.measures import measure
from gan_hw.course.vae import Training, point_vae
from gan_hw.inference.sampling import sample_z

VAE = "vae"
STEPS_AT_ONCE = 20
COLUMNS = {"modes_found": 0, "share_of_good": 2, "earth_movers_distance": 3, "steps": 0}  # and their digits
SETS = ("ring", "grid", "moons", "spiral")


def train_for(seconds, some_steps):
    """Train for so many CPU seconds; some_steps() makes STEPS_AT_ONCE more steps."""
    started = time.process_time()
    while time.process_time() - started < seconds:
        some_steps()


def measured_gan(method, data, seed, seconds):
    """What a method finds with one seed."""
    laboratory = Laboratory(method, data, seed)
    train_for(seconds, lambda: laboratory.step(STEPS_AT_ONCE))
    return laboratory.measure() | {"steps": laboratory.gan.step}


def measured_vae(data, seed, seconds):
    """What the VAE finds with one seed, of the same points as the laboratory's."""
    points, order = POINT_SETS[data], torch.Generator().manual_seed(seed)
    training = Training(
        point_vae, lambda _: points.sample(256, order)[:, :, None, None], seed=seed,
        device="cpu", precision="fp32", one_thread=True, quiet=True,
    )  # fmt: skip
    train_for(seconds, lambda: training.train(steps=training.step + STEPS_AT_ONCE))
    with torch.no_grad():
        generated = training.vae.decoder(sample_z(500, 2, seed)).flatten(1)
    reference = points.sample(500, torch.Generator().manual_seed(seed + 1))
    return measure(generated, reference, points) | {"steps": training.step}


def row(data, method, seeds, seconds):
    """One row: the means over the seeds, with the lowest and the highest."""
    found = [
        measured_vae(data, seed, seconds) if method == VAE else measured_gan(method, data, seed, seconds)
        for seed in seeds
    ]
    texts = [spread([measured.get(name) for measured in found], digits) for name, digits in COLUMNS.items()]
    return f"| {data} | `{method}` | {' | '.join(texts)} |"


def spread(values, digits):
    """Mean, lowest and highest of the values as text; a dash where they were not measured."""
    if None in values:
        return "–"
    return f"{mean(values):.{max(digits, 1)}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="of CPU time for each training (default 6)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--data", nargs="+", choices=POINT_SETS, default=SETS)
    parser.add_argument("--methods", nargs="+", choices=[*METHODS, VAE], default=[*METHODS, VAE])
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| data | method | modes found | share of good points | earth mover's distance | steps |")
    print("|---|---|---|---|---|---|")
    for data in options.data:
        for method in options.methods:
            print(row(data, method, options.seeds, options.seconds), flush=True)


if __name__ == "__main__":
    main()
