"""What each way to choose a submission does to its scores."""

import argparse

from gan_hw.cli import options

HELP = "what each way to choose a submission does to its scores"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_image_seed(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Print a table of what could be submitted of a run, with scores."""
    from gan_hw.workflow.submit import choice_lines, choices

    rows = choices(args.folder, args.seed, args.cascade, args.workspace, quiet=args.quiet)
    options.say(args, "\n".join(choice_lines(rows)))
