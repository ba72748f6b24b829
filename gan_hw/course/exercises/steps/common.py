"""What the exercises of steps share."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case
from gan_hw.losses import Relativistic, Standard, Wasserstein

Z_DIM, SIDE = 4, 6


LEARNING_RATE = 0.2


def small_generator() -> nn.Sequential:
    """Z (N, 4) -> images (N, 3, 6, 6) in [-1, 1], with weights of seed 1."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(Z_DIM, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Linear(8, 3 * SIDE * SIDE),
        nn.Tanh(),
        nn.Unflatten(1, (3, SIDE, SIDE)),
    )


def small_discriminator() -> nn.Sequential:
    """Images (N, 3, 6, 6) -> logits (N,), with weights of seed 2."""
    torch.manual_seed(2)
    first = [nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.2)]
    return nn.Sequential(*first, nn.Linear(8, 1), nn.Flatten(0))


def batch(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Real images (count, 3, 6, 6), brighter than generated ones, and noise (count, 4)."""
    generator = torch.Generator().manual_seed(seed)
    real = torch.rand(count, 3, SIDE, SIDE, generator=generator)
    return real, torch.randn(count, Z_DIM, generator=generator)


def weights_of(network: nn.Module) -> Tensor:
    """All weights of a network, one after another."""
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def gradients_of(network: nn.Module) -> list[Tensor | None]:
    """The gradients that lie in a network's weights."""
    return [None if weight.grad is None else weight.grad.clone() for weight in network.parameters()]


def condition_of(network: nn.Module) -> str:
    """Whether a network can go on learning, in words."""
    if not all(weight.requires_grad for weight in network.parameters()):
        return "frozen weights"
    return "in training mode" if all(part.training for part in network.modules()) else "in eval mode"


def passes_of(network: nn.Module) -> str:
    """How many batches went through a network's BatchNorm, in words; an answer may leave its statistics alone."""
    count = max(int(buffer) for name, buffer in network.named_buffers() if name.endswith("num_batches_tracked"))
    return f"{count} batches" if count > 1 else "one batch"


class Magnified(Standard):
    """The GAN loss times 1000, which makes large gradients."""

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """A thousand times D's loss."""
        return 1000 * super().discriminator_loss(discriminator, real, fake)

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """A thousand times G's loss."""
        return 1000 * super().generator_loss(discriminator, fake, real)


STEP_CASES = [
    Case("the GAN loss and 4 images", lambda: (Standard(), 4)),
    Case("the Wasserstein loss and 3 images", lambda: (Wasserstein(clip_value=None), 3)),
    Case("smoothed labels and 5 images", lambda: (Standard(label_smoothing=0.1), 5)),
    Case("the relativistic loss and 4 images", lambda: (Relativistic(), 4)),
    Case("a loss with large gradients and 4 images", lambda: (Magnified(), 4)),
]


def leave_old_gradients(network: nn.Module) -> None:
    for weight in network.parameters():
        weight.grad = torch.ones_like(weight)
