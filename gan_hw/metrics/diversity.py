"""How different images are from one another."""

import numpy as np
import torch
from torch import Tensor

PAIRWISE_BLOCK_IMAGES = 1000  # compared at a time, so that memory stays small whatever the number of images


def mean_pairwise_rmse(images: Tensor | np.ndarray) -> float:
    """Mean over all pairs of images of their root mean squared difference, in pixel values (0..255).

    images: uint8 (N, 3, H, W), N >= 2.
    """
    flat = torch.as_tensor(np.asarray(images)).flatten(1)
    total = 0.0
    for rows in flat.split(PAIRWISE_BLOCK_IMAGES):
        for columns in flat.split(PAIRWISE_BLOCK_IMAGES):
            # In double precision the fast form |a|^2 + |b|^2 - 2ab is exact enough even for equal images.
            distances = torch.cdist(rows.double(), columns.double(), compute_mode="use_mm_for_euclid_dist")
            total += distances.sum().item()
    return total / (len(flat) * (len(flat) - 1)) / flat.shape[1] ** 0.5
