"""Exercise `discriminator_block` of notebook 3: A block of D for WGAN-GP."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.networks.common import BLOCK_CASES, observed_block


def _discriminator_block_observed(answer: Callable[..., Any], channels_in: int, channels_out: int, maps: Tensor) -> Any:
    block, found = observed_block(answer, channels_in, channels_out, maps, 2)
    if block is None:
        return found
    together = found["output"]
    influence = "an output that depends on one image alone"
    if isinstance(together, Tensor):
        alone = torch.cat([block(image[None].clone()) for image in maps])
        if together.shape != alone.shape or not torch.allclose(together, alone, rtol=1e-3, atol=1e-3):
            influence = "an output that changes with the other images of the batch"
    return {"influence": influence, **found, "buffers": "buffers" if list(block.buffers()) else "no buffers"}


DISCRIMINATOR_BLOCK = Exercise(
    name="discriminator_block",
    notebook="03",
    points=2,
    title="A block of D for WGAN-GP",
    task="""Homework 6's D halves the maps with a convolution (4x4 kernels, stride 2, padding 1), normalises them over
the batch, and applies a LeakyReLU with slope 0.2. A gradient penalty needs another normalisation. It asks how steep D
is at *one* image, so an image's logit may depend on that image alone. Write `discriminator_block` with instance
normalisation, which normalises each map of each image by itself; it gets no weights of its own, as is PyTorch's
default. (Whether the convolution has a bias makes no difference here.)""",
    hints=(
        "Three layers in `nn.Sequential`: a convolution, a normalisation and an activation. Which normalisation of "
        "PyTorch has no statistics in common for the images of a batch?",
        "`nn.InstanceNorm2d(channels_out)` takes the place of `nn.BatchNorm2d(channels_out)`.",
        "`nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1)`, the normalisation, `nn.LeakyReLU(0.2)`.",
    ),
    cases=BLOCK_CASES,
    observe=_discriminator_block_observed,
    imports="import torch\nfrom torch import nn",
)


@DISCRIMINATOR_BLOCK.solution
def discriminator_block(channels_in, channels_out):
    """Numbers of channels -> an nn.Module, maps (N, channels_in, 2H, 2W) -> maps (N, channels_out, H, W)."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1),
        nn.InstanceNorm2d(channels_out),
        nn.LeakyReLU(0.2),
    )


def halving(channels_in: int, channels_out: int) -> nn.Conv2d:
    """The convolution of the block."""
    return nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1)


@DISCRIMINATOR_BLOCK.right
def _one_group_for_each_map(channels_in, channels_out):
    convolution = nn.Conv2d(channels_in, channels_out, 4, 2, 1, bias=False)
    norm = nn.GroupNorm(channels_out, channels_out, affine=False)
    return nn.Sequential(OrderedDict(conv=convolution, norm=norm, activation=nn.LeakyReLU(0.2, inplace=True)))


class _HalvingBlock(nn.Module):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = halving(channels_in, channels_out)

    def forward(self, maps: Tensor) -> Tensor:
        maps = self.conv(maps)
        deviation, mean = torch.std_mean(maps, dim=(2, 3), correction=0, keepdim=True)
        maps = (maps - mean) / (deviation**2 + 1e-5).sqrt()
        return torch.maximum(maps, 0.2 * maps)


@DISCRIMINATOR_BLOCK.right
def _normalised_by_hand(channels_in, channels_out):
    return _HalvingBlock(channels_in, channels_out)


@DISCRIMINATOR_BLOCK.right
def _padded_before(channels_in, channels_out):
    convolution = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(channels_in, channels_out, 4, stride=2))
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels_out)).append(nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("with batch normalisation an image's output depends on the other images of the batch")
def _batch_norm(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.BatchNorm2d(channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong(
    "the normalisation keeps running statistics, and would use them in eval mode: InstanceNorm2d has none by default"
)
def _running_statistics(channels_in, channels_out):
    norm = nn.InstanceNorm2d(channels_out, track_running_stats=True)
    return nn.Sequential(halving(channels_in, channels_out), norm, nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the block is right, but its weights are frozen, so that D would learn nothing")
def _frozen(channels_in, channels_out):
    return discriminator_block(channels_in, channels_out).requires_grad_(False)


@DISCRIMINATOR_BLOCK.wrong("spectral normalisation, another bound on D's slope, is not asked for")
def _spectral_norm(channels_in, channels_out):
    convolution = nn.utils.parametrizations.spectral_norm(halving(channels_in, channels_out))
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels_out), nn.LeakyReLU(0.2))


class _WithoutGradients(nn.Module):
    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    @torch.no_grad()
    def forward(self, maps: Tensor) -> Tensor:
        return self.block(maps)


@DISCRIMINATOR_BLOCK.wrong("nothing is recorded for gradients: D, and G below it, would learn nothing")
def _under_no_grad(channels_in, channels_out):
    return _WithoutGradients(discriminator_block(channels_in, channels_out))


@DISCRIMINATOR_BLOCK.wrong("the convolution's weights begin as zeros, and so does every output")
def _zeros_at_first(channels_in, channels_out):
    block = discriminator_block(channels_in, channels_out)
    nn.init.zeros_(block[0].weight)
    return block


@DISCRIMINATOR_BLOCK.wrong("all maps of an image are normalised together, as LayerNorm does; each map should be alone")
def _layer_norm(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.GroupNorm(1, channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the normalisation has weights of its own; InstanceNorm2d has none by default")
def _affine(channels_in, channels_out):
    norm = nn.InstanceNorm2d(channels_out, affine=True)
    return nn.Sequential(halving(channels_in, channels_out), norm, nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the normalisation is missing")
def _no_norm(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the activation is missing")
def _no_activation(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.InstanceNorm2d(channels_out))


@DISCRIMINATOR_BLOCK.wrong("the slope below 0 is 0.01, LeakyReLU's default: it should be 0.2")
def _default_slope(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.InstanceNorm2d(channels_out), nn.LeakyReLU())


@DISCRIMINATOR_BLOCK.wrong("that is a ReLU, through which no gradient passes below 0: D has a LeakyReLU with slope 0.2")
def _relu(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.InstanceNorm2d(channels_out), nn.ReLU())


@DISCRIMINATOR_BLOCK.wrong("the activation comes before the normalisation: it has to be the last of the three")
def _activation_before_the_norm(channels_in, channels_out):
    return nn.Sequential(halving(channels_in, channels_out), nn.LeakyReLU(0.2), nn.InstanceNorm2d(channels_out))


@DISCRIMINATOR_BLOCK.wrong("the side is right, but the kernels are 3x3: D's are 4x4")
def _three_by_three(channels_in, channels_out):
    convolution = nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1)
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the maps are not halved: with stride 1 they lose one pixel only")
def _not_halved(channels_in, channels_out):
    convolution = nn.Conv2d(channels_in, channels_out, 4, padding=1)
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("the padding is missing: without it the maps are one pixel smaller than half")
def _no_padding(channels_in, channels_out):
    convolution = nn.Conv2d(channels_in, channels_out, 4, stride=2)
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels_out), nn.LeakyReLU(0.2))


@DISCRIMINATOR_BLOCK.wrong("channels_in and channels_out are exchanged: the maps do not fit into the convolution")
def _exchanged_channels(channels_in, channels_out):
    return discriminator_block(channels_out, channels_in)


@DISCRIMINATOR_BLOCK.wrong("the result is no nn.Module: put the layers into nn.Sequential")
def _layers_in_a_list(channels_in, channels_out):
    return list(discriminator_block(channels_in, channels_out))
