"""Colour spaces in which a discriminator may see images."""

import math

import torch
from torch import Tensor, nn

HUE_FADE_RADIUS = 0.1  # distance from grey below which hue fades out, with colours in [0, 1]
SATURATION_FADE_INTENSITY = 0.05  # intensity below which saturation fades out


class HSI(nn.Module):
    """RGB in [-1, 1] -> hue (as a cosine and a sine), saturation and intensity; (N, 4 + extra, H, W).

    Gonzalez & Woods, Digital Image Processing, section 6.2.3, with hue as a point on the circle, because as an angle
    red lies at both ends of its range. Grey has no hue and black no saturation: near them both fade out, so that a
    small change of a colour stays a small change here, which a gradient penalty depends on. Values outside [-1, 1] are
    clamped. Extra channels, after the colours, stay unchanged.
    """

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3 + extra, H, W) -> (N, 4 + extra, H, W)."""
        red, green, blue = (((images[:, k] + 1) / 2).clamp(0, 1) for k in range(3))
        intensity = (red + green + blue) / 3
        # The colours' distance from grey, in the plane perpendicular to the grey diagonal of the colour cube.
        x, y = red - (green + blue) / 2, math.sqrt(3) / 2 * (green - blue)
        radius = torch.sqrt(x**2 + y**2 + HUE_FADE_RADIUS**2)
        lowest = torch.minimum(torch.minimum(red, green), blue)
        saturation = (intensity - lowest) / (intensity + SATURATION_FADE_INTENSITY)
        planes = torch.stack([x / radius, y / radius, 2 * saturation - 1, 2 * intensity - 1], 1)
        return torch.cat([planes, images[:, 3:]], 1)


COLOR_SPACES: dict[str, type[nn.Module]] = {"rgb": nn.Identity, "hsi": HSI}  # conversions from RGB
COLOR_CHANNELS = {"rgb": 3, "hsi": 4}  # of an image in that colour space
