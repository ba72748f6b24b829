"""Real images as the networks see them, batch after batch: mirrored and scaled on the device that trains.

The pixels stay uint8 until then. A set that fits on a CUDA GPU lives there, and batches are gathered there; any other
stays where it was loaded, in RAM or in a memory map (see datasets). Nothing here looks at single images.
"""

import torch

from gan_hw.data.images import mirrored_or_not, to_float

GPU_SHARE = 0.4  # of a GPU's free memory that the images may take


class Batches:
    """`batches[step]` is the batch of that step, counted from 0: float (batch_size, 3, size, size) in [-1, 1].

    Every epoch goes through the images in another order, which depends on seed and epoch alone; a last short batch is
    left out, so that other images are left out in every epoch. Mirroring draws from the global random generator.
    repeats: so many steps in a row get the same images. labels (N, K): `labels_of(step)` is those of that step's.
    """

    def __init__(self, images, batch_size, flip, seed, device, repeats=1, labels=None):
        self.images = images.to(device) if _fits(images, device) else images
        self.batch_size, self.flip, self.seed, self.device = batch_size, flip, seed, device
        self.repeats, self.labels = repeats, None if labels is None else labels.to(device)
        self._epoch, self._order = None, None

    def __len__(self):
        """Steps in an epoch."""
        return len(self.images) // self.batch_size * self.repeats

    def _rows(self, step):
        epoch, index = divmod(step // self.repeats, len(self) // self.repeats)
        if epoch != self._epoch:
            dice = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            order = torch.randperm(len(self.images), generator=dice)
            self._epoch, self._order = epoch, order.to(self.images.device)
        return self._order[index * self.batch_size : (index + 1) * self.batch_size]

    def labels_of(self, step):
        """uint8 (batch_size, K) multi-hot, on the device, of that step's images; None where the data set has none."""
        return None if self.labels is None else self.labels[self._rows(step).to(self.device)]

    def __getitem__(self, step):
        pixels = self.images[self._rows(step)].to(self.device)
        if self.flip:
            pixels = mirrored_or_not(pixels)
        return to_float(pixels.contiguous(memory_format=torch.channels_last))


def _fits(images, device):
    if device.type != "cuda":
        return False
    return images.nbytes < GPU_SHARE * torch.cuda.mem_get_info(device)[0]
