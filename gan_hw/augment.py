"""DiffAugment: differentiable augmentation of what a discriminator sees (Zhao et al. 2020, arXiv 2006.10738)."""

import torch
import torch.nn.functional as F

SHIFT = 1 / 8  # of the side: how far images are moved at most
CUTOUT = 1 / 2  # of the side: of the square that is cut out


class DiffAugment:
    """A discriminator that sees every image, real or generated, disturbed at random (Zhao et al. 2020, 2006.10738).

    For small collections: it can't learn the pictures by heart, and G is not taught to draw disturbed ones, since its
    own are disturbed as well. Through this G's images are seen; in its own step D is given disturbed images themselves,
    so that a gradient penalty is one of its slope where it looks.
    """

    def __init__(self, discriminator):
        self.discriminator = discriminator
        self.per_image = getattr(discriminator, "per_image", False)

    def __call__(self, images, *labels):
        return self.discriminator(augment(images), *labels)

    def classify(self, images):
        """Class logits (N, K) of the auxiliary classifier, for augmented images."""
        return self.discriminator.classify(augment(images))


def augment(images):
    """Each of the images (N, 3, H, W) in [-1, 1] in other colours, moved, and with a hole, by the global dice.

    DiffAugment's colour, translation and cutout (Zhao et al. 2020, section 4 and its code).
    """
    return rand_cutout(rand_translation(rand_color(images)))


def rand_color(images):
    """Each image brighter or darker, more or less colourful, and with more or less contrast."""
    brightness, saturation, contrast = (_rand(images) for _ in range(3))
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + 2 * saturation * (images - grey)
    middle = images.mean((1, 2, 3), keepdim=True)
    return middle + (0.5 + contrast) * (images - middle)


def rand_translation(images):
    """Each image moved by up to SHIFT of its side, grey coming in at the rim."""
    n, _, height, width = images.shape
    most = max(1, round(SHIFT * height))
    padded = F.pad(images, [most] * 4)
    down, right = (torch.randint(0, 2 * most + 1, (n, 1, 1), device=images.device) for _ in range(2))
    rows = down + torch.arange(height, device=images.device)[None, :, None]
    columns = right + torch.arange(width, device=images.device)[None, None, :]
    picked = padded.permute(0, 2, 3, 1)[torch.arange(n, device=images.device)[:, None, None], rows, columns]
    return picked.permute(0, 3, 1, 2)


def rand_cutout(images):
    """Each image with a grey square of HOLE of its side, somewhere, partly outside perhaps."""
    _, _, height, width = images.shape
    half = CUTOUT * height / 2
    rows = torch.arange(height, device=images.device)[None, None, :, None] - _rand(images) * height
    columns = torch.arange(width, device=images.device)[None, None, None, :] - _rand(images) * width
    return images * ((rows.abs() > half) | (columns.abs() > half)).to(images.dtype)


def _rand(images):
    return torch.rand(len(images), 1, 1, 1, device=images.device, dtype=images.dtype)
