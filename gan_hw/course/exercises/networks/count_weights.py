"""Exercise `count_weights` of notebook 3: How large is a network?."""

import math

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.networks.generator_block import generator_block
from gan_hw.course.exercises.shared import whole_numbers


def _halving_network() -> nn.Module:
    first = nn.Sequential(nn.Conv2d(3, 4, 4, stride=2, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2))
    return nn.Sequential(first, nn.Conv2d(4, 1, 2))


def _frozen_network() -> nn.Module:
    network = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2))
    network[0].requires_grad_(False)
    return network


def _network_with_a_shared_weight() -> nn.Module:
    network = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))
    network[2].weight = network[0].weight
    return network


class _Scaled(nn.Module):
    """A network with a parameter of its own, which is called neither weight nor bias."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.linear = nn.Linear(4, 3)

    def forward(self, numbers: Tensor) -> Tensor:
        return self.scale * self.linear(numbers)


COUNT_WEIGHTS = Exercise(
    name="count_weights",
    notebook="03",
    points=1,
    title="How large is a network?",
    task="""A fair comparison of two networks says how many weights they have: a D far larger than its G may win too
easily. Write `count_weights`: how many single numbers training can change. Biases and the weights of normalisations
belong to them. Frozen parameters (`requires_grad` false) do not, nor do the running statistics of batch normalisation,
and what two layers share counts once.""",
    hints=(
        "`network.parameters()` goes through the parameter tensors of all layers, also of nested ones. How many "
        "numbers are in one of them?",
        "`parameter.numel()` is the number of its elements. Leave out those that are not trained.",
        "`sum(p.numel() for p in network.parameters())`, with a condition behind it.",
    ),
    cases=[
        Case("a convolution with batch normalisation, and another one", lambda: (_halving_network(),)),
        Case("two linear layers, the first of them frozen", lambda: (_frozen_network(),)),
        Case("two linear layers with a shared weight", lambda: (_network_with_a_shared_weight(),)),
        Case("a network with a parameter of its own, called scale", lambda: (_Scaled(),)),
        Case("a block of G", lambda: (generator_block(6, 4),)),
    ],
    observe=whole_numbers,
    tolerance=1e-9,
    imports="import torch\nfrom torch import nn",
)


@COUNT_WEIGHTS.solution
def count_weights(network):
    """An nn.Module -> the number of its trainable weights, an integer."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


@COUNT_WEIGHTS.right
def _laid_in_a_row(network):
    return len(nn.utils.parameters_to_vector(p for p in network.parameters() if p.requires_grad))


@COUNT_WEIGHTS.right
def _lengths_multiplied(network):
    count = 0
    for _, parameter in network.named_parameters():
        count += math.prod(parameter.shape) * parameter.requires_grad
    return count


@COUNT_WEIGHTS.right
def _layer_by_layer(network):
    found = {p for layer in network.modules() for p in layer.parameters(recurse=False)}
    return torch.tensor([p.nelement() for p in found if p.requires_grad]).sum()


@COUNT_WEIGHTS.right
def _all_without_the_frozen(network):
    parameters = list(network.parameters())
    return sum(p.numel() for p in parameters) - sum(p.numel() for p in parameters if not p.requires_grad)


@COUNT_WEIGHTS.wrong("that is the number of parameter tensors; each of them holds many numbers")
def _number_of_tensors(network):
    return sum(1 for p in network.parameters() if p.requires_grad)


@COUNT_WEIGHTS.wrong("frozen parameters are counted too: training does not change them")
def _with_the_frozen(network):
    return sum(p.numel() for p in network.parameters())


@COUNT_WEIGHTS.wrong("the running statistics of batch normalisation are counted too; no gradient reaches these buffers")
def _with_buffers(network):
    return count_weights(network) + sum(buffer.numel() for buffer in network.buffers())


@COUNT_WEIGHTS.wrong("all that is saved is counted: also frozen parameters and buffers, and shared weights twice")
def _all_that_is_saved(network):
    return sum(tensor.numel() for tensor in network.state_dict().values())


@COUNT_WEIGHTS.wrong("a weight that two layers share is counted twice")
def _shared_ones_twice(network):
    return sum(p.numel() for layer in network.modules() for p in layer.parameters(recurse=False) if p.requires_grad)


@COUNT_WEIGHTS.wrong("nested layers are counted more than once: parameters() already goes through all of them")
def _nested_ones_again(network):
    return sum(p.numel() for layer in network.modules() for p in layer.parameters() if p.requires_grad)


@COUNT_WEIGHTS.wrong("biases and the weights of normalisations are left out")
def _without_biases(network):
    return sum(p.numel() for p in network.parameters() if p.requires_grad and p.ndim > 1)


@COUNT_WEIGHTS.wrong("biases are left out")
def _without_biases_alone(network):
    return sum(p.numel() for name, p in network.named_parameters() if p.requires_grad and not name.endswith("bias"))


@COUNT_WEIGHTS.wrong("parameters that are called neither weight nor bias are left out: parameters() finds them all")
def _by_their_names(network):
    parameters = [p for name, p in network.named_parameters() if name.endswith(("weight", "bias"))]
    return sum(p.numel() for p in parameters if p.requires_grad)


@COUNT_WEIGHTS.wrong("the lengths of a tensor are added: it holds their product as numbers")
def _lengths_added(network):
    return sum(sum(p.shape) for p in network.parameters() if p.requires_grad)


@COUNT_WEIGHTS.wrong("only the length of the first axis is counted, which is all that len() says of a tensor")
def _first_axis_alone(network):
    return sum(len(p) for p in network.parameters() if p.requires_grad)


@COUNT_WEIGHTS.wrong("these are bytes: a float32 weight has 4 of them")
def _bytes(network):
    return 4 * count_weights(network)


@COUNT_WEIGHTS.wrong("the result is always 0; before backward() no parameter has a .grad, so look at requires_grad")
def _with_a_gradient(network):
    return sum(p.numel() for p in network.parameters() if p.grad is not None)
