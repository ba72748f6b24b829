"""Real images as the networks see them, batch after batch: mirrored and scaled on the device that trains.

The pixels stay uint8 until then. A set that fits on a CUDA GPU lives there, and batches are gathered there; any other
stays where it was loaded, in RAM or in a memory map (see datasets). Nothing here looks at single images.
"""

import torch

from gan_hw.datasets import to_float

GPU_SHARE = 0.4  # of a GPU's free memory that the images may take


class Batches:
    """`batches[step]` is the batch of that step, counted from 0: float (batch_size, 3, size, size) in [-1, 1].

    Every epoch goes through the images in another order, which depends on seed and epoch alone; a last short batch is
    left out, so that other images are left out in every epoch. Mirroring draws from the global random generator.
    """

    def __init__(self, images, batch_size, flip, seed, device):
        self.images = images.to(device) if _fits(images, device) else images
        self.batch_size, self.flip, self.seed, self.device = batch_size, flip, seed, device
        self._epoch, self._order = None, None

    def __len__(self):
        """Batches in an epoch."""
        return len(self.images) // self.batch_size

    def __getitem__(self, step):
        epoch, index = divmod(step, len(self))
        if epoch != self._epoch:
            dice = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            order = torch.randperm(len(self.images), generator=dice)
            self._epoch, self._order = epoch, order.to(self.images.device)
        pixels = self.images[self._order[index * self.batch_size : (index + 1) * self.batch_size]].to(self.device)
        if self.flip:
            mirrored = torch.rand(len(pixels), 1, 1, 1, device=self.device) < 0.5
            pixels = torch.where(mirrored, pixels.flip(3), pixels)
        return to_float(pixels.contiguous(memory_format=torch.channels_last))


def _fits(images, device):
    if device.type != "cuda":
        return False
    return images.nbytes < GPU_SHARE * torch.cuda.mem_get_info(device)[0]
