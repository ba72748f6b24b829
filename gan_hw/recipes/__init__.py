"""All recipes by name, and how two of them differ; no torch, so that a wrong name is rejected at once.

course.py holds the course's own recipes; build.py makes networks, loss and optimisers from a recipe.
"""

from typing import Any

from gan_hw.recipes.course import GAN, GAN_LONGER, GAN_R1, R3GAN, WGAN, WGAN_GP
from gan_hw.recipes.published import (
    ANIME_WGAN_GP,
    CELEBA_WGAN_GP,
    CIFAR10_WGAN_GP,
    COLLECTION_WGAN,
    COLLECTION_WGAN_GP,
    FLOWERS_WGAN_GP,
    ICLEVR,
)
from gan_hw.recipes.quick import (
    ACGAN_QUICK,
    CGAN_QUICK,
    COLLECTION_QUICK,
    CONDITIONAL_QUICK,
    GAN_QUICK,
    GAN_R1_128,
    GAN_R1_QUICK,
    GAN_R1_WIDE,
    WGAN_GP_QUICK,
    WGAN_GP_WIDE,
)
from gan_hw.recipes.recipe import Recipe
from gan_hw.utils.messages import say

COURSE = (GAN, GAN_LONGER, WGAN, WGAN_GP)
BEYOND = (GAN_R1, R3GAN)
COLLECTIONS = (
    *(CIFAR10_WGAN_GP, CELEBA_WGAN_GP, ANIME_WGAN_GP, FLOWERS_WGAN_GP),
    *(COLLECTION_WGAN, COLLECTION_WGAN_GP, COLLECTION_QUICK),
)
RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *COURSE,
        *BEYOND,
        *(GAN_QUICK, GAN_R1_QUICK, GAN_R1_128, GAN_R1_WIDE, WGAN_GP_QUICK, WGAN_GP_WIDE),
        *(CGAN_QUICK, ACGAN_QUICK, CONDITIONAL_QUICK),
        *ICLEVR,
        *COLLECTIONS,
    )
}
PROGRESSION = tuple(recipe.name for recipe in COURSE)  # homework 6
STAGES = tuple(recipe.name for recipe in (*COURSE, *BEYOND))
DEFAULT = "gan_r1_quick"  # docs/results/frontier.md says why


def get_recipe(name: str) -> Recipe:
    """The recipe of that name. Raises ValueError naming those there are."""
    if name not in RECIPES:
        raise ValueError(say("recipe {name!r} is unknown; choose one of {known}", name=name, known=", ".join(RECIPES)))
    return RECIPES[name]


def differences(before: Recipe, after: Recipe) -> dict[str, tuple[Any, Any]]:
    """{field: (value before, value after)} of the fields in which two recipes differ, their names left out."""
    pairs = {name: (value, getattr(after, name)) for name, value in before.as_dict().items() if name != "name"}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
