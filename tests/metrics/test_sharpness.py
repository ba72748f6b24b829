"""Sharpness: 0 without detail, less with blur, more with noise, and the same for a mirrored image."""

import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from gan_hw.metrics.sharpness import sharpness


@pytest.fixture
def images():
    return torch.randint(0, 256, (4, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_one_colour_and_an_even_slope_have_none():
    assert sharpness(torch.full((2, 3, 8, 8), 70, dtype=torch.uint8)) == 0
    slope = (10 * torch.arange(8, dtype=torch.uint8)).expand(1, 3, 8, 8)
    assert sharpness(slope) == pytest.approx(0, abs=1e-6)


def test_one_bright_pixel():
    images = torch.zeros(1, 3, 5, 5, dtype=torch.uint8)
    images[..., 2, 2] = 100
    laplacian = torch.tensor([0.0, 100, 0, 100, -400, 100, 0, 100, 0])
    assert sharpness(images) == pytest.approx(laplacian.var().item(), rel=1e-5)


def test_blur_makes_it_smaller_and_contrast_counts_squared(images):
    assert sharpness(gaussian_blur(images, 3)) < 0.5 * sharpness(images)
    assert sharpness(images // 2 * 2) == pytest.approx(4 * sharpness(images // 2), rel=1e-5)
    assert sharpness(images.flip(3)) == pytest.approx(sharpness(images), rel=1e-5)
