"""The scores of a submission, beside those of the run's other generators."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from gan_hw.data.images import ImageSet, load_images
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.submission import jpeg_round_trip, read_submission
from gan_hw.inference.weights import read_recipe
from gan_hw.metrics.judge import judge
from gan_hw.metrics.protocol import FACE_METRICS, INCEPTION_METRICS
from gan_hw.metrics.reference import Reference, face_reference, inception_reference
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.training.identity import read_identity
from gan_hw.utils.files import write_text
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.workflow.c2st import add_c2st
from gan_hw.workflow.human_answers import keep_answers
from gan_hw.workflow.submit import generate_submission, read_record


def score(  # noqa: PLR0913 - a public entry point, whose options are keyword-only
    archive: str | Path, data: str | Path | None = None, *, cascade: str | None = None,
    workspace: str | Path | None = None, seed: int = 0, generator: nn.Module | None = None, quiet: bool = False,
    faces: bool = True, fid: bool = False, c2st: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Judge a submission against the data set `data`, or the run's own, and write scores.json beside it.

    In a run folder, the submissions that its raw and its best generator would give from `seed` are judged too.
    generator: as for `submit`. faces: measure distances in the features of the face network; on data that does not show
    anime faces it is trained first. fid: measure FID and KID; this fetches Inception once, and takes minutes on a CPU.
    c2st: the classifier two-sample test, half a minute on a CPU.
    Returns the scores. Raises ValueError when the judge would refuse the archive, or no data set is known.
    """
    archive, workspace = Path(archive), find_workspace(workspace)
    images = read_submission(archive)
    if data is None:
        try:
            data = read_identity(archive.parent)["data"]["source"]
        except ValueError as error:
            raise ValueError(
                say("no data set to compare with: name one with --data (data=...); {error}", error=error)
            ) from error
    real = load_images(data, workspace, images.shape[-1], quiet)
    paths = {weights: archive.parent / GENERATOR_FILES[weights] for weights in ("raw", "best")}
    other_images = {
        weights: jpeg_round_trip(generate_submission(path, seed, generator=generator))
        for weights, path in paths.items()
        if path.exists()
    }
    recipe = read_recipe(paths["raw"]) if "raw" in other_images else RECIPES[DEFAULT]
    references = _references(real, workspace, quiet, faces, fid)
    scores = judge(images, real, workspace, cascade, recipe=recipe, other_images=other_images, references=references)
    scores["submission"] = read_record(archive)
    if c2st:
        add_c2st(scores, archive.parent, real, workspace, generator, quiet)
    keep_answers(scores, archive.parent / "scores.json")
    write_text(archive.parent / "scores.json", json.dumps(scores, indent=2) + "\n")
    return scores


def _references(
    real: ImageSet, workspace: Path, quiet: bool, faces: bool, fid: bool
) -> list[tuple[dict[str, str], Callable[[], Reference]]]:
    """What judge() compares with, as functions: nothing is trained or fetched before it is needed."""
    wanted: list[tuple[dict[str, str], Callable[..., Reference]]] = []
    if faces:
        wanted.append((FACE_METRICS, face_reference))
    if fid:
        wanted.append((INCEPTION_METRICS, inception_reference))
    return [(names, partial(find, real, workspace, quiet)) for names, find in wanted]
