"""Exercise `layer_norms` of notebook 6: Gradients, layer by layer."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case, Exercise


class _Halving(nn.Conv2d):
    """A subclass, as the kit's strided convolutions are one of PyTorch's."""


def _plain_critic() -> nn.Module:
    body = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), nn.Conv2d(4, 2, 3)]
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(8, 1))


def _nested_critic() -> nn.Module:
    low = nn.Sequential(nn.Conv2d(3, 5, 3), nn.InstanceNorm2d(5, affine=True))
    high = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(5, 7, 3, bias=False))
    return nn.Sequential(nn.Sequential(low, high), nn.Conv2d(7, 1, 2), nn.Flatten())


def _critic_of_a_subclass() -> nn.Module:
    stages = nn.Sequential(nn.Sequential(_Halving(3, 4, 2, stride=2), nn.GroupNorm(2, 4)), nn.LeakyReLU(0.2))
    return nn.Sequential(stages, nn.Conv2d(4, 1, 3), nn.Flatten())


class _Mixed(nn.Module):
    """Convolutions of all kinds and a parameter with four dimensions; their names are not in alphabetical order."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(3, 4, 2)
        self.up = nn.ConvTranspose2d(4, 3, 2)
        self.scale = nn.Parameter(torch.rand(1, 3, 1, 1))
        self.along = nn.Conv1d(3, 2, 3)
        self.inside = nn.Conv3d(1, 2, (1, 1, 2))
        self.end = nn.Conv2d(2, 1, 3)

    def forward(self, images: Tensor) -> Tensor:
        rows = self.along((self.scale * self.up(self.wide(images))).flatten(2)).unflatten(2, (2, 17))
        return self.end(self.inside(rows[:, :1, None])[:, :, 0].repeat(1, 1, 2, 1))


def _layers_case(name: str, critic: Callable[[], nn.Module], seed: int) -> Case:
    def arguments() -> tuple[nn.Module]:
        torch.manual_seed(seed)
        network = critic()
        network(torch.randn(3, 3, 6, 6)).square().sum().backward()
        return (network,)

    return Case(name, arguments)


def _plain_list(answer: Callable[..., Any], network: nn.Module) -> Any:
    norms = answer(network)
    return list(norms) if isinstance(norms, tuple) or (isinstance(norms, Tensor) and norms.ndim == 1) else norms


LAYER_NORMS = Exercise(
    name="layer_norms",
    notebook="06",
    points=2,
    title="Gradients, layer by layer",
    task="""Homework 6 asks how large the critic's gradients are from its lowest layer to its highest. The figure above
takes the gradients with respect to what the layers compute. This exercise takes the other ones, with respect to their
weights, which the optimiser uses. Write `layer_norms`: for each two-dimensional convolution (`nn.Conv2d` and its
subclasses) at any depth of a network the Euclidean norm of its weight's gradient, in the order in which the network
registers them, the lowest layer first. Biases, norms and linear layers do not count.""",
    hints=(
        "`network.modules()` goes through all modules, also those inside others, in the order in which they were "
        "registered.",
        "`backward` has left each gradient in `weight.grad`, with the shape of the weight. "
        "`isinstance(module, nn.Conv2d)` tells which modules are convolutions.",
        "`module.weight.grad.norm().item()` is the norm of one of them: `norm` flattens by itself.",
    ),
    cases=[
        _layers_case("a critic of two convolutions, BatchNorm and a linear layer", _plain_critic, 1),
        _layers_case("a critic of three convolutions, two of them inside stages", _nested_critic, 2),
        _layers_case("a critic whose first convolution is of a subclass", _critic_of_a_subclass, 3),
        _layers_case("a critic with convolutions of other kinds and a parameter of its own", _Mixed, 4),
    ],
    observe=_plain_list,
    imports="import torch\nfrom torch import nn",
)


@LAYER_NORMS.solution
def layer_norms(network):
    """network: nn.Module after backward -> list of the norms of its convolutions' weight gradients, lowest first."""
    return [module.weight.grad.norm().item() for module in network.modules() if isinstance(module, nn.Conv2d)]


@LAYER_NORMS.right
def _by_recursion(network):
    if isinstance(network, nn.Conv2d):
        return [network.weight.grad.pow(2).sum().sqrt()]
    return [norm for child in network.children() for norm in _by_recursion(child)]


@LAYER_NORMS.right
def _by_apply(network):
    weights = []
    network.apply(lambda module: weights.append(module.weight) if isinstance(module, nn.Conv2d) else None)
    return torch.stack([torch.linalg.vector_norm(weight.grad.flatten()) for weight in weights])


@LAYER_NORMS.right
def _by_name(network):
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    kinds = dict(network.named_modules())
    found = []
    for name, gradient in gradients.items():
        owner, _, part = name.rpartition(".")
        if part == "weight" and isinstance(kinds[owner], nn.Conv2d):
            found.append(math.sqrt(sum(number**2 for number in gradient.flatten().tolist())))
    return found


@LAYER_NORMS.wrong("the order is reversed: the lowest layer, next to the image, comes first")
def _highest_first(network):
    return layer_norms(network)[::-1]


@LAYER_NORMS.wrong("the square of each norm is returned: take the root")
def _squared(network):
    return [norm**2 for norm in layer_norms(network)]


@LAYER_NORMS.wrong("these are the norms of the weights themselves: their gradients are in weight.grad")
def _of_the_weights(network):
    return [module.weight.norm() for module in network.modules() if isinstance(module, nn.Conv2d)]


@LAYER_NORMS.wrong("all parameters are listed: biases, norms and linear layers do not count")
def _all_parameters(network):
    return [parameter.grad.norm() for parameter in network.parameters()]


@LAYER_NORMS.wrong("every weight is listed: norms and linear layers have weights too, but do not count")
def _all_weights(network):
    return [parameter.grad.norm() for name, parameter in network.named_parameters() if name.endswith("weight")]


@LAYER_NORMS.wrong("the biases of the convolutions are listed as well: only their weights count")
def _with_biases(network):
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    return [parameter.grad.norm() for module in convolutions for parameter in module.parameters()]


@LAYER_NORMS.wrong("convolutions inside other modules are missing: modules() finds them, and children() does not")
def _one_level_deep(network):
    return [module.weight.grad.norm() for module in network.children() if isinstance(module, nn.Conv2d)]


@LAYER_NORMS.wrong("every weight with four dimensions is listed: that of a ConvTranspose2d has four as well")
def _four_dimensions(network):
    return [parameter.grad.norm() for parameter in network.parameters() if parameter.ndim == 4]


@LAYER_NORMS.wrong("transposed convolutions are listed too: only nn.Conv2d counts")
def _with_transposed_ones(network):
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    return [module.weight.grad.norm() for module in network.modules() if isinstance(module, kinds)]


@LAYER_NORMS.wrong("convolutions of one and of three dimensions are listed too: only nn.Conv2d counts")
def _of_any_dimension(network):
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return [module.weight.grad.norm() for module in network.modules() if isinstance(module, kinds)]


@LAYER_NORMS.wrong("the layers are in the order of their names: keep the order in which the network registers them")
def _sorted_by_name(network):
    modules = sorted(network.named_modules())
    return [module.weight.grad.norm() for _, module in modules if isinstance(module, nn.Conv2d)]


@LAYER_NORMS.wrong("convolutions of a subclass, as in the kit's critics, are missing: isinstance finds them")
def _without_subclasses(network):
    return [module.weight.grad.norm() for module in network.modules() if type(module) is nn.Conv2d]


@LAYER_NORMS.wrong("that is the root of the mean square, which does not grow with the number of weights: take the sum")
def _root_of_the_mean(network):
    gradients = [module.weight.grad for module in network.modules() if isinstance(module, nn.Conv2d)]
    return [gradient.square().mean().sqrt() for gradient in gradients]


@LAYER_NORMS.wrong("the absolute values are summed: the Euclidean norm is the root of the sum of squares")
def _sum_of_absolute_values(network):
    return [module.weight.grad.abs().sum() for module in network.modules() if isinstance(module, nn.Conv2d)]
