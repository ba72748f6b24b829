"""Compare judged runs, the best first, in a table and in leaderboard.html in the workspace."""

import argparse

from gan_hw.cli import options

HELP = "compare judged runs -> leaderboard.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "folders", metavar="RUN_FOLDER", nargs="*", help="run folders to compare (default: all runs in the workspace)"
    )
    options.add_workspace(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Write the page and print the table."""
    from gan_hw.utils.hosts import find_workspace
    from gan_hw.workflow.report.leaderboard import leaderboard_lines, write_leaderboard

    workspace = find_workspace(args.workspace)
    path = workspace / "leaderboard.html"
    folders = args.folders or sorted((workspace / "runs").glob("*"))
    rows = write_leaderboard(folders, path, skip_unjudged=not args.folders)
    options.say(args, "\n".join([*leaderboard_lines(rows), f"All metrics, recipes and machines: {path}"]))
