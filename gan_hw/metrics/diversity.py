"""How different images are from one another."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

PAIRWISE_BLOCK_IMAGES = 1000  # compared at a time, so that memory stays small whatever the number of images
EXACT_PRODUCTS = 1024  # whole numbers up to 128 * 128 whose sum float32 holds exactly: 2**14 * 2**10 = 2**24


def mean_pairwise_rmse(images: Tensor | np.ndarray) -> float:
    """Mean over all pairs of images of their root mean squared difference, in pixel values (0..255).

    images: uint8 (N, 3, H, W), N >= 2.
    """
    flat = torch.as_tensor(np.asarray(images)).flatten(1).to(torch.int16) - 128
    squares = flat.double().square().sum(1)
    total = 0.0
    for rows, row_squares in _blocks(flat, squares):
        for columns, column_squares in _blocks(flat, squares):
            products = _inner_products(rows, columns)
            total += (row_squares[:, None] + column_squares - 2 * products).sqrt().sum().item()
    return total / (len(flat) * (len(flat) - 1)) / flat.shape[1] ** 0.5


def relative_diversity(images: Tensor | np.ndarray, real_rmse: float) -> float:
    """The mean RMSE of images uint8 (N, 3, H, W), N >= 2, divided by that of the real ones; 1 is as varied as they are.

    real_rmse: mean_pairwise_rmse of the real images. Where they are all alike it counts as 1e-9.
    """
    return mean_pairwise_rmse(images) / max(real_rmse, 1e-9)


def _blocks(flat: Tensor, squares: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(flat.split(PAIRWISE_BLOCK_IMAGES), squares.split(PAIRWISE_BLOCK_IMAGES), strict=True)


def _inner_products(rows: Tensor, columns: Tensor) -> Tensor:
    """All inner products of rows (N, D) with columns (M, D), int16 from -128 to 127, exactly: float64 (N, M).

    In float32, twice as fast as float64 and, with so few products at a time, as exact, also where it multiplies in bf16
    or TF32.
    """
    total = rows.new_zeros(len(rows), len(columns), dtype=torch.float64)
    parts = (part.split(EXACT_PRODUCTS, 1) for part in (rows, columns))
    for some_rows, some_columns in zip(*parts, strict=True):
        total += some_rows.float() @ some_columns.float().T
    return total
