"""Other coordinates of colours, as a discriminator may see images."""

import math

import torch
from torch import nn

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


COLOR_SPACES = {"rgb": nn.Identity, "hsi": HSI}  # from images in RGB
CHANNELS = {"rgb": 3, "hsi": 4}  # of an image in that colour space
