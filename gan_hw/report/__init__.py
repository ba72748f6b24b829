"""What a run came to, as one HTML file that needs no network, and how several runs compare.

report.html and leaderboard.html beside this file are the templates.
"""

import base64
import io
import json
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import torch
from jinja2 import Environment, PackageLoader, StrictUndefined

from gan_hw.data.images import load_images
from gan_hw.inference.submission import read_submission
from gan_hw.metrics import distances, near_duplicates
from gan_hw.metrics.afd import afd_baseline, find_cascade
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.judge import check_comparable
from gan_hw.metrics.protocol import METRICS, NotMeasured
from gan_hw.recipes import RECIPES, Recipe
from gan_hw.results import choice_words, face_reference
from gan_hw.training.history import read_history
from gan_hw.training.run_folder import read_identity
from gan_hw.utils import figures, files
from gan_hw.utils.hosts import find_workspace

OTHERWISE = "(otherwise)"  # in place of a number that must not be held against the others
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
    page = _page(
        "report.html", folder=folder.name, identity=identity, scores=scores, rows=score_rows(scores),
        last=history[-1] if history else {}, recipe=recipe_differences(identity["recipe"]),
        chosen=_chosen(scores), place=_place(identity), baseline=_baseline(scores),
        curves=_data(figures.training_curves(history)) if history else None,
        faces=_data(figures.grid(images[:SHOWN], 8, 2)),
        galleries=_galleries(images, real, workspace, cascade, quiet),
    )  # fmt: skip
    files.write_text(folder / "report.html", page)
    return folder / "report.html"


def write_leaderboard(folders, path):
    """Write a page that compares the judged runs in `folders`. Returns their rows, the best first."""
    rows = leaderboard(folders)
    files.write_text(path, _page("leaderboard.html", rows=rows, metrics=_compared(rows), otherwise=OTHERWISE))
    return rows


def leaderboard(folders):
    """A dict for each judged run: where it is, what it was and its scores; the best score of each data set first.

    Raises ValueError when none of the folders holds a judged run.
    """
    rows = []
    for folder in map(Path, folders):
        try:
            identity, scores, history = read_identity(folder), read_scores(folder), read_history(folder)
        except ValueError:
            continue
        afd, diversity = (scores[name].get("value", 0.0) for name in ("afd_strict", "diversity"))
        rows.append(
            {
                "run": folder.name, "identity": identity, "scores": scores, "last": history[-1] if history else {},
                "recipe": recipe_differences(identity["recipe"]), "baseline": _baseline(scores),
                "chosen": _chosen(scores), "place": _place(identity),
                "score": afd * min(diversity, 1.0),
            }
        )  # fmt: skip
    if not rows:
        raise ValueError("none of these folders holds a judged run; train, submit and judge one first")
    rows.sort(key=lambda row: (row["scores"]["data"]["source"], -row["score"]))
    return rows


def leaderboard_lines(rows):
    """The rows as lines of a table for a terminal."""
    width = max(len(row["run"]) for row in rows)
    metrics = ("afd_strict", "diversity", *_compared(rows))
    lines = []
    for source, group in groupby(rows, key=lambda row: row["scores"]["data"]["source"]):
        group = list(group)
        title = f"{'run':{width}}  {'minutes':>7} {'seen':>9}" + "".join(f"{metric:>15}" for metric in metrics)
        lines += [f"On {source}:", title]
        for row in group:
            last = row["last"]
            seen, minutes = last.get("seen", 0), last.get("seconds", 0) / 60
            values = "".join(f"{value_of(row, metric, group):>15}" for metric in metrics)
            lines.append(f"{row['run']:{width}}  {minutes:7.1f} {seen:9}{values}  {row['chosen']}")
    if any(OTHERWISE in line for line in lines):
        lines.append(f"{OTHERWISE}: measured in another way than the first run; judge it again to compare")
    return lines


def value_of(row, metric, group):
    """A metric's value as text; a word instead when it was not measured, or otherwise than in the first that has it."""
    scores = row["scores"]
    value = scores.get(metric, {}).get("value")
    if value is None:
        return "–"
    first = next(other["scores"] for other in group if "value" in other["scores"].get(metric, {}))
    try:
        check_comparable(first, scores, metric)
    except ValueError:
        return OTHERWISE
    return format(value, METRICS[metric][0])


def _compared(rows):
    """Metrics beside the headline that any of the rows has."""
    headline = ("afd_strict", "diversity")
    return [m for m in METRICS if m not in headline and any("value" in row["scores"].get(m, {}) for row in rows)]


def read_scores(folder):
    """The scores in a run's folder. Raises ValueError when it was not judged yet, or the file is damaged."""
    path = Path(folder) / "scores.json"
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
        if {"afd_strict", "diversity", "data", "protocol", "n"} <= scores.keys():
            return scores
        reason = "it lacks some scores"
    except FileNotFoundError:
        reason = "it is not there"
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        reason = f"it is damaged ({error})"
    raise ValueError(f"'{path}': {reason}; python -m gan_hw judge {Path(folder) / 'submission.tgz'} makes it")


def score_rows(scores):
    """The scores for a table: dicts of metric, meaning and {column: text}, the reason where one was not measured."""
    rows = []
    for metric, (form, meaning) in METRICS.items():
        values = scores.get(metric, {})
        shown = {name: format(value, form) for name, value in values.items() if name != "not measured"}
        if values:
            rows.append({"metric": metric, "meaning": meaning, "values": shown, "reason": values.get("not measured")})
    return rows


def recipe_differences(fields):
    """(name, {field: value}) of a recipe: its name, and the fields in which it differs from the kit's one so named."""
    known = {name: value for name, value in fields.items() if name in Recipe.__dataclass_fields__}
    named = RECIPES.get(known.get("name"))
    if named is None:
        return known.get("name", "?"), known
    usual = json.loads(json.dumps(named.as_dict()))
    return named.name, {name: value for name, value in known.items() if usual[name] != value}


def _chosen(scores):
    """How the submission was chosen, in words."""
    chosen = scores.get("submission", {})
    return choice_words(chosen) if "weights" in chosen else "chosen elsewhere"


def _place(identity):
    """Where the run was trained, {name: value}."""
    parts = (identity.get(part) for part in ("machine", "versions"))
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    return {"precision": identity.get("precision", "?"), **known}


def _baseline(scores):
    afd = scores["afd_strict"].get("value")
    return None if afd is None else afd_baseline(afd)


def _galleries(images, real, workspace, cascade, quiet):
    """(title, picture) of images chosen for what they show: unfound, nearest to and furthest from real, neighbours."""
    galleries = []
    try:
        found = Cascade(find_cascade(cascade, workspace)).found(images)
        lost = images[~found]
        if len(lost):
            title = f"No face found: {min(FEW, len(lost))} of {len(lost)}"
            galleries.append((title, _data(figures.grid(lost[:FEW], 8, 2))))
    except NotMeasured as reason:
        galleries.append((f"No face found: not measured ({reason})", None))
    with suppress(NotMeasured):
        reference = face_reference(real, workspace, quiet)
        away = distances.nearest(reference.features(images), reference.known, LIKE)[0].mean(1)
        order = away.argsort()
        galleries.append(("Nearest to real faces", _data(figures.grid(images[order[:FEW]], 8, 2))))
        galleries.append(("Furthest from real faces", _data(figures.grid(images[order.flip(0)[:FEW]], 8, 2))))
    likeness = near_duplicates.of_others(images, real.images)
    closest = likeness.differences.argsort()[:PAIRS]
    pairs = torch.cat([images[closest], real.images[likeness.rows[closest]]])
    title = "The generated images most like a training image (above), and that image (below)"
    return [*galleries, (title, _data(figures.grid(pairs, PAIRS, 2)))]


def _data(picture):
    """A PIL image or a matplotlib figure as a data address, to stand in the page itself."""
    file = io.BytesIO()
    if hasattr(picture, "savefig"):
        picture.savefig(file, format="png", dpi=110)
    else:
        picture.save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _page(template, **values):
    templates = Environment(loader=PackageLoader("gan_hw", "report"), autoescape=True, undefined=StrictUndefined)
    return templates.get_template(template).render(value_of=value_of, **values)
