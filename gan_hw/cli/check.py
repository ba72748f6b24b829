"""Check whether the judge would accept an archive, and if not, why."""

import argparse
import os
import sys

from gan_hw.cli import options

HELP = "check whether the judge would accept an archive, and if not, why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("archive", metavar="SUBMISSION_TGZ")
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> int:
    """Print the faults of an archive, one a line. Returns status 1 when there are any."""
    from gan_hw.inference.submission import SUBMISSION_IMAGES, check_submission

    faults = check_submission(args.archive)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        archive_bytes = os.path.getsize(args.archive)
        options.say(args, f"{args.archive}: acceptable, {SUBMISSION_IMAGES} images, {archive_bytes} bytes")
    return 1 if faults else 0
