"""Checks of a Trainer's arguments, and the names of parts that are not the recipe's."""

from pathlib import Path
from typing import Any

from torch import nn

from gan_hw.data.images import ImageSet
from gan_hw.metrics import cached_networks
from gan_hw.recipes.recipe import Recipe
from gan_hw.utils.messages import say


def check_images(images: ImageSet, recipe: Recipe) -> None:
    """Raise ValueError when a recipe can't be trained on these images."""
    if len(images) < recipe.batch_size:
        raise ValueError(
            say(
                "{source!r} has {count} images, fewer than one batch (batch_size={batch_size}); use more "
                "images or a smaller batch_size",
                source=images.source,
                count=len(images),
                batch_size=recipe.batch_size,
            )
        )
    if images.images.shape[-1] != recipe.size:
        raise ValueError(
            say(
                "the images are {width} pixels wide, the recipe says size={size}",
                width=images.images.shape[-1],
                size=recipe.size,
            )
        )
    if recipe.conditional and images.labels is None:
        raise ValueError(
            say(
                "the recipe {name!r} is conditional, and {source!r} has no labels; name a table of them: "
                "{source}?labels=FILE.csv",
                name=recipe.name,
                source=images.source,
            )
        )


def custom_parts(
    parts: dict[str, Any], start: str | Path | None, feature_extractor: nn.Module | None
) -> dict[str, str]:
    """{part: name} of what is not the recipe's: networks, loss, the run started from, the feature extractor."""
    names = {part: type(value).__qualname__ for part, value in parts.items() if value is not None}
    names |= {"start": Path(start).name} if start else {}
    digest = {} if feature_extractor is None else {"feature_extractor": cached_networks.network_hash(feature_extractor)}
    return names | digest


def memory_advice(recipe: Recipe) -> str:
    """What to do when a GPU's memory is too small for the recipe."""
    half = recipe.batch_size // 2
    return (
        f"the GPU's memory is too small for batch_size={recipe.batch_size} at feature_dim={recipe.feature_dim}: "
        f"try --set batch_size={half} and another --run NAME, or free it (other notebooks may hold memory)"
    )
