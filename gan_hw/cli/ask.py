"""How often the images of a conditional run show the requested classes, as a table and as classes.json."""

import argparse

from gan_hw.cli import options

HELP = "how often a conditional run shows the classes it is asked for"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    parser.add_argument("--asked", metavar="FILE", help="JSON list of lists of classes (default: as real images show)")
    parser.add_argument("--draws", type=int, metavar="N", help="sets of images, each from other noise")
    parser.add_argument("--evaluator", metavar="FILE", help="the lab's checkpoint (default: one that is trained here)")
    options.add_weights(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Evaluate the run and print the table."""
    from gan_hw.workflow.conditional_evaluation import evaluate, result_lines

    result = evaluate(
        args.folder, args.asked, draws=args.draws, checkpoint=args.evaluator, workspace=args.workspace,
        seed=args.seed, weights=args.weights, quiet=args.quiet,
    )  # fmt: skip
    options.say(args, "\n".join(result_lines(result)))
