"""Images from seeds, the way between two, and the generator's file."""

import pytest
import torch
from conftest import small

from gan_hw.inference.sampling import generate, interpolate, sample_z
from gan_hw.inference.weights import load_generator, save_generator
from gan_hw.recipes.build import build_generator


@pytest.fixture
def generator():
    return build_generator(small("gan")).eval()


def test_generated_images_are_stored_pixels_and_do_not_depend_on_the_batch(generator):
    z = sample_z(130, 100, seed=3)
    images = generate(generator, z)
    assert images.shape == (130, 3, 64, 64)
    assert images.dtype == torch.uint8
    assert (generate(generator, z[100:]).int() - images[100:].int()).abs().max() <= 1


def test_generating_restores_the_mode(generator):
    generator.train()
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    generate(generator, sample_z(4, 100))
    assert generator.training
    assert all(torch.equal(before[name], value) for name, value in generator.state_dict().items())


def test_seeds_are_repeatable_and_a_longer_sample_begins_with_the_shorter():
    assert torch.equal(sample_z(5, 100, 1), sample_z(5, 100, 1))
    assert not torch.equal(sample_z(5, 100, 1), sample_z(5, 100, 2))
    for z_dim in (25, 100):
        assert torch.equal(sample_z(5, z_dim, 1), sample_z(130, z_dim, 1)[:5])


def test_latents_are_standard_normal():
    z = sample_z(2000, 100, 4)
    assert z.mean().item() == pytest.approx(0, abs=0.01)
    assert z.std().item() == pytest.approx(1, abs=0.01)


def test_interpolation_starts_and_ends_where_it_should_and_stays_on_the_sphere():
    start, end = sample_z(2, 100, seed=0)
    path = interpolate(start, end, 7)
    torch.testing.assert_close(path[0], start)
    torch.testing.assert_close(path[-1], end)
    lengths = path.norm(dim=1)
    assert lengths.min() > 0.9 * min(start.norm(), end.norm())
    assert torch.isfinite(interpolate(start, start, 3)).all()
    torch.testing.assert_close(interpolate(start, start, 3), start.expand(3, -1))


def test_a_saved_generator_comes_back_with_its_recipe(generator, tmp_path):
    save_generator(tmp_path / "generator.safetensors", generator, small("gan"))
    for path in (tmp_path, tmp_path / "generator.safetensors"):
        loaded, recipe = load_generator(path)
        assert recipe == small("gan")
        assert torch.equal(generate(loaded, sample_z(2, 100)), generate(generator, sample_z(2, 100)))


def test_missing_and_damaged_generators_are_named(generator, tmp_path):
    with pytest.raises(FileNotFoundError, match="train a model first"):
        load_generator(tmp_path)
    path = tmp_path / "generator.safetensors"
    save_generator(path, generator, small("gan"))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"generator\.safetensors' is damaged"):
        load_generator(path)
    save_generator(path, generator, small("gan", feature_dim=8))
    with pytest.raises(ValueError, match="belongs to another network"):
        load_generator(path)


def test_truncated_latents_stay_inside_and_keep_the_first_rows():
    z = sample_z(500, 100, seed=3, truncation=1.5)
    assert z.abs().max() <= 1.5
    # The variance of the normal distribution cut off at t is 1 - 2 t p(t) / (2 P(t) - 1).
    assert z.var().item() == pytest.approx(1 - 3 * 0.12952 / 0.86639, abs=0.01)
    assert torch.equal(z[:20], sample_z(20, 100, seed=3, truncation=1.5))
    assert not torch.equal(z[:20], sample_z(20, 100, seed=4, truncation=1.5))
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="must be above 0"):
            sample_z(2, 4, truncation=wrong)
