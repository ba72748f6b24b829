"""Grade one student's notebook: points and feedback for its exercises."""

import argparse
from pathlib import Path

from gan_hw.cli import options

HELP = "grade a student's notebook: run its answers apart, and write points and feedback"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("notebook", metavar="FILE.ipynb")
    parser.add_argument("--out", metavar="DIR", help="folder of the feedback (default: that of the notebook)")
    parser.add_argument(
        "--notebook", dest="number", default="", metavar="NN", help="its number (default: by its cells)"
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="limit for all of its code (default 5)")
    parser.add_argument("--memory", type=float, default=4.0, metavar="GB", help="limit of memory (default 4)")
    parser.add_argument("--trust", action="store_true", help="run its code unisolated where bubblewrap is missing")
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Grade, print one line for each exercise, and write FILE.json and FILE.html."""
    from gan_hw.course.grading.grade import grade_notebook, remark, summary, write_feedback

    grades = grade_notebook(args.notebook, args.minutes, args.memory, args.trust, args.number)
    if not grades["isolated"]:
        options.say(args, "Note: the notebook's code ran unisolated (--trust).")
    if "note" in grades:
        options.say(args, f"Note: {grades['note']}.")
    for row in grades["exercises"]:
        result = ": ".join(filter(None, (row["status"], remark(row))))
        options.say(args, f"{row['points']}/{row['possible']}  {row['name']}: {result}")
    paths = write_feedback(grades, args.out or Path(args.notebook).parent, notebook=args.notebook)
    options.say(args, f"{summary(grades)} -> {paths[0]}, {paths[1]}")
