"""Comparisons of single design choices: one recipe, one change at a time, the same minutes for each variant."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from gan_hw.metrics import near_duplicates
from gan_hw.metrics.diversity import mean_pairwise_rmse, relative_diversity
from gan_hw.metrics.protocol import REAL_IMAGES
from gan_hw.metrics.reference import Reference
from gan_hw.recipes import differences
from gan_hw.training.trainer import Trainer
from gan_hw.utils.messages import say
from gan_hw.workflow.plan import Plan, make_plan, read_fields

EXPERIMENTS: dict[str, dict[str, dict[str, Any]]] = {  # {experiment: {variant: fields of the recipe to change}}
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
        "none": {"brightness_weight": 0.0, "d_input": "rgb"},
        "penalty": {"brightness_weight": 10.0, "d_input": "rgb"},
        "HSI": {"brightness_weight": 0.0, "d_input": "hsi"},
    },
    "augmentation": {
        "none": {"augment": False, "flip": False},
        "flipped": {"augment": False, "flip": True},
        "flipped and augmented": {"augment": True, "flip": True},
    },
}


def train_variants(
    name: str, recipe: str, data: str, overrides: Mapping[str, Any] | str | None = None, **options: Any
) -> Iterator[tuple[str, Trainer]]:
    """Train `recipe` in each variant of the experiment `name`, and yield (variant, its trained Trainer).

    A variant's run is named after the fields that it changes; the variant that changes none is the recipe's own run.
    Runs are resumed, and experiments share the runs that they have in common. overrides, options: as for
    plan.make_plan. Raises ValueError for an unknown experiment or an impossible variant, before any training.
    """
    if name not in EXPERIMENTS:
        raise ValueError(
            say("experiment={name!r} is unknown; choose one of {known}", name=name, known=", ".join(EXPERIMENTS))
        )
    # A list, so that all plans are checked before the first is carried out.
    for variant, plan in list(_variant_plans(EXPERIMENTS[name], recipe, data, read_fields(overrides), options)):
        trainer = plan.trainer()
        trainer.train(**plan.budget)
        yield variant, trainer


def _variant_plans(
    variants: dict[str, dict[str, Any]], recipe: str, data: str, overrides: dict[str, Any], options: dict[str, Any]
) -> Iterator[tuple[str, Plan]]:
    unchanged = make_plan(recipe, data, overrides=overrides, best="features", **options)
    for variant, fields in variants.items():
        plan = make_plan(recipe, data, overrides={**overrides, **fields}, best="features", **options)
        changes = (f"{field}_{value}" for field, (_, value) in differences(unchanged.recipe, plan.recipe).items())
        yield variant, dataclasses.replace(plan, run="-".join([unchanged.run, *changes]))


def measure_samples(images: Tensor, training_images: Tensor, reference: Reference | None = None) -> dict[str, float]:
    """How good generated images uint8 (N, 3, H, W) are, as a dict of numbers.

    diversity: relative to the first REAL_IMAGES of the training images uint8 (M, 3, H, W). brightness: mean pixel
    value minus that of these. near_copies: share of generated images that are near duplicates of training images.
    face_kernel: kernel distance to the real images of `reference`, left out without one.
    """
    real = training_images[:REAL_IMAGES]
    distances = {} if reference is None else {"face_kernel": reference.distances(images)["kernel"]}
    return distances | {
        "diversity": relative_diversity(images, mean_pairwise_rmse(real)),
        "brightness": images.float().mean().item() - real.float().mean().item(),
        "near_copies": near_duplicates.closest_matches(images, training_images).copy_rate,
    }
