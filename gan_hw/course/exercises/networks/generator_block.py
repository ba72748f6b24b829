"""Exercise `generator_block` of notebook 3: A block of G."""

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.networks.common import BLOCK_CASES, observed_block


def _generator_block_observed(answer: Callable[..., Any], channels_in: int, channels_out: int, maps: Tensor) -> Any:
    return observed_block(answer, channels_in, channels_out, maps, 1)[1]


GENERATOR_BLOCK = Exercise(
    name="generator_block",
    notebook="03",
    points=2,
    title="A block of G",
    task="""G begins with maps of 4x4 pixels and doubles them block by block, while the number of channels falls. Write
`generator_block`, which *builds* such a block as homework 6 has it. A transposed convolution with 5x5 kernels and
stride 2 doubles the side exactly, batch normalisation keeps the maps in a range in which G can learn, and a ReLU
follows. The convolution has no bias: the normalisation would take it away again.""",
    hints=(
        "`nn.Sequential` puts layers in a row. You need `nn.ConvTranspose2d`, `nn.BatchNorm2d` and `nn.ReLU`, in this "
        "order. How many channels does the normalisation see?",
        "With kernel 5 and stride 2, which `padding` and `output_padding` turn a side s into 2s? Try "
        "`transposed_side`.",
        "`nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=False)`",
    ),
    cases=BLOCK_CASES,
    observe=_generator_block_observed,
    imports="import torch\nfrom torch import nn",
)


@GENERATOR_BLOCK.solution
def generator_block(channels_in, channels_out):
    """Numbers of channels -> an nn.Module, maps (N, channels_in, H, W) -> maps (N, channels_out, 2H, 2W)."""
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


def doubling(channels_in: int, channels_out: int, bias: bool = False) -> nn.ConvTranspose2d:
    """The convolution of the block."""
    return nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias)


@GENERATOR_BLOCK.right
def _with_names(channels_in, channels_out):
    layers = [("conv", doubling(channels_in, channels_out)), ("norm", nn.BatchNorm2d(channels_out))]
    return nn.Sequential(OrderedDict([*layers, ("activation", nn.ReLU(inplace=True))]))


class _DoublingBlock(nn.Module):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels_out)
        self.conv = doubling(channels_in, channels_out)

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(maps)))


@GENERATOR_BLOCK.right
def _as_a_class(channels_in, channels_out):
    return _DoublingBlock(channels_in, channels_out)


@GENERATOR_BLOCK.right
def _one_larger_and_cut(channels_in, channels_out):
    convolution = nn.ConvTranspose2d(channels_in, channels_out, (5, 5), stride=(2, 2), padding=1, bias=False)
    cut = nn.ZeroPad2d((-1, 0, -1, 0))  # from side 2s + 1 to 2s
    return nn.Sequential(nn.Sequential(convolution, cut), nn.BatchNorm2d(channels_out), nn.Threshold(0.0, 0.0))


class _StretchedBlock(nn.Module):
    """Zeros between the pixels, and an ordinary convolution with the kernels turned round."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(channels_in, channels_out, 5, 5))
        self.norm = nn.BatchNorm2d(channels_out)

    def forward(self, maps: Tensor) -> Tensor:
        n, channels, height, width = maps.shape
        stretched = maps.new_zeros(n, channels, 2 * height, 2 * width)
        stretched[:, :, ::2, ::2] = maps
        return self.norm(F.conv2d(stretched, self.weight.transpose(0, 1).flip(2, 3), padding=2)).clamp(min=0)


@GENERATOR_BLOCK.right
def _by_an_ordinary_convolution(channels_in, channels_out):
    return _StretchedBlock(channels_in, channels_out)


@GENERATOR_BLOCK.wrong("the block is right, but its weights are frozen, so that G would learn nothing")
def _frozen(channels_in, channels_out):
    return generator_block(channels_in, channels_out).requires_grad_(False)


@GENERATOR_BLOCK.wrong("the block is in eval mode: return it as it is built, in training mode")
def _in_eval_mode(channels_in, channels_out):
    return generator_block(channels_in, channels_out).eval()


@GENERATOR_BLOCK.wrong("the weights begin as zeros, and so does every output: PyTorch's own beginning is the right one")
def _zeros_at_first(channels_in, channels_out):
    block = generator_block(channels_in, channels_out)
    nn.init.zeros_(block[0].weight)
    return block


@GENERATOR_BLOCK.wrong(
    "the normalisation keeps no running statistics, so that in eval mode an image depends on the others of its batch"
)
def _without_running_statistics(channels_in, channels_out):
    norm = nn.BatchNorm2d(channels_out, track_running_stats=False)
    return nn.Sequential(doubling(channels_in, channels_out), norm, nn.ReLU())


class _Detached(nn.Module):
    def __init__(self, block: nn.Sequential) -> None:
        super().__init__()
        self.block = block

    def forward(self, maps: Tensor) -> Tensor:
        return self.block(maps.detach())


@GENERATOR_BLOCK.wrong("no gradient passes back to the maps, so that the blocks below would learn nothing")
def _input_detached(channels_in, channels_out):
    return _Detached(generator_block(channels_in, channels_out))


@functools.cache
def _built_once(channels_in: int, channels_out: int) -> nn.Module:
    return generator_block(channels_in, channels_out)


@GENERATOR_BLOCK.wrong("each call returns the same module, so that two blocks share their weights: build a new one")
def _always_the_same(channels_in, channels_out):
    return _built_once(channels_in, channels_out)


@GENERATOR_BLOCK.wrong("the maps become 2s - 1 pixels wide, not 2s: output_padding is missing")
def _one_pixel_missing(channels_in, channels_out):
    convolution = nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())


@GENERATOR_BLOCK.wrong("these are the 4x4 kernels of PyTorch's DCGAN example: homework 6 has 5x5")
def _four_by_four(channels_in, channels_out):
    convolution = nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())


@GENERATOR_BLOCK.wrong("the convolution has a bias, which the normalisation takes away again: bias=False")
def _with_a_bias(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out, bias=True), nn.BatchNorm2d(channels_out), nn.ReLU())


@GENERATOR_BLOCK.wrong("the ReLU comes before the normalisation: it has to be the last of the three")
def _relu_before_the_norm(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out), nn.ReLU(), nn.BatchNorm2d(channels_out))


@GENERATOR_BLOCK.wrong("the normalisation is missing")
def _not_normalised(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out), nn.ReLU())


@GENERATOR_BLOCK.wrong("the ReLU is missing: without it, blocks in a row are hardly more than one linear map")
def _without_relu(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out), nn.BatchNorm2d(channels_out))


@GENERATOR_BLOCK.wrong("that is D's LeakyReLU; G has a ReLU, whose result is never negative")
def _leaky(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out), nn.BatchNorm2d(channels_out), nn.LeakyReLU(0.2))


@GENERATOR_BLOCK.wrong("each map is normalised alone; batch normalisation takes its statistics from the whole batch")
def _each_map_alone(channels_in, channels_out):
    return nn.Sequential(doubling(channels_in, channels_out), nn.InstanceNorm2d(channels_out), nn.ReLU())


@GENERATOR_BLOCK.wrong("channels_in and channels_out are exchanged: the maps do not fit into the convolution")
def _channels_exchanged(channels_in, channels_out):
    return generator_block(channels_out, channels_in)


@GENERATOR_BLOCK.wrong("the result is no nn.Module: put the layers into nn.Sequential")
def _a_list_of_layers(channels_in, channels_out):
    return list(generator_block(channels_in, channels_out))
