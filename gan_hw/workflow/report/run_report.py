"""What a run came to, as one HTML file that needs no network; report.html is its template."""

from contextlib import suppress
from pathlib import Path

import torch

from gan_hw.data.images import load_images
from gan_hw.inference.submission import read_submission
from gan_hw.metrics import distances, near_duplicates
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.protocol import METRICS, NotMeasured
from gan_hw.metrics.reference import face_reference
from gan_hw.training.history import read_history
from gan_hw.training.run_folder import read_identity
from gan_hw.utils import figures, files
from gan_hw.utils.hosts import find_workspace
from gan_hw.workflow.report.pages import (
    baseline_reached,
    chosen_words,
    data_address,
    place_words,
    read_scores,
    recipe_differences,
    render,
)

SHOWN = 40  # faces in the first grid
FEW = 16  # in each of the others
PAIRS = 10  # generated images with their nearest real ones
LIKE = 5  # real neighbours that tell how close to real an image is


def write_report(folder, workspace=None, cascade=None, quiet=False):
    """Write report.html for the judged run in `folder`. Returns its path.

    Raises ValueError when the run is not trained, submitted and judged, or its submission is not the judged one.
    """
    folder, workspace = Path(folder), find_workspace(workspace)
    identity, scores = read_identity(folder), read_scores(folder)
    archive = folder / "submission.tgz"
    images = torch.as_tensor(read_submission(archive))
    if scores.get("submission", {}).get("archive") != files.file_hash(archive):
        raise ValueError(f"'{archive}' is not what was judged: python -m gan_hw judge {archive} judges it")
    real = load_images(scores["data"]["source"], workspace, images.shape[-1], quiet)
    history = read_history(folder)
    page = render(
        "report.html", folder=folder.name, identity=identity, scores=scores, rows=score_rows(scores),
        last=history[-1] if history else {}, recipe=recipe_differences(identity["recipe"]),
        chosen=chosen_words(scores), place=place_words(identity), baseline=baseline_reached(scores),
        curves=data_address(figures.training_curves(history)) if history else None,
        faces=data_address(figures.grid(images[:SHOWN], 8, 2)),
        galleries=_galleries(images, real, workspace, cascade, quiet),
    )  # fmt: skip
    files.write_text(folder / "report.html", page)
    return folder / "report.html"


def score_rows(scores):
    """The scores for a table: dicts of metric, meaning and {column: text}, the reason where one was not measured."""
    rows = []
    for metric, (form, meaning) in METRICS.items():
        values = scores.get(metric, {})
        shown = {name: format(value, form) for name, value in values.items() if name != "not measured"}
        if values:
            rows.append({"metric": metric, "meaning": meaning, "values": shown, "reason": values.get("not measured")})
    return rows


def _galleries(images, real, workspace, cascade, quiet):
    """(title, picture) of images chosen for what they show: unfound, nearest to and furthest from real, neighbours."""
    galleries = []
    try:
        found = Cascade(find_cascade(cascade, workspace)).found(images)
        lost = images[~found]
        if len(lost):
            title = f"No face found: {min(FEW, len(lost))} of {len(lost)}"
            galleries.append((title, data_address(figures.grid(lost[:FEW], 8, 2))))
    except NotMeasured as reason:
        galleries.append((f"No face found: not measured ({reason})", None))
    with suppress(NotMeasured):
        reference = face_reference(real, workspace, quiet)
        away = distances.nearest(reference.features(images), reference.known, LIKE)[0].mean(1)
        order = away.argsort()
        galleries.append(("Nearest to real faces", data_address(figures.grid(images[order[:FEW]], 8, 2))))
        galleries.append(("Furthest from real faces", data_address(figures.grid(images[order.flip(0)[:FEW]], 8, 2))))
    likeness = near_duplicates.of_others(images, real.images)
    closest = likeness.differences.argsort()[:PAIRS]
    pairs = torch.cat([images[closest], real.images[likeness.rows[closest]]])
    title = "The generated images most like a training image (above), and that image (below)"
    return [*galleries, (title, data_address(figures.grid(pairs, PAIRS, 2)))]
