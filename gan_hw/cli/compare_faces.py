"""A page on which a person says of faces whether they are generated or real, or which of two runs' look more real."""

import argparse

from gan_hw.cli import options

HELP = "ask people: a page of forty faces, generated or real?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "folders", metavar="RUN_FOLDER", nargs="+", help="one judged run, or two to compare with each other"
    )
    parser.add_argument("--add", metavar="FILE", help="add the answers that the page saved to the scores")
    parser.add_argument("--seed", type=int, default=0, help="another seed asks about other faces (default 0)")
    options.add_workspace(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Write the page, or add the answers that were given on it."""
    from gan_hw.workflow.report.compare_faces import add_comparison, write_comparison

    if not args.add:
        path = write_comparison(args.folders, args.seed, args.workspace, args.quiet)
        options.say(
            args,
            f"{path}\nOpen it in a browser; add the answers that it saves with --add FILE. For another person, make a "
            "page of other faces with another --seed.",
        )
        return
    found = add_comparison(args.folders, args.add)
    if "wrong" in found:
        words = f"of all answers so far {found['wrong']} of {found['answers']} were wrong (human_error)"
    else:
        words = f"{args.folders[0]} was preferred in {found['preferred']} of {found['answers']} pairs so far"
    options.say(args, f"Added: {words}.")
