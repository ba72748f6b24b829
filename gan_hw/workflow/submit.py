"""A trained run -> its 1000 images and its submission, with how they were chosen."""

import json
from pathlib import Path

from gan_hw.data.images import load_images
from gan_hw.inference.run_files import WEIGHTS
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.submission import COUNT, SIZE, as_submitted, write_submission
from gan_hw.inference.weights import load_generator, read_recipe
from gan_hw.metrics.afd import headline
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.protocol import REAL_IMAGES
from gan_hw.training.run_folder import read_identity
from gan_hw.utils.files import file_hash, write_text
from gan_hw.utils.hosts import find_workspace

TRUNCATIONS = (2.0, 1.5, 1.0)  # standard deviations
CANDIDATES = (2 * COUNT, 4 * COUNT)


def submit(
    folder, seed=0, *, generator=None, weights="average", truncation=None, candidates=COUNT, cascade=None,
    workspace=None, quiet=False,
):  # fmt: skip
    """Generate the run's 1000 images from `seed` and write images/ and submission.tgz. Returns the archive's path.

    How they were chosen is written to submission.json beside it.

    generator: a network of your own to load the weights into, when the run was trained with one. weights: a key of
    generation.WEIGHTS. truncation: as for generation.sample_z. candidates: generate so many, and hand in those on
    which the face detector (`cascade` as for judging.find_cascade) is surest. What the last two do to the scores is
    told by `choices`; the default is to hand in what was generated.
    Raises ValueError when there are too few candidates, NotMeasured when they can't be ranked here.
    """
    if candidates < COUNT:
        raise ValueError(f"candidates={candidates}: a submission has {COUNT} images, so at least as many are needed")
    trained = Path(folder) / WEIGHTS["average"]
    size = read_recipe(trained).size if trained.exists() else SIZE
    if size != SIZE:
        raise ValueError(f"'{folder}' draws {size}x{size} images, and a submission has {SIZE}x{SIZE}: use export")
    images = _from_seed(folder, seed, generator, weights, truncation, candidates)
    if candidates > COUNT:
        images = images[surest(images, find_cascade(cascade, find_workspace(workspace)))]
    archive, size, quality = write_submission(images, folder)
    chosen = {"seed": seed, "weights": weights, "truncation": truncation, "candidates": candidates}
    write_text(_origin(archive), json.dumps({**chosen, "archive": file_hash(archive)}) + "\n")
    if not quiet:
        how = choice_words(chosen)
        print(f"{archive}: {COUNT} images from seed {seed} ({how}), JPEG quality {quality}, {size} bytes")
    return archive


def choice_words(chosen):
    """How a submission was chosen, in words: the weights, and what was done beside taking what was generated."""
    words = [chosen["weights"]]
    if chosen["truncation"] is not None:
        words.append(f"z cut off at {chosen['truncation']}")
    if chosen["candidates"] != COUNT:
        words.append(f"the surest of {chosen['candidates']}")
    return ", ".join(words)


def _origin(archive):
    return Path(archive).with_name("submission.json")


def read_choice(archive):
    """How the submission `archive` was chosen, as `submit` wrote it, with "archive", the hash of its content.

    Of an archive that was not made here, or was exchanged since, only the hash is known.
    """
    known = {"archive": file_hash(archive)}
    try:
        found = json.loads(_origin(archive).read_text(encoding="utf-8"))
        return found if found["archive"] == known["archive"] and choice_words(found) else known
    except (OSError, json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return known


def surest(images, cascade):
    """Rows of the COUNT images on whose faces the detector is surest, in their order; images uint8 (N, 3, H, W)."""
    neighbours = Cascade(cascade).neighbours(images)
    return neighbours.argsort(descending=True, stable=True)[:COUNT].sort().values


def choices(folder, seed=0, cascade=None, workspace=None, generator=None, quiet=False):
    """What each way to choose a submission does: dicts of weights, truncation, candidates and what headline() gives.

    Every file of weights that the run has; of the averaged one, each of TRUNCATIONS and of CANDIDATES. All after JPEG
    compression. Raises NotMeasured when the face detector can't be had.
    """
    workspace = find_workspace(workspace)
    detector = find_cascade(cascade, workspace)
    data = read_identity(folder)["data"]["source"]
    size = read_recipe(Path(folder) / WEIGHTS["average"]).size
    spread = mean_pairwise_rmse(load_images(data, workspace, size, quiet).images[:REAL_IMAGES])
    ways = [(weights, None, COUNT) for weights, name in WEIGHTS.items() if (Path(folder) / name).exists()]
    ways += [("average", truncation, COUNT) for truncation in TRUNCATIONS]
    ways += [("average", None, candidates) for candidates in CANDIDATES]
    rows = []
    for weights, truncation, candidates in ways:
        images = _from_seed(folder, seed, generator, weights, truncation, candidates)
        if candidates > COUNT:
            images = images[surest(images, detector)]
        way = {"weights": weights, "truncation": truncation, "candidates": candidates}
        rows.append({**way, **headline(as_submitted(images), spread, detector)})
    return rows


def choice_lines(rows):
    """The rows of `choices` as lines of a table, each with the options of `submit` that give it."""
    lines = [f"{'submit ...':32} afd_strict  diversity"]
    for row in rows:
        options = {
            "--weights": row["weights"] if row["weights"] != "average" else None,
            "--truncation": row["truncation"],
            "--candidates": row["candidates"] if row["candidates"] != COUNT else None,
        }
        words = " ".join(f"{name} {value}" for name, value in options.items() if value is not None) or "(as generated)"
        lines.append(f"{words:32} {row['afd_strict']:10.3f} {row['diversity']:10.3f}")
    return lines


def _from_seed(path, seed, generator=None, weights="average", truncation=None, count=COUNT):
    generator, recipe = load_generator(path, generator, weights)
    return generate(generator, sample_z(count, recipe.z_dim, seed, truncation))
