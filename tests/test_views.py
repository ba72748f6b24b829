"""What a discriminator is shown: hue, saturation and intensity, and images disturbed at random."""

import colorsys
import math

import pytest
import torch
from conftest import image_set, small

from gan_hw.datasets import to_float
from gan_hw.networks.views import HOLE, HSI, Augmented, augmented, cut_out, moved, recoloured
from gan_hw.recipes import RECIPES
from gan_hw.training import Trainer


@pytest.mark.parametrize("colour", [(1, 0, 0), (0, 1, 0), (0.2, 0.3, 0.9), (0.9, 0.8, 0.1), (0.4, 0.1, 0.3)])
def test_hue_saturation_and_intensity_of_a_colour(colour):
    pixel = torch.tensor(colour, dtype=torch.float64).reshape(1, 3, 1, 1) * 2 - 1
    cosine, sine, saturation, intensity = HSI()(pixel).flatten().tolist()
    red, green, blue = colour
    angle = math.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue)  # Gonzalez & Woods, equation 6.2-2
    assert (cosine, sine) == pytest.approx((math.cos(angle), math.sin(angle)), abs=1e-3)
    assert saturation == pytest.approx(2 * (1 - min(colour) / (sum(colour) / 3)) - 1, abs=5e-3)
    assert intensity == pytest.approx(2 * sum(colour) / 3 - 1)
    assert math.degrees(angle) % 360 == pytest.approx(360 * colorsys.rgb_to_hsv(*colour)[0], abs=2.0)


def test_grey_and_black_have_derivatives():
    pixels = torch.tensor([[-1.0] * 3, [0.3] * 3, [1.0] * 3]).reshape(3, 3, 1, 1).requires_grad_()
    HSI()(pixels).sum().backward()
    assert torch.isfinite(pixels.grad).all()


def test_further_channels_stay_behind_the_colours():
    images = torch.rand(2, 4, 8, 8)
    shown = HSI()(images)
    assert shown.shape == (2, 5, 8, 8) and torch.equal(shown[:, 4], images[:, 3])


def test_images_are_moved_by_whole_pixels():
    image = torch.zeros(200, 3, 16, 16)
    image[:, :, 8, 8] = 1
    rows, columns = moved(image).mean(1).flatten(1).argmax(1) // 16, moved(image).mean(1).flatten(1).argmax(1) % 16
    for place in (rows, columns):
        assert place.min() == 6 and place.max() == 10  # an eighth of 16 to either side


def test_a_square_is_cut_out_and_the_rest_stays():
    images = torch.ones(300, 3, 16, 16)
    left = cut_out(images)
    assert ((left == 0) | (left == 1)).all()
    share = 1 - left.mean((1, 2, 3))
    assert share.max() <= HOLE**2 * 1.2 and share.max() > 0.9 * HOLE**2 and share.min() < HOLE**2 / 2


def test_colours_change_as_one():
    """Brightness, saturation and contrast: each pixel's new colour is the same function of the old one."""
    images = torch.rand(1, 3, 8, 8).expand(50, -1, -1, -1) - 0.5
    changed = recoloured(images)
    assert changed.mean((1, 2, 3)).std() > 0.1
    flat = torch.full((1, 3, 8, 8), 0.2)
    assert recoloured(flat).flatten().unique().numel() == 1


def test_disturbed_images_carry_gradients_to_every_image():
    images = torch.randn(6, 3, 16, 16).requires_grad_()
    augmented(images).square().sum().backward()
    assert (images.grad.flatten(1).abs().sum(1) > 0).all()


def test_d_sees_real_and_generated_images_disturbed_and_the_loss_is_the_objective_s():
    seen = []

    def discriminator(images):
        seen.append(images)
        return images.mean((1, 2, 3))

    images = torch.ones(4, 3, 16, 16)
    Augmented(discriminator)(images)
    assert seen[0].shape == images.shape and not torch.equal(seen[0], images)


@pytest.mark.parametrize("fields", [{"augment": True}, {"d_input": "hsi"}, {"brightness_weight": 10.0}])
def test_recipes_train_with_them_and_resume(tmp_path, fields):
    trained = {}
    for name, parts in (("whole", [4]), ("parts", [2, 4])):
        for steps in parts:
            trainer = Trainer(
                small("wgan_gp", n_critic=1, **fields), image_set(), tmp_path / name, device="cpu", quiet=True
            )
            trainer.train(steps=steps)
        trained[name] = trainer.generator.state_dict()
    assert all(torch.equal(value, trained["parts"][name]) for name, value in trained["whole"].items())


def test_a_plane_of_labels_goes_with_hsi():
    recipe = RECIPES["iclevr_cgan"].replace(d_input="hsi", classes=3, feature_dim=4)
    assert recipe.discriminator()(to_float(image_set(2).images), torch.eye(3)[:2]).shape == (2,)
