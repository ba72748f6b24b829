"""Generated images of a run as PNG files."""

from pathlib import Path

from PIL import Image

from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.utils.progress import Progress

EXPORTED_AT_ONCE = 500  # images, so that memory stays small whatever their number


def export(folder, target, count=100, seed=0, weights="average", quiet=False):
    """Write `count` generated images of a run to the new or empty folder `target` as 1.png, 2.png ...

    weights: a key of generation.WEIGHTS. Raises ValueError when count is not above 0, or target holds something.
    """
    target = Path(target)
    if count < 1:
        raise ValueError(f"n={count} must be at least 1")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"'{target}' is no empty folder: name a new one, so that nothing is overwritten")
    generator, recipe = load_generator(folder, weights=weights)
    z = sample_z(count, recipe.z_dim, seed)
    target.mkdir(parents=True, exist_ok=True)
    progress, number = Progress("Writing", "images", quiet), 0
    for part in z.split(EXPORTED_AT_ONCE):
        for image in generate(generator, part):
            number += 1
            Image.fromarray(image.permute(1, 2, 0).numpy()).save(target / f"{number}.png")
        progress.update(number, count)
    progress.close()
