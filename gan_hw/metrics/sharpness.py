"""How much fine detail an image has, whatever it shows."""

import torch
from torch import Tensor
from torch.nn import functional as F

LAPLACIAN = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def sharpness(images: Tensor) -> float:
    """The mean over images uint8 (N, 3, H, W) of the variance of their Laplacian, computed on the grey image.

    A usual measure of focus (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy"). Blur makes it
    small. Noise makes it large as well, so a value above that of real images is no praise.
    """
    red, green, blue = images.float().unbind(1)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return F.conv2d(grey[:, None], LAPLACIAN[None, None]).flatten(1).var(1).mean().item()
