"""Print a run's losses, a line for each logged step."""

import argparse

from gan_hw.cli import options

HELP = "print losses as lines [epoch/epochs][i/n][g_step] Loss_D Loss_G"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)


def run(args: argparse.Namespace) -> None:
    """Print the lines."""
    from gan_hw.training.history import log_lines

    print("\n".join(log_lines(args.folder)))
