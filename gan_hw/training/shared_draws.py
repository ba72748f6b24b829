"""Random numbers of a whole batch, of which each of several processes keeps those of its own images.

A mode of PyTorch catches the calls: losses and networks draw numbers for the images that they are given, and need not
know that these are a share of a batch. That also holds for a student's own loss.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class SharedDraws(TorchFunctionMode):
    """In this block, random numbers for the rank's images are drawn for the images of all ranks, and shared out.

    rank, count: this process, and how many there are. batch: images of a rank. A tensor of k * batch rows counts as k
    batches, each of which is shared out. One with another number of rows is the same on every rank, as it would be in
    one process. SIZED and LIKE are covered, and methods that fill a tensor in place (FILLING); other random functions
    draw the same numbers on every rank.
    """

    SIZED = (torch.rand, torch.randn, torch.randint)
    LIKE = (
        torch.rand_like, torch.randn_like, torch.randint_like, torch.bernoulli, Tensor.bernoulli,
        F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout,
    )  # fmt: skip
    FILLING = (Tensor.normal_, Tensor.uniform_, Tensor.bernoulli_, Tensor.random_, Tensor.exponential_)

    def __init__(self, rank: int, count: int, batch: int) -> None:
        super().__init__()
        self.rank, self.count, self.batch = rank, count, batch

    def __torch_function__(self, function: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function in self.SIZED:
            size = kwargs["size"] if "size" in kwargs else args[-1] if isinstance(args[-1], (tuple, list)) else args
            if self._covers(size):
                whole = (size[0] * self.count, *size[1:])
                args = () if size is args else args if "size" in kwargs else args[:-1]
                # A size by keyword is allowed in every form of the three.
                return self._own(function(*args, **{**kwargs, "size": whole}))
        elif function in self.LIKE and self._covers(args[0].shape):
            return self._own(function(self._repeated(args[0]), *args[1:], **kwargs))
        elif function in self.FILLING and self._covers(args[0].shape):
            return args[0].copy_(self._own(function(self._repeated(args[0]), *args[1:], **kwargs)))
        return function(*args, **kwargs)

    def _covers(self, size: Any) -> bool:
        return len(size) > 0 and size[0] > 0 and size[0] % self.batch == 0

    def _repeated(self, rows: Tensor) -> Tensor:
        return torch.cat([part for part in rows.split(self.batch) for _ in range(self.count)])

    def _own(self, whole: Tensor) -> Tensor:
        return torch.cat(whole.split(self.batch)[self.rank :: self.count])
