"""A trained run -> the 1000 images of its submission, with a record of how they were selected."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.submission import SUBMISSION_IMAGES, SUBMISSION_SIZE, jpeg_round_trip, write_submission
from gan_hw.inference.weights import load_generator, read_recipe
from gan_hw.metrics.afd import face_scores, load_detector
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.face_detector import FaceDetector
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.training.identity import read_identity
from gan_hw.utils.files import file_hash, write_text
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.workflow.run_images import load_run_images

COMPARED_TRUNCATIONS = (2.0, 1.5, 1.0)  # standard deviations
COMPARED_CANDIDATES = (2 * SUBMISSION_IMAGES, 4 * SUBMISSION_IMAGES)  # images


@dataclass(frozen=True)
class SubmissionOptions:
    """How the images of a submission are generated and selected.

    weights: which of the run's generators, a key of GENERATOR_FILES. truncation: standard deviations at which z is
    truncated, None for not at all; see sampling.sample_z. candidates: how many images to generate; the 1000 images
    with the face detector's highest confidence are submitted. Raises ValueError for fewer than 1000 candidates.
    """

    weights: str = "average"
    truncation: float | None = None
    candidates: int = SUBMISSION_IMAGES

    def __post_init__(self) -> None:
        if self.candidates < SUBMISSION_IMAGES:
            raise ValueError(
                say(
                    "candidates={count}: a submission has {least} images, so at least as many are needed",
                    count=self.candidates,
                    least=SUBMISSION_IMAGES,
                )
            )

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "SubmissionOptions":
        """The options in a submission's record. Raises KeyError when one is missing."""
        return cls(**{field.name: record[field.name] for field in dataclasses.fields(cls)})

    def summary(self) -> str:
        """The options in words: the weights, and how the images were selected if they were."""
        words = [self.weights]
        if self.truncation is not None:
            words.append(say("z truncated at {truncation}", truncation=self.truncation))
        if self.candidates != SUBMISSION_IMAGES:
            best = "top {best} of {count} by detector confidence"
            words.append(say(best, best=SUBMISSION_IMAGES, count=self.candidates))
        return ", ".join(words)


DEFAULT_OPTIONS = SubmissionOptions()  # of the averaged generator, as generated


def submit(  # noqa: PLR0913 - a public entry point, whose options are keyword-only
    folder: str | Path, seed: int = 0, *, generator: nn.Module | None = None, weights: str = "average",
    truncation: float | None = None, candidates: int = SUBMISSION_IMAGES, cascade: str | None = None,
    workspace: str | Path | None = None, quiet: bool = False,
) -> Path:  # fmt: skip
    """Generate a run's submission from `seed`, and write images/ and submission.tgz. Returns the archive's path.

    The seed and the options are recorded in submission.json beside it.

    generator: a network of your own to load the weights into, when the run was trained with one. weights, truncation,
    candidates: see SubmissionOptions; by default the images are submitted as generated. `compare_options` measures
    what the options do to the scores. cascade: the cascade's file, as for load_detector, which ranks candidates.
    Raises ValueError when there are too few candidates or the images have another size.
    """
    options = SubmissionOptions(weights, truncation, candidates)
    trained = Path(folder) / GENERATOR_FILES["average"]
    size = read_recipe(trained).size if trained.exists() else SUBMISSION_SIZE
    if size != SUBMISSION_SIZE:
        needed = f"{SUBMISSION_SIZE}x{SUBMISSION_SIZE}"
        raise ValueError(
            say(
                "'{folder}' generates {size}x{size} images, and a submission has {needed}: use export",
                folder=folder,
                size=size,
                needed=needed,
            )
        )
    detector = load_detector(cascade, find_workspace(workspace)) if candidates > SUBMISSION_IMAGES else None
    file, generated_by = Path(folder) / GENERATOR_FILES.get(weights, weights), None
    while generated_by is None or generated_by != file_hash(file):  # again if the run's training saved meanwhile
        generated_by = file_hash(file) if file.exists() else ""
        images = generate_submission(folder, seed, options, generator, detector)
    archive, archive_bytes, quality = write_submission(images, folder)
    record = {"seed": seed, **dataclasses.asdict(options), "archive": file_hash(archive)}
    record["generator"] = generated_by
    if detector is not None:
        record["ranked_by"] = detector.metric
    write_text(_record_path(archive), json.dumps(record) + "\n")
    if not quiet:
        how = options.summary()
        summary = say("{count} images from seed {seed} ({how})", count=SUBMISSION_IMAGES, seed=seed, how=how)
        print(
            say(
                "{archive}: {summary}, JPEG quality {quality}, {size} bytes",
                archive=archive,
                summary=summary,
                quality=quality,
                size=archive_bytes,
            )
        )
    return archive


def generate_submission(
    path: str | Path, seed: int, options: SubmissionOptions = DEFAULT_OPTIONS, generator: nn.Module | None = None,
    detector: Cascade | FaceDetector | None = None,
) -> Tensor:  # fmt: skip
    """The images of a submission before compression, uint8 (SUBMISSION_IMAGES, 3, H, W).

    path: a run folder, or a generator's file. generator: as for `submit`. detector: the face detector,
    which ranks the candidates when there are more than 1000. Raises ValueError when it is needed and missing.
    """
    generator, recipe = load_generator(path, generator, options.weights)
    images = generate(generator, sample_z(options.candidates, recipe.z_dim, seed, options.truncation))
    if options.candidates == SUBMISSION_IMAGES:
        return images
    if detector is None:
        raise ValueError(say("candidates={count} can't be ranked without a face detector", count=options.candidates))
    return images[top_by_confidence(images, detector)]


def top_by_confidence(images: Tensor, detector: Cascade | FaceDetector) -> Tensor:
    """Rows, int64 (SUBMISSION_IMAGES,) in ascending order, of the images with the face detector's highest confidence.

    images: uint8 (N, 3, H, W). Of equal confidence, the first images are taken.
    """
    return detector.confidence(images).argsort(descending=True, stable=True)[:SUBMISSION_IMAGES].sort().values


def read_record(archive: str | Path) -> dict[str, Any]:
    """How the submission `archive` was selected, as `submit` recorded it, with "archive", the hash of its content.

    Only the hash is known of an archive that was made elsewhere, or that was replaced since.
    """
    unknown = {"archive": file_hash(archive)}
    try:
        record = json.loads(_record_path(archive).read_text(encoding="utf-8"))
        SubmissionOptions.from_record(record).summary()  # raises an error for a record that is damaged
        return record if record["archive"] == unknown["archive"] else unknown
    except (OSError, ValueError, KeyError, TypeError):
        return unknown


def _record_path(archive: str | Path) -> Path:
    return Path(archive).with_name("submission.json")


def compare_options(
    folder: str | Path, seed: int = 0, cascade: str | None = None, workspace: str | Path | None = None,
    generator: nn.Module | None = None, quiet: bool = False,
) -> list[tuple[SubmissionOptions, dict[str, float]]]:  # fmt: skip
    """What each way to select a submission does to its scores: pairs of options and what face_scores() measures.

    Compares every generator that the run has, and of the averaged one each of COMPARED_TRUNCATIONS and of
    COMPARED_CANDIDATES, all after JPEG compression.
    """
    workspace = find_workspace(workspace)
    detector = load_detector(cascade, workspace)
    size = read_recipe(Path(folder) / GENERATOR_FILES["average"]).size
    real = load_run_images(Path(folder), read_identity(folder)["data"], workspace, size, quiet)
    real_rmse = real_images_rmse(real)
    compared = [SubmissionOptions(weights) for weights, file in GENERATOR_FILES.items() if Path(folder, file).exists()]
    compared += [SubmissionOptions(truncation=truncation) for truncation in COMPARED_TRUNCATIONS]
    compared += [SubmissionOptions(candidates=candidates) for candidates in COMPARED_CANDIDATES]
    rows = []
    for options in compared:
        images = generate_submission(folder, seed, options, generator, detector)
        rows.append((options, face_scores(jpeg_round_trip(images), real_rmse, detector)))
    return rows


def comparison_lines(rows: list[tuple[SubmissionOptions, dict[str, float]]]) -> list[str]:
    """The rows of `compare_options` as lines of a table, each with the command-line options of `submit`."""
    metric = next(name for name in rows[0][1] if name.startswith("afd_"))  # the detector's
    lines = [f"{'submit ...':32} {metric:>10}  diversity"]
    for options, scores in rows:
        changed = [
            f"--{name} {value}" for name, value in dataclasses.asdict(options).items()
            if value != getattr(DEFAULT_OPTIONS, name)
        ]  # fmt: skip
        words = " ".join(changed) or "(as generated)"
        lines.append(f"{words:32} {scores[metric]:10.3f} {scores['diversity']:10.3f}")
    return lines
