"""Put a trained run's generator among those that ship with the kit: weights, discriminator, facts and card.

    python tools/weights/ship_generator.py RUN_FOLDER NAME --cascade FILE --described … --licence … --command …

Writes assets/weights/NAME.safetensors (the averaged generator in half precision, with its recipe, where it comes from
and its scores), NAME.discriminator.safetensors and NAME.md. The scores are those of the file as it is written: 1000
images of seed 0, unfiltered and uncompressed, beside the real images'. A test draws from each file and compares.
"""

import argparse
import json
from pathlib import Path

from safetensors.torch import save_file

from gan_hw.data.images import load_images
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.shipped_generators import SHIPPED, discriminator_path
from gan_hw.inference.weights import HEADER_KEY, load_generator
from gan_hw.metrics.afd import load_cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.metrics.protocol import METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.training.identity import read_identity
from gan_hw.training.run_folder import RunFolder
from gan_hw.utils.files import atomic_path, weights_hash, write_text
from gan_hw.utils.hosts import find_workspace

TARGET = Path(__file__).resolve().parents[2] / "assets" / "weights"
CARD = Path(__file__).with_name("generator_card.md")
IMAGES = 1000
SCORES = ("afd_strict", "diversity", "afd_kit", "face_frechet", "face_recall", "face_precision")


def half(state):
    """Weights in half precision; statistics of normalisation layers, which are few, as they are."""
    return {
        name: value.half().contiguous() if value.ndim > 1 and value.is_floating_point() else value.contiguous()
        for name, value in state.items()
    }


def measured(images, real_rmse, reference, cascade):
    """{metric: value} of images uint8 (N, 3, H, W)."""
    rmse = mean_pairwise_rmse(images)
    compared = reference.compare(images)
    found = {
        "afd_strict": cascade.detect(images).double().mean().item(),
        "afd_kit": load_face_detector().detect(images).double().mean().item(),
        "diversity": rmse / real_rmse,
        **{f"face_{name}": compared[name] for name in ("frechet", "recall", "precision")},
    }
    return {name: round(found[name], 4) for name in SCORES} | {"pairwise_rmse": round(rmse, 3)}


def card(name, recipe, facts, options):
    """The card as Markdown."""
    generated, real = facts["scores"], facts["real_scores"]
    form = {metric: METRICS[metric][0] for metric in SCORES}
    rows = [f"| `{m}` | {generated[m]:{form[m]}} | {real[m]:{form[m]}} |" for m in SCORES]
    words = {key: getattr(options, key) for key in ("use", "described", "licence", "command")}
    words["run"] = f"workspace/runs/{Path(options.run).name}"
    return CARD.read_text(encoding="utf-8").format(
        name=name, draws=SHIPPED[name], size=recipe.size, recipe=recipe.name, images=IMAGES,
        rows="\n".join(rows), **words, **facts,
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of a trained run")
    parser.add_argument("name", choices=SHIPPED)
    parser.add_argument("--cascade", required=True)
    parser.add_argument("--data", help="the images that the run learned from (default: those that it names)")
    parser.add_argument("--described", required=True, help="the data in words")
    parser.add_argument("--licence", required=True, help="of the data, or unknown")
    parser.add_argument("--command", required=True, help="the command that trained it")
    parser.add_argument(
        "--use", default="Faces at once, before anything was trained; a start for a training of one's own."
    )
    parser.add_argument("--target", type=Path, default=TARGET, help="folder for the files (default assets/weights)")
    options = parser.parse_args()
    identity, workspace = read_identity(options.run), find_workspace()
    generator, recipe = load_generator(options.run)
    state = RunFolder(options.run).load_checkpoint()
    generator.load_state_dict(half(generator.state_dict()))  # the scores are those of the rounded weights
    z = sample_z(IMAGES, recipe.z_dim)
    images = generate(generator, z)
    real = load_images(options.data or identity["data"]["source"], workspace, recipe.size)
    reference, cascade = face_reference(real, workspace), load_cascade(options.cascade, workspace)
    real_rmse = real_images_rmse(real)
    machine = identity["machine"]
    facts = {
        "step": state["step"],
        "seen": -(-state["step"] // recipe.repeats) * recipe.batch_size,
        "seed": identity["seed"],
        "data": identity["data"] | {"source": Path(identity["data"]["source"]).name},  # without this machine's folders
        "precision": identity["precision"],
        "torch": identity["versions"]["torch"],
        "machine": f"{machine['cores']} cores ({machine['name']}, {machine['device']})",
        "scores": measured(images, real_rmse, reference, cascade),
        "real_scores": measured(real.images[reference.held_out], real_rmse, reference, cascade),
    }
    options.target.mkdir(parents=True, exist_ok=True)
    path = options.target / f"{options.name}.safetensors"
    header = {HEADER_KEY: json.dumps({"recipe": recipe.as_dict(), "facts": facts})}
    for target, weights in ((path, generator.state_dict()), (discriminator_path(path), state["discriminator"])):
        with atomic_path(target) as part:
            save_file(half(weights), part, metadata=header if target == path else None)
    write_text(path.with_suffix(".md"), card(options.name, recipe, facts, options))
    print(json.dumps(facts, indent=1), weights_hash(half(generator.state_dict())))


if __name__ == "__main__":
    main()
