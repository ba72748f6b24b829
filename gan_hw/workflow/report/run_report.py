"""The results of a run as one HTML file that needs no network; report.html is its template."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from gan_hw.data.images import ImageSet
from gan_hw.inference.submission import read_submission
from gan_hw.metrics import distances, near_duplicates
from gan_hw.metrics.afd import load_detector
from gan_hw.metrics.protocol import METRIC_SECTIONS, METRICS, NotMeasured, headline_metrics
from gan_hw.metrics.reference import face_reference
from gan_hw.metrics.score_table import TITLES
from gan_hw.training.history import read_history
from gan_hw.training.identity import read_identity
from gan_hw.utils import figures, files
from gan_hw.utils.fonts import label
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.workflow.c2st import SUREST_FILE
from gan_hw.workflow.report.pages import (
    data_uri,
    reached_baseline,
    read_scores,
    recipe_summary,
    render,
    selection_summary,
    training_environment,
    two_sample_error,
)
from gan_hw.workflow.run_images import JUDGED_WITH_OTHERS, load_run_images

FACE_GRID_IMAGES = 40  # in the first grid
GALLERY_IMAGES = 16  # in each of the other grids
GALLERY_COLUMNS, GALLERY_SCALE = 8, 2  # images in a row; screen pixels for each of an image's
NEAREST_PAIRS = 10  # generated images, each with the training image most like it
REALISM_NEIGHBOURS = 5  # real images whose mean distance tells how close to real an image is


@dataclass(frozen=True)
class ScoreRow:
    """A metric's row in the table of scores: {column: text}, or the reason why the metric was not measured."""

    metric: str
    meaning: str
    cells: dict[str, str]
    reason: str | None


class ScoreSection(NamedTuple):
    """A titled group of rows in the table of scores."""

    title: str
    rows: list[ScoreRow]


class Gallery(NamedTuple):
    """A titled grid of images as a data URI."""

    title: str
    picture: str


def write_report(
    folder: str | Path, workspace: str | Path | None = None, cascade: str | None = None, quiet: bool = False
) -> Path:
    """Write report.html for the judged run in `folder`. Returns its path.

    Raises ValueError when the run was not trained, submitted and judged, or another submission was judged.
    """
    folder, workspace = Path(folder), find_workspace(workspace)
    identity, scores = read_identity(folder), read_scores(folder)
    archive = folder / "submission.tgz"
    images = torch.as_tensor(read_submission(archive))
    if scores.get("submission", {}).get("archive") != files.file_hash(archive):
        raise ValueError(
            say("'{archive}' is not what was judged: python -m gan_hw judge {archive} judges it", archive=archive)
        )
    real = load_run_images(folder, scores["data"], workspace, images.shape[-1], quiet, JUDGED_WITH_OTHERS)
    history, headline = read_history(folder), headline_metrics(scores)
    page = render(
        "report.html", run=folder.name, identity=identity, scores=scores, sections=score_sections(scores),
        titles=TITLES,
        last=history[-1] if history else {}, recipe=recipe_summary(identity["recipe"]),
        selection=selection_summary(scores), environment=training_environment(identity),
        baseline=reached_baseline(scores), headline=headline,
        interval=scores.get("intervals", {}).get(headline[0], {}).get("value"),
        curves=data_uri(figures.training_curves(history)) if history else None,
        faces=_grid(images[:FACE_GRID_IMAGES]), **_two_sample_pictures(folder, scores),
        galleries=_galleries(images, real, workspace, cascade, quiet),
    )  # fmt: skip
    files.write_text(folder / "report.html", page)
    return folder / "report.html"


def _two_sample_pictures(folder: Path, scores: dict[str, Any]) -> dict[str, str | None]:
    """What the report shows of the classifier two-sample test: "two_sample_errors" and "surest", None without it."""
    measured = scores.get("intervals", {}).get("c2st_error", {})
    titles = {"value": label("generated"), "real": label("real images")}
    errors = {title: two_sample_error(scores, of) for of, title in titles.items() if of in measured}
    surest = folder / SUREST_FILE
    return {
        "two_sample_errors": data_uri(figures.error_plot(errors)) if errors else None,
        "surest": data_uri(Image.open(surest)) if errors and surest.exists() else None,
    }


def score_sections(scores: dict[str, Any]) -> list[ScoreSection]:
    """The scores as the rows of a table, in sections; those that were not asked for are left out."""
    sections = [
        ScoreSection(title, [_score_row(metric, scores[metric]) for metric in metrics if scores.get(metric)])
        for title, metrics in METRIC_SECTIONS.items()
    ]
    return [section for section in sections if section.rows]


def _score_row(metric: str, values: dict[str, Any]) -> ScoreRow:
    form, meaning = METRICS[metric]
    cells = {name: format(value, form) for name, value in values.items() if name != "not measured"}
    return ScoreRow(metric, meaning, cells, values.get("not measured"))


def _galleries(images: Tensor, real: ImageSet, workspace: Path, cascade: str | None, quiet: bool) -> list[Gallery]:
    """Submitted images that show most: without a face, nearest to and furthest from real ones, most like real ones."""
    galleries = []
    detector = load_detector(cascade, workspace)
    without_face = images[~detector.detect(images)]
    if len(without_face):
        counts = {"shown": min(GALLERY_IMAGES, len(without_face)), "count": len(without_face)}
        title = say("No face found ({metric}): {shown} of {count}", metric=detector.metric, **counts)
        galleries.append(Gallery(title, _grid(without_face[:GALLERY_IMAGES])))
    with suppress(NotMeasured):
        reference = face_reference(real, workspace, quiet)
        features = reference.extractor(images)
        order = distances.nearest(features, reference.real_features, REALISM_NEIGHBOURS)[0].mean(1).argsort()
        galleries.append(Gallery(say("Nearest to real faces"), _grid(images[order[:GALLERY_IMAGES]])))
        galleries.append(Gallery(say("Furthest from real faces"), _grid(images[order.flip(0)[:GALLERY_IMAGES]])))
    likeness = near_duplicates.closest_matches(images, real.images)
    closest = likeness.rmse.argsort()[:NEAREST_PAIRS]
    pairs = torch.cat([images[closest], real.images[likeness.indices[closest]]])
    title = say("The generated images most like a training image (above), and that image (below)")
    return [*galleries, Gallery(title, _grid(pairs, NEAREST_PAIRS))]


def _grid(images: Tensor, columns: int = GALLERY_COLUMNS) -> str:
    return data_uri(figures.grid(images, columns, GALLERY_SCALE))
