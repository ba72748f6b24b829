"""python -m gan_hw COMMAND: one name for each thing a person does."""

import argparse
import dataclasses
import os
import signal
import sys
import warnings
from pathlib import Path

from gan_hw import asking, preparing, results
from gan_hw.data.sources.modified import LABELS
from gan_hw.data.sources.pictures import FITS
from gan_hw.inference.submission import COUNT, SIZE, check_submission
from gan_hw.inference.weights import WEIGHTS
from gan_hw.metrics.judge import score_lines
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.plans import make_plan
from gan_hw.preparing import Checks
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.training import history
from gan_hw.training.selection import NAMES
from gan_hw.utils.devices import DEVICES, PRECISIONS
from gan_hw.utils.hosts import device_notes, find_workspace

INTERRUPTED = 130
PREPARE_HELP = {
    "min_side": "shortest side in pixels",
    "max_aspect": "longer side / shorter side, at most",
    "same": "of identical files keep one",
    "near": "difference of pixel values at 8x8 below which two are the same",
    "dark": "mean pixel value at least",
    "flat": "standard deviation of the pixel values at least",
}


class Parser(argparse.ArgumentParser):
    """argparse with one clear line on wrong arguments, and exit status 2."""

    def error(self, message):
        command = self.prog.removeprefix("gan_hw")
        self.exit(2, f"gan_hw: {message} (python -m gan_hw{command} --help lists what there is)\n")


def build_parser():
    """The parser of all commands."""
    parser = Parser(prog="gan_hw", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")

    run = commands.add_parser("run", help="the five notebooks: faces, model, training, submission, scores")
    train = commands.add_parser("train", help="the same training without notebooks; the same command resumes")
    for command in (run, train):
        add_training_options(command)

    train.add_argument("--best", help=f"what the best generator is chosen by: {', '.join(NAMES)}")
    train.add_argument(
        "--beside", metavar="DATA", help="choose the best by its distance to these pictures, not to --data"
    )
    train.add_argument("--keep-every", type=int, default=0, metavar="STEPS", help="keep these steps' checkpoints")
    train.add_argument(
        "--start",
        metavar="RUN",
        help="begin with another run's networks: its folder, or a checkpoint; to resume, say it again",
    )

    submit = commands.add_parser("submit", help="1000 images of a trained run -> submission.tgz")
    submit.add_argument("folder", metavar="RUN_FOLDER")
    submit.add_argument("--weights", default="average", help=f"one of {', '.join(WEIGHTS)} (default average)")
    submit.add_argument("--truncation", type=float, metavar="T", help="cut z off at this many standard deviations")
    submit.add_argument(
        "--candidates", type=int, default=COUNT, metavar="N", help="hand in the surest faces of so many"
    )
    choose = commands.add_parser("choose", help="what each way to choose a submission does to its scores")
    choose.add_argument("folder", metavar="RUN_FOLDER")
    check = commands.add_parser("check", help="would the judge accept this archive, and if not, why")
    check.add_argument("archive", metavar="SUBMISSION_TGZ")
    judge = commands.add_parser("judge", help="how good a submission's images are -> scores.json beside it")
    judge.add_argument("archive", metavar="SUBMISSION_TGZ")
    judge.add_argument("--data", help="the real images to compare with (default: those of the run it lies in)")
    judge.add_argument("--fid", action="store_true", help="FID and KID too: fetches Inception once, minutes on a CPU")
    judge.add_argument("--no-faces", action="store_true", help="leave out distances in the face network's features")
    prepares = commands.add_parser("prepare", help="a collection of raw files -> clean, uniform pictures")
    prepares.add_argument("source", metavar="COLLECTION", help="a folder or archive of files of any kind")
    prepares.add_argument("folder", metavar="FOLDER", help="for the report, and for the pictures when accepted")
    prepares.add_argument("--size", type=int, default=SIZE, help=f"side of the pictures in pixels (default {SIZE})")
    prepares.add_argument("--fit", choices=FITS, default=FITS[0], help="what becomes of those that are not square")
    for field in dataclasses.fields(Checks):
        option, words = f"--{field.name.replace('_', '-')}", PREPARE_HELP[field.name]
        prepares.add_argument(
            option,
            type=field.type,
            default=field.default,
            metavar="N",
            help=f"{words} (default {field.default:g}; 0: any)",
        )
    prepares.add_argument("--accept", action="store_true", help="write the pictures that are kept")
    asks = commands.add_parser("ask", help="how often a conditional run shows the classes it is asked for")
    asks.add_argument("folder", metavar="RUN_FOLDER")
    asks.add_argument("--asked", metavar="FILE", help="JSON list of lists of classes (default: as real images show)")
    asks.add_argument("--draws", type=int, metavar="N", help="sets of images, each from other noise")
    asks.add_argument("--evaluator", metavar="FILE", help="the lab's checkpoint (default: one that is trained here)")
    asks.add_argument("--weights", choices=list(WEIGHTS), default="average")
    exports = commands.add_parser("export", help="generated images of a run as PNG files, as many as you like")
    exports.add_argument("folder", metavar="RUN_FOLDER")
    exports.add_argument("target", metavar="FOLDER", help="for 1.png, 2.png ...")
    exports.add_argument("--n", type=int, default=100, help="how many (default 100)")
    exports.add_argument("--weights", choices=list(WEIGHTS), default="average")
    logs = commands.add_parser("log", help="a run's losses as lines [epoch/epochs][i/n][g_step] Loss_D Loss_G")
    logs.add_argument("folder", metavar="RUN_FOLDER")
    report = commands.add_parser("report", help="report.html for a judged run: faces, scores, curves")
    report.add_argument("folder", metavar="RUN_FOLDER")
    board = commands.add_parser("leaderboard", help="judged runs beside each other -> leaderboard.html")
    board.add_argument("folders", metavar="RUN_FOLDER", nargs="*", help="(default: all of the workspace's runs)")
    for command in (run, train, submit, choose, judge, report):
        command.add_argument(
            "--cascade", metavar="FILE", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)"
        )
    for command in (submit, choose, judge, asks, report, board):
        command.add_argument("--workspace", metavar="DIR")
    for command in (submit, choose, judge, asks, exports):
        command.add_argument("--seed", type=int, default=0, help="of the images generated (default 0)")
    for command in (submit, choose, check, judge, prepares, asks, exports, report, board):
        command.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser


def add_training_options(command):
    """The options that say what to train, on what, where and for how long."""
    command.add_argument("--recipe", default=DEFAULT, help=f"one of {', '.join(RECIPES)} (default {DEFAULT})")
    command.add_argument(
        "--data",
        default="drawn",
        help="drawn, crypko, cifar10, celeba, flowers102, iclevr:PATH, a folder, .zip or .tgz (default drawn)",
    )
    command.add_argument(
        "--labels", metavar="WHAT", help="a .csv of the pictures' classes, kinds, as hair,eyes, or folders"
    )
    command.add_argument("--minutes", type=float, help="budget: minutes of training; the first budget reached ends it")
    command.add_argument("--epochs", type=float, help="budget: passes over the images (default: the recipe's)")
    command.add_argument("--steps", type=int, help="budget: discriminator steps")
    command.add_argument("--run", metavar="NAME", help="name of the run folder (default RECIPE-DATA-sSEED)")
    command.add_argument("--size", type=int, help="side of the images in pixels (default: the recipe's, 64)")
    command.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a recipe's field")
    command.add_argument("--workspace", metavar="DIR", help="runs and cached data (default: workspace)")
    command.add_argument("--seed", type=int, default=0, help="of weights, order and noise (default 0)")
    command.add_argument("--device", default="auto", help=f"one of {', '.join(DEVICES)}")
    command.add_argument("--precision", default="auto", help=f"one of {', '.join(PRECISIONS)}")
    command.add_argument("--quiet", action="store_true", help="print nothing but errors")


def plan_of(args):
    """The Plan that the options ask for."""
    data = f"{args.data}{LABELS}{args.labels}" if args.labels else args.data
    return make_plan(
        args.recipe, data, args.minutes, args.epochs, args.steps, args.workspace, args.run, args.seed,
        args.device, args.precision, _overrides(args), args.quiet, **_kept(args),
    )  # fmt: skip


def _kept(args):
    options = {name: getattr(args, name, None) for name in ("best", "cascade", "keep_every", "start", "beside")}
    return {name: value for name, value in options.items() if value is not None}


def _overrides(args):
    return " ".join(args.set if args.size is None else [*args.set, f"size={args.size}"])


def run(args):
    """The five notebooks, and where to find what they made."""
    from gan_hw import pipeline  # papermill is needed for this command alone

    plan = plan_of(args)
    if plan.recipe.conditional:
        raise ValueError(f"recipe={args.recipe!r} is told classes, which the five notebooks do not ask for; use train")
    if plan.recipe.size != SIZE:
        raise ValueError(f"size={plan.recipe.size}: a run ends in a submission of {SIZE}x{SIZE} images; use train")
    say(args, f"The five notebooks: {plan}")
    parameters = {
        "recipe": args.recipe, "overrides": _overrides(args), "data": plan.data,
        "minutes": args.minutes or 0.0, "epochs": args.epochs or 0.0, "steps": args.steps or 0,
        "workspace": str(plan.workspace.resolve()), "run": plan.run, "seed": args.seed,
        "device": args.device, "precision": args.precision,
        "cascade": str(Path(args.cascade).resolve()) if args.cascade else "",
    }  # fmt: skip
    pipeline.run_notebooks(plan.folder, parameters, quiet=args.quiet)
    for name in ("submission.tgz", "scores.json", "notebooks"):
        say(args, f"{name:15} {plan.folder / name}")


def train(args):
    """Training alone, on the terminal."""
    plan = plan_of(args)
    say(args, str(plan))
    say(args, "\n".join(device_notes(args.device)))
    trainer = plan.trainer()
    trainer.train(**plan.budget)
    say(args, f"{trainer.step} steps, {trainer.seen} images seen, {trainer.seconds / 60:.1f} minutes -> {plan.folder}")


def submit(args):
    """A run folder's images and archive."""
    results.submit(
        args.folder, args.seed, weights=args.weights, truncation=args.truncation, candidates=args.candidates,
        cascade=args.cascade, workspace=args.workspace, quiet=args.quiet,
    )  # fmt: skip


def choose(args):
    """A table of what could be submitted of a run, with scores."""
    rows = results.choices(args.folder, args.seed, args.cascade, args.workspace, quiet=args.quiet)
    say(args, "\n".join(results.choice_lines(rows)))


def check(args):
    """Faults of an archive, one a line; status 1 when there are any."""
    faults = check_submission(args.archive)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        say(args, f"{args.archive}: acceptable, {COUNT} images, {os.path.getsize(args.archive)} bytes")
    return 1 if faults else 0


def judge(args):
    """Scores of an archive, as a table and as scores.json beside it."""
    scores = results.score(
        args.archive, args.data, args.cascade, args.workspace, args.seed,
        quiet=args.quiet, faces=not args.no_faces, fid=args.fid,
    )  # fmt: skip
    say(args, "\n".join(score_lines(scores)))


def prepare(args):
    """What would be kept of a collection and what not, and with --accept the pictures."""
    checks = Checks(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Checks)})
    folder = Path(args.folder)
    counts = preparing.prepare(args.source, folder, args.size, args.fit, checks, args.accept, args.quiet)
    say(args, "\n".join(preparing.report_lines(counts, folder, args.accept)))


def ask(args):
    """What an evaluator reads off a conditional run's images, as a table and as classes.json in the run folder."""
    result = asking.ask(
        args.folder, args.asked, args.draws, args.evaluator, args.workspace, args.seed, args.weights, args.quiet
    )
    say(args, "\n".join(asking.ask_lines(result)))


def export(args):
    """Generated images as files, and where they lie."""
    results.export(args.folder, args.target, args.n, args.seed, args.weights, args.quiet)
    say(args, f"{args.n} images -> {args.target}")


def log(args):
    """A run's losses, line by line."""
    print("\n".join(history.log_lines(args.folder)))


def report(args):
    """A run's report, and where it lies."""
    from gan_hw.report import write_report  # matplotlib and templates are needed for this command alone

    say(args, write_report(args.folder, args.workspace, args.cascade, args.quiet))


def leaderboard(args):
    """Judged runs, the best first, as a table and as leaderboard.html in the workspace."""
    from gan_hw.report import leaderboard_lines, write_leaderboard

    workspace = find_workspace(args.workspace)
    path = workspace / "leaderboard.html"
    rows = write_leaderboard(args.folders or sorted((workspace / "runs").glob("*")), path)
    say(args, "\n".join([*leaderboard_lines(rows), str(path)]))


def say(args, text):
    """Print unless the person asked for quiet."""
    if not args.quiet:
        print(text, flush=True)


def main(arguments=None):
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted."""
    args = build_parser().parse_args(arguments)
    warnings.formatwarning = lambda message, *_, **__: f"Note: {message}\n"
    commands = {
        "run": run, "train": train, "submit": submit, "choose": choose, "check": check, "judge": judge, "ask": ask,
        "prepare": prepare, "export": export, "log": log,
        "report": report, "leaderboard": leaderboard,
    }  # fmt: skip
    try:
        return commands[args.command](args) or 0
    except ValueError as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        reason = " ".join(str(error).split()) or "ask for less"
        print(f"gan_hw: the memory is too small for this: {reason}", file=sys.stderr)
        return 1
    except (OSError, NotMeasured, RuntimeError) as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to end is like Ctrl-C: save first
    sys.exit(main())
