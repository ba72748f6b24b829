"""What other systems learned the hard way, as comparisons: one recipe, one thing changed, the same minutes each."""

import dataclasses
import re

from gan_hw.choosing import FeatureScore
from gan_hw.datasets import load_images
from gan_hw.plans import make_plan

EXPERIMENTS = {  # {name: {what is compared: fields of the recipe to change}}
    "output": {"tanh": {}, "linear": {"g_output": "linear"}},
    "norm": {
        "instance": {"d_norm": "instance"},
        "layer": {"d_norm": "layer"},
        "none": {"d_norm": "none"},
        "batch, as published": {"d_norm": "batch", "as_published": True},
    },
    "body": {"convolutions": {}, "fully connected": {"g_body": "dense", "d_body": "dense", "d_norm": "none"}},
    "size": {"64 pixels": {"size": 64}, "32 pixels": {"size": 32}},
    "z": {"z of 100": {"z_dim": 100}, "z of 512": {"z_dim": 512}},
    "brightness": {"as it is": {}, "penalty": {"brightness_weight": 10.0}, "HSI": {"d_input": "hsi"}},
    "augmentation": {"none": {"augment": False, "flip": False}, "mirrored": {"augment": False, "flip": True},
                     "mirrored and disturbed": {"augment": True, "flip": True}},
}  # fmt: skip


def compare(name, recipe, data, beside=None, overrides=None, quiet=False, **options):
    """Train `recipe` in each variant of the experiment `name`, and yield (variant, its Trainer, trained).

    The runs 08-NAME-VARIANT-... go on where they were. beside: the data set whose features are compared with, where it
    is not `data` itself: for a small collection, a larger one with pictures that G has not learned. overrides, options:
    as for plans.make_plan. Raises ValueError naming the experiments there are.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment={name!r} is unknown; choose one of {', '.join(EXPERIMENTS)}")
    for variant, fields in EXPERIMENTS[name].items():
        changed = {**(overrides or {}), **fields}
        plan = make_plan(recipe, data, overrides=changed, best="features", quiet=quiet, **options)
        slug = re.sub(r"\W+", "_", variant)
        plan = dataclasses.replace(plan, run=f"08-{name}-{slug}-{plan.run}")
        own = {}
        if beside and plan.best != "none":
            real = load_images(beside, plan.workspace, plan.recipe.size, quiet)
            own, plan = {"score": FeatureScore(real, plan.workspace, quiet)}, dataclasses.replace(plan, best="none")
        trainer = plan.trainer(**own)
        trainer.train(**plan.budget)
        yield variant, trainer
