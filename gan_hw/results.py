"""What a trained run is handed in as, and what it is worth: images, submission and scores in its folder."""

import json
from pathlib import Path

from gan_hw import checkpoints
from gan_hw.datasets import load_images
from gan_hw.generation import WEIGHTS, generate, load_generator, read_recipe, sample_z
from gan_hw.judging import judge
from gan_hw.runs import read_identity
from gan_hw.runtime import find_workspace
from gan_hw.submission import COUNT, as_submitted, read_submission, write_submission


def submit(folder, seed=0, generator=None, weights="average", quiet=False):
    """Generate the run's 1000 images from `seed` and write images/ and submission.tgz. Returns the archive's path.

    generator: a network of your own to load the weights into, when the run was trained with one. weights: a key of
    generation.WEIGHTS.
    """
    archive, size, quality = write_submission(_from_seed(folder, seed, generator, weights), folder)
    if not quiet:
        print(f"{archive}: {COUNT} images from seed {seed} ({weights}), JPEG quality {quality}, {size} bytes")
    return archive


def score(archive, data=None, cascade=None, workspace=None, seed=0, generator=None, quiet=False):
    """Judge a submission against the data set `data`, or against the run's own, and write scores.json beside it.

    In a run folder what its raw and its best generator would submit from `seed` is judged beside; `generator` as for
    `submit`. Returns the scores.
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
    scores = judge(images, real, workspace, cascade, beside=beside, **of_run)
    checkpoints.write_text(archive.parent / "scores.json", json.dumps(scores, indent=2) + "\n")
    return scores


def _from_seed(path, seed, generator=None, weights="average"):
    generator, recipe = load_generator(path, generator, weights)
    return generate(generator, sample_z(COUNT, recipe.z_dim, seed))
