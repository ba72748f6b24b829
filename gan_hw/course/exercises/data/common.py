"""What the exercises of data share."""

import torch
from torch import Tensor


def every_pixel_value() -> tuple[Tensor]:
    return (torch.arange(256).to(torch.uint8).expand(2, 3, 1, 256).clone(),)
