"""Train without notebooks; the same command resumes the training."""

import argparse

from gan_hw.cli import options
from gan_hw.training.options import BEST_BY
from gan_hw.training.ranks import Ranks, find_ranks

HELP = "train without notebooks; the same command resumes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_training(parser)
    parser.add_argument("--best", help=f"how the best generator is chosen: {', '.join(BEST_BY)}")
    parser.add_argument(
        "--beside", metavar="DATA", help="choose the best by its distance to these images instead of --data"
    )
    parser.add_argument(
        "--keep-every", type=int, default=0, metavar="STEPS", help="never delete the checkpoint of every so many steps"
    )
    parser.add_argument(
        "--start",
        metavar="RUN",
        help="start with the networks of another run: its folder, a checkpoint, or shipped:NAME; repeat it to resume",
    )


def run(args: argparse.Namespace) -> None:
    """Train, and print where the run is."""
    ranks = find_ranks()
    with ranks.one_voice():
        args.quiet = args.quiet or ranks.rank > 0
        _train(args, ranks)


def _train(args: argparse.Namespace, ranks: Ranks) -> None:
    plan = options.make_plan(args, best=args.best, beside=args.beside, keep_every=args.keep_every, start=args.start)
    options.say(args, str(plan))
    from gan_hw.inference.submission import SUBMISSION_SIZE

    options.say(args, "\n".join(ranks.notes(args.device)))
    trainer = plan.trainer()
    trainer.train(**plan.budget)
    minutes = trainer.seconds / 60
    options.say(args, f"{trainer.step} steps, {trainer.seen} images seen, {minutes:.1f} minutes -> {plan.folder}")
    options.say(args, f"Faces: {options.newest_samples(plan.folder)}")
    if plan.recipe.size == SUBMISSION_SIZE and not plan.recipe.conditional:
        options.say(args, f"Next: python -m gan_hw submit {plan.folder}, or the same command with more minutes.")
