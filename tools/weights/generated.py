"""Faces of generators at all stages of their training, for the face detector to learn from.

python tools/weights/generated.py workspace/weights/generated --faces faces.zip

Each recipe in RUNS is trained on one core, and at several moments images of the averaged and of the raw generator are
kept: FOLDER/<recipe>-<data>.pt. Two of them run at a time on two cores: about 30 minutes. What is finished is skipped.
"""

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple


class GeneratorRun(NamedTuple):
    """One training, with as many moments at which images are kept, denser at the beginning."""

    recipe: str
    data: str
    steps: int
    moments: int
    seed: int


# The recipes that the detector is tested on are not among them.
RUNS = (
    GeneratorRun("wgan_gp_quick", "faces", 17_184, 12, 0),
    GeneratorRun("gan_quick", "faces", 5_000, 10, 1),
    GeneratorRun("wgan_gp_quick", "drawn", 3_900, 10, 1),
    GeneratorRun("gan_quick", "drawn", 5_000, 8, 1),
)
AVERAGED_IMAGES, RAW_IMAGES = 1500, 500  # kept at each moment
FIRST_SEED = 1000  # of z; a submission's is 0 to a few


def train_and_keep(run: GeneratorRun, source: str, folder: Path) -> None:
    """Train one run on one core and keep its images."""
    import torch

    from gan_hw.data.images import load_images
    from gan_hw.inference.sampling import generate, sample_z
    from gan_hw.recipes import RECIPES
    from gan_hw.training.trainer import Trainer

    torch.set_num_threads(1)
    recipe = RECIPES[run.recipe]
    images = load_images(source, folder, recipe.size, quiet=True)
    run_folder = folder / "runs" / f"{run.recipe}-{run.data}-s{run.seed}"
    shutil.rmtree(run_folder, ignore_errors=True)  # of a run that was killed: its early images are gone
    trainer = Trainer(recipe, images, run_folder, seed=run.seed, device="cpu", quiet=True)
    kept = []
    for moment in range(1, run.moments + 1):
        trainer.train(steps=round(run.steps * (moment / run.moments) ** 2))
        z = sample_z(AVERAGED_IMAGES + RAW_IMAGES, recipe.z_dim, FIRST_SEED + moment)
        kept += [generate(trainer.ema, z[:AVERAGED_IMAGES]), generate(trainer.generator, z[AVERAGED_IMAGES:])]
        print(f"{run.recipe} on {run.data}: step {trainer.step}, {trainer.seconds:.0f} s", flush=True)
    torch.save(torch.cat(kept), folder / f"{run.recipe}-{run.data}.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faces", required=True, help="real anime faces, an address of images")
    parser.add_argument("--only", type=int, help="one run of RUNS, by its number; without it all of them")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.only is not None:
        run = RUNS[args.only]
        train_and_keep(run, args.faces if run.data == "faces" else run.data, args.folder)
        return
    missing = [i for i, run in enumerate(RUNS) if not (args.folder / f"{run.recipe}-{run.data}.pt").exists()]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    commands = [[sys.executable, __file__, str(args.folder), "--faces", args.faces, "--only", str(i)] for i in missing]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(lambda command: subprocess.run(command, check=True, env=environment), commands))


if __name__ == "__main__":
    main()
