"""Trained generators that ship with the kit, in assets/weights.

For each there are NAME.safetensors (the averaged generator with its recipe and facts), NAME.discriminator.safetensors
(so that a training can go on from it) and NAME.md (a card: data, licence, command, scores). No torch, so that the
command line can name them at once. An address `shipped:NAME` stands for one wherever a generator or `--start` is asked
for.
"""

from pathlib import Path

from gan_hw.utils.messages import say

SCHEME = "shipped:"
DEFAULT_SHIPPED = "drawn"
SHIPPED = {  # what each of them draws
    "drawn": "faces like those that the kit's own program draws",
    "faces": "anime faces like those of the course's data set",
    "conditional": "faces like the drawn ones, with the hair and eye colours that were asked for",
    "collapsed": "a few of the drawn faces again and again: mode collapse, as a lesson",
}


def shipped_folder() -> Path:
    """The folder of the shipped generators, in the checkout or in the installed package.

    Raises FileNotFoundError when they are in neither.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "assets" / "weights", package / "weights"):
        if (folder / f"{DEFAULT_SHIPPED}.safetensors").exists():
            return folder
    raise FileNotFoundError(
        say("the trained generators are neither beside '{package}' nor in it; install the kit whole", package=package)
    )


def shipped_path(address: str) -> Path:
    """The file of the generator that `shipped:NAME` names. Raises ValueError for an unknown name."""
    name = address.removeprefix(SCHEME)
    if name not in SHIPPED:
        raise ValueError(
            say(
                "'{address}' is unknown; choose one of {known}",
                address=address,
                known=", ".join(SCHEME + known for known in SHIPPED),
            )
        )
    return shipped_folder() / f"{name}.safetensors"


def discriminator_path(path: Path) -> Path:
    """The file of the discriminator that was trained with the shipped generator at `path`."""
    return path.with_name(f"{path.stem}.discriminator.safetensors")
