"""Real images as the networks see them, batch after batch: mirrored and scaled on the device that trains.

The pixels stay uint8 until then. A set that fits on a CUDA GPU lives there, and batches are gathered there; from a
larger one each batch is copied there (staging.py). Any other set stays where it was loaded, in RAM or in a memory map
(see data/images.py). Nothing here looks at single images.
"""

import torch
from torch import Tensor

from gan_hw.data.images import random_flip, to_float
from gan_hw.recipes.recipe import Recipe
from gan_hw.training.staging import Resident, Staging

GPU_SHARE = 0.4  # of a GPU's free memory that the images may take


class Batches:
    """`batches[step]` is the batch of that step, counted from 0: float (batch_size, 3, size, size) in [-1, 1].

    images: uint8 (N, 3, size, size), N >= batch_size. Each epoch has its own order, which depends on seed and epoch
    alone. The last, incomplete batch is dropped, so that each epoch leaves out other images. With the recipe's
    `repeats`, that many steps in a row use the same images; with `flip`, each step mirrors them at random anew, with
    the global generator. labels (N, K): `labels_of(step)` gives those of the step's batch. share: the rows of each
    batch that this process takes, where several train together; all by default.

    In two halves it is `load(step)`, then `real()` and `labels()`: `load` says which rows, and the work of the other
    two is the same in every step, so that it can be replayed.
    """

    def __init__(
        self, images: Tensor, recipe: Recipe, seed: int, device: torch.device, labels: Tensor | None = None,
        share: slice = slice(None),
    ) -> None:  # fmt: skip
        self.images = images.to(device) if _fits(images, device) else images
        self.batch_size, self.flip, self.repeats = recipe.batch_size, recipe.flip, recipe.repeats
        self.seed, self.share = seed, share
        staged = device.type == "cuda" and self.images.device.type != "cuda"
        source, size = Staging if staged else Resident, len(range(self.batch_size)[share])
        self._pixels = source(self.images, size, device)
        self._labels = None
        if labels is not None:
            self._labels = source(labels if staged else labels.to(device), size, device)
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.long)

    def __len__(self) -> int:
        """Steps in an epoch."""
        return len(self.images) // self.batch_size * self.repeats

    def _rows(self, step: int) -> Tensor:
        epoch, index = divmod(step // self.repeats, len(self) // self.repeats)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            order = torch.randperm(len(self.images), generator=generator)
            self._epoch, self._order = epoch, order.to(self.images.device)
        return self._order[index * self.batch_size : (index + 1) * self.batch_size][self.share]

    def load(self, step: int) -> None:
        """Make this step's images, and their labels, those at hand."""
        rows = self._rows(step)
        for source in (self._pixels, self._labels):
            if source is not None:
                source.load(rows)

    def real(self) -> Tensor:
        """The images at hand, float (batch_size, 3, size, size) in [-1, 1], mirrored anew by each call."""
        pixels = self._pixels.batch()
        if self.flip:
            pixels = random_flip(pixels)
        return to_float(pixels.contiguous(memory_format=torch.channels_last))

    def labels(self) -> Tensor | None:
        """uint8 (batch_size, K) multi-hot, on the device, of the images at hand; None where the set has none."""
        return None if self._labels is None else self._labels.batch()

    def labels_of(self, step: int) -> Tensor | None:
        """uint8 (batch_size, K) multi-hot, on the device, of that step's images; None where the data set has none."""
        self.load(step)
        return self.labels()

    def __getitem__(self, step: int) -> Tensor:
        self.load(step)
        return self.real()


def _fits(images: Tensor, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    index = torch.cuda.current_device() if device.index is None else device.index  # PyTorch 2.4 needs a number
    return images.nbytes < GPU_SHARE * torch.cuda.mem_get_info(index)[0]
