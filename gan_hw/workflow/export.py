"""Generated images as PNG files, each by itself or all in one picture."""

import math
import tempfile
from pathlib import Path

from PIL import Image

from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.recipes import Recipe
from gan_hw.utils import figures
from gan_hw.utils.files import atomic_path
from gan_hw.utils.progress import Progress

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_DRAWN_IMAGES = 10_000  # in one picture
EXPORT_BATCH_IMAGES = 500  # generated at a time, so that memory use does not grow with their number


def export(
    folder: str | Path, target: str | Path, count: int = 100, seed: int = 0, weights: str = "average",
    quiet: bool = False,
) -> None:  # fmt: skip
    """Write `count` generated images of a run as 1.png, 2.png ... to `target`, a new or empty folder.

    weights: a key of GENERATOR_FILES. Raises ValueError when count is below 1, or target is not empty.
    """
    target = Path(target).resolve()
    _check_count(count)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"'{target}' is not an empty folder: name a new one, so that nothing is overwritten")
    generator, recipe = load_generator(folder, weights=weights)
    z = sample_z(count, recipe.z_dim, seed)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as part:
        written = Path(part) / "images"  # so that the target holds all of them or none
        written.mkdir()
        progress, number = Progress("Writing", "images", quiet), 0
        for batch in z.split(EXPORT_BATCH_IMAGES):
            for image in generate(generator, batch):
                number += 1
                Image.fromarray(image.permute(1, 2, 0).numpy()).save(written / f"{number}.png")
            progress.update(number, count)
        progress.close()
        if target.exists():
            target.rmdir()
        written.rename(target)


def draw(source: str | Path, target: str | Path, count: int = 40, seed: int = 0, weights: str = "average") -> Recipe:
    """Write one picture of `count` generated images to the file `target`. Returns the generator's recipe.

    source: whatever load_generator takes. weights: a key of GENERATOR_FILES, of a run folder. Raises ValueError when
    count is not between 1 and MAX_DRAWN_IMAGES, or target is another file than a PNG.
    """
    _check_count(count, MAX_DRAWN_IMAGES)
    target = Path(target)
    if target.exists() and not _is_png(target):
        raise ValueError(f"'{target}' is not a PNG picture, and would be replaced: name another file")
    generator, recipe = load_generator(source, weights=weights)
    picture = figures.grid(generate(generator, sample_z(count, recipe.z_dim, seed)))
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(target) as part:
        picture.save(part, format="PNG")
    return recipe


def _is_png(path: Path) -> bool:
    """Whether the file is a PNG picture, or empty."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(PNG_SIGNATURE)) in (PNG_SIGNATURE, b"")


def _check_count(count: int, most: float = math.inf) -> None:
    if not 1 <= count <= most:
        raise ValueError(f"n={count} must be at least 1" + ("" if most == math.inf else f" and at most {most}"))
