"""What other systems learned the hard way, as comparisons: one recipe, one thing changed, the same minutes each."""

import dataclasses
import re

from gan_hw.choosing import FeatureScore
from gan_hw.datasets import load_images
from gan_hw.plans import make_plan, read_fields

SHARED = 0.05  # of the pictures that are learned, the share that may be there twice

EXPERIMENTS = {  # {name: {what is compared: fields of the recipe to change}}
    "output": {"tanh": {"g_output": "tanh"}, "linear": {"g_output": "linear"}},
    "norm": {
        "instance": {"d_norm": "instance"},
        "layer": {"d_norm": "layer"},
        "none": {"d_norm": "none"},
        "batch, as published": {"d_norm": "batch", "as_published": True},
    },
    "body": {
        "convolutions": {"g_body": "dcgan", "d_body": "dcgan", "d_norm": "none"},
        "fully connected": {"g_body": "dense", "d_body": "dense", "d_norm": "none"},
    },
    "size": {"64 pixels": {"size": 64}, "32 pixels": {"size": 32}},
    "z": {"z of 100": {"z_dim": 100}, "z of 512": {"z_dim": 512}},
    "brightness": {
        "as it is": {"brightness_weight": 0.0, "d_input": "rgb"},
        "penalty": {"brightness_weight": 10.0, "d_input": "rgb"},
        "HSI": {"brightness_weight": 0.0, "d_input": "hsi"},
    },
    "augmentation": {
        "none": {"augment": False, "flip": False},
        "mirrored": {"augment": False, "flip": True},
        "mirrored and disturbed": {"augment": True, "flip": True},
    },
}


def compare(name, recipe, data, beside=None, overrides=None, quiet=False, **options):
    """Train `recipe` in each variant of the experiment `name`, and yield (variant, its Trainer, trained).

    The runs 08-NAME-VARIANT-... go on where they were. beside: the data set whose features are compared with, where it
    is not `data` itself: for a small collection, `beside` the whole of which data='...?take=N' takes a part. overrides,
    options: as for plans.make_plan. Raises ValueError naming the experiments there are, and when pictures to compare
    with would be learned from; NotMeasured when `beside` has too few.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment={name!r} is unknown; choose one of {', '.join(EXPERIMENTS)}")
    for variant, fields in EXPERIMENTS[name].items():
        changed = {**read_fields(overrides), **fields}
        plan = make_plan(recipe, data, overrides=changed, best="features", quiet=quiet, **options)
        slug = re.sub(r"\W+", "_", variant)
        plan = dataclasses.replace(plan, run=f"08-{name}-{slug}-{plan.run}")
        own = {}
        if beside and plan.best != "none":
            real = load_images(beside, plan.workspace, plan.recipe.size, quiet)
            own = {"score": FeatureScore(real, plan.workspace, quiet)}
            _check_apart(plan.images(), own["score"].reference, data, beside)
        trainer = plan.trainer(**own)
        trainer.train(**plan.budget)
        yield variant, trainer


def _check_apart(learned, reference, data, beside):
    """Refuse pictures to compare with that are learned from, but for what a set holds twice itself.

    `?take=` draws from a set what comparison.split holds out of it, as long as that is enough.
    """
    known = {image.numpy().tobytes() for image in learned.images}
    shared = sum(image.numpy().tobytes() in known for image in reference.real.images[reference.rows])
    if shared > SHARED * len(learned):
        raise ValueError(
            f"beside={str(beside)!r}: {shared} of the pictures to compare with are among those that are learned, "
            f"data={str(data)!r}; take at most {len(reference.held_out)} of it, or compare with others"
        )
