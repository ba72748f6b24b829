"""Copies are found, however they were altered, and likenesses are not taken for copies."""

import pytest
import torch
from conftest import image_set, needs_faces

from gan_hw.data.images import load_images
from gan_hw.inference.submission import jpeg_round_trip
from gan_hw.metrics import near_duplicates


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    return load_images("drawn:1200", tmp_path_factory.mktemp("faces"), quiet=True).images


VARIANTS = {
    "none": lambda images: images,
    "compressed": lambda images: torch.as_tensor(jpeg_round_trip(images)),
    "mirrored": lambda images: images.flip(3),
    "shifted": lambda images: images.roll(1, 3),
    "noisy": lambda images: (images + 10 * torch.randn(images.shape)).clamp(0, 255).to(torch.uint8),
    "lighter": lambda images: (images.int() + 6).clamp(0, 255).to(torch.uint8),
}


@pytest.mark.parametrize("vary", VARIANTS.values(), ids=VARIANTS)
def test_planted_copies_are_found(faces, vary):
    """Ten of a hundred images are altered training images."""
    generated = torch.cat([faces[1100:1190], vary(faces[30:1030])[:10]])
    found = near_duplicates.closest_matches(generated, faces[:1100])
    assert found.is_copy[90:].double().mean() >= 0.8
    assert found.indices[90:].tolist() == list(range(30, 40))
    assert not found.is_copy[:90].any()


def test_duplicates_inside_a_set(faces):
    doubled = torch.cat([faces[:50], faces[:5].flip(3)])
    found = near_duplicates.closest_matches_within(doubled)
    assert found.is_copy[:5].all() and found.is_copy[50:].all()
    assert found.indices[50:].tolist() == [0, 1, 2, 3, 4]
    assert near_duplicates.closest_matches_within(image_set(20).images).indices.tolist() != list(range(20))


def test_the_difference_is_in_pixel_values():
    black = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    assert near_duplicates.closest_matches(black, black + 20).rmse.item() == pytest.approx(20, rel=1e-4)


@needs_faces
def test_real_faces_are_hardly_ever_taken_for_copies(real_faces):
    assert near_duplicates.closest_matches_within(real_faces.images[:3000]).copy_rate < 0.02
