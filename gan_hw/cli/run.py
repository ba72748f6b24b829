"""Run the five notebooks, from faces to a submission and its scores."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gan_hw.cli import options
from gan_hw.utils.columns import left, wrap
from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from gan_hw.workflow.plan import Plan

HELP = "run the five notebooks: faces, model, training, submission, scores"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_training(parser)


def run(args: argparse.Namespace) -> None:
    """Run the notebooks and write the report, then print the scores, where to look and what to do next."""
    from gan_hw.inference.submission import SUBMISSION_SIZE

    plan = options.make_plan(args)
    if plan.recipe.conditional:
        raise ValueError(f"recipe={args.recipe!r} is conditional, and the five notebooks have no labels; use train")
    if plan.recipe.size != SUBMISSION_SIZE:
        needed = f"{SUBMISSION_SIZE}x{SUBMISSION_SIZE}"
        raise ValueError(f"size={plan.recipe.size}: a run ends in a submission of {needed} images; use train")
    options.say(args, say("The five notebooks, one after the other: {plan}", plan=str(plan)) + "\n")
    parameters = {
        "recipe": args.recipe, "overrides": options.overrides(args), "data": plan.data,
        "minutes": args.minutes or 0.0, "epochs": args.epochs or 0.0, "steps": args.steps or 0,
        "workspace": str(plan.workspace.resolve()), "run": plan.run, "seed": args.seed,
        "device": args.device, "precision": args.precision, "track": args.track or "",
        "cascade": str(Path(args.cascade).resolve()) if args.cascade else "",
    }  # fmt: skip
    from gan_hw.workflow import notebooks  # papermill is needed for this command alone

    notebooks.run_notebooks(plan.folder, parameters, quiet=args.quiet)
    options.say(args, "\n".join(_results(plan, args.cascade)))


def _results(plan: "Plan", cascade: str | None) -> list[str]:
    """The scores of the run, its files, and what to do next, as lines. Writes report.html."""
    from gan_hw.metrics.score_table import score_lines
    from gan_hw.workflow.report.pages import read_scores
    from gan_hw.workflow.report.run_report import write_report

    files = {
        say("faces"): options.newest_samples(plan.folder),
        say("report"): write_report(plan.folder, plan.workspace, cascade, quiet=True),
        say("notebooks"): plan.folder / "notebooks",
        say("submission"): plan.folder / "submission.tgz",
        say("scores"): plan.folder / "scores.json",
    }
    then = say(
        "Next: the same command with more minutes goes on with this training; another recipe or other images start a "
        "training of their own, and `python -m gan_hw leaderboard` compares them. To watch and change each step, open "
        "the notebooks: `jupyter lab notebooks`."
    )
    return [
        "", *score_lines(read_scores(plan.folder)), "",
        say("To look at: the faces in a picture viewer, the report in a browser, the notebooks in Jupyter."),
        *(f"  {left(name, 12)}{path}" for name, path in files.items()), "", *wrap(then, 110),
    ]  # fmt: skip
