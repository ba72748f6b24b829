"""The pictures of the README and the book, made anew.

python tools/make_assets.py drawn                       drawn_faces.png, the embedded data set
python tools/make_assets.py architecture                architecture.png, both networks at homework 6's size
python tools/make_assets.py faces RUN_FOLDER NAME       NAME.png, the first 40 faces of a trained run
python tools/make_assets.py contact NAME TITLE=SOURCE...  NAME.webp, 40 faces of each run or shipped:NAME
python tools/make_assets.py progress RUN_FOLDER NAME    NAME.webp, a run's fixed-z grids one after the other
python tools/make_assets.py gradients CLIPPED PENALISED gradient_norms.png, of the critics in these two run folders
python tools/make_assets.py colours RUN_FOLDER NAME     NAME.webp, two faces of a conditional run in every colour
python tools/make_assets.py scenes RUN_FOLDER NAME      NAME.webp, what a run on i-CLEVR draws for test.json
python tools/make_assets.py learned NAME RUN_FOLDER...  NAME.png, the scores of several runs as they trained
python tools/make_assets.py curves RUN_FOLDER NAME      NAME.png, losses and score of a run as it trained
python tools/make_assets.py quality CLEAN ROUGH COLLAPSED  quality.webp, drawn faces, corrupted ones and three runs
python tools/make_assets.py junk FOLDER                 FOLDER, mixed files to try `prepare` on
python tools/make_assets.py compared NAME DATA RUN...   NAME.webp, what runs draw; prints how good it is beside DATA
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from benchmarks.scores import blurred, noisy
from PIL import Image, ImageOps

from gan_hw.data import labels
from gan_hw.data.drawn_faces import draw_faces
from gan_hw.data.images import load_images, to_float
from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.submission import SUBMISSION_IMAGES, SUBMISSION_SIZE
from gan_hw.inference.weights import load_generator, read_metadata
from gan_hw.metrics.afd import detect_faces
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.reference import face_reference
from gan_hw.networks.dcgan import Discriminator, Generator
from gan_hw.networks.summary import feature_maps
from gan_hw.recipes import Recipe
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.training import history, run_folder
from gan_hw.training.gradient_norms import gradient_norms
from gan_hw.training.identity import read_identity
from gan_hw.utils import figures
from gan_hw.workflow.conditional_evaluation import generate_requested
from gan_hw.workflow.experiments import measure_samples

ASSETS = Path(__file__).resolve().parent.parent / "assets"
FACES, CRITICISED, GOOD, EXAMPLES = 40, 64, 40, 12
SHOWN = ("afd_strict", "diversity", "face_kernel")
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


def contact(name, *titled):
    """The first faces of several generators, unfiltered. titled: TITLE=RUN_FOLDER or TITLE=shipped:NAME."""
    sources = [text.split("=", 1) for text in titled]
    figure, axes = plt.subplots(-(-len(sources) // 2), 2, figsize=(14, 3.1 * -(-len(sources) // 2)), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, source) in zip(axes.flat, sources, strict=False):
        generator, recipe = load_generator(source)
        axis.imshow(figures.grid(generate(generator, sample_z(FACES, recipe.z_dim)), per_row=10))
        axis.set_title(title, fontsize=10, loc="left")
    figure.tight_layout()
    path = ASSETS / f"{name}.webp"
    figure.savefig(path, dpi=100, pil_kwargs={"quality": 80})
    return path


def save(images, name):
    """A grid of images as assets/NAME.png."""
    path = ASSETS / f"{name}.png"
    figures.grid(images, per_row=10, scale=max(1, SUBMISSION_SIZE // images.shape[-1])).save(path, optimize=True)
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
        identity, state = read_identity(folder), run_folder.RunFolder(folder).load_checkpoint()
        recipe, source = Recipe(**identity["recipe"]), identity["data"]["source"]
        generator, critic = build_generator(recipe), build_discriminator(recipe)
        generator.load_state_dict(state["generator"])
        critic.load_state_dict(state["discriminator"])
        real = to_float(load_images(source, folder.parent.parent, recipe.size).images[:CRITICISED])
        fake = to_float(generate(generator, sample_z(CRITICISED, recipe.z_dim)))
        norms[title] = gradient_norms(critic, real, fake)
        print(title, *(f"{stage} {norm:.2g}" for stage, norm in norms[title].items()), sep="  ")
    path = ASSETS / "gradient_norms.png"
    figures.gradient_norm_plot(norms).savefig(path, dpi=110)
    return path


def colours(folder, name):
    """Two faces of a conditional run, each in all colours of hair (down) and eyes (across), side by side."""
    generator, recipe = load_generator(folder)
    identity = read_identity(Path(folder))
    class_names = load_images(identity["data"]["source"], Path(folder).parent.parent, recipe.size).class_names
    _, columns, requested = labels.label_grid(class_names)
    sheets = [
        generate(generator, z.expand(len(requested), -1), requested).unflatten(0, (-1, len(columns)))
        for z in sample_z(2, recipe.z_dim)
    ]
    path = ASSETS / f"{name}.webp"
    figures.grid(torch.cat(sheets, 1).flatten(0, 1), per_row=2 * len(columns)).save(path, quality=75, method=6)
    return path


def scenes(folder, name):
    """What a run on i-CLEVR draws for the lab's test lists, with the lists."""
    path = ASSETS / f"{name}.webp"
    workspace = Path(folder).parent.parent
    figures.captioned_grid(*generate_requested(folder, "test.json", "best", workspace)).savefig(
        path, dpi=90, pil_kwargs={"quality": 85}
    )
    return path


def learned(name, *folders):
    """The share of classes that runs draw as asked, or else their distance to the real images, over their minutes."""
    points = {}
    for folder in map(Path, folders):
        rows = [row for row in history.read_history(folder) if "score" in row]
        nearer = "face_kernel" in rows[-1]
        column, words = (
            ("face_kernel", "face_kernel, lower is better") if nearer else ("score", "classes drawn as asked")
        )
        points[_title(folder, folders[0])] = [row["seconds"] / 60 for row in rows], [row[column] for row in rows]
    path = ASSETS / f"{name}.png"
    figures.xy_plot(points, "minutes", words, symlog=nearer).savefig(path, dpi=110, bbox_inches="tight")
    return path


def _title(folder, first):
    """A run's name or, where it changes another's, what it changes."""
    own = Path(first).name
    return folder.name.removeprefix(own).strip("-") or own


def curves(folder, name):
    """A run's losses and its score."""
    path = ASSETS / f"{name}.png"
    figures.training_curves(history.read_history(Path(folder))).savefig(path, dpi=90)
    return path


def compared(name, beside, *folders):
    """Ten images of each run, and how good 1000 of them are, as they are; the first run is what the others change.

    beside: the data set whose features they are compared with.
    """
    path, shown = ASSETS / f"{name}.webp", {}
    for folder in map(Path, folders):
        (generator, recipe), last = load_generator(folder), history.read_history(folder)[-1]
        source, workspace = read_identity(folder)["data"]["source"], folder.parent.parent
        learned = load_images(source, workspace, recipe.size).images
        reference = face_reference(load_images(beside, workspace, recipe.size), workspace)
        images = generate(generator, sample_z(SUBMISSION_IMAGES, recipe.z_dim))
        found = measure_samples(images, learned, reference)
        if recipe.size == SUBMISSION_SIZE:
            found["afd_strict"] = detect_faces(images, find_cascade(None, workspace)).mean()
        best = read_metadata(folder / GENERATOR_FILES["best"])
        found |= {"best_kernel": best["face_kernel"], "best_seen": best["seen"], "seen": last["seen"]}
        found |= {"minutes": last["seconds"] / 60, "real_kernel": reference.compare_held_out()["kernel"]}
        title = _title(folder, folders[0])
        print(title, *(f"{key} {value:.3f}" for key, value in found.items()), sep="  ")
        shown[f"{title}: {', '.join(f'{key} {found[key]:.3f}' for key in SHOWN if key in found)}"] = images
    figures.image_rows(shown).savefig(path, dpi=100, pil_kwargs={"quality": 80})
    return path


def junk(folder):
    """A folder of mixed files to try `prepare` on: drawn faces, some of them again or corrupted, and no pictures."""
    folder = Path(folder)
    (folder / "phone").mkdir(parents=True)
    files = [Image.fromarray(face.permute(1, 2, 0).numpy()) for face in torch.as_tensor(draw_faces(GOOD)[0])]
    kinds = ("jpg", "png", "webp", "bmp", "gif")
    for number, picture in enumerate(files):
        width, height = ((64, 64), (96, 80), (150, 200), (400, 300))[number % 4]
        picture.resize((width, height)).save(folder / f"{number:02}.{kinds[number % len(kinds)]}")
    corrupted = {
        "mirrored.png": ImageOps.mirror(files[0]), "smaller.jpg": files[1].resize((48, 40)),
        "night.jpg": files[2].point(lambda value: value // 12), "blank.png": Image.new("RGB", (64, 64), "beige"),
        "icon.gif": files[3].resize((16, 16)), "banner.jpg": files[4].resize((640, 64)),
    }  # fmt: skip
    for name, picture in corrupted.items():
        picture.save(folder / "phone" / name)
    (folder / "phone" / "again.png").write_bytes((folder / "01.png").read_bytes())
    (folder / "phone" / "cut.jpg").write_bytes((folder / "00.jpg").read_bytes()[:300])
    (folder / "notes.txt").write_text("not a picture")
    return folder


def quality(clean, rough, collapsed):
    """What the examples of docs/results/metrics.md look like; the runs learned from drawn faces."""
    faces_drawn = torch.as_tensor(draw_faces(EXAMPLES)[0])
    rows = {
        "drawn faces, the data set": faces_drawn,
        "blurred by 1 pixel": blurred(faces_drawn, 1.0),
        "with noise of 8 of 255": noisy(faces_drawn, 8),
        "a cleaner run: wgan_gp_wide": run_faces(clean),
        "a rough run: wgan_gp_quick": run_faces(rough),
        "a collapsed run: gan_quick": run_faces(collapsed),
    }
    path = ASSETS / "quality.webp"
    figures.image_rows(rows, EXAMPLES).savefig(path, dpi=130, pil_kwargs={"quality": 85})
    return path


def run_faces(folder):
    generator, recipe = load_generator(folder)
    return generate(generator, sample_z(EXAMPLES, recipe.z_dim))


if __name__ == "__main__":
    commands = {
        "drawn": drawn, "architecture": architecture, "faces": faces, "contact": contact, "progress": progress,
        "gradients": gradients, "colours": colours, "scenes": scenes, "learned": learned, "curves": curves,
        "compared": compared, "junk": junk, "quality": quality,
    }  # fmt: skip
    if sys.argv[1:2] == [] or sys.argv[1] not in commands:
        sys.exit(f"{__doc__}\nThe first argument is one of {', '.join(commands)}.")
    print(commands[sys.argv[1]](*sys.argv[2:]))
