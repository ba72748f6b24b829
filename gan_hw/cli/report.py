"""Write report.html for a judged run: faces, scores, curves."""

import argparse

from gan_hw.cli import options

HELP = "write report.html for a judged run: faces, scores, curves"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser, or_shipped=True)
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Write the report, and print its path."""
    from gan_hw.workflow.report.run_report import write_report
    from gan_hw.workflow.shipped_runs import run_folder

    folder = run_folder(args.folder, args.workspace)
    options.say(args, write_report(folder, args.workspace, args.cascade, args.quiet))
