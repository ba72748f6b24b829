"""Exercise `optimiser_for` of notebook 4: Each method has its optimiser."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gan_hw.course.exercise import Case, Exercise


def _settings(answer: Callable[..., torch.optim.Optimizer], method: str) -> dict[str, Any]:
    network = nn.Linear(3, 2)
    optimiser = answer(method, network.parameters())
    group = optimiser.param_groups[0]
    return {
        "optimiser": type(optimiser).__name__,
        "learning rate": group["lr"],
        "betas": tuple(group.get("betas", ())),
        "decay": group.get("weight_decay", 0),
        "weights": len(group["params"]),
    }


OPTIMISER_FOR = Exercise(
    name="optimiser_for",
    notebook="04",
    points=1,
    title="Each method has its optimiser",
    task="""The papers differ in more than the loss. The GAN of homework 6 uses Adam with the learning rate 1e-4 and
betas (0.5, 0.999). WGAN uses RMSprop with 5e-5, because Adam's momentum made the critic unstable. WGAN-GP goes back to
Adam, with 1e-4 and betas (0, 0.9): no momentum. Write `optimiser_for` for the names `"gan"`, `"wgan"`, `"wgan_gp"`.""",
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


@OPTIMISER_FOR.wrong("AdamW shrinks the weights as well; Adam is asked for")
def _adamw(method, weights):
    if method == "wgan":
        return torch.optim.RMSprop(weights, lr=5e-5)
    return torch.optim.AdamW(weights, lr=1e-4, betas=(0.5, 0.999) if method == "gan" else (0.0, 0.9))


@OPTIMISER_FOR.wrong("the betas of the GAN and of WGAN-GP are exchanged")
def _exchanged_betas(method, weights):
    return optimiser_for({"gan": "wgan_gp", "wgan": "wgan", "wgan_gp": "gan"}[method], weights)
