"""Run the five notebooks, from faces to a submission and its scores."""

import argparse
from pathlib import Path

from gan_hw.cli import options

HELP = "run the five notebooks: faces, model, training, submission, scores"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_training(parser)


def run(args: argparse.Namespace) -> None:
    """Run the notebooks, and print where their results are."""
    from gan_hw.inference.submission import SUBMISSION_SIZE

    plan = options.make_plan(args)
    if plan.recipe.conditional:
        raise ValueError(f"recipe={args.recipe!r} is conditional, and the five notebooks have no labels; use train")
    if plan.recipe.size != SUBMISSION_SIZE:
        needed = f"{SUBMISSION_SIZE}x{SUBMISSION_SIZE}"
        raise ValueError(f"size={plan.recipe.size}: a run ends in a submission of {needed} images; use train")
    options.say(args, f"The five notebooks: {plan}")
    parameters = {
        "recipe": args.recipe, "overrides": options.overrides(args), "data": plan.data,
        "minutes": args.minutes or 0.0, "epochs": args.epochs or 0.0, "steps": args.steps or 0,
        "workspace": str(plan.workspace.resolve()), "run": plan.run, "seed": args.seed,
        "device": args.device, "precision": args.precision,
        "cascade": str(Path(args.cascade).resolve()) if args.cascade else "",
    }  # fmt: skip
    from gan_hw.workflow import notebooks  # papermill is needed for this command alone

    notebooks.run_notebooks(plan.folder, parameters, quiet=args.quiet)
    for name in ("submission.tgz", "scores.json", "notebooks"):
        options.say(args, f"{name:15} {plan.folder / name}")
