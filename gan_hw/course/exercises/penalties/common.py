"""What the exercises of penalties share."""

from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercises.shared import gradients


class WeightedCritic(nn.Module):
    """A critic, images (N, 3, H, W) -> scores (N,): the sum of pixels ** power / power, each times its own weight."""

    def __init__(self, weight: Tensor, power: int) -> None:
        super().__init__()
        self.weight, self.power = nn.Parameter(weight), power

    def forward(self, images: Tensor) -> Tensor:
        """The scores."""
        return (self.weight * images**self.power / self.power).flatten(1).sum(1)


def square_critic(images: Tensor, slope: float) -> WeightedCritic:
    """A critic whose gradient at an image x is slope * x, so that each image has another one."""
    return WeightedCritic(torch.full_like(images[0], slope), 2)


def what_the_critic_learns(result: Any, critic: WeightedCritic) -> dict[str, Any]:
    """Of a result its gradient at the critic's weights, and whether one was left in them already."""
    (gradient,) = gradients(result, critic.weight)
    learns = isinstance(gradient, Tensor)
    return {
        "trains the critic": learns,
        "left behind": "nothing in .grad" if critic.weight.grad is None else "a gradient in the critic's .grad",
        "gradient": gradient,
    }
