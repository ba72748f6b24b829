"""Exercise `clip_weights` of notebook 3: Clip the critic's weights."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise


def small_critic(size: float, seed: int) -> nn.Module:
    """A critic with nested layers, a parameter and a buffer of its own; weights and gradients are of that size."""
    generator = torch.Generator().manual_seed(seed)
    inner = nn.Sequential(nn.Conv2d(3, 2, 3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(8, 4))
    critic = nn.Sequential(nn.Conv2d(3, 3, 1), nn.GroupNorm(1, 3), inner, nn.Linear(4, 1))
    critic.register_parameter("scale", nn.Parameter(torch.ones(2)))
    critic.register_buffer("average", size * torch.tensor([-3.0, 0.1, 3.0]))
    for parameter in critic.parameters():
        parameter.data = size * torch.randn(parameter.shape, generator=generator)
        parameter.grad = size * torch.randn(parameter.shape, generator=generator)
    return critic


def _clip_case(size: float, clip_value: float, seed: int) -> Case:
    name = f"weights of about {size:g} and a limit of {clip_value:g}"
    return Case(name, lambda: (small_critic(size, seed), clip_value))


def _critic_afterwards(answer: Callable[..., Any], critic: nn.Module, clip_value: float) -> Any:
    before = list(critic.parameters())
    try:
        answer(critic, clip_value)
    except RuntimeError as error:
        if "in-place" not in str(error):
            raise
        return "PyTorch's refusal to change in place a weight that requires a gradient"
    after = list(critic.parameters())
    same = len(before) == len(after) and all(old is new for old, new in zip(before, after, strict=True))
    trained = all(parameter.requires_grad and parameter.is_leaf for parameter in after)
    return {
        "weights": {name: parameter.detach() for name, parameter in critic.named_parameters()},
        "buffers": dict(critic.named_buffers()),
        "parameters": "the same parameters" if same else "other parameters than before",
        "trained": "parameters that require a gradient" if trained else "parameters that require no gradient",
        "mode": "training mode" if all(layer.training for layer in critic.modules()) else "eval mode",
        "gradients": [parameter.grad for parameter in after if same],
    }


CLIP_WEIGHTS = Exercise(
    name="clip_weights",
    notebook="03",
    points=1,
    title="Clip the critic's weights",
    task="""Without a bound on its slope, a critic could make the difference of its scores as large as it likes. The
first WGAN bounds the slope by clipping: after each update of the critic, every parameter is forced into the interval
$[-c, c]$. Write `clip_weights`, which changes the critic's own parameters, biases included, and records no graph. The
optimiser holds these very objects, so they must not be replaced by new ones.""",
    hints=(
        "`critic.parameters()` goes through all parameters of all layers. A method of a tensor whose name ends in `_` "
        "changes the tensor itself.",
        "Inside `with torch.no_grad():` call `clamp_` of each parameter, with both limits.",
        "`parameter.clamp_(-clip_value, clip_value)` for each `parameter` in `critic.parameters()`, under "
        "`torch.no_grad()`.",
    ),
    cases=[_clip_case(0.02, 0.01, 6), _clip_case(1.0, 0.5, 7), _clip_case(0.1, 1.0, 8)],
    observe=_critic_afterwards,
)


@CLIP_WEIGHTS.solution
def clip_weights(critic, clip_value):
    """critic: nn.Module, whose parameters are clipped to [-clip_value, clip_value] in place. Returns nothing."""
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.right
def _through_data(critic, clip_value):
    for parameter in critic.parameters():
        parameter.data = parameter.data.clip(-clip_value, clip_value)
    return critic


@CLIP_WEIGHTS.right
def _by_masks(critic, clip_value):
    for parameter in critic.parameters():
        values = parameter.detach()
        values[values > clip_value] = clip_value
        values[values < -clip_value] = -clip_value


@CLIP_WEIGHTS.right
def _as_one_vector(critic, clip_value):
    vector = torch.nn.utils.parameters_to_vector(critic.parameters()).detach()
    limit = torch.full_like(vector, clip_value)
    torch.nn.utils.vector_to_parameters(torch.minimum(torch.maximum(vector, -limit), limit), critic.parameters())


@CLIP_WEIGHTS.right
@torch.no_grad()
def _copied_layer_by_layer(critic, clip_value):
    for layer in critic.modules():
        for parameter in layer.parameters(recurse=False):
            parameter.copy_(torch.clamp(parameter, min=-clip_value, max=clip_value))


@CLIP_WEIGHTS.wrong("no weight has changed: clamp returns a new tensor, and clamp_ changes the weight itself")
def _not_in_place(critic, clip_value):
    for parameter in critic.parameters():
        parameter.clamp(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong(
    "PyTorch refuses to change a weight in place while it records a graph, because the weight requires a gradient: "
    "use torch.no_grad()"
)
def _with_a_graph(critic, clip_value):
    for parameter in critic.parameters():
        parameter.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong("only the upper limit holds: weights below -c must be raised to -c")
def _above_alone(critic, clip_value):
    for parameter in critic.parameters():
        parameter.data.clamp_(max=clip_value)


@CLIP_WEIGHTS.wrong("negative weights become 0: the interval reaches from -c to c")
def _from_zero(critic, clip_value):
    for parameter in critic.parameters():
        parameter.data.clamp_(0, clip_value)


@CLIP_WEIGHTS.wrong("the biases are not clipped: they are parameters as well, with a single dimension")
def _without_the_biases(critic, clip_value):
    for name, parameter in critic.named_parameters():
        if name.endswith("weight"):
            parameter.data.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong(
    "only the outer layers are clipped: a layer may hold others, and critic.parameters() finds them all"
)
def _outer_layers_alone(critic, clip_value):
    for layer in critic.children():
        for parameter in layer.parameters(recurse=False):
            parameter.data.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong(
    "only convolutions and linear layers are clipped: norms and a module itself may have parameters too"
)
def _convolutions_and_linear_layers_alone(critic, clip_value):
    for layer in critic.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            for parameter in layer.parameters():
                parameter.data.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong("the weights are clipped, but the critic is left in eval mode: its training would be another one")
def _left_in_eval_mode(critic, clip_value):
    clip_weights(critic.eval(), clip_value)


@CLIP_WEIGHTS.wrong("the buffers are clipped too: averages that a layer keeps are no parameters and stay as they are")
def _buffers_too(critic, clip_value):
    for value in critic.state_dict().values():
        value.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong("the gradients are clipped, and the weights are as before: it is the weights that need the limit")
def _gradients_instead(critic, clip_value):
    torch.nn.utils.clip_grad_value_(critic.parameters(), clip_value)


@CLIP_WEIGHTS.wrong(
    "the weights are scaled so that the largest of each parameter is c: those within the limits must stay"
)
def _scaled(critic, clip_value):
    for parameter in critic.parameters():
        parameter.data.mul_(clip_value / parameter.data.abs().max())


@CLIP_WEIGHTS.wrong(
    "the numbers are right, but the weights no longer require a gradient: the critic would stop learning"
)
def _frozen(critic, clip_value):
    for parameter in critic.requires_grad_(False).parameters():
        parameter.clamp_(-clip_value, clip_value)


@CLIP_WEIGHTS.wrong(
    "the critic has new parameters, and its optimiser would go on updating the old ones: change the values of those "
    "that it has"
)
def _replaced(critic, clip_value):
    for layer in critic.modules():
        for name, parameter in list(layer.named_parameters(recurse=False)):
            setattr(layer, name, nn.Parameter(parameter.detach().clamp(-clip_value, clip_value)))
