"""How often the kit's face detector and the cascade agree, on images that the detector has not seen.

python tools/weights/agreement.py --faces faces.zip --cascade FILE NAME=submission.tgz ...

The last columns say how often the cascade agrees with itself when every pixel value changes by at most 1, which nobody
sees: with one such change, and with the majority of a dozen. A detector that such a change does not move can hardly
agree more often.
"""

import argparse
import time

import torch
from torch import Tensor

from gan_hw.data.images import held_out_split, load_images
from gan_hw.inference.submission import read_submission
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.face_detector import load_face_detector

NOISE_DRAWS = 12


def noisy(images: Tensor) -> Tensor:
    """Every pixel value changed by -1, 0 or 1."""
    return (images.int() + torch.randint(-1, 2, images.shape)).clamp(0, 255).to(torch.uint8)


def row(name: str, images: Tensor, cascade: Cascade) -> str:
    """A line of the table."""
    theirs, mine = cascade.detect(images), load_face_detector().detect(images)
    votes = torch.stack([cascade.detect(noisy(images)) for _ in range(NOISE_DRAWS)]).double()
    with_one, with_most = (votes == theirs).double().mean(), ((votes.mean(0) > 0.5) == theirs).double().mean()
    shares = mine.double().mean(), theirs.double().mean()
    return (
        f"| {name} | {len(images)} | {(mine == theirs).double().mean():.3f} | {shares[0]:.3f} | {shares[1]:.3f} "
        f"| {shares[0] - shares[1]:+.3f} | {with_one:.3f} | {with_most:.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", required=True)
    parser.add_argument("--cascade", required=True)
    parser.add_argument("--workspace", default="workspace")
    parser.add_argument("submissions", nargs="*", metavar="NAME=FILE")
    args = parser.parse_args()
    torch.manual_seed(0)
    cascade, real = Cascade(args.cascade), load_images(args.faces, args.workspace, 64)
    sets = {
        "real, held out": real.images[held_out_split(len(real))[0]],
        "drawn, another seed": load_images("drawn", args.workspace, 64).images[:2000],
    }
    sets |= {name: torch.as_tensor(read_submission(file)) for name, file in (s.split("=", 1) for s in args.submissions)}
    print("| set | images | agreement | afd_kit | afd_strict | difference | cascade, noise of 1 | majority of 12 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, images in sets.items():
        print(row(name, images, cascade), flush=True)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        load_face_detector().detect(real.images[:1000])
        times.append(time.perf_counter() - started)
    print(f"1000 images: {min(times):.3f} s at best of five, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
