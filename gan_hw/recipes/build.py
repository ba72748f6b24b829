"""From a recipe to what it describes: networks, loss and optimisers. The only file of this folder that needs torch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.loss_wrappers import AuxiliaryClassifier, Brightness, PerceptualLoss
from gan_hw.losses import LOSSES, Loss
from gan_hw.networks.color import COLOR_CHANNELS, COLOR_SPACES
from gan_hw.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_hw.networks.dcgan import Discriminator, Generator
from gan_hw.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_hw.networks.shallow import ShallowGenerator
from gan_hw.networks.srgan import SRGANDiscriminator, SRGANGenerator
from gan_hw.recipes.recipe import Recipe

PERCEPTUAL_WEIGHTS = {"resnet": 0.1, "vgg16": 0.006}  # by the feature extractor of the perceptual loss


def build_generator(recipe: Recipe) -> nn.Module:
    """A new, untrained generator."""
    condition_dim = recipe.condition_dim if recipe.conditional else 0
    shape = (recipe.z_dim + condition_dim, recipe.feature_dim, recipe.size, recipe.g_norm)
    body = {
        "dcgan": lambda: Generator(*shape, recipe.g_up, recipe.depth, recipe.g_output),
        "shallow": lambda: ShallowGenerator(*shape, recipe.g_up, recipe.g_output),
        "dense": lambda: MLPGenerator(*shape, recipe.g_output),
        "srgan": lambda: SRGANGenerator(*shape, recipe.g_output),
        "srgan_as_tried": lambda: SRGANGenerator(*shape, as_tried=True),
    }[recipe.g_body]()
    return ConditionalGenerator(body, recipe.classes, condition_dim) if recipe.conditional else body


def build_discriminator(recipe: Recipe) -> nn.Module:
    """A new, untrained discriminator."""
    channels = COLOR_CHANNELS[recipe.d_input] + (recipe.d_condition == "plane")
    shape = (recipe.feature_dim, recipe.size, recipe.d_norm, channels)
    body = {
        "dcgan": lambda: Discriminator(*shape, recipe.depth),
        "dense": lambda: MLPDiscriminator(*shape),
        "srgan": lambda: SRGANDiscriminator(*shape),
    }[recipe.d_body]()
    body.color_space = COLOR_SPACES[recipe.d_input]()
    if not recipe.conditional:
        return body
    return ConditionalDiscriminator(
        body, recipe.classes, recipe.size, recipe.d_condition, classifies=recipe.auxiliary_weight > 0
    )


def build_objective(
    recipe: Recipe, feature_extractor: Callable[[Tensor], Tensor] | None = None, brightness: float | None = None
) -> Loss:
    """The recipe's loss with its options, and the terms that the recipe adds to it.

    feature_extractor: the network of a perceptual loss. brightness: mean of the real images' pixels in [-1, 1].
    Raises ValueError when one of them is needed and missing.
    """
    kind = LOSSES[recipe.objective]
    objective = kind(**{option: getattr(recipe, option) for option in kind.options})
    if recipe.content != "none":
        if feature_extractor is None:
            raise ValueError(f"content={recipe.content!r} needs the network of its features: feature_extractor=...")
        objective = PerceptualLoss(objective, feature_extractor, PERCEPTUAL_WEIGHTS[recipe.content])
    if recipe.brightness_weight:
        if brightness is None:
            raise ValueError(f"brightness_weight={recipe.brightness_weight} needs the real images': brightness=...")
        objective = Brightness(objective, brightness, recipe.brightness_weight)
    if recipe.auxiliary_weight:
        objective = AuxiliaryClassifier(objective, recipe.auxiliary_weight, recipe.auxiliary_on_fakes)
    return objective


def build_optimiser(recipe: Recipe, network: nn.Module, lr: float) -> torch.optim.Optimizer:
    """The recipe's optimiser for one network: Adam with the recipe's betas, or RMSprop with PyTorch's defaults.

    Adam in its fused form, which updates all weights in one call, where the device has it. On CUDA both are capturable:
    they count their steps on the device, so that a CUDA graph can hold a step.
    """
    kind = next(network.parameters()).device.type
    if recipe.optimiser == "adam":
        fused = kind in ("cpu", "cuda")
        return torch.optim.Adam(network.parameters(), lr, betas=recipe.betas, fused=fused, capturable=kind == "cuda")
    return RMSprop(network.parameters(), lr, foreach=True, capturable=kind == "cuda")


class RMSprop(torch.optim.RMSprop):
    """PyTorch's, except that in fp16 it leaves out a step that overflowed without asking the device about it.

    torch.amp.GradScaler sets the scale and the finding as attributes of an optimiser that says so, grad_scale and
    found_inf, and leaves the rest to it, as to PyTorch's fused ones. For any other it waits, in every step, to decide
    whether to call it.
    """

    _step_supports_amp_scaling = True

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One update. With `found_inf` above 0 weights and averages stay as they are."""
        scale, found_inf = (getattr(self, name, None) for name in ("grad_scale", "found_inf"))
        if found_inf is None:
            return super().step(closure)
        weights = [weight for group in self.param_groups for weight in group["params"] if weight.grad is not None]
        if scale is not None:
            torch._foreach_mul_([weight.grad for weight in weights], scale.double().reciprocal().float())
        known = [self.state[weight]["square_avg"] if self.state[weight] else None for weight in weights]
        before = [weight.clone() for weight in weights]
        before += [torch.zeros_like(w) if v is None else v.clone() for w, v in zip(weights, known, strict=True)]
        done, overflow = super().step(closure), found_inf > 0
        averages = [self.state[weight]["square_avg"] for weight in weights]
        for now, then in zip((*weights, *averages), before, strict=True):
            torch.where(overflow, then, now, out=now)
        torch._foreach_sub_([self.state[weight]["step"] for weight in weights], [overflow.float()] * len(weights))
        return done
