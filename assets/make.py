"""The pictures of the README, made anew.

python assets/make.py drawn                       drawn_faces.png, the embedded data set
python assets/make.py architecture                architecture.png, both networks at homework 6's size
python assets/make.py faces RUN_FOLDER NAME       NAME.png, the first 40 faces of a trained run
python assets/make.py progress RUN_FOLDER NAME    NAME.webp, a run's fixed-z grids one after the other
python assets/make.py gradients CLIPPED PENALISED gradient_norms.png, of the critics in these two run folders
python assets/make.py colours RUN_FOLDER NAME     NAME.webp, two faces of a conditional run in every colour
python assets/make.py scenes RUN_FOLDER NAME      NAME.webp, what a run on i-CLEVR draws for test.json
python assets/make.py learned NAME RUN_FOLDER...  NAME.png, the scores of several runs as they trained
"""

import sys
from pathlib import Path

import torch
from PIL import Image

from gan_hw import figures, labels, runs
from gan_hw.asking import answer
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


def colours(folder, name):
    """Two faces of a conditional run, each in all colours of hair (down) and eyes (across), side by side."""
    generator, recipe = load_generator(folder)
    identity = runs.read_identity(Path(folder))
    class_names = load_images(identity["data"]["source"], Path(folder).parent.parent, recipe.size).class_names
    _, across, wishes = labels.crossed(class_names)
    sheets = [
        generate(generator, z.expand(len(wishes), -1), wishes).unflatten(0, (-1, len(across)))
        for z in sample_z(2, recipe.z_dim)
    ]
    path = ASSETS / f"{name}.webp"
    figures.grid(torch.cat(sheets, 1).flatten(0, 1), per_row=2 * len(across)).save(path, quality=75, method=6)
    return path


def scenes(folder, name):
    """What a run on i-CLEVR draws for the lab's test lists, with the lists."""
    path = ASSETS / f"{name}.webp"
    workspace = Path(folder).parent.parent
    figures.captioned(*answer(folder, "test.json", "best", workspace)).savefig(path, dpi=90, pil_kwargs={"quality": 85})
    return path


def learned(name, *folders):
    """The share of classes that runs draw as asked, over their minutes."""
    points = {}
    for folder in map(Path, folders):
        rows = [row for row in runs.read_history(folder) if "score" in row]
        points[folder.name] = [row["seconds"] / 60 for row in rows], [row["score"] for row in rows]
    path = ASSETS / f"{name}.png"
    figures.tracks(points, "minutes", "classes drawn as asked").savefig(path, dpi=110, bbox_inches="tight")
    return path


if __name__ == "__main__":
    commands = {
        "drawn": drawn, "architecture": architecture, "faces": faces, "progress": progress, "gradients": gradients,
        "colours": colours, "scenes": scenes, "learned": learned,
    }  # fmt: skip
    print(commands[sys.argv[1]](*sys.argv[2:]))
