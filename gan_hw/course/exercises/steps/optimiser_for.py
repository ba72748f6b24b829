"""Exercise `optimiser_for` of notebook 4: Each method has its optimiser."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise

WITHOUT_EFFECT = ("params", "foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay", "initial_lr")


def _in_words(group: dict[str, Any]) -> str:
    """The settings of a group of weights, by name."""
    settings = []
    for name, value in sorted(group.items()):
        if name not in WITHOUT_EFFECT:
            numbers = value if isinstance(value, tuple | list) else (value,)
            settings.append(" ".join([name, *(f"{float(number):g}" for number in numbers)]))
    return ", ".join(settings)


def _settings(answer: Callable[..., Any], method: str) -> Any:
    network = nn.Linear(3, 2)
    optimiser = answer(method, network.parameters())
    if not isinstance(optimiser, torch.optim.Optimizer):
        return None if optimiser is None else "something that is no optimiser"
    held = [weight for group in optimiser.param_groups for weight in group["params"]]
    same = len(held) == 2 and all(any(weight is own for own in held) for weight in network.parameters())
    return {
        "optimiser": type(optimiser).__name__,
        "weights": "the weights themselves" if same else "other tensors than the network's weights",
        "settings": "; ".join(sorted({_in_words(group) for group in optimiser.param_groups})),
    }


OPTIMISER_FOR = Exercise(
    name="optimiser_for",
    notebook="04",
    points=1,
    title="Each method has its optimiser",
    task="""The papers differ in more than the loss. The GAN of homework 6 uses Adam with the learning rate 1e-4 and
betas (0.5, 0.999). WGAN uses RMSprop with 5e-5, because Adam's momentum made the critic unstable. WGAN-GP goes back to
Adam, with 1e-4 and betas (0.0, 0.9): no momentum. Write `optimiser_for` for the names `"gan"`, `"wgan"` and
`"wgan_gp"`.""",
    hints=(
        "`torch.optim` has `Adam` and `RMSprop`. Both take the weights first, then `lr=`; Adam takes `betas=` as well.",
        "One `if` or `dict` with three entries. The third is `torch.optim.Adam(weights, lr=1e-4, betas=(0.0, 0.9))`.",
    ),
    cases=[Case(f"method {name!r}", lambda name=name: (name,)) for name in ("gan", "wgan", "wgan_gp")],  # type: ignore[misc]
    observe=_settings,
)


@OPTIMISER_FOR.solution
def optimiser_for(method, weights):
    """method: "gan", "wgan" or "wgan_gp"; weights: of one network. Returns its torch.optim optimiser."""
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5)
    betas = {"gan": (0.5, 0.999), "wgan_gp": (0.0, 0.9)}[method]
    return torch.optim.Adam(weights, lr=1e-4, betas=betas)


@OPTIMISER_FOR.right
def _by_conditions(method, weights):
    if method == "gan":
        return torch.optim.Adam(weights, 1e-4, (0.5, 0.999))
    if method == "wgan_gp":
        return torch.optim.Adam(weights, 1e-4, (0.0, 0.9))
    return torch.optim.RMSprop(weights, 5e-5)


@OPTIMISER_FOR.right
def _by_partial_arguments(method, weights):
    kind = torch.optim.RMSprop if method == "wgan" else torch.optim.Adam
    settings = {"gan": {"betas": [0.5, 0.999]}, "wgan": {}, "wgan_gp": {"betas": [0.0, 0.9]}}[method]
    return kind(list(weights), lr=5e-5 if method == "wgan" else 1e-4, **settings)


@OPTIMISER_FOR.right
def _with_parameter_groups(method, weights):
    return optimiser_for(method, [{"params": list(weights)}])


@OPTIMISER_FOR.wrong("a WGAN's critic is trained with RMSprop: Adam's momentum made it unstable")
def _adam_everywhere(method, weights):
    return torch.optim.Adam(weights, lr=1e-4, betas=(0.5, 0.999) if method == "gan" else (0.0, 0.9))


@OPTIMISER_FOR.wrong("WGAN-GP's first beta is 0: no momentum")
def _momentum_for_wgan_gp(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5)
    return torch.optim.Adam(weights, lr=1e-4, betas=(0.5, 0.999))


@OPTIMISER_FOR.wrong("Adam's own betas are (0.9, 0.999); for a GAN the first one is smaller")
def _default_betas(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5)
    return torch.optim.Adam(weights, lr=1e-4)


@OPTIMISER_FOR.wrong("WGAN's learning rate is smaller than the others': 5e-5")
def _one_rate_for_all(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=1e-4)
    return optimiser_for(method, weights)


@OPTIMISER_FOR.wrong("the optimiser holds copies of the weights, so that the network itself would never learn")
def _of_copies(method, weights):
    return optimiser_for(method, [weight.detach().clone().requires_grad_() for weight in weights])


@OPTIMISER_FOR.wrong("RMSprop has momentum here, and WGAN's has none: it is Adam's momentum that made it unstable")
def _rmsprop_with_momentum(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5, momentum=0.9)
    return optimiser_for(method, weights)


@OPTIMISER_FOR.wrong("maximize=True climbs: losses are minimised")
def _climbing(method, weights):
    optimiser = optimiser_for(method, weights)
    optimiser.param_groups[0]["maximize"] = True
    return optimiser


@OPTIMISER_FOR.wrong("eps is not PyTorch's default, which nothing here asks to change")
def _other_eps(method, weights):
    optimiser = optimiser_for(method, weights)
    optimiser.param_groups[0]["eps"] = 1e-3
    return optimiser


@OPTIMISER_FOR.wrong("AdamW shrinks the weights as well; Adam is asked for")
def _adamw(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5)
    return torch.optim.AdamW(weights, lr=1e-4, betas=(0.5, 0.999) if method == "gan" else (0.0, 0.9))


@OPTIMISER_FOR.wrong("the betas of the GAN and of WGAN-GP are exchanged")
def _exchanged_betas(method, weights):
    return optimiser_for({"gan": "wgan_gp", "wgan": "wgan", "wgan_gp": "gan"}[method], weights)
