"""The scores of a submission, beside those of the run's other generators."""

import json
import tempfile
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
from gan_hw.workflow.run_images import load_run_images
from gan_hw.workflow.submit import generate_submission, read_record


def score(  # noqa: PLR0913 - a public entry point, whose options are keyword-only
    archive: str | Path, data: str | Path | None = None, *, cascade: str | None = None,
    workspace: str | Path | None = None, seed: int = 0, generator: nn.Module | None = None, quiet: bool = False,
    faces: bool = True, fid: bool = False, c2st: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Judge a submission against the data set `data`, or the run's own, and write its scores beside it.

    Those of submission.tgz are scores.json, those of another archive NAME-scores.json.

    In a run folder, the submissions that its raw and its best generator would give from `seed` are judged too.
    generator: as for `submit`. faces: measure distances in the features of the face network; on data that does not show
    anime faces it is trained first. fid: measure FID and KID; this fetches Inception once, and takes minutes on a CPU.
    c2st: the classifier two-sample test, half a minute on a CPU.
    Returns the scores. Raises ValueError when the judge would refuse the archive, no data set is known, or nothing can
    be written beside the archive.
    """
    archive, workspace = Path(archive), find_workspace(workspace)
    images = read_submission(archive)
    _check_writable(archive.parent)  # before minutes of measuring
    if data is None:
        try:
            trained_on = read_identity(archive.parent)["data"]
        except ValueError as error:
            raise ValueError(
                say("no data set to compare with: name one with --data (data=...); {error}", error=error)
            ) from error
        real = load_run_images(archive.parent, trained_on, workspace, images.shape[-1], quiet)
    else:
        real = load_images(data, workspace, images.shape[-1], quiet)
    paths = {weights: archive.parent / GENERATOR_FILES[weights] for weights in ("raw", "best")}
    other_images = {
        weights: jpeg_round_trip(generate_submission(path, seed, generator=generator))
        for weights, path in paths.items()
        if path.exists()
    }
    recipe = read_recipe(paths["raw"]) if "raw" in other_images else RECIPES[DEFAULT]
    references = _references(real, workspace, quiet, faces, fid)
    scores = judge(
        images, real, workspace, cascade, recipe=recipe, seed=seed, other_images=other_images, references=references
    )
    scores["submission"] = read_record(archive)
    if c2st:
        add_c2st(scores, archive.parent, real, workspace, generator, quiet)
    file = scores_file(archive)
    if put_aside := keep_answers(scores, file):
        print(say("People's answers on earlier scores are kept in '{path}'.", path=put_aside))
    write_text(file, json.dumps(scores, indent=2) + "\n")
    return scores


def scores_file(archive: Path) -> Path:
    """Where the scores of an archive are written: a run's are scores.json, those of another one bear its name."""
    name = archive.name.removesuffix(".tgz").removesuffix(".tar.gz")
    return archive.with_name("scores.json" if name == "submission" else f"{name}-scores.json")


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            say(
                "scores are written beside the archive, and '{folder}' can't be written to ({error}): copy the archive "
                "elsewhere, and name the data set with --data (data=...)",
                folder=folder,
                error=error.strerror,
            )
        ) from error


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
