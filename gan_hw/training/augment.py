"""DiffAugment: differentiable augmentation of all that a discriminator sees (Zhao et al. 2020, arXiv 2006.10738).

For small collections. It makes it harder for the discriminator to memorise the pictures, and the generator does not
learn the augmentations, because its images are augmented as well. G's gradient passes through it.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_hw.loss_wrappers import LossWrapper

MAX_TRANSLATION = 1 / 8  # share of the side
CUTOUT = 1 / 2  # side of the square that is cut out, as a share of the image's


class AugmentedLoss(LossWrapper):
    """Any loss, of augmented images.

    In the discriminator's step the images themselves are augmented, so that a gradient penalty measures its slope where
    it sees images. In the generator's step they are augmented on the way into the discriminator, with a gradient.
    """

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """The wrapped discriminator loss of augmented real and augmented generated images."""
        return self.objective.discriminator_loss(discriminator, augment(real), augment(fake))

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """The wrapped generator loss, for a discriminator that augments what it is given."""
        return self.objective.generator_loss(DiffAugment(discriminator), fake, real)

    def penalty(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor | None:
        """The wrapped penalty of D and augmentation together, as in StyleGAN2-ADA (Karras et al. 2020, 2006.06676)."""
        return self.objective.penalty(DiffAugment(discriminator), real, fake)


class DiffAugment:
    """A discriminator that augments every image before it sees it."""

    def __init__(self, discriminator: Any) -> None:
        self.discriminator = discriminator
        self.per_image = getattr(discriminator, "per_image", False)

    def __call__(self, images: Tensor, *labels: Tensor) -> Tensor:
        """Logits (N,) of augmented images."""
        return self.discriminator(augment(images), *labels)

    def classify(self, images: Tensor) -> Tensor:
        """Class logits (N, K) of the auxiliary classifier, for augmented images."""
        return self.discriminator.classify(augment(images))


def augment(images: Tensor) -> Tensor:
    """Each of the images (N, 3, H, W) in [-1, 1] randomly augmented, with the global random generator.

    DiffAugment's colour, translation and cutout (Zhao et al. 2020, and its code).
    """
    return rand_cutout(rand_translation(rand_color(images)))


def rand_color(images: Tensor) -> Tensor:
    """Each image with another brightness, saturation and contrast."""
    brightness, saturation, contrast = (_rand(images) for _ in range(3))
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + 2 * saturation * (images - grey)
    middle = images.mean((1, 2, 3), keepdim=True)
    return middle + (0.5 + contrast) * (images - middle)


def rand_translation(images: Tensor) -> Tensor:
    """Each image moved by up to MAX_TRANSLATION of its side; grey fills the border."""
    n, _, height, width = images.shape
    most = max(1, round(MAX_TRANSLATION * height))
    padded = F.pad(images, [most] * 4)
    down, right = (torch.randint(0, 2 * most + 1, (n, 1, 1), device=images.device) for _ in range(2))
    rows = down + torch.arange(height, device=images.device)[None, :, None]
    columns = right + torch.arange(width, device=images.device)[None, None, :]
    picked = padded.permute(0, 2, 3, 1)[torch.arange(n, device=images.device)[:, None, None], rows, columns]
    return picked.permute(0, 3, 1, 2)


def rand_cutout(images: Tensor) -> Tensor:
    """Each image with a grey square of CUTOUT of its side at a random place, which may lie partly outside."""
    _, _, height, width = images.shape
    half = CUTOUT * height / 2
    rows = torch.arange(height, device=images.device)[None, None, :, None] - _rand(images) * height
    columns = torch.arange(width, device=images.device)[None, None, None, :] - _rand(images) * width
    return images * ((rows.abs() > half) | (columns.abs() > half)).to(images.dtype)


def _rand(images: Tensor) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, device=images.device, dtype=images.dtype)
