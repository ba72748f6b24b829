"""Real images as the networks see them, batch after batch: mirrored and scaled on the device that trains.

The pixels stay uint8 until then. A set that fits on a CUDA GPU lives there, and batches are gathered there; any other
stays where it was loaded, in RAM or in a memory map (see data/images.py). Nothing here looks at single images.
"""

import torch
from torch import Tensor

from gan_hw.data.images import random_flip, to_float
from gan_hw.recipes.recipe import Recipe

GPU_SHARE = 0.4  # of a GPU's free memory that the images may take


class Batches:
    """`batches[step]` is the batch of that step, counted from 0: float (batch_size, 3, size, size) in [-1, 1].

    images: uint8 (N, 3, size, size), N >= batch_size. Each epoch has its own order, which depends on seed and epoch
    alone. The last, incomplete batch is dropped, so that each epoch leaves out other images. With the recipe's
    `repeats`, that many steps in a row use the same images; with `flip`, each step mirrors them at random anew, with
    the global generator. labels (N, K): `labels_of(step)` gives those of the step's batch. share: the rows of each
    batch that this process takes, where several train together; all by default.
    """

    def __init__(
        self, images: Tensor, recipe: Recipe, seed: int, device: torch.device, labels: Tensor | None = None,
        share: slice = slice(None),
    ) -> None:  # fmt: skip
        self.images = images.to(device) if _fits(images, device) else images
        self.batch_size, self.flip, self.repeats = recipe.batch_size, recipe.flip, recipe.repeats
        self.seed, self.device, self.share = seed, device, share
        self.labels = None if labels is None else labels.to(device)
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

    def labels_of(self, step: int) -> Tensor | None:
        """uint8 (batch_size, K) multi-hot, on the device, of that step's images; None where the data set has none."""
        return None if self.labels is None else self.labels[self._rows(step).to(self.device)]

    def __getitem__(self, step: int) -> Tensor:
        pixels = self.images[self._rows(step)].to(self.device)
        if self.flip:
            pixels = random_flip(pixels)
        return to_float(pixels.contiguous(memory_format=torch.channels_last))


def _fits(images: Tensor, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    index = torch.cuda.current_device() if device.index is None else device.index  # PyTorch 2.4 needs a number
    return images.nbytes < GPU_SHARE * torch.cuda.mem_get_info(index)[0]
