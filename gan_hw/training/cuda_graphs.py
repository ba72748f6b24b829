"""Training steps as CUDA graphs; see step_runner.py for what is recorded, and when."""

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

Value = TypeVar("Value")


class CUDAGraphs:
    """A Recorder (step_runner.py) for one GPU. Each recording has memory of its own, so that none disturbs another.

    The default random generator is registered with every graph by PyTorch itself: a replay draws on from where the
    generator stands, and moves it on as the recorded step did. Any other generator of the GPU is an error when it is
    recorded, and the step is then not replayed.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        # One stream for warming up and recording: libraries keep handles and memory for each stream, and autograd
        # remembers on which one a weight was used.
        self.stream: Any = torch.cuda.Stream(device)

    @contextmanager
    def alone(self, strict: bool = False) -> Iterator[None]:
        """The block computes on the stream that will be recorded. strict: RuntimeError when the CPU waits for it."""
        current, mode = torch.cuda.current_stream(self.device), torch.cuda.get_sync_debug_mode()
        self.stream.wait_stream(current)
        try:
            if strict:
                _set_sync_debug_mode("error")
            with torch.cuda.stream(self.stream):
                yield
        finally:
            if strict:
                _set_sync_debug_mode(mode)
            current.wait_stream(self.stream)

    def record(self, work: Callable[[], Value]) -> tuple[Callable[[], Any], Value]:
        """(replay, what `work` returned), as the Recorder says."""
        current, graph = torch.cuda.current_stream(self.device), torch.cuda.CUDAGraph()
        collects = gc.isenabled()
        gc.collect()
        gc.disable()  # what it frees may be a GPU's, and that is not allowed while recording
        try:
            with torch.cuda.graph(graph, stream=self.stream):
                returned = work()
        except BaseException:
            self._after_failure(current)
            raise
        finally:
            if collects:
                gc.enable()
        return graph.replay, returned

    def before_discarding(self) -> None:
        """Wait until the last replay is done."""
        torch.cuda.synchronize(self.device)

    def _after_failure(self, current: Any) -> None:
        """Leave the stream, and take the random generator out of the recording, which PyTorch does not do itself.

        Otherwise the next random number raises "Offset increment outside graph capture encountered unexpectedly".
        """
        torch.cuda.set_stream(current)
        index = torch.cuda.current_device() if self.device.index is None else self.device.index
        generator = torch.cuda.default_generators[index]
        generator.graphsafe_set_state(generator.clone_state())


def recorder_for(device: torch.device) -> CUDAGraphs | None:
    """What records steps on this device; None where there is nothing to gain."""
    return CUDAGraphs(device) if device.type == "cuda" else None


def _set_sync_debug_mode(mode: str | int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this feature does not find everything
        torch.cuda.set_sync_debug_mode(mode)
