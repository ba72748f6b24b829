"""python -m gan_hw COMMAND, also installed as `gan-hw`: one file for each command.

Nothing here loads torch before a command needs it, so that --help and messages about wrong arguments come at once.
"""

import argparse
import io
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from gan_hw.cli import (
    ask,
    check,
    choose,
    compare_faces,
    draw,
    export,
    grade,
    grade_notebook,
    judge,
    leaderboard,
    log,
    prepare,
    push,
    report,
    run,
    submit,
    sweep,
    train,
)
from gan_hw.training.ranks import started_by_torchrun

COMMANDS = {
    "run": run, "train": train, "submit": submit, "choose": choose, "check": check, "judge": judge,
    "prepare": prepare, "ask": ask, "export": export, "log": log, "report": report, "leaderboard": leaderboard,
    "sweep": sweep, "compare-faces": compare_faces, "draw": draw, "push": push,
    "grade-notebook": grade_notebook, "grade": grade,
}  # fmt: skip
DESCRIPTION = "Train GANs on anime faces, and generate, submit and score images: python -m gan_hw COMMAND."
EXIT_FAILURE, EXIT_USAGE_ERROR, EXIT_INTERRUPTED = 1, 2, 130  # exit statuses


class Parser(argparse.ArgumentParser):
    """argparse with a one-line message on wrong arguments, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit."""
        command = self.prog.removeprefix("gan_hw")
        self.exit(EXIT_USAGE_ERROR, f"gan_hw: {message} (python -m gan_hw{command} --help lists the options)\n")


def build_parser() -> Parser:
    """The parser of the command line, with a sub-parser for each command."""
    parser = Parser(prog="gan_hw", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.__doc__))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted."""
    args = build_parser().parse_args(arguments)
    warnings.formatwarning = lambda message, *_, **__: f"Note: {message}\n"
    from gan_hw.metrics.protocol import NotMeasured

    try:
        if args.command != "train" and started_by_torchrun():
            raise ValueError(f"torchrun is for the command train alone; start {args.command} without it")
        return COMMANDS[args.command].run(args) or 0
    except ValueError as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return EXIT_USAGE_ERROR
    except MemoryError as error:
        reason = " ".join(str(error).split()) or "try a smaller batch or image size"
        print(f"gan_hw: out of memory: {reason}", file=sys.stderr)
        return EXIT_FAILURE
    except (OSError, NotMeasured, RuntimeError) as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return EXIT_FAILURE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def console() -> NoReturn:
    """What `python -m gan_hw` and `gan-hw` run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C, so that a training is saved first
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files may be any bytes
    sys.exit(main())
