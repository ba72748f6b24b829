"""One training by several processes (ranks), each on its share of every batch: data parallelism under torchrun.

All ranks hold the same weights and the same random state. In each step they draw the random numbers of the whole batch,
keep those of their own images, and average their gradients. So N ranks compute what one process computes, up to the
rounding of sums, for networks and losses that treat each image alone. BatchNorm normalises by the rank's own share, as
in PyTorch's DistributedDataParallel: SyncBatchNorm has no CPU form and no second derivative, which a gradient penalty
needs. Its running statistics are averaged, so that they are the same on all ranks when something is saved or measured.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stdout
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from gan_hw.recipes.recipe import Recipe
from gan_hw.training.ranks import Ranks, Value
from gan_hw.training.shared_draws import SharedDraws
from gan_hw.utils.environment import usable_cores
from gan_hw.utils.interrupts import StopRequest
from gan_hw.utils.seeds import IsolatedRNG

TIMEOUT = timedelta(hours=2)  # rank 0 may read data or score meanwhile; torchrun notices a rank that has died at once
CPU = torch.device("cpu")


class ManyRanks(Ranks):
    """The ranks that torchrun started, connected: by gloo on the CPU, by NCCL between GPUs. For the methods see Ranks.

    Every rank has to call each method, in the same order. Rank LOCAL_RANK of a machine gets GPU number LOCAL_RANK.
    Raises RuntimeError from any method when another rank has ended.
    """

    def __init__(self) -> None:
        self.local, self.local_count = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
        self.parent = os.getppid()
        backend = "gloo"
        if torch.cuda.is_available():
            backend = "cpu:gloo,cuda:nccl"
            if self.local < torch.cuda.device_count():
                torch.cuda.set_device(self.local)  # "cuda" means this one from here on
        if os.environ.get("OMP_NUM_THREADS") == "1":  # torchrun sets it, unless the user has
            torch.set_num_threads(max(1, usable_cores() // self.local_count))
        store, self.rank, self.count = next(dist.rendezvous("env://", timeout=TIMEOUT))
        # After a restart (--max-restarts) the store still holds the addresses of ranks that have ended.
        self.store = dist.PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
        dist.init_process_group(backend, store=self.store, rank=self.rank, world_size=self.count, timeout=TIMEOUT)

    def check(self, recipe: Recipe, device: torch.device) -> None:
        size, count = recipe.batch_size, self.count
        if size % count or size < 2 * count:
            fitting = max(2, -(-size // count)) * count
            raise ValueError(
                f"batch_size={size} is that of all {count} processes together, and each takes the same number of "
                f"images, at least 2: use --set batch_size={fitting} and another --run NAME, or another number of "
                "processes (--nproc-per-node)"
            )
        if device.type == "mps":
            raise ValueError(f"device=mps can't be shared by {count} processes; use --device cpu, or no torchrun")
        if device.type == "cuda" and self.local_count > torch.cuda.device_count():
            raise ValueError(
                f"{self.local_count} processes and {torch.cuda.device_count()} GPUs: each process needs one; use "
                "--nproc-per-node with the number of GPUs, or --device cpu"
            )

    def notes(self, device: str) -> list[str]:
        place = "one GPU" if torch.cuda.is_available() and device != "cpu" else f"{torch.get_num_threads()} threads"
        return [f"{self.count} processes train together, with {place} each."]

    def facts(self) -> dict[str, int]:
        return {"processes": self.count}

    def share(self, batch_size: int) -> slice:
        rows = batch_size // self.count
        return slice(self.rank * rows, (self.rank + 1) * rows)

    def drawing(self, batch_size: int) -> AbstractContextManager[Any]:
        return SharedDraws(self.rank, self.count, batch_size // self.count)

    @torch.no_grad()
    def average_gradients(self, weights: Iterable[nn.Parameter], *networks: nn.Module) -> None:
        # Not by DistributedDataParallel: it averages a gradient when backward() reaches the weight, and a penalty's
        # gradient comes from torch.autograd.grad and a second backward pass, which its hooks don't support.
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        self._as_one([*gradients, *running_statistics(*networks)], self._average)

    def mean(self, losses: dict[str, Any]) -> dict[str, Any]:
        if not losses:
            return losses
        device = next((loss.device for loss in losses.values() if isinstance(loss, Tensor)), CPU)
        numbers = [torch.as_tensor(loss).detach().to(device).float().reshape(()) for loss in losses.values()]
        values = torch.stack(numbers)
        self._average(values)
        return dict(zip(losses, values, strict=True))

    @torch.no_grad()
    def share_weights(self, *networks: nn.Module) -> None:
        values = [value for network in networks for value in network.state_dict().values()]
        self._as_one(values, lambda flat: self._together(dist.broadcast, flat, 0))

    def share_random(self, random: IsolatedRNG) -> None:
        state = self.from_first(random.state_dict)
        if self.rank:
            random.load_state_dict(state)

    def stop_request(self) -> StopRequest:
        return SharedStopRequest()

    def agree(self, stop: StopRequest, seconds: float) -> float:
        assert isinstance(stop, SharedStopRequest)
        if os.getppid() != self.parent:  # torchrun was killed, and can't pass signals on any more
            stop.received = signal.SIGTERM
        numbers = torch.tensor([float(stop.received or 0), seconds], dtype=torch.float64)
        self._together(dist.all_reduce, numbers, dist.ReduceOp.MAX)
        stop.signal = int(numbers[0].item()) or None
        return numbers[1].item()

    def from_first(self, work: Callable[[], Value]) -> Value:
        answer: list[Any] = [None]
        if self.rank == 0:
            try:
                answer = [(work(), None)]
            except Exception as failure:  # every rank raises it below
                answer = [(None, failure)]
        self._together(dist.broadcast_object_list, answer, 0, device=CPU)
        value, error = answer[0]
        if error is not None:
            raise error
        return value

    @contextmanager
    def first_enters(self, context: AbstractContextManager[Any]) -> Iterator[None]:
        with ExitStack() as stack:
            self.from_first(lambda: stack.enter_context(context) and None)
            yield

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        if self.rank:
            self.from_first(lambda: None)
            yield
            return
        failed: Exception | None = None
        try:
            yield
        except Exception as error:
            failed = error
        self.from_first(lambda: _raise(failed))

    @contextmanager
    def one_voice(self) -> Iterator[None]:
        with ExitStack() as stack:
            if self.rank:
                stack.enter_context(redirect_stdout(stack.enter_context(open(os.devnull, "w", encoding="utf-8"))))
                warnings.simplefilter("ignore")
            try:
                yield
            except Exception:  # where one rank fails the others do too, for that reason
                sys.stdout.flush()
                if not self._is_first_to_fail():
                    raise SystemExit(1) from None
                raise
        dist.destroy_process_group()

    def _is_first_to_fail(self) -> bool:
        try:
            return self.store.add("failed", 1) == 1
        except RuntimeError:  # torchrun, which holds the store, is gone
            return True

    def _average(self, flat: Tensor) -> None:
        self._together(dist.all_reduce, flat)
        flat /= self.count

    def _together(self, collective: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        try:
            collective(*arguments, **keywords)
        except RuntimeError as error:
            raise RuntimeError(
                f"another of the {self.count} processes has ended, so this one (rank {self.rank}) ends too; the run "
                "folder holds the last checkpoint, and the same command resumes from there, also with another number "
                "of processes, or with none (no torchrun)"
            ) from error

    @staticmethod
    def _as_one(tensors: list[Tensor], collective: Callable[[Tensor], None]) -> None:
        """Apply a collective, which works in place, to all tensors of a type as one flat tensor: few, long messages."""
        for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
            some = [tensor for tensor in tensors if tensor.dtype == dtype]
            flat = torch.cat([tensor.reshape(-1) for tensor in some])
            collective(flat)
            for tensor, part in zip(some, flat.split([tensor.numel() for tensor in some]), strict=True):
                tensor.copy_(part.view_as(tensor))


def running_statistics(*networks: nn.Module) -> list[Tensor]:
    """Running means and variances of the networks' BatchNorm layers."""
    modules = [module for network in networks for module in network.modules()]
    found = [getattr(module, name, None) for module in modules for name in ("running_mean", "running_var")]
    return [value for value in found if isinstance(value, Tensor)]


class SharedStopRequest(StopRequest):
    """A stop signal that takes effect when Ranks.agree has told all ranks. `received`: this process's own."""

    received: int | None = None

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.received:
            raise KeyboardInterrupt
        self.received = number


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
