"""What each objective minimises, and that the wrong versions found in public code would be noticed."""

import math

import pytest
import torch
from conftest import image_set, small

from gan_hw.inference.weights import load_generator
from gan_hw.loss_wrappers import AuxiliaryClassifier, PerceptualLoss, total_variation
from gan_hw.losses import (
    LOSSES,
    Loss,
    Standard,
    Wasserstein,
    WassersteinGP,
    gradient_penalty,
)
from gan_hw.recipes.build import build_objective
from gan_hw.recipes.recipe import LOSS_OPTIONS
from gan_hw.training.trainer import Trainer


def pixels(n=6, size=8):
    return torch.rand(n, 3, size, size, dtype=torch.float64) * 2 - 1


def linear_critic(slope, size=8):
    """A critic whose gradient has the length `slope` at every image."""
    direction = torch.randn(3 * size * size, dtype=torch.float64)
    direction = slope * direction / direction.norm()
    return lambda images: images.flatten(1) @ direction


# Facts of the gradient penalty, each a function of the penalty that it is held against.


def slope_error(penalty):
    """The penalty of a linear critic is exactly its slope error."""
    for slope in (0.25, 1.0, 3.0):
        assert penalty(linear_critic(slope), pixels(), pixels()).item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


def mean_over_images(penalty):
    """Each image has its own norm: slopes 1 and 3 give (0 + 4) / 2."""
    slopes = torch.tensor([1.0, 3.0], dtype=torch.float64)
    critic = lambda images: images.flatten(1).sum(1) / math.sqrt(3 * 8 * 8) * slopes  # noqa: E731
    assert penalty(critic, pixels(2), pixels(2)).item() == pytest.approx(2.0, abs=1e-5)


def one_weight_per_image(penalty):
    """Between ones and zeros a mixed pixel is the mixing weight itself."""
    seen = []

    def critic(images):
        seen.append(images.detach())
        return images.flatten(1).sum(1)

    penalty(critic, torch.ones(16, 3, 8, 8), torch.zeros(16, 3, 8, 8))
    weights = seen[0].flatten(1)
    assert (weights == weights[:, :1]).all()
    assert weights[:, 0].unique().numel() == 16
    assert ((weights >= 0) & (weights <= 1)).all()


def finite_where_flat(penalty):
    """A critic that is flat everywhere has penalty 1, and a finite gradient."""
    weight = torch.zeros(3 * 8 * 8, dtype=torch.float64, requires_grad=True)
    value = penalty(lambda images: images.flatten(1) @ weight, pixels(), pixels())
    value.backward()
    assert value.item() == pytest.approx(1.0)
    assert torch.isfinite(weight.grad).all()


def trains_the_critic(penalty):
    """The gradient with respect to the critic's weights is that of (norm - 1)^2."""
    weight = torch.full((3 * 8 * 8,), 0.5, dtype=torch.float64, requires_grad=True)
    value = penalty(lambda images: images.flatten(1) @ weight, pixels(), pixels())
    assert value.requires_grad
    value.backward()
    norm = weight.detach().norm()
    torch.testing.assert_close(weight.grad, 2 * (norm - 1) * weight.detach() / norm)


FACTS = (slope_error, mean_over_images, one_weight_per_image, finite_where_flat, trains_the_critic)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_gradient_penalty(fact):
    fact(gradient_penalty)


def public_version(norm, per_pixel=False, create_graph=True):
    """A penalty as it stands in public code, wrong in one place."""

    def penalty(discriminator, real, fake):
        shape = real.shape if per_pixel else (len(real), 1, 1, 1)
        alpha = torch.rand(shape, dtype=real.dtype)
        mixed = (alpha * real + (1 - alpha) * fake).requires_grad_()
        (gradient,) = torch.autograd.grad(discriminator(mixed).sum(), mixed, create_graph=create_graph)
        return ((norm(gradient) - 1) ** 2).mean()

    return penalty


def per_image(gradient):
    return gradient.flatten(1).norm(2, dim=1)


WRONG = {  # what is wrong: (the penalty, the fact that finds it out)
    "norm over one axis": (public_version(lambda gradient: gradient.norm(2, dim=1)), slope_error),
    "one norm over the batch": (public_version(lambda gradient: gradient.norm(2)), mean_over_images),
    "a weight for each pixel": (public_version(per_image, per_pixel=True), one_weight_per_image),
    "no graph of the gradient": (public_version(per_image, create_graph=False), trains_the_critic),
    "a bare square root": (public_version(lambda g: (g.flatten(1) ** 2).sum(1).sqrt()), finite_where_flat),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_penalties_of_public_code_are_found_out(wrong):
    penalty, fact = WRONG[wrong]
    with pytest.raises(AssertionError):
        fact(penalty)


def test_penalty_refuses_different_shapes():
    with pytest.raises(ValueError, match="same shape"):
        gradient_penalty(linear_critic(1.0), pixels(4), pixels(3))


def constant(value):
    return lambda images: torch.full((len(images),), value)


def test_standard_losses_are_log_two_for_a_guessing_discriminator():
    images = torch.zeros(4, 3, 8, 8)
    assert Standard().discriminator_loss(constant(0.0), images, images).item() == pytest.approx(math.log(2))
    assert Standard().generator_loss(constant(0.0), images, images).item() == pytest.approx(math.log(2))


def test_standard_losses_equal_the_paper_s_formulae_on_probabilities():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])
    logits = iter([real, fake, fake])
    images = torch.zeros(2, 3, 8, 8)
    p_real, p_fake = torch.sigmoid(real), torch.sigmoid(fake)
    loss_d = Standard().discriminator_loss(lambda _: next(logits), images, images)
    assert loss_d.item() == pytest.approx((-p_real.log().mean() - (1 - p_fake).log().mean()).item() / 2)
    loss_g = Standard().generator_loss(lambda _: next(logits), images, images)
    assert loss_g.item() == pytest.approx(-p_fake.log().mean().item())


def test_standard_losses_stay_finite_for_huge_logits():
    images = torch.zeros(2, 3, 8, 8)
    for value in (-1e4, 1e4):
        assert torch.isfinite(Standard().discriminator_loss(constant(value), images, images))
        assert torch.isfinite(Standard().generator_loss(constant(value), images, images))


def test_wasserstein_losses_are_differences_of_mean_scores():
    scores = iter([torch.tensor([1.0, 0.0]), torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0])])
    images = torch.zeros(2, 3, 8, 8)
    assert Wasserstein().discriminator_loss(lambda _: next(scores), images, images).item() == -3.5
    assert Wasserstein().generator_loss(lambda _: next(scores), images, images).item() == -0.5


def test_clipping_bounds_every_weight_and_leaves_small_ones():
    critic = torch.nn.Linear(50, 1)
    with torch.no_grad():
        critic.weight[0, :2] = torch.tensor([0.005, -0.5])
    Wasserstein(0.01).after_discriminator_step(critic)
    assert all(weight.abs().max() <= 0.01 for weight in critic.parameters())
    assert critic.weight[0, 0].item() == pytest.approx(0.005)
    assert critic.weight[0, 1].item() == pytest.approx(-0.01)


def test_gradient_penalty_objective_adds_its_weight_times_the_penalty_and_clips_nothing():
    objective, critic = WassersteinGP(gp_weight=10.0), linear_critic(3.0)
    real, fake = pixels(), pixels()
    wasserstein = Wasserstein().discriminator_loss(critic, real, fake)
    assert objective.discriminator_loss(critic, real, fake).item() == pytest.approx(wasserstein.item() + 40, abs=1e-4)
    layer = torch.nn.Linear(5, 1)
    before = layer.weight.clone()
    objective.after_discriminator_step(layer)
    assert torch.equal(layer.weight, before)


def test_the_drift_penalty_is_the_mean_squared_score_of_real_images():
    real, fake = torch.randn(6, 3, 8, 8), torch.randn(6, 3, 8, 8)

    def critic(images):
        return images.mean((1, 2, 3)) * 50

    plain, held = (Wasserstein(0.01, drift).discriminator_loss(critic, real, fake) for drift in (0.0, 1e-3))
    torch.testing.assert_close(held - plain, 1e-3 * (critic(real) ** 2).mean())
    with_penalty = [WassersteinGP(10.0, drift).discriminator_loss(critic, real, real) for drift in (0.0, 1e-3)]
    torch.testing.assert_close(with_penalty[1] - with_penalty[0], 1e-3 * (critic(real) ** 2).mean())


def test_total_variation_by_hand():
    """Rows differ by 1 and by 3, columns by 2 everywhere."""
    image = torch.tensor([[0.0, 2, 4], [1, 3, 5], [4, 6, 8]]).expand(2, 3, 3, 3)
    assert total_variation(image).item() == pytest.approx(2 * ((1 + 9) / 2 + 4))


def test_all_columns_against_one_are_no_total_variation():
    """x[..., w - 1] for x[..., :w - 1], as once published: on a ramp of eight columns that is 13 times too much."""
    ramp = torch.arange(8.0).expand(1, 3, 8, 8) / 7
    assert total_variation(ramp).item() == pytest.approx(2 / 49)
    against_one = 2 * ((ramp[..., 1:] - ramp[..., 7:]) ** 2).mean()
    assert against_one == pytest.approx(13 * total_variation(ramp))


class Blind:
    """A discriminator that says 2 of every image."""

    def __call__(self, images):
        return torch.full((len(images),), 2.0)

    def classification_loss(self, *batches):
        return torch.tensor(3.0)


def test_content_loss_by_hand_and_with_the_classes_as_one_to_four():
    real, fake = torch.zeros(2, 3, 8, 8), torch.full((2, 3, 8, 8), 0.5)
    content = PerceptualLoss(Standard(), lambda images: 4 * images.mean((2, 3)), 0.1)
    adversarial = math.log1p(math.exp(-2))
    by_hand = 0.25 + 1e-3 * adversarial + 0.1 * 4.0  # pixels 0.5 apart, features 2
    assert content.generator_loss(Blind(), fake, real).item() == pytest.approx(by_hand)
    both = AuxiliaryClassifier(content, 0.25).generator_loss(Blind(), fake, real)
    assert both.item() == pytest.approx((0.8 * by_hand + 0.2 * 3.0) / 0.8)
    assert content.discriminator_loss(Blind(), fake, fake) == Standard().discriminator_loss(Blind(), fake, fake)


def test_what_unpaired_pixels_pull_to_is_the_mean_of_the_real_images():
    """Without the other terms, the content loss of one image drawn for fifty real ones has its minimum there."""
    real = torch.rand(50, 3, 4, 4)
    content = PerceptualLoss(Standard(), lambda images: images.new_zeros(1), 0.1)
    content.adversarial_weight = content.tv_weight = 0.0
    mean = real.mean(0, keepdim=True).requires_grad_()
    content.generator_loss(Blind(), mean.expand(50, -1, -1, -1), real).backward()
    torch.testing.assert_close(mean.grad, torch.zeros_like(mean), atol=1e-7, rtol=0)


def test_content_s_total_variation_counts():
    real, fake = torch.zeros(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    content = PerceptualLoss(Standard(), lambda images: images.new_zeros(1), 0.1)
    plain = content.generator_loss(Blind(), fake, real)
    content.tv_weight = 1.0
    assert (content.generator_loss(Blind(), fake, real) - plain).item() == pytest.approx(
        total_variation(fake).item(), rel=1e-4
    )


def test_smooth_images_have_less_total_variation_and_a_gradient():
    noise = torch.rand(2, 3, 8, 8, requires_grad=True)
    loss = total_variation(noise)
    loss.backward()
    with torch.no_grad():
        assert total_variation(noise - 0.1 * noise.grad) < loss


def test_a_loss_of_one_s_own_with_its_recipe_trains_without_a_change_to_the_package(tmp_path):
    """Least squares (Mao et al. 2017), chosen by its name as the kit's own losses are."""

    class LeastSquares(Loss):
        name = "least_squares"

        def discriminator_loss(self, discriminator, real, fake):
            return ((discriminator(real) - 1) ** 2).mean() / 2 + (discriminator(fake) ** 2).mean() / 2

        def generator_loss(self, discriminator, fake, real):
            return ((discriminator(fake) - 1) ** 2).mean() / 2

    try:
        recipe = small("gan", objective="least_squares").replace(name="lsgan")
        assert isinstance(build_objective(recipe), LeastSquares)
        trainer = Trainer(recipe, image_set(), tmp_path, device="cpu", quiet=True)
        assert all(math.isfinite(row["loss_d"]) for row in trainer.train(steps=4))
        assert load_generator(tmp_path)[1] == recipe
        with pytest.raises(ValueError, match="clip_value=0.1 has no meaning with objective='least_squares'"):
            recipe.replace(clip_value=0.1)
    finally:
        del LOSSES["least_squares"]
    with pytest.raises(ValueError, match="objective='least_squares' is unknown; choose one of standard, wasserstein"):
        recipe.replace(lr_g=1e-3)


def test_what_recipes_know_of_the_losses_without_torch_is_what_the_losses_say():
    """A loss that is not in the table costs the loading of torch when its recipe is made, and nothing else."""
    assert {name: LOSSES[name].options for name in LOSS_OPTIONS} == LOSS_OPTIONS
