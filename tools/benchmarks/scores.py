"""What the metrics say of images whose quality is known: real ones, corrupted ones, and submissions.

    python tools/benchmarks/scores.py --data faces.zip [--cascade FILE] [--c2st] [NAME=submission.tgz ...]

A good measure ranks held-out real images first and gets worse with blur, with noise, and when fewer and fewer different
faces are shown. Prints the tables of docs/results/metrics.md and faces.md and writes scores.md to --out. --c2st adds
the classifier two-sample test, half a minute for each line on two cores; of a submission it is what judge measured.
"""

import argparse
import json
from pathlib import Path

import torch
from torch.nn import functional as F

from gan_hw.data.images import load_images
from gan_hw.inference.submission import SUBMISSION_IMAGES, jpeg_round_trip, read_submission
from gan_hw.metrics.afd import load_detector
from gan_hw.metrics.diversity import relative_diversity
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.metrics.judge import generate_untrained, real_images_rmse
from gan_hw.metrics.near_duplicates import closest_matches, closest_matches_within
from gan_hw.metrics.protocol import METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.metrics.two_sample import IMAGES_NEEDED, two_sample_test
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


def repeated(images, n):
    return images[torch.arange(len(images)) % n]


def compressed(images):
    """In groups of as many as a submission has: the quality follows from their number."""
    return torch.cat([torch.as_tensor(jpeg_round_trip(part)) for part in images.split(SUBMISSION_IMAGES)])


def kinds(submissions):
    """{what they are: how they come from real images}."""
    found = {
        "held-out real faces": lambda real: real,
        "compressed as a submission is": compressed,
    }
    for name, path in submissions.items():
        found[name] = lambda _, path=path: torch.as_tensor(read_submission(path))
    found["an untrained generator's"] = lambda real: generate_untrained(RECIPES["gan"], len(real), 0)
    for sigma in BLURS:
        found[f"real, blurred by {sigma} pixels"] = lambda real, sigma=sigma: blurred(real, sigma)
    for sigma in NOISES:
        found[f"real, with noise of {sigma} of 255"] = lambda real, sigma=sigma: noisy(real, sigma)
    for n in DIFFERENT:
        found[f"{n} real ones over and over"] = lambda real, n=n: repeated(real, n)
    return found


def measured(images, everything, reference, detector):
    """{metric: value} of images, in the order of METRICS."""
    held_out_rmse = real_images_rmse(everything)
    found = {
        "afd_kit": load_face_detector().detect(images).double().mean().item(),
        detector.metric: detector.detect(images).double().mean().item(),
        "diversity": relative_diversity(images, held_out_rmse),
        "near_copies": closest_matches(images, everything.images[reference.indices]).copy_rate,
        "duplicates": closest_matches_within(images).copy_rate,
        **{f"face_{metric}": value for metric, value in reference.compare(images).items()},
    }
    return {metric: found[metric] for metric in METRICS if metric in found}


def two_sample_error(kind, everything, archive):
    """c2st_error of a kind of images, or what judge measured of a submission's generator."""
    if archive:
        scores = json.loads(Path(archive).with_name("scores.json").read_text())
        return scores.get("c2st_error", {}).get("value")
    rows = torch.randperm(len(everything), generator=torch.Generator().manual_seed(0))
    changed, real = (everything.images[part] for part in rows[: 2 * IMAGES_NEEDED].split(IMAGES_NEEDED))
    return two_sample_test(kind(changed), real, quiet=True).error


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="4000 pictures or more; 12,000 for --c2st")
    parser.add_argument("--cascade")
    parser.add_argument("--c2st", action="store_true")
    parser.add_argument("--kinds", nargs="+", metavar="WORDS", help="only these corrupted images (default: all)")
    parser.add_argument("--columns", nargs="+", choices=METRICS, help="metrics to print (default: all)")
    parser.add_argument("submissions", nargs="*", metavar="NAME=SUBMISSION_TGZ")
    parser.add_argument("--out", type=Path, default=Path("workspace/bench"))
    options = parser.parse_args()
    workspace = find_workspace()
    images = load_images(options.data, workspace)
    reference, detector = face_reference(images, workspace), load_detector(options.cascade, workspace)
    submissions = dict(text.split("=", 1) for text in options.submissions)
    lines = []
    for name, kind in kinds(submissions).items():
        if options.kinds and name not in (*options.kinds, *submissions):
            continue
        numbers = measured(kind(images.images[reference.held_out]), images, reference, detector)
        if options.c2st:
            numbers["c2st_error"] = two_sample_error(kind, images, submissions.get(name))
        columns = options.columns or [metric for metric in METRICS if metric in numbers]
        if not lines:
            lines += [
                "| images | " + " | ".join(f"`{metric}`" for metric in columns) + " |",
                "|---" * (len(columns) + 1) + "|",
            ]
            print(*lines, sep="\n")
        cells = ["–" if numbers.get(m) is None else format(numbers[m], METRICS[m][0]) for m in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    write_text(options.out / "scores.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
