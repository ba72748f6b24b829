"""Draw faces with a trained generator, as one picture."""

import argparse

from gan_hw.cli import options
from gan_hw.inference.shipped_generators import DEFAULT_SHIPPED, SCHEME, SHIPPED

HELP = "draw faces with a trained generator, also one that ships with the kit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    default = SCHEME + DEFAULT_SHIPPED
    names = ", ".join(SCHEME + name for name in SHIPPED)
    parser.add_argument(
        "source", nargs="?", default=default, metavar="GENERATOR",
        help=f"a run folder, a .safetensors file, hf:OWNER/MODEL, or one of {names} (default {default})",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", default="faces.png", help="the picture's file (default faces.png)")
    parser.add_argument("--n", type=int, default=40, help="number of images (default 40)")
    options.add_weights(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Draw the picture, and print where it is."""
    from gan_hw.workflow.export import draw

    recipe = draw(args.source, args.out, args.n, args.seed, args.weights)
    options.say(args, f"{args.n} images by {args.source} ({recipe.name}), unfiltered, seed {args.seed} -> {args.out}")
