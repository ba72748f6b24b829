"""Where a batch is gathered from: rows of a tensor on the device that trains, or on their way to it."""

from typing import Any

import torch
from torch import Tensor


class Resident:
    """Rows of `values` (N, ...), which stay where they are; a batch of `size` rows goes to `device`."""

    def __init__(self, values: Tensor, size: int, device: torch.device) -> None:
        self.values, self.device = values, device
        self.rows = torch.zeros(size, dtype=torch.long, device=values.device)

    def load(self, rows: Tensor) -> None:
        """Make these row numbers (size,) the ones at hand."""
        self.rows.copy_(rows)

    def batch(self) -> Tensor:
        """The rows at hand, (size, ...) on the device."""
        return self.values[self.rows].to(self.device)


class Staging:
    """The same for a GPU that can't hold `values`: the rows are copied to it, one batch at a time.

    While the GPU computes a step, the CPU gathers the next one's rows in pinned memory, from which a copy does not wait
    for the GPU. There are two such buffers: while one is being copied, the other is filled.
    """

    BUFFERS = 2

    def __init__(self, values: Tensor, size: int, device: torch.device) -> None:
        shape = (size, *values.shape[1:])
        self.values = values
        self.there = torch.empty(shape, dtype=values.dtype, device=device)
        self.buffers = [pinned(shape, values.dtype) for _ in range(self.BUFFERS)]
        self.copied: list[Any] = [None] * self.BUFFERS  # an event after each buffer's latest copy
        self.loads = 0

    def load(self, rows: Tensor) -> None:
        """Copy the rows of these numbers (size,), which are on the CPU."""
        number = self.loads % self.BUFFERS
        self.loads += 1
        if self.copied[number] is not None:
            self.copied[number].synchronize()  # two batches ago: hardly ever still under way
        torch.index_select(self.values, 0, rows, out=self.buffers[number])
        # On the stream that computes, so that the step before has read its rows and the next one waits for these.
        self.there.copy_(self.buffers[number], non_blocking=True)
        self.copied[number] = torch.cuda.Event()
        self.copied[number].record()

    def batch(self) -> Tensor:
        """The rows at hand, (size, ...) on the device; the next load overwrites them."""
        return self.there


def pinned(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """An empty tensor in page-locked memory, which a GPU reads by itself."""
    return torch.empty(shape, dtype=dtype, pin_memory=True)
