"""How steep a critic is: in each of its stages, and at images between real and generated ones."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def gradient_norms(discriminator: nn.Module, real: Tensor, fake: Tensor) -> dict[str, float]:
    """{stage: norm} of the critic's gradients, from the image through the stages, the lowest first.

    Each is the norm of the gradient of D(image) with respect to the image or to the stage's output, averaged over real
    and generated images, in evaluation mode, so that images do not affect each other (compare Gulrajani et al. 2017,
    arXiv 1704.00028, figure 1). discriminator: one with `stem` and `blocks`, as a DiscriminatorBody. real, fake: float
    (N, C, H, W) in [-1, 1], of equal N.
    """
    network: Any = copy.deepcopy(discriminator).eval()
    stages = {"stem": network.stem}
    stages |= {f"block {number}": block for number, block in enumerate(network.blocks, 1)}
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: outputs.update({name: output})

    hooks = [stage.register_forward_hook(keep(name)) for name, stage in stages.items()]
    norms = dict.fromkeys(["image", *stages], 0.0)
    try:
        for images in (fake, real):
            outputs["image"] = images.detach().requires_grad_()
            score = network(outputs["image"]).sum()
            gradients = torch.autograd.grad(score, list(outputs.values()))
            for name, gradient in zip(outputs, gradients, strict=True):
                norms[name] += gradient.float().flatten(1).norm(dim=1).mean().item() / 2
    finally:
        for hook in hooks:
            hook.remove()
    return norms


def slopes_between(discriminator: nn.Module, real: Tensor, fake: Tensor, points: int = 9) -> list[float]:
    """The mean norm of D's gradient with respect to images at `points` places on straight lines, real images first.

    real, fake: float (N, C, H, W) in [-1, 1], of equal N; the last place is the generated images. In evaluation mode.
    """
    network: Any = copy.deepcopy(discriminator).eval()
    shares = torch.linspace(0, 1, points).tolist()
    return [gradients_at(network, real.lerp(fake, share)).flatten(1).norm(dim=1).mean().item() for share in shares]


def gradients_at(discriminator: nn.Module, images: Tensor) -> Tensor:
    """D's gradient with respect to each of the images (N, C, H, W), of the same shape: what G would change in them."""
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(images).sum(), images)
    return gradient.float()
