"""python -m gan_hw COMMAND, also installed as `gan-hw`: one file for each command.

Nothing here loads torch before a command needs it, so that --help and wrong arguments are answered at once.
"""

import argparse
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from gan_hw.cli import ask, check, choose, export, judge, leaderboard, log, prepare, report, run, submit, train

COMMANDS = {
    "run": run, "train": train, "submit": submit, "choose": choose, "check": check, "judge": judge,
    "prepare": prepare, "ask": ask, "export": export, "log": log, "report": report, "leaderboard": leaderboard,
}  # fmt: skip
DESCRIPTION = "python -m gan_hw COMMAND: one name for each thing a person does."
FAILED, WRONG_ARGUMENTS, INTERRUPTED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """argparse with one clear line on wrong arguments, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """End with the message."""
        command = self.prog.removeprefix("gan_hw")
        self.exit(WRONG_ARGUMENTS, f"gan_hw: {message} (python -m gan_hw{command} --help lists what there is)\n")


def build_parser() -> Parser:
    """The parser of all commands."""
    parser = Parser(prog="gan_hw", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.__doc__))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted."""
    args = build_parser().parse_args(arguments)
    warnings.formatwarning = lambda message, *_, **__: f"Note: {message}\n"
    from gan_hw.metrics.protocol import NotMeasured

    try:
        return COMMANDS[args.command].run(args) or 0
    except ValueError as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return WRONG_ARGUMENTS
    except MemoryError as error:
        reason = " ".join(str(error).split()) or "ask for less"
        print(f"gan_hw: the memory is too small for this: {reason}", file=sys.stderr)
        return FAILED
    except (OSError, NotMeasured, RuntimeError) as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def console() -> NoReturn:
    """What `python -m gan_hw` and `gan-hw` run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a request to end is handled like Ctrl-C: save first
    sys.exit(main())
