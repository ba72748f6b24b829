"""A collection of raw files -> clean, uniform pictures, with a report before anything is taken."""

import argparse
import dataclasses
from pathlib import Path

from gan_hw.cli import options
from gan_hw.data.address import FITS
from gan_hw.workflow.prepare_checks import Checks

HELP = "a collection of raw files -> clean, uniform pictures"
SIZE = 64
CHECK_HELP = {
    "min_side": "shortest side in pixels",
    "max_aspect": "longer side / shorter side, at most",
    "same": "of identical files keep one",
    "near": "difference of pixel values at 8x8 below which two are the same",
    "dark": "mean pixel value at least",
    "flat": "standard deviation of the pixel values at least",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("source", metavar="COLLECTION", help="a folder or archive of files of any kind")
    parser.add_argument("folder", metavar="FOLDER", help="for the report, and for the pictures when accepted")
    parser.add_argument("--size", type=int, default=SIZE, help=f"side of the pictures in pixels (default {SIZE})")
    parser.add_argument("--fit", choices=FITS, default=FITS[0], help="what becomes of those that are not square")
    for field in dataclasses.fields(Checks):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            metavar="N",
            help=f"{CHECK_HELP[field.name]} (default {field.default:g}; 0: any)",
        )
    parser.add_argument("--accept", action="store_true", help="write the pictures that are kept")
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Say what would be kept and what not, and with --accept write the pictures."""
    checks = Checks(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Checks)})
    from gan_hw.workflow.prepare import prepare, report_lines

    folder = Path(args.folder)
    counts = prepare(args.source, folder, args.size, args.fit, checks, args.accept, args.quiet)
    options.say(args, "\n".join(report_lines(counts, folder, args.accept)))
