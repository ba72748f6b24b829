"""What a discriminator is shown: hue, saturation and intensity, and images disturbed at random."""

import colorsys
import math

import pytest
import torch
from conftest import image_set, small

from gan_hw.data.images import ImageSet, to_float
from gan_hw.loss_wrappers import Brightness
from gan_hw.losses import Wasserstein, gradient_penalty
from gan_hw.networks.color import HSI
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_objective
from gan_hw.training.augment import (
    CUTOUT,
    AugmentedLoss,
    DiffAugment,
    augment,
    rand_color,
    rand_cutout,
    rand_translation,
)
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer


@pytest.mark.parametrize("colour", [(1, 0, 0), (0, 1, 0), (0.2, 0.3, 0.9), (0.9, 0.8, 0.1), (0.4, 0.1, 0.3)])
def test_hue_saturation_and_intensity_of_a_colour(colour):
    pixel = torch.tensor(colour, dtype=torch.float64).reshape(1, 3, 1, 1) * 2 - 1
    cosine, sine, saturation, intensity = HSI()(pixel).flatten().tolist()
    red, green, blue = colour
    angle = math.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue)  # Gonzalez & Woods, equation 6.2-2
    assert math.atan2(sine, cosine) == pytest.approx(angle)
    assert math.hypot(cosine, sine) > 0.9  # nearly on the circle: these colours are far from grey
    exact = 2 * (1 - min(colour) / (sum(colour) / 3)) - 1
    assert exact - 0.4 < saturation <= exact
    assert intensity == pytest.approx(2 * sum(colour) / 3 - 1)
    assert math.degrees(angle) % 360 == pytest.approx(360 * colorsys.rgb_to_hsv(*colour)[0], abs=2.0)


def test_a_small_change_of_a_colour_is_a_small_one_of_what_is_shown():
    """Near grey and black too, and of values that nothing bounds: a gradient penalty looks at this slope."""
    colours = torch.cat([torch.rand(500, 3) * 2.4 - 1.2, torch.full((1, 3), -1.0), torch.full((1, 3), 0.3)])
    slope = torch.func.vmap(torch.func.jacrev(lambda pixel: HSI()(pixel.reshape(1, 3, 1, 1)).flatten()))(colours)
    assert torch.linalg.matrix_norm(slope, 2).max() < 12
    assert HSI()(colours.reshape(-1, 3, 1, 1)).abs().max() <= 1 + 1e-5


def test_further_channels_stay_behind_the_colours():
    images = torch.rand(2, 4, 8, 8)
    shown = HSI()(images)
    assert shown.shape == (2, 5, 8, 8) and torch.equal(shown[:, 4], images[:, 3])


def test_images_are_moved_by_whole_pixels():
    image = torch.zeros(200, 3, 16, 16)
    image[:, :, 8, 8] = 1
    rows, columns = (
        rand_translation(image).mean(1).flatten(1).argmax(1) // 16,
        rand_translation(image).mean(1).flatten(1).argmax(1) % 16,
    )
    for place in (rows, columns):
        assert place.min() == 6 and place.max() == 10  # an eighth of 16 to either side


def test_a_square_is_cut_out_and_the_rest_stays():
    images = torch.ones(300, 3, 16, 16)
    left = rand_cutout(images)
    assert ((left == 0) | (left == 1)).all()
    share = 1 - left.mean((1, 2, 3))
    assert share.max() <= CUTOUT**2 * 1.2 and share.max() > 0.9 * CUTOUT**2 and share.min() < CUTOUT**2 / 2


def test_brightness_colourfulness_and_contrast_change_for_a_whole_image_each():
    images = torch.rand(1, 3, 8, 8).expand(200, -1, -1, -1) - 0.5
    changed = rand_color(images)
    assert changed.mean((1, 2, 3)).std() == pytest.approx((1 / 12) ** 0.5, rel=0.2)  # of a uniform number
    grey, was_grey = changed.mean(1, keepdim=True), images.mean(1, keepdim=True)
    contrast = grey.std((1, 2, 3)) / was_grey.std((1, 2, 3))
    assert contrast.min() > 0.49 and contrast.max() < 1.51 and contrast.std() > 0.2
    colourful = (changed - grey).std((1, 2, 3)) / (images - was_grey).std((1, 2, 3)) / contrast
    assert colourful.max() < 2.01 and colourful.std() > 0.4


def test_disturbed_images_carry_gradients_to_every_image():
    images = torch.randn(6, 3, 16, 16).requires_grad_()
    augment(images).square().sum().backward()
    assert (images.grad.flatten(1).abs().sum(1) > 0).all()


def test_d_is_shown_disturbed_images_only_where_the_recipe_says_so(tmp_path):
    """All of them: real and generated in its own step, and generated ones in G's."""
    images = ImageSet(torch.full((40, 3, 64, 64), 200, dtype=torch.uint8), "flat", "flat", "0" * 8)
    for augmenting in (False, True):
        recipe = small("gan", augment=augmenting)
        trainer = Trainer(recipe, images, tmp_path / str(augmenting), device="cpu", precision="fp32", quiet=True)
        seen, ask = [], trainer.discriminator.features
        trainer.discriminator.features = lambda shown, seen=seen, ask=ask: seen.append(shown.detach()) or ask(shown)
        trainer.gan.step = 1
        trainer.generator.forward = lambda z: (z.sum() * 0 + 0.5).expand(len(z), 3, 64, 64)
        training_step(trainer.gan, to_float(images.images[:8]))
        assert len(seen) == 3  # real, generated; generated
        assert all((batch.flatten(1).std(1).mean() > 0.01) == augmenting for batch in seen)


def test_the_penalty_is_of_d_where_it_looks_not_of_the_disturbance(tmp_path):
    """A critic of slope 1 has no penalty, whatever was done to the images before."""
    trainer = Trainer(small("wgan_gp", augment=True), image_set(), tmp_path, device="cpu", precision="fp32", quiet=True)
    weights = torch.ones(3 * 64 * 64) / (3 * 64 * 64) ** 0.5

    def critic(images):
        return images.flatten(1) @ weights

    real, fake = to_float(image_set(8).images), to_float(image_set(8).images)
    wasserstein = AugmentedLoss(Wasserstein())
    with_penalty = trainer.gan.objective
    losses = []
    for loss in (wasserstein, with_penalty):
        torch.manual_seed(0)  # the same augmentation
        losses.append(loss.discriminator_loss(critic, real, fake).item())
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    assert gradient_penalty(DiffAugment(critic), real, fake).item() > 0.01


def test_brightness_by_hand():
    fake = torch.full((4, 3, 8, 8), 0.5)
    held = Brightness(Wasserstein(), -0.1, 10.0)
    assert held.generator_loss(lambda images: torch.full((len(images),), 3.0), fake, fake).item() == pytest.approx(
        -3 + 3.6
    )
    fake.requires_grad_()
    held.generator_loss(lambda images: torch.zeros(len(images)), fake, fake).backward()
    assert (fake.grad > 0).all()  # downhill is darker


def test_brightness_is_held_at_that_of_all_pictures(tmp_path):
    """Not of the first ones: in folders, classes lie one after the other."""
    pictures = torch.zeros(40, 3, 64, 64, dtype=torch.uint8)
    pictures[20:] = 255
    images = ImageSet(pictures, "sorted", "sorted", "0" * 8)
    trainer = Trainer(small("gan", brightness_weight=1.0), images, tmp_path, device="cpu", quiet=True)
    assert trainer.gan.objective.brightness == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="brightness_weight=1.0 needs the real images': brightness="):
        build_objective(small("gan", brightness_weight=1.0))


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
    assert build_discriminator(recipe)(to_float(image_set(2).images), torch.eye(3)[:2]).shape == (2,)
