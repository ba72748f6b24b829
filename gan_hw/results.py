"""What a trained run is handed in as, and what it is worth: images, submission and scores in its folder."""

import json
from pathlib import Path

from gan_hw import checkpoints
from gan_hw.datasets import load_images
from gan_hw.generation import generate, load_generator, read_recipe, sample_z
from gan_hw.judging import judge
from gan_hw.runs import read_identity
from gan_hw.runtime import find_workspace
from gan_hw.submission import COUNT, read_submission, write_submission


def submit(folder, seed=0, generator=None, quiet=False):
    """Generate the run's 1000 images from `seed` and write images/ and submission.tgz. Returns the archive's path.

    generator: a network of your own to load the weights into, when the run was trained with one.
    """
    archive, size, quality = write_submission(_from_seed(folder, seed, generator), folder)
    if not quiet:
        print(f"{archive}: {COUNT} images from seed {seed}, JPEG quality {quality}, {size} bytes")
    return archive


def score(archive, data=None, cascade=None, workspace=None, seed=0, generator=None, quiet=False):
    """Judge a submission against the data set `data`, or against the run's own, and write scores.json beside it.

    In a run folder the raw generator's images from `seed` are judged beside the averaged one's; `generator` as for
    `submit`. Returns the scores.
    Raises ValueError when the archive would be refused, or no data set is known.
    """
    archive, workspace = Path(archive), find_workspace(workspace)
    images = read_submission(archive)
    data = data or read_identity(archive.parent)["data"]["source"]
    real = load_images(data, workspace, images.shape[-1], quiet)
    raw = archive.parent / "generator_raw.safetensors"
    of_run = {"beside": {"raw": _from_seed(raw, seed, generator)}, "recipe": read_recipe(raw)} if raw.exists() else {}
    scores = judge(images, real, workspace, cascade, **of_run)
    checkpoints.write_text(archive.parent / "scores.json", json.dumps(scores, indent=2) + "\n")
    return scores


def _from_seed(path, seed, generator=None):
    generator, recipe = load_generator(path, generator)
    return generate(generator, sample_z(COUNT, recipe.z_dim, seed))
