"""The real images of a run: as they were when it was trained, or judged, and not what stands in their place now."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_hw.data.images import ImageSet, load_images
from gan_hw.utils.messages import say


def load_run_images(folder: Path, data: Mapping[str, Any], workspace: Path, size: int, quiet: bool = False) -> ImageSet:
    """The images that the run in `folder` was trained on, at size x size pixels.

    data: "data" of its identity. Raises ValueError when pictures or labels at that address have changed since.
    """
    real = load_images(data["source"], workspace, size, quiet)
    if real.fingerprint != data["fingerprint"]:
        raise ValueError(
            say(
                "data={source!r} is not what '{folder}' was trained on: its pictures or labels have changed",
                source=data["source"],
                folder=folder,
            )
        )
    return real


def load_judged_images(
    folder: Path, data: Mapping[str, Any], workspace: Path, size: int, quiet: bool = False
) -> ImageSet:
    """The images that the run in `folder` was judged against, at size x size pixels.

    data: "data" of its scores. Raises ValueError when pictures or labels at that address have changed since.
    """
    real = load_images(data["source"], workspace, size, quiet)
    if real.fingerprint != data["fingerprint"]:
        raise ValueError(
            say(
                "data={source!r} has changed since '{run}' was judged; judge it again",
                source=data["source"],
                run=folder,
            )
        )
    return real
