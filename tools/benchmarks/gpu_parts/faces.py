"""Section `faces`: seconds to afd_strict 0.6 beside homework 6's, 50 epochs of 12,000 faces, and 50,000 images.

The training's seconds are those of the kit's real loop, with logs, samples and saves; judging does not count.
"""

from timing import took

from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics.afd import face_scores
from gan_hw.metrics.judge import real_images_rmse
from gan_hw.recipes import DEFAULT
from gan_hw.recipes.build import build_generator

from .context import FACES, fresh_memory, peak_memory, relative_error
from .detector import cascade
from .results import NotRun

GOAL, LOOK_S, CAP_S = 0.6, 4.0, 48.0
EPOCHS, EPOCHS_CAP_S = 50, 60.0
IMAGES, JUDGED = 50_000, 1000


def section(context, measure):
    goal = f"afd_strict {GOAL}"
    measure(f"{goal}, {DEFAULT}", lambda: kit_to_goal(context))
    measure(f"{goal}, homework 6", lambda: homework_to_goal(context))
    measure(f"{EPOCHS} epochs of {FACES:,} faces, {DEFAULT}", lambda: epochs(context))
    for name in ("gan", DEFAULT):
        measure(f"{IMAGES:,} images, {name}", lambda name=name: many_images(context, name))
    measure("the same images as on the CPU", lambda: same_images(context))


def judge(context):
    """(images, function that scores a generator's images). Raises NotRun without real faces or the cascade's file."""
    if not context.data and not context.quick:
        raise NotRun("it needs real faces: --data faces.zip")
    detector, images = cascade(context), context.faces()
    real_rmse = real_images_rmse(images)
    return images, lambda faces: face_scores(faces, real_rmse, detector, context.device)


def looks(context, contender, score):
    """{"reached": seconds, "looks": [...]}: scores every few seconds, until two in a row are above the goal."""
    look, cap = (0.5, 0.5) if context.quick else (LOOK_S, CAP_S)
    rows, above = [], 0
    while above < 2 and len(rows) * look < cap:
        seconds = (len(rows) + 1) * look
        seen = contender.train_to(seconds / 60)
        scores = score(contender.images())
        rows.append({"seconds": seconds, "seen": seen, **{name: round(scores[name], 4) for name in scores}})
        above = above + 1 if scores["afd_strict"] >= GOAL else 0
    return {"reached": rows[-2]["seconds"] if above == 2 else None, "looks": rows}


def kit_to_goal(context):
    from quality import Kit

    images, score = judge(context)
    return looks(context, Kit(context.recipe(DEFAULT), images, context.folder / "goal", context.device.type), score)


def homework_to_goal(context):
    from bench import unpack
    from quality import Plain

    images, score = judge(context)
    return looks(context, Plain(unpack(images, context.folder), context.device), score)


def epochs(context):
    """{"seconds", "seen", "images/s"} of 50 epochs, or of what a minute has room for."""
    images, recipe = context.faces(), context.recipe(DEFAULT)
    trainer = context.trainer(recipe, "epochs", images=images)
    cap = 1.0 if context.quick else EPOCHS_CAP_S
    trainer.train(epochs=EPOCHS, minutes=cap / 60)
    whole = trainer.step == EPOCHS * trainer.steps_per_epoch
    return {
        "data": images.name, "epochs": trainer.step / trainer.steps_per_epoch, "whole": whole, "steps": trainer.step,
        "seconds": round(trainer.seconds, 2), "seen": trainer.seen, "replayed": trainer.runner.replayed,
        "images/s": round(trainer.seen / trainer.seconds, 1),
    }  # fmt: skip


def many_images(context, name):
    """Seconds for 50,000 images, on the CPU as uint8 in the end."""
    count, recipe = 200 if context.quick else IMAGES, context.recipe(name)
    generator = build_generator(recipe).to(context.device)
    z = sample_z(count, recipe.z_dim)
    generate(generator, z[:200])
    fresh_memory(context.device)
    seconds = took(lambda: generate(generator, z), context.device)
    return {"images": count, "seconds": round(seconds, 3)} | peak_memory(context.device)


def same_images(context):
    """How far a shipped generator's images are from the CPU's, in steps of 0 to 255."""
    count = 20 if context.quick else JUDGED
    generator, recipe = load_generator("shipped:faces")
    z = sample_z(count, recipe.z_dim)
    here = generate(generator.cpu(), z).int()
    there = generate(generator.to(context.device), z).int()
    return {
        "images": count,
        "largest difference": int((here - there).abs().max()),
        "pixels that differ": (here != there).double().mean().item(),
        "error": relative_error(there, here),
    }
