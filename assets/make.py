"""make assets: the pictures of the README, drawn anew.

python assets/make.py drawn                  assets/drawn_faces.png
python assets/make.py run RUN_FOLDER NAME    assets/NAME.png, the first 40 faces of a trained run
"""

import sys
from pathlib import Path

from gan_hw.drawn_faces import draw_faces
from gan_hw.figures import grid
from gan_hw.generation import generate, load_generator, sample_z

ASSETS = Path(__file__).resolve().parent
FACES = 40


def main(what, folder=None, name="drawn_faces"):
    if what == "drawn":
        images = draw_faces(FACES)[0]
    else:
        generator, recipe = load_generator(folder)
        images = generate(generator, sample_z(FACES, recipe.z_dim))
    grid(images, per_row=10).save(ASSETS / f"{name}.png", optimize=True)
    print(ASSETS / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
