"""What other systems learned the hard way, as comparisons: one recipe, one thing changed, the same minutes each."""

import dataclasses

from gan_hw.metrics import near_duplicates
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.protocol import REAL_IMAGES
from gan_hw.recipes import differences
from gan_hw.workflow.plan import make_plan, read_fields

EXPERIMENTS = {  # {name: {what is compared: fields of the recipe to change}}
    "output": {"tanh": {"g_output": "tanh"}, "linear": {"g_output": "linear"}},
    "norm": {
        "instance": {"d_norm": "instance"},
        "layer": {"d_norm": "layer"},
        "none": {"d_norm": "none"},
        "batch, as published": {"d_norm": "batch", "as_published": True},
    },
    "body": {
        "convolutions": {"g_body": "dcgan", "d_body": "dcgan", "d_norm": "none", "depth": 0},
        "fully connected": {"g_body": "dense", "d_body": "dense", "d_norm": "none", "depth": 0},
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


def compare(name, recipe, data, overrides=None, **options):
    """Train `recipe` in each variant of the experiment `name`, and yield (variant, its trained Trainer).

    The run of a variant is named by what it changes; the one that changes nothing is the recipe's own. Runs go on where
    they were, and experiments share those that they have in common. overrides, options: as for plans.make_plan. Raises
    ValueError naming the experiments there are, or what is impossible, before any training.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment={name!r} is unknown; choose one of {', '.join(EXPERIMENTS)}")
    for variant, plan in [*_plans(EXPERIMENTS[name], recipe, data, read_fields(overrides), options)]:
        trainer = plan.trainer()
        trainer.train(**plan.budget)
        yield variant, trainer


def _plans(variants, recipe, data, overrides, options):
    own = make_plan(recipe, data, overrides=overrides, best="features", **options)
    for variant, fields in variants.items():
        plan = make_plan(recipe, data, overrides={**overrides, **fields}, best="features", **options)
        changed = (f"{field}_{value}" for field, (_, value) in differences(own.recipe, plan.recipe).items())
        yield variant, dataclasses.replace(plan, run="-".join([own.run, *changed]))


def outcome(images, learned, reference=None):
    """How good generated images uint8 (N, 3, H, W) are, as a dict of numbers.

    diversity, and brightness, in pixel values above the real ones' mean: beside the first REAL_IMAGES of `learned`,
    uint8 (M, 3, H, W). near_copies: the share of images that are copies of learned ones. face_kernel: the distance to
    the real images of a comparison.Reference.
    """
    real = learned[:REAL_IMAGES]
    near = {} if reference is None else {"face_kernel": reference.distances(images)["kernel"]}
    return near | {
        "diversity": mean_pairwise_rmse(images) / max(mean_pairwise_rmse(real), 1e-9),
        "brightness": images.float().mean().item() - real.float().mean().item(),
        "near_copies": near_duplicates.of_others(images, learned).share,
    }
