"""Score a submission: prints a table, and writes scores.json beside it."""

import argparse

from gan_hw.cli import options

HELP = "score a submission -> scores.json beside it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("archive", metavar="SUBMISSION_TGZ")
    parser.add_argument("--data", help="real images to compare with (default: those of the run that the archive is in)")
    parser.add_argument(
        "--fid", action="store_true", help="measure FID and KID too: fetches Inception once, takes minutes on a CPU"
    )
    parser.add_argument(
        "--no-faces", action="store_true", help="leave out the distances in the face network's features"
    )
    parser.add_argument(
        "--no-c2st", action="store_true", help="leave out the classifier two-sample test, half a minute on a CPU"
    )
    options.add_cascade(parser)
    options.add_workspace(parser)
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the images of the run's other generators, and of an untrained one"
    )
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Judge the archive and print its scores."""
    from gan_hw.metrics.score_table import score_lines
    from gan_hw.workflow.score import score

    scores = score(
        args.archive, args.data, cascade=args.cascade, workspace=args.workspace, seed=args.seed, quiet=args.quiet,
        faces=not args.no_faces, fid=args.fid, c2st=not args.no_c2st,
    )  # fmt: skip
    options.say(args, "\n".join(score_lines(scores)))
