"""A page with forty questions for a person: generated or real, or which of two runs' faces look more real.

compare_faces.html is its template.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gan_hw.data.images import load_images
from gan_hw.inference.submission import read_submission
from gan_hw.metrics.protocol import HUMAN_QUESTIONS
from gan_hw.metrics.two_sample import jpeg_copy
from gan_hw.utils import files
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.workflow.human_answers import PageKey, add_answers, draw_questions
from gan_hw.workflow.report.pages import data_uri, read_scores, render

DISPLAYED_SIDE = 256  # screen pixels


def write_comparison(
    folders: Sequence[str | Path], seed: int = 0, workspace: str | Path | None = None, quiet: bool = False
) -> Path:
    """Write the page for one or two judged runs, into the first one's folder. Returns its path.

    seed: another one asks about other images. Raises ValueError when a run was not judged, when there are more than
    two, or when two were judged against different data sets.
    """
    runs, scores = _judged_runs(folders)
    data, workspace = scores[0]["data"], find_workspace(workspace)
    key = PageKey.of(runs, data["fingerprint"], seed)
    submitted = [torch.as_tensor(read_submission(run / "submission.tgz")) for run in runs]
    if len(runs) > 1:
        second = submitted[1]
    else:
        real = load_images(data["source"], workspace, data["size"], quiet)
        if real.fingerprint != data["fingerprint"]:
            raise ValueError(
                say(
                    "data={source!r} has changed since '{run}' was judged; judge it again",
                    source=data["source"],
                    run=runs[0],
                )
            )
        second = real.images
    truth, rows = draw_questions(key, (len(submitted[0]), len(second)))
    first_shown, second_shown = (jpeg_copy(part[row]) for part, row in zip((submitted[0], second), rows.T, strict=True))
    if len(runs) == 1:
        shown = [[(second_shown if real else first_shown)[i]] for i, real in enumerate(truth)]
    else:
        shown = [[first_shown[i], second_shown[i]][:: -1 if right else 1] for i, right in enumerate(truth)]
    page = render(
        "compare_faces.html", runs=key.runs, source=data["source"], count=HUMAN_QUESTIONS, side=DISPLAYED_SIDE,
        questions=[[_picture(image) for image in images] for images in shown], truth=truth.tolist(),
        key=dataclasses.asdict(key),
    )  # fmt: skip
    path = runs[0] / f"compare_faces{'-with-' + runs[1].name if len(runs) > 1 else ''}.html"
    files.write_text(path, page)
    return path


def _picture(image: Tensor) -> str:
    return data_uri(Image.fromarray(image.permute(1, 2, 0).numpy()))


def add_comparison(folders: Sequence[str | Path], answers: str | Path) -> dict[str, Any]:
    """Add a person's answers on the page of these runs to their scores; see human_answers.add_answers."""
    runs, scores = _judged_runs(folders)
    return add_answers(answers, runs, scores[0]["data"])


def _judged_runs(folders: Sequence[str | Path]) -> tuple[list[Path], list[dict[str, Any]]]:
    runs = [Path(folder).resolve() for folder in folders]
    if not 1 <= len(runs) <= 2 or len(set(runs)) != len(runs):
        raise ValueError(
            say("{count} runs: name one to compare with real faces, or two different ones", count=len(runs))
        )
    scores = [read_scores(run) for run in runs]
    if len({run["data"]["fingerprint"] for run in scores}) > 1:
        raise ValueError(
            say("these runs were judged against different data sets, so that their faces can't be compared")
        )
    for run, found in zip(runs, scores, strict=True):
        if found.get("submission", {}).get("archive") != files.file_hash(run / "submission.tgz"):
            raise ValueError(
                say("'{run}' is not what was judged: python -m gan_hw judge judges it", run=run / "submission.tgz")
            )
    return runs, scores
