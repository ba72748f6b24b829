"""What the face network's distances say of images whose quality is known: real ones, corrupted ones, and submissions.

    python tools/benchmarks/scores.py --data faces.zip [NAME=submission.tgz ...]

A good measure ranks held-out real faces first and rises with blur, with noise, and when fewer and fewer different faces
are shown. Prints the table of docs/results/faces.md and writes scores.md to --out.
"""

import argparse
from pathlib import Path

import torch
from torch.nn import functional as F

from gan_hw.data.images import load_images
from gan_hw.inference.submission import jpeg_round_trip, read_submission
from gan_hw.metrics.judge import generate_untrained
from gan_hw.metrics.near_duplicates import closest_matches, closest_matches_within
from gan_hw.metrics.protocol import METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.recipes import RECIPES
from gan_hw.utils.files import write_text
from gan_hw.utils.hosts import find_workspace

BLURS = (0.5, 1.0, 1.5)  # standard deviations, in pixels
NOISES = (4, 8, 16)  # standard deviations, in pixel values
DIFFERENT = (500, 100, 10)  # faces that are shown, each as often as the others


def blurred(images, sigma):
    line = torch.exp(-(torch.arange(-5.0, 6.0) ** 2) / (2 * sigma**2))
    kernel = (line[:, None] * line / line.sum() ** 2).expand(3, 1, 11, 11)
    blurred = F.conv2d(F.pad(images.float(), [5] * 4, mode="replicate"), kernel, groups=3)
    return blurred.round().clamp(0, 255).to(torch.uint8)


def noisy(images, sigma):
    noise = sigma * torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    return (images.float() + noise).round().clamp(0, 255).to(torch.uint8)


def kinds(real, submissions):
    """{what they are: images}, 1000 of each where the data set holds so many."""
    found = {"held-out real faces": real, "compressed as a submission is": torch.as_tensor(jpeg_round_trip(real))}
    found |= {name: torch.as_tensor(read_submission(path)) for name, path in submissions.items()}
    found["an untrained generator's"] = generate_untrained(RECIPES["gan"], len(real), 0)
    found |= {f"real, blurred by {sigma} pixels": blurred(real, sigma) for sigma in BLURS}
    found |= {f"real, with noise of {sigma} of 255": noisy(real, sigma) for sigma in NOISES}
    found |= {f"{n} real ones over and over": real[torch.arange(len(real)) % n] for n in DIFFERENT}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="4000 pictures or more")
    parser.add_argument("submissions", nargs="*", metavar="NAME=SUBMISSION_TGZ")
    parser.add_argument("--out", type=Path, default=Path("workspace/bench"))
    options = parser.parse_args()
    workspace = find_workspace()
    images = load_images(options.data, workspace)
    reference = face_reference(images, workspace)
    lines = ["| images | Fréchet | kernel | precision | recall | density | coverage | copies | duplicates |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    submissions = dict(text.split("=", 1) for text in options.submissions)
    for name, part in kinds(images.images[reference.held_out], submissions).items():
        numbers = {f"face_{metric}": value for metric, value in reference.compare(part).items()}
        numbers["near_copies"] = closest_matches(part, images.images[reference.indices]).copy_rate
        numbers["duplicates"] = closest_matches_within(part).copy_rate
        lines.append(f"| {name} | " + " | ".join(format(v, METRICS[m][0]) for m, v in numbers.items()) + " |")
        print(lines[-1], flush=True)
    write_text(options.out / "scores.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
