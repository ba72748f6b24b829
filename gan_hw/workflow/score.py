"""The scores of a submission, beside the run's other generators."""

import json
from functools import partial
from pathlib import Path

from gan_hw.data.images import load_images
from gan_hw.inference.run_files import WEIGHTS
from gan_hw.inference.submission import as_submitted, read_submission
from gan_hw.inference.weights import read_recipe
from gan_hw.metrics.judge import judge
from gan_hw.metrics.protocol import FACE, INCEPTION
from gan_hw.metrics.reference import face_reference, inception_reference
from gan_hw.training.run_folder import read_identity
from gan_hw.utils.files import write_text
from gan_hw.utils.hosts import find_workspace
from gan_hw.workflow.submit import _from_seed, read_choice


def score(
    archive, data=None, *, cascade=None, workspace=None, seed=0, generator=None, quiet=False, faces=True, fid=False
):
    """Judge a submission against the data set `data`, or against the run's own, and write scores.json beside it.

    In a run folder what its raw and its best generator would submit from `seed` is judged beside; `generator` as for
    `submit`. faces: measure distances in the face network's features, which it learns when a data set is first judged.
    fid: measure FID and KID, for which Inception is fetched once; on a CPU it takes minutes. Returns the scores.
    Raises ValueError when the archive would be refused, or no data set is known.
    """
    archive, workspace = Path(archive), find_workspace(workspace)
    images = read_submission(archive)
    data = data or read_identity(archive.parent)["data"]["source"]
    real = load_images(data, workspace, images.shape[-1], quiet)
    files = {weights: archive.parent / WEIGHTS[weights] for weights in ("raw", "best")}
    found = {weights: path for weights, path in files.items() if path.exists()}
    beside = {weights: as_submitted(_from_seed(path, seed, generator)) for weights, path in found.items()}
    of_run = {"recipe": read_recipe(files["raw"])} if "raw" in beside else {}
    references = _references(real, workspace, quiet, faces, fid)
    scores = judge(images, real, workspace, cascade, beside=beside, references=references, **of_run)
    scores["submission"] = read_choice(archive)
    write_text(archive.parent / "scores.json", json.dumps(scores, indent=2) + "\n")
    return scores


def _references(real, workspace, quiet, faces, fid):
    """What judge() compares with, each as a function: nothing is trained or fetched before it is needed."""
    wanted = [(FACE, face_reference)] * faces + [(INCEPTION, inception_reference)] * fid
    return [(names, partial(find, real, workspace, quiet)) for names, find in wanted]
