"""What the exercises of steps share."""

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case
from gan_hw.losses import Standard, Wasserstein

Z_DIM, SIDE = 4, 6


LEARNING_RATE = 0.2


def small_generator() -> nn.Sequential:
    """Z (N, 4) -> images (N, 3, 6, 6) in [-1, 1], with weights of seed 1."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(Z_DIM, 8), nn.ReLU(), nn.Linear(8, 3 * SIDE * SIDE), nn.Tanh(), nn.Unflatten(1, (3, SIDE, SIDE))
    )


def small_discriminator() -> nn.Sequential:
    """Images (N, 3, 6, 6) -> logits (N,), with weights of seed 2."""
    torch.manual_seed(2)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Flatten(0))


def batch(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Real images (count, 3, 6, 6), brighter than generated ones, and noise (count, 4)."""
    generator = torch.Generator().manual_seed(seed)
    real = torch.rand(count, 3, SIDE, SIDE, generator=generator)
    return real, torch.randn(count, Z_DIM, generator=generator)


def weights_of(network: nn.Module) -> Tensor:
    """All weights of a network, one after another."""
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


STEP_CASES = [
    Case("the GAN loss and 4 images", lambda: (Standard(), 4)),
    Case("the Wasserstein loss and 3 images", lambda: (Wasserstein(clip_value=None), 3)),
    Case("smoothed labels and 5 images", lambda: (Standard(label_smoothing=0.1), 5)),
]


def leave_old_gradients(network: nn.Module) -> None:
    for weight in network.parameters():
        weight.grad = torch.ones_like(weight)
