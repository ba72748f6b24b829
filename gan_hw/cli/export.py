"""Generated images of a run as PNG files, as many as you like."""

import argparse

from gan_hw.cli import options

HELP = "generated images of a run as PNG files, as many as you like"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    parser.add_argument("target", metavar="FOLDER", help="for 1.png, 2.png ...")
    parser.add_argument("--n", type=int, default=100, help="how many (default 100)")
    options.add_weights(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Write the images, and say where they lie."""
    from gan_hw.workflow.export import export

    export(args.folder, args.target, args.n, args.seed, args.weights, args.quiet)
    options.say(args, f"{args.n} images -> {args.target}")
