"""Turn a collection of raw files into clean, uniform pictures; a report comes first."""

import argparse
import dataclasses
from pathlib import Path

from gan_hw.cli import options
from gan_hw.data.address import FIT_MODES
from gan_hw.workflow.prepare_checks import Checks

HELP = "turn a collection of raw files into clean, uniform pictures"
DEFAULT_PREPARED_SIDE = 64  # pixels
CHECK_HELP = {
    "min_side": "least length of the shorter side in pixels",
    "max_aspect": "greatest ratio of the longer to the shorter side",
    "same": "1: keep one of several identical files",
    "near": "RMSE of pixel values at 8x8 below which two pictures are the same",
    "dark": "least mean pixel value of 255",
    "flat": "least standard deviation of the pixel values",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("source", metavar="COLLECTION", help="folder or archive of files of any kind")
    parser.add_argument(
        "folder", metavar="FOLDER", help="new folder for the report and, with --accept, for the pictures"
    )
    parser.add_argument(
        "--size",
        type=int,
        default=DEFAULT_PREPARED_SIDE,
        help=f"side of the pictures in pixels (default {DEFAULT_PREPARED_SIDE})",
    )
    parser.add_argument(
        "--fit",
        choices=FIT_MODES,
        default="crop",
        help="how pictures are made square: cropped, or padded with white (default crop)",
    )
    for field in dataclasses.fields(Checks):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            metavar="N",
            help=f"{CHECK_HELP[field.name]} (default {field.default:g}; 0: off)",
        )
    parser.add_argument("--accept", action="store_true", help="write the pictures that pass the checks")
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Print what would be kept and what dropped, and with --accept write the pictures."""
    checks = Checks(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Checks)})
    from gan_hw.workflow.prepare import prepare
    from gan_hw.workflow.prepare_report import report_lines

    folder = Path(args.folder)
    counts = prepare(args.source, folder, args.size, args.fit, checks, args.accept, args.quiet)
    options.say(args, "\n".join(report_lines(counts, folder, args.accept)))
