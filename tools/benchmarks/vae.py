"""What a VAE and GANs are good at: the same measures for all of them, after the same minutes.

    python -m gan_hw train --recipe gan_quick --data faces.zip --minutes 10 --run ten_gan      # and so on
    python tools/benchmarks/vae.py --data faces.zip --minutes 10 --cascade FILE --gans "GAN=workspace/runs/ten_gan" …

Trains the VAE of notebook 10 (or goes on with it), and prints a table: real faces that are held out, the VAE's
reconstructions of them, what it generates, and what each GAN's averaged generator does. 1000 images of seed 0,
unfiltered and uncompressed. Rows, pictures and the decoder, as a generator, are in --out (default workspace/vae).
"""

import argparse
import json
from pathlib import Path

import torch

from gan_hw.course.vae import Training, face_batches, face_vae
from gan_hw.data.images import load_images, to_float, to_uint8
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator, save_generator
from gan_hw.metrics.afd import face_scores, load_cascade
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.metrics.protocol import METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.metrics.sharpness import sharpness
from gan_hw.recipes import RECIPES
from gan_hw.utils import figures
from gan_hw.utils.environment import DEVICES, machine, versions
from gan_hw.utils.files import write_text

JUDGED, SHOWN = 1000, 40
SCORES = ("afd_strict", "diversity", "face_frechet", "face_recall", "face_precision")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--cascade", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gans", nargs="*", default=[], metavar="TITLE=RUN_FOLDER")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--out", type=Path, default=Path("workspace/vae"))
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float)
    budget.add_argument("--images", type=int, help="of the VAE's training, in place of minutes")
    options = parser.parse_args()

    images = load_images(options.data, options.out / "workspace", 64)
    detector, reference = load_cascade(options.cascade, options.out / "workspace"), face_reference(images, options.out)
    real_rmse = real_images_rmse(images)
    file = options.out / f"{images.name}-{options.seed}.pt"
    training = Training(
        face_vae, face_batches(images, options.seed), seed=options.seed, file=file, device=options.device
    )
    if options.minutes:
        training.train(minutes=options.minutes)
    else:
        training.train(steps=-(-options.images // 32))

    save_generator(options.out / "decoder.safetensors", training.vae.decoder, RECIPES["gan_r1_quick"])
    held_out = images.images[reference.held_out][:JUDGED]
    with torch.no_grad():
        reconstructed = torch.cat(
            [
                to_uint8(training.vae.reconstruct(to_float(part.to(training.device)))).cpu()
                for part in held_out.split(100)
            ]
        )
    sets = {"real": held_out, "VAE, reconstructions of these": reconstructed}
    sets["VAE, generated"] = generate(training.vae.decoder, sample_z(JUDGED, 100))
    for title, folder in (gan.split("=", 1) for gan in options.gans):
        generator, recipe = load_generator(folder)
        sets[title] = generate(generator, sample_z(JUDGED, recipe.z_dim))
    real_sharpness, rows = sharpness(held_out), []
    print(f"| | {' | '.join(SCORES)} | sharpness |\n|---{'|---' * len(SCORES)}|---|")
    for title, judged in sets.items():
        compared = reference.compare(judged)
        scores = face_scores(judged, real_rmse, detector) | {f"face_{name}": value for name, value in compared.items()}
        row = {name: round(scores[name], 4) for name in SCORES}
        row["sharpness"] = round(sharpness(judged) / real_sharpness, 3)
        rows.append({"set": title} | row)
        values = " | ".join(format(row[name], METRICS[name][0]) for name in SCORES)
        print(f"| {title} | {values} | {row['sharpness']:.2f} |")
        figures.grid(judged[:SHOWN]).save(options.out / f"{title.replace(' ', '_').replace(',', '')}.png")
    last = {"seen": training.seen, "minutes": round(training.seconds / 60, 2)} | training.history[-1]
    facts = {"data": images.source, "seed": options.seed, "vae": last, "precision": training.precision}
    facts |= {"machine": machine(training.device), "versions": versions(), "rows": rows}
    write_text(options.out / "scores.json", json.dumps(facts, indent=1))
    print(f"VAE: {last}")


if __name__ == "__main__":
    main()
