"""The exponential moving average of a generator's weights, whose images are usually better."""

import copy

import torch
from torch import Tensor, nn

from gan_hw.recipes.recipe import Recipe


class EMA:
    """An averaged copy of a generator, BatchNorm's statistics included; `network` is always in evaluation mode.

    share: the generator's share in the next update, a scalar tensor, on a CUDA GPU; None elsewhere. A recorded update
    (step_runner.py) needs it where it can change, and `set_share` is called before each step.
    """

    def __init__(self, generator: nn.Module, recipe: Recipe) -> None:
        self.recipe = recipe
        self.network = copy.deepcopy(generator).eval().requires_grad_(False)
        weight = next(generator.parameters())
        self.share: Tensor | None = weight.new_zeros(()) if weight.device.type == "cuda" else None

    def set_share(self, seen: int) -> None:
        """Write the share of an update after `seen` real images, where it is a tensor."""
        if self.share is not None and seen > 0:
            self.share.fill_(1 - ema_decay(self.recipe, seen))

    @torch.no_grad()
    def update(self, generator: nn.Module, seen: int) -> None:
        """Move the average towards `generator`. seen: real images drawn so far, above 0."""
        averages, values = self.network.state_dict(), generator.state_dict()
        floating = [name for name, value in values.items() if value.is_floating_point()]
        old, new = ([state[name] for name in floating] for state in (averages, values))
        if self.share is None:
            torch._foreach_lerp_(old, new, 1 - ema_decay(self.recipe, seen))
        else:  # in three launches; lerp with a tensor takes one for each weight
            steps = torch._foreach_sub(new, old)
            torch._foreach_mul_(steps, self.share)
            torch._foreach_add_(old, steps)
        for name in values.keys() - set(floating):  # BatchNorm's counters
            averages[name].copy_(values[name])


def ema_decay(recipe: Recipe, seen: int) -> float:
    """Share of the moving average that one generator step keeps, after `seen` real images.

    A half-life in images holds for any batch size; the ramp forgets the untrained start (Karras et al. 2020,
    arXiv 2006.06676, whose training code ramps the same way).
    """
    half_life = min(recipe.ema_images, recipe.ema_ramp * seen)
    return 0.5 ** (recipe.batch_size * recipe.n_critic / recipe.repeats / half_life)
