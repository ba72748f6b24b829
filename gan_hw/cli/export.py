"""Write generated images of a run, any number of them, as PNG files."""

import argparse

from gan_hw.cli import options

HELP = "write any number of generated images as PNG files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser, or_shipped=True)
    parser.add_argument("target", metavar="FOLDER", help="new or empty folder for 1.png, 2.png ...")
    parser.add_argument("--n", type=int, default=100, help="number of images (default 100)")
    options.add_weights(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Write the images, and print where they are."""
    from gan_hw.workflow.export import export

    export(args.folder, args.target, args.n, args.seed, args.weights, args.quiet)
    options.say(args, f"{args.n} images -> {args.target}")
