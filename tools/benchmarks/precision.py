"""Does bf16 give the same faces as fp32? The same recipe for the same steps in both, beside the spread of seeds.

    python tools/benchmarks/precision.py --data faces.zip [--cascade FILE] [--minutes 10] [--seeds 3]

fp32 trains with seed 0 for these minutes; the others, each seed in each precision, take as many steps. Judged are the
averaged generator's first 1000 images. Writes precision.json to --out. On the CPU, unless --device names another; where
that has fp16 in place of bf16 (a T4), fp16 is compared.
"""

import json
import tempfile
from pathlib import Path

from bench import say
from quality import JUDGED, options_for

from gan_hw.data.images import load_images
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics.afd import face_scores, load_cascade
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.training.trainer import Trainer
from gan_hw.utils.devices import choose_device, has_bf16, has_fp16
from gan_hw.utils.environment import machine, versions
from gan_hw.utils.files import write_text


def trained(images, folder, precision, seed, budget, detector, device):
    """One row: the recipe trained so, and the scores of its faces."""
    recipe = RECIPES[DEFAULT]
    trainer = Trainer(recipe, images, folder, seed=seed, device=device.type, precision=precision, quiet=True)
    trainer.train(**budget)
    faces = generate(trainer.ema, sample_z(JUDGED, recipe.z_dim))
    row = {
        "precision": precision, "seed": seed, "steps": trainer.step, "minutes": round(trainer.seconds / 60, 2),
        **face_scores(faces, real_images_rmse(images), detector),
    }  # fmt: skip
    say(
        ", ".join(
            f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
        )
    )
    return row


def main():
    parser = options_for(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of training in fp32")
    parser.add_argument("--seeds", type=int, default=3, help="trainings in each precision")
    options = parser.parse_args()
    device = choose_device(options.device)
    reduced = "fp16" if has_fp16(device) and not has_bf16(device) else "bf16"
    with tempfile.TemporaryDirectory() as folder:
        folder, detector = Path(folder), load_cascade(options.cascade, folder)
        images = load_images(options.data, folder)
        rows = [trained(images, folder / "fp32", "fp32", 0, {"minutes": options.minutes}, detector, device)]
        budget = {"steps": rows[0]["steps"]}
        for seed in range(options.seeds):
            rows.append(trained(images, folder / f"{reduced}-{seed}", reduced, seed, budget, detector, device))
            if seed > 0:
                rows.append(trained(images, folder / f"fp32-{seed}", "fp32", seed, budget, detector, device))
    result = {"recipe": DEFAULT, "rows": rows, "machine": machine(device), "versions": versions()}
    write_text(options.out / "precision.json", json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
