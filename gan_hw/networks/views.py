"""What a discriminator is shown in place of plain images: other coordinates of colours, or images disturbed at random.

All of it is differentiable, since G learns through it.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

SHIFT = 1 / 8  # of the side: how far images are moved at most
HOLE = 1 / 2  # of the side: of the square that is cut out
GREY = 0.1  # distance from grey at which hue fades out, colours being in [0, 1],
BLACK = 0.05  # and intensity at which saturation does


class HSI(nn.Module):
    """RGB in [-1, 1] -> hue (as a cosine and a sine), saturation and intensity; (N, 4 + further, H, W).

    Gonzalez & Woods, Digital Image Processing, section 6.2.3, with hue as a point of the circle, because red lies on
    both ends of it as an angle. Grey has no hue and black no saturation: near them both fade out, so that no small
    change of a colour is a large one here, which a gradient penalty would have to fight. Values outside of [-1, 1]
    count as the nearest inside. Further channels, behind the colours, stay as they are.
    """

    def forward(self, images):
        red, green, blue = (((images[:, k] + 1) / 2).clamp(0, 1) for k in range(3))
        intensity = (red + green + blue) / 3
        # The colours' distance from grey, in the plane across the grey diagonal of the colour cube.
        x, y = red - (green + blue) / 2, math.sqrt(3) / 2 * (green - blue)
        radius = torch.sqrt(x**2 + y**2 + GREY**2)
        saturation = (intensity - torch.minimum(torch.minimum(red, green), blue)) / (intensity + BLACK)
        planes = torch.stack([x / radius, y / radius, 2 * saturation - 1, 2 * intensity - 1], 1)
        return torch.cat([planes, images[:, 3:]], 1)


VIEWS = {"rgb": nn.Identity, "hsi": HSI}  # what a recipe may show to D
COLOURS = {"rgb": 3, "hsi": 4}  # and how many channels the colours have then


class Augmented:
    """A discriminator that sees every image, real or generated, disturbed at random (Zhao et al. 2020, 2006.10738).

    For small collections: it can't learn the pictures by heart, and G is not taught to draw disturbed ones, since its
    own are disturbed as well. Through this G's images are seen; in its own step D is given disturbed images themselves,
    so that a gradient penalty is one of its slope where it looks.
    """

    def __init__(self, discriminator):
        self.discriminator = discriminator
        self.per_image = getattr(discriminator, "per_image", False)

    def __call__(self, images, *labels):
        return self.discriminator(augmented(images), *labels)

    def read(self, images):
        """What a discriminator that reads reads off them."""
        return self.discriminator.read(augmented(images))


def augmented(images):
    """Each of the images (N, 3, H, W) in [-1, 1] in other colours, moved, and with a hole, by the global dice.

    DiffAugment's colour, translation and cutout (Zhao et al. 2020, section 4 and its code).
    """
    return cut_out(moved(recoloured(images)))


def recoloured(images):
    """Each image brighter or darker, more or less colourful, and with more or less contrast."""
    brightness, saturation, contrast = (_dice(images) for _ in range(3))
    images = images + (brightness - 0.5)
    grey = images.mean(1, keepdim=True)
    images = grey + 2 * saturation * (images - grey)
    middle = images.mean((1, 2, 3), keepdim=True)
    return middle + (0.5 + contrast) * (images - middle)


def moved(images):
    """Each image moved by up to SHIFT of its side, grey coming in at the rim."""
    n, _, height, width = images.shape
    most = max(1, round(SHIFT * height))
    padded = F.pad(images, [most] * 4)
    down, right = (torch.randint(0, 2 * most + 1, (n, 1, 1), device=images.device) for _ in range(2))
    rows = down + torch.arange(height, device=images.device)[None, :, None]
    columns = right + torch.arange(width, device=images.device)[None, None, :]
    picked = padded.permute(0, 2, 3, 1)[torch.arange(n, device=images.device)[:, None, None], rows, columns]
    return picked.permute(0, 3, 1, 2)


def cut_out(images):
    """Each image with a grey square of HOLE of its side, somewhere, partly outside perhaps."""
    _, _, height, width = images.shape
    half = HOLE * height / 2
    rows = torch.arange(height, device=images.device)[None, None, :, None] - _dice(images) * height
    columns = torch.arange(width, device=images.device)[None, None, None, :] - _dice(images) * width
    return images * ((rows.abs() > half) | (columns.abs() > half)).to(images.dtype)


def _dice(images):
    return torch.rand(len(images), 1, 1, 1, device=images.device, dtype=images.dtype)
