"""Options that several commands share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_hw.data.address import LABELS_OPTION
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.utils.environment import DEVICES, PRECISIONS

if TYPE_CHECKING:
    from gan_hw.workflow.plan import Plan


def say(args: argparse.Namespace, text: object) -> None:
    """Print, unless --quiet is set."""
    if not args.quiet:
        print(text, flush=True)


def newest_samples(folder: Path) -> Path:
    """The picture of the faces as a run's training ended; the folder of such pictures when there is none."""
    samples = sorted((folder / "samples").glob("*.png"))
    return samples[-1] if samples else folder / "samples"


def add_run_folder(parser: argparse.ArgumentParser, *, or_shipped: bool = False) -> None:
    """Add the folder of a run. or_shipped: whether the command takes shipped:NAME in its place."""
    shipped = ", or shipped:NAME for a generator that ships with the kit" if or_shipped else ""
    parser.add_argument("folder", metavar="RUN_FOLDER", help=f"folder of a trained run{shipped}")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add --quiet."""
    parser.add_argument("--quiet", action="store_true", help="print only errors")


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Add the folder of runs and cached data."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of runs and cached data (default: workspace)")


def add_cascade(parser: argparse.ArgumentParser) -> None:
    """Add the cascade's file."""
    parser.add_argument(
        "--cascade",
        metavar="FILE",
        help="the file that afd_strict is measured with (default: GAN_HW_CASCADE, else the one that the workspace "
        "remembers; judging fetches it)",
    )


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add where many jobs run, and how many at a time."""
    parser.add_argument(
        "--cluster",
        default="local",
        help="local, slurm, or the address of a scheduler, tcp://HOST:8786 (default local)",
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="jobs at a time (default: one for each GPU, else core)")


def add_image_seed(parser: argparse.ArgumentParser) -> None:
    """Add the seed of generated images."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the generated images (default 0)")


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add the choice among a run's generators."""
    text = "which generator of the run (default average)"
    parser.add_argument("--weights", choices=list(GENERATOR_FILES), default="average", help=text)


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add what to train, on what data, where and for how long."""
    parser.add_argument("--recipe", default=DEFAULT, help=f"one of {', '.join(RECIPES)} (default {DEFAULT})")
    parser.add_argument(
        "--data",
        default="drawn",
        help="drawn, crypko, cifar10, celeba, flowers102, iclevr:PATH, or a folder, .zip or .tgz (default drawn)",
    )
    parser.add_argument(
        "--labels", metavar="LABELS", help="a .csv table of classes, groups of classes (as hair,eyes), or folders"
    )
    parser.add_argument(
        "--minutes", type=float, help="budget: minutes of training; the first budget that is reached ends it"
    )
    parser.add_argument(
        "--epochs", type=float, help="budget: passes over the images (default: the recipe's, when no budget is given)"
    )
    parser.add_argument("--steps", type=int, help="budget: discriminator steps")
    parser.add_argument("--run", metavar="NAME", help="name of the run folder (default RECIPE-DATA-sSEED)")
    parser.add_argument("--size", type=int, help="side of the images in pixels (default: the recipe's, 64)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the recipe"
    )
    parser.add_argument(
        "--track", metavar="NAME", help="tensorboard: write its event files into the run folder (default: none)"
    )
    add_workspace(parser)
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, image order and noise (default 0)")
    parser.add_argument("--device", default="auto", help=f"one of {', '.join(DEVICES)} (default auto)")
    parser.add_argument("--precision", default="auto", help=f"one of {', '.join(PRECISIONS)} (default auto)")
    add_quiet(parser)
    add_cascade(parser)


def overrides(args: argparse.Namespace) -> str:
    """The changed fields of the recipe as text, as for make_plan."""
    return " ".join(args.set if args.size is None else [*args.set, f"size={args.size}"])


def make_plan(args: argparse.Namespace, **keywords: Any) -> "Plan":
    """The Plan of the training options. keywords: further arguments of workflow.plan.make_plan."""
    from gan_hw.workflow import plan

    data = f"{args.data}{LABELS_OPTION}{args.labels}" if args.labels else args.data
    return plan.make_plan(
        args.recipe, data, minutes=args.minutes, epochs=args.epochs, steps=args.steps, workspace=args.workspace,
        run=args.run, seed=args.seed, device=args.device, precision=args.precision, overrides=overrides(args),
        quiet=args.quiet, cascade=args.cascade, track=args.track, **keywords,
    )  # fmt: skip
