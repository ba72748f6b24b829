"""What the options of submit (--weights, --truncation, --candidates) do to the scores."""

import argparse

from gan_hw.cli import options

HELP = "compare what the options of submit do to the scores"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Print a table with the scores of each possible submission."""
    from gan_hw.workflow.submit import compare_options, comparison_lines

    rows = compare_options(args.folder, args.seed, args.cascade, args.workspace, quiet=args.quiet)
    options.say(args, "\n".join(comparison_lines(rows)))
