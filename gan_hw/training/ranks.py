"""The processes that train one run together: what a training asks of them, and the answers of a plain process.

`torchrun --nproc-per-node=N -m gan_hw train …` starts N processes, here called ranks; see many_ranks.py. No torch here.
"""

import functools
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from gan_hw.utils.interrupts import StopRequest

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gan_hw.recipes.recipe import Recipe
    from gan_hw.utils.seeds import IsolatedRNG

Value = TypeVar("Value")


class Ranks:
    """A plain process: the only rank, which has nobody to share with. `ManyRanks` overrides all of this.

    rank: this process's number; rank 0 alone writes, prints and looks. count: how many there are.
    """

    rank, count = 0, 1

    def check(self, recipe: "Recipe", device: "torch.device") -> None:
        """Raise ValueError when the ranks can't share the recipe's batches, or have no device each."""

    def notes(self, device: str) -> list[str]:
        """Sentences on what a training computes on; device: the requested one."""
        from gan_hw.utils.devices import device_notes

        return device_notes(device)

    def facts(self) -> dict[str, int]:
        """What a run's results depend on, up to rounding: for the machine's part of recipe.json."""
        return {}

    def share(self, batch_size: int) -> slice:
        """This rank's rows of a batch of batch_size."""
        return slice(0, batch_size)

    def drawing(self, batch_size: int) -> AbstractContextManager[Any]:
        """Random numbers of the code in this block are this rank's share of those of the whole batch."""
        return nullcontext()

    def average_gradients(self, weights: "Iterable[nn.Parameter]", *networks: "nn.Module") -> None:
        """Replace gradients, and running statistics of the networks' BatchNorm, by their means over the ranks."""

    def mean(self, losses: dict[str, Any]) -> dict[str, Any]:
        """Losses by name -> their means over the ranks."""
        return losses

    def share_weights(self, *networks: "nn.Module") -> None:
        """Give every rank the weights and buffers of rank 0."""

    def share_random(self, random: "IsolatedRNG") -> None:
        """Give every rank the random state of rank 0, which may have drawn numbers for a sample or a score."""

    def stop_request(self) -> StopRequest:
        """The `with` block that holds a stop signal back until the current step is done."""
        return StopRequest()

    def agree(self, stop: StopRequest, seconds: float) -> float:
        """Make a stop signal that any rank has received all ranks' own. Returns the largest of their seconds."""
        return seconds

    def from_first(self, work: Callable[[], Value]) -> Value:
        """What `work` returns or raises on rank 0, on every rank; the others don't call it."""
        return work()

    def first_enters(self, context: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
        """`context`, entered by rank 0 alone; if that fails, the error is raised on every rank."""
        return context

    def in_turn(self) -> AbstractContextManager[None]:
        """A block that the others enter when rank 0 has left it, so that they find the files it made."""
        return nullcontext()

    def one_voice(self) -> AbstractContextManager[None]:
        """A whole command: rank 0 alone prints, and of all the errors the first alone is reported."""
        return nullcontext()


def started_by_torchrun() -> bool:
    """Whether this process is one of several that torchrun started."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


@functools.cache
def find_ranks() -> Ranks:
    """The ranks of this process's training; the first call under torchrun waits until all of them are there."""
    if not started_by_torchrun():
        return Ranks()
    from gan_hw.training.many_ranks import ManyRanks

    return ManyRanks()
