"""How often the images of a conditional run show the requested classes, as a table and as classes.json."""

import argparse

from gan_hw.cli import options

HELP = "measure how often the images of a conditional run show the requested classes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser, or_shipped=True)
    parser.add_argument(
        "--asked", metavar="FILE", help="requested classes: a JSON list of lists (default: labels of real images)"
    )
    parser.add_argument(
        "--draws",
        type=int,
        metavar="N",
        help="sets of images, each from other noise (default: 10 with --asked, else 1)",
    )
    parser.add_argument(
        "--evaluator",
        metavar="FILE",
        help="checkpoint of the lab's classifier (default: the kit's own, trained first unless the faces are drawn)",
    )
    options.add_weights(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Evaluate the run and print the table."""
    from gan_hw.workflow.conditional_evaluation import evaluate, result_lines
    from gan_hw.workflow.shipped_runs import run_folder

    folder = run_folder(args.folder, args.workspace)
    result = evaluate(
        folder, args.asked, draws=args.draws, checkpoint=args.evaluator, workspace=args.workspace,
        seed=args.seed, weights=args.weights, quiet=args.quiet,
    )  # fmt: skip
    options.say(args, "\n".join(result_lines(result)))
