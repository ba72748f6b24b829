"""1000 images of a trained run, and the archive that is handed in."""

import argparse

from gan_hw.cli import options
from gan_hw.inference.run_files import WEIGHTS

HELP = "1000 images of a trained run -> submission.tgz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    parser.add_argument("--weights", default="average", help=f"one of {', '.join(WEIGHTS)} (default average)")
    parser.add_argument("--truncation", type=float, metavar="T", help="cut z off at this many standard deviations")
    parser.add_argument("--candidates", type=int, metavar="N", help="hand in the surest faces of so many")
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Generate the images, and write images/ and submission.tgz to the run folder."""
    from gan_hw.inference.submission import COUNT
    from gan_hw.workflow.submit import submit

    candidates = COUNT if args.candidates is None else args.candidates
    submit(
        args.folder, args.seed, weights=args.weights, truncation=args.truncation, candidates=candidates,
        cascade=args.cascade, workspace=args.workspace, quiet=args.quiet,
    )  # fmt: skip
