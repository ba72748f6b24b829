"""Exercise `ema_update` of notebook 4: The average of the weights."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise


def _with_batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))


def _convolutional() -> nn.Module:
    first = nn.Sequential(nn.ConvTranspose2d(4, 3, 2, bias=False), nn.BatchNorm2d(3))
    return nn.Sequential(nn.Unflatten(1, (4, 1, 1)), first, nn.ReLU(), nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))


def _average_case(
    name: str, network: Callable[[], nn.Module], decay: float, seed: int, trained_itself: bool = False
) -> Case:
    """The networks have seen different numbers of batches, so that all of their buffers differ."""

    def after(batches: int, scale: float) -> nn.Module:
        trained = network()
        for _ in range(batches):
            trained(scale * torch.randn(8, 4))
        return trained

    def arguments() -> tuple[nn.Module, nn.Module, float]:
        torch.manual_seed(seed)
        average = after(3, 1.0).train(trained_itself).requires_grad_(trained_itself)
        return average, after(8, 2.0), decay

    return Case(f"{name} and a decay of {decay:g}", arguments)


def _condition(network: nn.Module) -> tuple[list[bool], list[bool]]:
    """The mode of each of a network's modules, and whether each of its parameters requires a gradient."""
    modes = [module.training for module in network.modules()]
    return modes, [parameter.requires_grad for parameter in network.parameters()]


def _networks_afterwards(answer: Callable[..., Any], average: nn.Module, model: nn.Module, decay: float) -> dict:
    before, conditions = copy.deepcopy(model.state_dict()), [_condition(network) for network in (average, model)]
    own = list(average.parameters())
    answer(average, model, decay)
    after = model.state_dict()
    replaced = [*map(id, own)] != [*map(id, average.parameters())]
    changed = conditions != [_condition(network) for network in (average, model)]
    unchanged = all(torch.equal(value, after[name]) for name, value in before.items())
    in_graph = any(tensor.grad_fn is not None for tensor in (*average.parameters(), *average.buffers()))
    found = copy.deepcopy(dict(average.state_dict()))
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.add_(1)  # as a training does; the average must not follow
    follows = any(not torch.equal(value, found[name]) for name, value in average.state_dict().items())
    return {
        "average": found,
        "model": "a model as before" if unchanged else "a model that has changed",
        "parameters": "other parameters in the average than before" if replaced else "the average's own parameters",
        "conditions": "another mode, or other weights that are frozen" if changed else "modes and weights as before",
        "later": "an average that changes with the model" if follows else "an average of its own",
        "graph": "an average in a graph" if in_graph else "an average without a graph",
    }


EMA_UPDATE = Exercise(
    name="ema_update",
    notebook="04",
    points=2,
    title="The average of the weights",
    task="""Training makes G's weights swing around a good place; their moving average draws cleaner faces. Write
`ema_update`, one step of it, in place: each parameter $w$ of `average` becomes $d\\,w + (1 - d)\\,v$, with the decay
$d$ and the same parameter $v$ of `model`. BatchNorm's buffers belong to the network too: average those that are
floating point numbers (running mean and variance) like the parameters, and copy the others (its counter of batches).
Nothing is returned, `model` stays as it is, and no graph may remain.""",
    hints=(
        "`state_dict()` has parameters and buffers under their names, and what you write into its tensors in place is "
        "written into the network.",
        "The names are the same in both networks. `tensor.is_floating_point()` tells what is averaged; for the rest "
        "there is `copy_`.",
        "`old.lerp_(new, 1 - decay)` moves `old` in place. The tensors of `state_dict()` have no graph; with "
        "`parameters()` you need `torch.no_grad()`.",
    ),
    cases=[
        _average_case("a network of linear layers and BatchNorm", _with_batch_norm, 0.9, 1),
        _average_case("a network of convolutions and BatchNorm", _convolutional, 0.75, 2),
        _average_case("a network of convolutions", _convolutional, 0.99937, 3),
        _average_case("a network that can learn itself", _with_batch_norm, 0.8, 4, trained_itself=True),
    ],
    observe=_networks_afterwards,
)


@EMA_UPDATE.solution
def ema_update(average, model, decay):
    """average, model: networks of the same kind, decay in (0, 1). Moves average towards model, in place."""
    values = model.state_dict()
    for name, old in average.state_dict().items():
        if old.is_floating_point():
            old.lerp_(values[name], 1 - decay)
        else:
            old.copy_(values[name])


@EMA_UPDATE.right
def _parameters_and_buffers(average, model, decay):
    with torch.no_grad():
        for old, new in zip(average.parameters(), model.parameters(), strict=True):
            old.mul_(decay).add_(new, alpha=1 - decay)
        for old, new in zip(average.buffers(), model.buffers(), strict=True):
            old.copy_(decay * old + (1 - decay) * new if old.is_floating_point() else new)


@EMA_UPDATE.right
def _by_loading(average, model, decay):
    old, new = average.state_dict(), model.state_dict()
    mixed = {name: decay * old[name] + (1 - decay) * new[name] for name in new if new[name].dtype.is_floating_point}
    average.load_state_dict({**new, **mixed})


@EMA_UPDATE.right
def _with_data(average, model, decay):
    for module, other in zip(average.modules(), model.modules(), strict=True):
        for name, old in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
            new = getattr(other, name).data
            old.data = old.data + (1 - decay) * (new - old.data) if new.is_floating_point() else new.clone()


@EMA_UPDATE.wrong("the shares are exchanged: the average keeps the share `decay` of itself")
def _exchanged(average, model, decay):
    ema_update(average, model, 1 - decay)


@EMA_UPDATE.wrong("the buffers are left as they were: BatchNorm's running mean and variance are averaged too")
def _parameters_alone(average, model, decay):
    with torch.no_grad():
        for old, new in zip(average.parameters(), model.parameters(), strict=True):
            old.lerp_(new, 1 - decay)


@EMA_UPDATE.wrong("all buffers are copied: average those that are floating point numbers, and copy only the others")
def _buffers_copied(average, model, decay):
    _parameters_alone(average, model, decay)
    for old, new in zip(average.buffers(), model.buffers(), strict=True):
        old.copy_(new)


@EMA_UPDATE.wrong("the counters of batches are averaged and rounded: copy whole numbers")
def _counters_averaged(average, model, decay):
    values = model.state_dict()
    for name, old in average.state_dict().items():
        old.copy_(decay * old + (1 - decay) * values[name])


@EMA_UPDATE.wrong("the counters of batches are left as they were: copy what is not floating point")
def _counters_kept(average, model, decay):
    values = model.state_dict()
    for name, old in average.state_dict().items():
        if old.is_floating_point():
            old.lerp_(values[name], 1 - decay)


@EMA_UPDATE.wrong("the counter of batches is the model's own tensor, and goes on counting with it: copy its number")
def _counters_shared(average, model, decay):
    ema_update(average, model, decay)
    for module, other in zip(average.modules(), model.modules(), strict=True):
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.num_batches_tracked = other.num_batches_tracked


@EMA_UPDATE.wrong("the average has new parameters: write into those that it has, which others may hold as well")
def _replaced(average, model, decay):
    other = copy.deepcopy(average)
    ema_update(other, model, decay)
    average.__dict__ = other.__dict__


@EMA_UPDATE.wrong("the numbers are right, but the model is left in eval mode, and its training would be another one")
def _left_in_eval_mode(average, model, decay):
    ema_update(average, model.eval(), decay)


@EMA_UPDATE.wrong("the decay is rounded: with one near 1, as in a long training, its last digits count")
def _decay_rounded(average, model, decay):
    ema_update(average, model, round(decay, 3))


@EMA_UPDATE.wrong("the average has become the model: nothing is left of what it was")
def _copied(average, model, decay):
    average.load_state_dict(model.state_dict())


@EMA_UPDATE.wrong("the model moves towards the average, and the average stays: it must be the other way round")
def _model_moved(average, model, decay):
    ema_update(model, average, decay)


@EMA_UPDATE.wrong("the average is unchanged: write into its tensors in place")
def _not_in_place(average, model, decay):
    ema_update(copy.deepcopy(average), model, decay)


@EMA_UPDATE.wrong("the numbers are right, but each update stays in a graph that grows: work under torch.no_grad()")
def _in_a_graph(average, model, decay):
    for old, new in zip(average.parameters(), model.parameters(), strict=True):
        old.lerp_(new, 1 - decay)
    for old, new in zip(average.buffers(), model.buffers(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - decay)
        else:
            old.copy_(new)


@EMA_UPDATE.wrong("the shares do not add up to 1: the average's own numbers keep their full weight")
def _old_in_full(average, model, decay):
    values = model.state_dict()
    for name, old in average.state_dict().items():
        if old.is_floating_point():
            old.add_(values[name], alpha=1 - decay)
        else:
            old.copy_(values[name])
