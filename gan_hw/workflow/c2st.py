"""The classifier two-sample test of a run: of its submission's generator, and of the real images as its ceiling."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.data.images import ImageSet
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.metrics.two_sample import C2ST_PROTOCOL, IMAGES_NEEDED, TwoSampleTest, two_sample_test
from gan_hw.utils import figures, files
from gan_hw.utils.devices import choose_device
from gan_hw.utils.messages import say
from gan_hw.workflow.submit import SubmissionOptions

SUREST_FILE = "c2st_surest.png"  # in the run folder: the images that the classifier is surest about
SUREST_IMAGES = 16
METRICS = ("c2st_error", "c2st_cross_entropy")


def add_c2st(
    scores: dict[str, Any], folder: Path, real: ImageSet, workspace: Path, generator: nn.Module | None = None,
    quiet: bool = False,
) -> None:  # fmt: skip
    """Add the test's metrics to the scores of the submission in the run `folder`, or why they were not measured.

    scores: what `judge` returned, with "submission", the record. The test draws IMAGES_NEEDED images as the submission
    was drawn, but selects none. Writes SUREST_FILE. generator: as for `submit`.
    """
    device = choose_device().type
    try:
        rows = _chosen_rows(real)
        images = _generated_images(scores["submission"], folder, generator)
        test = two_sample_test(images, real.images[rows[:IMAGES_NEEDED]], device, quiet)
        ceiling = _real_against_real(real, rows, workspace, device, quiet)
    except NotMeasured as reason:
        scores |= {metric: {"not measured": str(reason)} for metric in METRICS}
        return
    found = {"value": _numbers(test)} | ({"real": ceiling} if ceiling else {})
    for metric in METRICS:
        scores[metric] = {name: numbers[metric] for name, numbers in found.items()}
    scores["intervals"]["c2st_error"] = {name: numbers["interval"] for name, numbers in found.items()}
    scores["protocol"] |= dict.fromkeys(METRICS, f"{C2ST_PROTOCOL}; real: {IMAGES_NEEDED} images and as many others")
    order = test.real_probability.argsort()
    unseen = images[-len(order) :]
    rows_of_images = {"surely generated": unseen[order], "most like real": unseen[order.flip(0)]}
    with files.atomic_path(folder / SUREST_FILE) as part:
        figures.image_rows(rows_of_images, SUREST_IMAGES).savefig(part, format="png", dpi=110)


def _chosen_rows(real: ImageSet) -> Tensor:
    """The rows of `real` in a fixed random order, as a set may be sorted by class. Raises NotMeasured."""
    if len(real) < IMAGES_NEEDED:
        missing = IMAGES_NEEDED - len(real)
        raise NotMeasured(
            say(
                "the data set has {count:,} images, and the test needs {missing:,} more",
                count=len(real),
                missing=missing,
            )
        )
    return torch.randperm(len(real), generator=torch.Generator().manual_seed(0))


def _generated_images(record: dict[str, Any], folder: Path, generator: nn.Module | None) -> Tensor:
    """Images of the generator that the submission's record names. Raises NotMeasured when it is not there any more."""
    try:
        options = SubmissionOptions.from_record(record)
        file = folder / GENERATOR_FILES[options.weights]
        there = files.file_hash(file)
    except (KeyError, FileNotFoundError):
        there = None
    if there is None:
        raise NotMeasured(
            say("needs {least:,} images: judge a submission in the run folder that it was made in", least=IMAGES_NEEDED)
        )
    if there != record.get("generator"):
        raise NotMeasured(
            say("the run was trained on since this submission was made, or the kit was older: submit again")
        )
    generator, recipe = load_generator(folder, generator, options.weights)
    return generate(generator, sample_z(IMAGES_NEEDED, recipe.z_dim, record["seed"], options.truncation))


def _real_against_real(
    real: ImageSet, rows: Tensor, workspace: Path, device: str, quiet: bool
) -> dict[str, Any] | None:
    """The numbers of two halves of the real images, cached in the workspace; None when there are too few images."""
    if len(real) < 2 * IMAGES_NEEDED:
        return None
    key = files.short_hash(C2ST_PROTOCOL)
    path = workspace / "data" / f"c2st-{real.name}-{real.fingerprint}-{real.images.shape[-1]}-{key}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        pass
    first, second = (real.images[part] for part in rows[: 2 * IMAGES_NEEDED].split(IMAGES_NEEDED))
    numbers = _numbers(two_sample_test(first, second, device, quiet))
    files.write_text(path, json.dumps(numbers) + "\n")
    return numbers


def _numbers(test: TwoSampleTest) -> dict[str, Any]:
    return {"c2st_error": test.error, "c2st_cross_entropy": test.cross_entropy, "interval": list(test.interval)}
