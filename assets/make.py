"""The pictures of the README, made anew.

python assets/make.py drawn                       drawn_faces.png, the embedded data set
python assets/make.py architecture                architecture.png, both networks at homework 6's size
python assets/make.py faces RUN_FOLDER NAME       NAME.png, the first 40 faces of a trained run
python assets/make.py progress RUN_FOLDER NAME    NAME.webp, a run's fixed-z grids one after the other
python assets/make.py gradients CLIPPED PENALISED gradient_norms.png, of the critics in these two run folders
"""

import sys
from pathlib import Path

import torch
from PIL import Image

from gan_hw import figures, runs
from gan_hw.datasets import load_images, to_float
from gan_hw.drawn_faces import draw_faces
from gan_hw.generation import generate, load_generator, sample_z
from gan_hw.health import gradient_norms
from gan_hw.networks import Discriminator, Generator, feature_maps
from gan_hw.recipes import Recipe

ASSETS = Path(__file__).resolve().parent
FACES, CRITICISED = 40, 64
FRAMES, FRAME_MS, LAST_MS = 32, 250, 3000


def drawn():
    """The first faces of the embedded data set."""
    return save(draw_faces(FACES)[0], "drawn_faces")


def architecture():
    """Generator and discriminator of homework 6, drawn from what really comes out of their stages."""
    path = ASSETS / "architecture.png"
    generator, discriminator = Generator(), Discriminator()
    networks = {
        "Generator: from noise to a face": feature_maps(generator, torch.randn(1, generator.z_dim)),
        "Discriminator: from a face to one logit": feature_maps(discriminator, torch.zeros(1, 3, 64, 64)),
    }
    figures.architecture(networks).savefig(path, dpi=110)
    return path


def faces(folder, name):
    """The first faces of a trained run."""
    generator, recipe = load_generator(folder)
    return save(generate(generator, sample_z(FACES, recipe.z_dim)), name)


def save(images, name):
    """A grid of images as assets/NAME.png."""
    path = ASSETS / f"{name}.png"
    figures.grid(images, per_row=10).save(path, optimize=True)
    return path


def progress(folder, name):
    """The fixed-z grids of a run as an animation."""
    paths = sorted((Path(folder) / "samples").glob("*.png"))
    *others, last = paths
    chosen = [*others[:: -(-len(paths) // FRAMES)], last]
    frames = [Image.open(path).convert("RGB") for path in chosen]
    path = ASSETS / f"{name}.webp"
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0, quality=70, method=6)
    return path


def gradients(clipped, penalised):
    """The critics' gradients layer by layer, under weight clipping and under a gradient penalty."""
    norms = {}
    for title, folder in (("weight clipping", Path(clipped)), ("gradient penalty", Path(penalised))):
        identity, state = runs.read_identity(folder), runs.load_checkpoint(folder)
        recipe, source = Recipe(**identity["recipe"]), identity["data"]["source"]
        generator, critic = recipe.generator(), recipe.discriminator()
        generator.load_state_dict(state["generator"])
        critic.load_state_dict(state["discriminator"])
        real = to_float(load_images(source, folder.parent.parent, recipe.size).images[:CRITICISED])
        fake = to_float(generate(generator, sample_z(CRITICISED, recipe.z_dim)))
        norms[title] = gradient_norms(critic, real, fake)
        print(title, *(f"{stage} {norm:.2g}" for stage, norm in norms[title].items()), sep="  ")
    path = ASSETS / "gradient_norms.png"
    figures.gradient_norms(norms).savefig(path, dpi=110)
    return path


if __name__ == "__main__":
    commands = {
        "drawn": drawn, "architecture": architecture, "faces": faces, "progress": progress, "gradients": gradients,
    }  # fmt: skip
    print(commands[sys.argv[1]](*sys.argv[2:]))
