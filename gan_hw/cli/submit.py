"""Generate a submission: 1000 images of a trained run, and the archive to hand in."""

import argparse

from gan_hw.cli import options
from gan_hw.inference.generator_files import GENERATOR_FILES

HELP = "generate 1000 images of a trained run -> submission.tgz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser, or_shipped=True)
    parser.add_argument("--weights", default="average", help=f"one of {', '.join(GENERATOR_FILES)} (default average)")
    parser.add_argument("--truncation", type=float, metavar="T", help="truncate z at this many standard deviations")
    parser.add_argument(
        "--candidates",
        type=int,
        metavar="N",
        help="generate N images, submit the 1000 with the highest detector confidence",
    )
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Generate the images, and write images/ and submission.tgz to the run folder."""
    from gan_hw.inference.submission import SUBMISSION_IMAGES
    from gan_hw.workflow.shipped_runs import run_folder
    from gan_hw.workflow.submit import submit

    candidates = SUBMISSION_IMAGES if args.candidates is None else args.candidates
    folder = run_folder(args.folder, args.workspace)
    submit(
        folder, args.seed, weights=args.weights, truncation=args.truncation, candidates=candidates,
        cascade=args.cascade, workspace=args.workspace, quiet=args.quiet,
    )  # fmt: skip
