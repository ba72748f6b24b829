"""How different images are from one another."""

import numpy as np
import torch

BLOCK = 1000  # images that are compared at a time, so that memory stays small whatever their number


def mean_pairwise_rmse(images):
    """Mean over all pairs of images of their root mean squared difference, in pixel values (0..255).

    images: uint8 (N, 3, H, W), N >= 2.
    """
    flat = torch.as_tensor(np.asarray(images)).flatten(1)
    total = 0.0
    for rows in flat.split(BLOCK):
        for columns in flat.split(BLOCK):
            # In double precision the fast form |a|^2 + |b|^2 - 2ab is exact enough even for equal images.
            pairs = torch.cdist(rows.double(), columns.double(), compute_mode="use_mm_for_euclid_dist")
            total += pairs.sum().item()
    return total / (len(flat) * (len(flat) - 1)) / flat.shape[1] ** 0.5
