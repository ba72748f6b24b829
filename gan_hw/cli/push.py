"""Upload a run's generator to Hugging Face."""

import argparse

from gan_hw.cli import options

HELP = "upload a run's generator to Hugging Face"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    options.add_run_folder(parser)
    parser.add_argument("repository", metavar="OWNER/MODEL", help="the model; it is created if need be")
    parser.add_argument("--private", action="store_true", help="create a private model")
    options.add_weights(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> None:
    """Upload the generator, and print its address."""
    from gan_hw.inference.hub import push_generator
    from gan_hw.inference.weights import generator_path, read_recipe

    path = generator_path(args.folder, args.weights)
    address = push_generator(path, read_recipe(path), args.repository, args.private)
    options.say(args, f"{address}: draw with it by python -m gan_hw draw hf:{args.repository}")
