"""Exercise `remove_sigmoid` of notebook 3: Cross-entropy without the sigmoid."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises.losses.common import IMPORTS, case, loss_and_gradient

FORBIDDEN = ("binary_cross_entropy_with_logits", "multilabel_soft_margin_loss")


class _Calls(TorchFunctionMode):
    """Notes the names of PyTorch's functions that are called, under whatever name an answer has them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        self.names.add(getattr(function, "__name__", ""))
        return function(*arguments, **(keywords or {}))


def _own_cross_entropy(answer: Callable[..., Any], logits: Tensor, targets: Tensor) -> Any:
    with _Calls() as calls:
        found = loss_and_gradient("logits")(answer, logits, targets)
    return "a call of PyTorch's own function" if calls.names.intersection(FORBIDDEN) else found


REMOVE_SIGMOID = Exercise(
    name="remove_sigmoid",
    notebook="03",
    points=2,
    title="Cross-entropy without the sigmoid",
    task="""For a logit $\\ell$ and a target $t$ the binary cross-entropy is $-t\\log\\sigma(\\ell) -
(1-t)\\log(1-\\sigma(\\ell))$, with $\\sigma(\\ell) = 1/(1+e^{-\\ell})$. Computed step by step it fails for the large
logits that occur when D is far better than G: float32 rounds $\\sigma(30)$ to 1, and the logarithm of $1 - 1$ is minus
infinity. Rearrange the formula on paper until the sigmoid is gone, then write `remove_sigmoid`: right for logits from
-1000 to 1000 and targets between 0 and 1 (label smoothing), and with a finite gradient. PyTorch's
`binary_cross_entropy_with_logits` does the same inside; write it without that function.""",
    hints=(
        "Put the definition of the sigmoid into the formula: `log(sigmoid(logit)) = -log(1 + exp(-logit))`, and "
        "`log(1 - sigmoid(logit)) = -log(1 + exp(logit))`. `F.softplus(logit)` is `log(1 + exp(logit))`, and it is "
        "safe for large logits.",
        "The cross-entropy is `t * softplus(-logit) + (1 - t) * softplus(logit)`. Because `softplus(-logit)` is "
        "`softplus(logit) - logit`, one softplus is enough.",
        "`F.softplus(logits) - targets * logits`",
    ),
    cases=[
        case("logits between -3 and 3", [1.5, -0.5, 2.5, -3.0], [1.0, 1.0, 0.0, 0.0]),
        case("targets of 0.9 and 0.3", [2.0, -1.5, -4.0], [0.9, 0.3, 0.9]),
        case("logits of 30", [30.0, 30.0, -30.0], [1.0, 0.0, 1.0]),
        case("logits of 1000 and -1000", [1000.0, -1000.0, 1000.0, -1000.0], [0.0, 1.0, 1.0, 0.0]),
        case("logits of 100 to 500 and targets of 0.9 and 0.2", [100.0, -300.0, 500.0], [0.9, 0.9, 0.2]),
    ],
    observe=_own_cross_entropy,
    imports=IMPORTS,
)


@REMOVE_SIGMOID.solution
def remove_sigmoid(logits, targets):
    """Logits (N,), targets (N,) in [0, 1] -> the binary cross-entropy of each, (N,)."""
    return F.softplus(logits) - targets * logits


@REMOVE_SIGMOID.right
def _largest_exponent_first(logits, targets):
    return logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs()))


@REMOVE_SIGMOID.right
def _two_softplus(logits, targets):
    return targets * F.softplus(-logits) + (1 - targets) * F.softplus(logits)


@REMOVE_SIGMOID.right
def _two_logsigmoids(logits, targets):
    return -(targets * F.logsigmoid(logits)) - (1 - targets) * F.logsigmoid(-logits)


@REMOVE_SIGMOID.right
def _one_by_one(logits, targets):
    zero = torch.zeros(())
    return torch.stack([torch.logaddexp(zero, z) - t * z for z, t in zip(logits, targets, strict=True)])


@REMOVE_SIGMOID.wrong(
    "sigmoid and then log fails for large logits: float32 rounds the sigmoid of 30 to 1, and then 1 minus it is 0 and "
    "its logarithm infinite"
)
def _sigmoid_then_log(logits, targets):
    probabilities = torch.sigmoid(logits)
    return -(targets * torch.log(probabilities) + (1 - targets) * torch.log(1 - probabilities))


@REMOVE_SIGMOID.wrong(
    "the formula is right, but not with these numbers: in float32 exp(100) is infinite and sigmoid(-100) is 0, before "
    "the log is taken. Use F.softplus, or take the larger exponent out of the logarithm"
)
def _exp_then_log(logits, targets):
    return torch.log(1 + torch.exp(logits)) - targets * logits


@REMOVE_SIGMOID.wrong(
    "the values are right, but the gradient is not a number. This happens with torch.where, for instance: it computes "
    "both branches, and where an exponential overflows in the one not taken, the gradient is 0 times infinity"
)
def _where_with_an_overflow(logits, targets):
    positive = logits + torch.log1p(torch.exp(-logits))
    return torch.where(logits > 0, positive, torch.log1p(torch.exp(logits))) - targets * logits


@REMOVE_SIGMOID.wrong(
    "the logarithms are cut off at -100, as binary_cross_entropy does it: {got} for {case}, not {expected}"
)
def _cut_off(logits, targets):
    return F.binary_cross_entropy(torch.sigmoid(logits), targets, reduction="none")


@REMOVE_SIGMOID.wrong(
    "the targets are exchanged: with the target 1 a large logit costs nothing, with 0 it costs its size"
)
def _targets_exchanged(logits, targets):
    return F.softplus(logits) - (1 - targets) * logits


@REMOVE_SIGMOID.wrong("the sign of the target's part is wrong: the higher the target, the less a positive logit costs")
def _target_added(logits, targets):
    return F.softplus(logits) + targets * logits


@REMOVE_SIGMOID.wrong("the targets are rounded to 0 or 1: with a target such as 0.9 both parts count")
def _targets_rounded(logits, targets):
    return torch.where(targets > 0.5, F.softplus(-logits), F.softplus(logits))


@REMOVE_SIGMOID.wrong("the part with 1 - t is missing: with the target 0 a positive logit must cost something")
def _first_part_alone(logits, targets):
    return targets * F.softplus(-logits)


@REMOVE_SIGMOID.wrong("the part log(1 + exp(-|logit|)) is missing: only for large logits is it nearly 0")
def _as_for_large_logits(logits, targets):
    return logits.clamp(min=0) - targets * logits


@REMOVE_SIGMOID.wrong("this calls PyTorch's own function: write down the formula that it computes")
def _by_the_library(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


@REMOVE_SIGMOID.wrong(
    "the values are right, but not their gradients: every step from the logits to the result has to be differentiable, "
    "and nothing on the way detached"
)
def _partly_detached(logits, targets):
    return logits.clamp(min=0) - logits * targets + torch.log1p(torch.exp(-logits.abs().detach()))


@REMOVE_SIGMOID.wrong(
    "that is the mean: here each logit keeps its own cross-entropy, and the result has the shape of the logits"
)
def _mean_of_all(logits, targets):
    return (F.softplus(logits) - targets * logits).mean()
