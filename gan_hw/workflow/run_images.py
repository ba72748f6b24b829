"""The real images of a run: as they were when it was trained, or judged, and not what stands in their place now."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_hw.data.images import ImageSet, load_images
from gan_hw.utils.messages import mark, say

TRAINED_ON_OTHERS = mark("data={source!r} is not what '{folder}' was trained on: its pictures or labels have changed")
JUDGED_WITH_OTHERS = mark("data={source!r} has changed since '{run}' was judged; judge it again")


def load_run_images(
    folder: Path, data: Mapping[str, Any], workspace: Path, size: int, quiet: bool = False,
    changed: str = TRAINED_ON_OTHERS,
) -> ImageSet:  # fmt: skip
    """The images of the run in `folder` at size x size pixels.

    data: "data" of its identity, or of its scores. changed: what is said where pictures or labels at that address have
    changed since, as ValueError.
    """
    real = load_images(data["source"], workspace, size, quiet)
    if real.fingerprint != data["fingerprint"]:
        raise ValueError(say(changed, source=data["source"], folder=folder, run=folder))
    return real
