"""The exponential moving average of a generator's weights, whose images are usually better."""

import copy

import torch
from torch import nn

from gan_hw.recipes.recipe import Recipe


class EMA:
    """An averaged copy of a generator, BatchNorm's statistics included; `network` is always in evaluation mode."""

    def __init__(self, generator: nn.Module, recipe: Recipe) -> None:
        self.recipe = recipe
        self.network = copy.deepcopy(generator).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, generator: nn.Module, seen: int) -> None:
        """Move the average towards `generator`. seen: real images drawn so far, above 0."""
        share = 1 - ema_decay(self.recipe, seen)
        averages, values = self.network.state_dict(), generator.state_dict()
        floating = [name for name, value in values.items() if value.is_floating_point()]
        torch._foreach_lerp_([averages[name] for name in floating], [values[name] for name in floating], share)
        for name in values.keys() - set(floating):  # BatchNorm's counters
            averages[name].copy_(values[name])


def ema_decay(recipe: Recipe, seen: int) -> float:
    """Share of the moving average that one generator step keeps, after `seen` real images.

    A half-life in images holds for any batch size; the ramp forgets the untrained start (Karras et al. 2020,
    arXiv 2006.06676, whose training code ramps the same way).
    """
    half_life = min(recipe.ema_images, recipe.ema_ramp * seen)
    return 0.5 ** (recipe.batch_size * recipe.n_critic / recipe.repeats / half_life)
