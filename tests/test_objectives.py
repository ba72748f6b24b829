"""What each objective minimises, and that the wrong versions found in public code would be noticed."""

import math

import pytest
import torch

from gan_hw.objectives import Standard, Wasserstein, WassersteinGP, gradient_penalty


def pixels(n=6, size=8):
    return torch.rand(n, 3, size, size, dtype=torch.float64) * 2 - 1


def linear_critic(slope, size=8):
    """A critic whose gradient has the length `slope` at every image."""
    direction = torch.randn(3 * size * size, dtype=torch.float64)
    direction = slope * direction / direction.norm()
    return lambda images: images.flatten(1) @ direction


@pytest.mark.parametrize("slope", [0.25, 1.0, 3.0])
def test_penalty_of_a_linear_critic_is_exactly_its_slope_error(slope):
    penalty = gradient_penalty(linear_critic(slope), pixels(), pixels())
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


def test_penalty_is_the_mean_over_images_not_one_norm_over_the_batch():
    real, fake = pixels(2), pixels(2)
    slopes = torch.tensor([1.0, 3.0], dtype=torch.float64)

    def critic(images):  # each image has a slope of its own
        return images.flatten(1).sum(1) / math.sqrt(3 * 8 * 8) * slopes

    assert gradient_penalty(critic, real, fake).item() == pytest.approx((0 + 4) / 2, abs=1e-5)


def test_penalty_mixes_whole_images_with_one_weight_each():
    seen = []

    def critic(images):
        seen.append(images.detach())
        return images.flatten(1).sum(1)

    gradient_penalty(critic, torch.ones(16, 3, 8, 8), torch.zeros(16, 3, 8, 8))
    weights = seen[0].flatten(1)  # between ones and zeros a mixed pixel is the weight itself
    assert (weights == weights[:, :1]).all()
    assert weights[:, 0].unique().numel() == 16
    assert ((weights >= 0) & (weights <= 1)).all()


def test_penalty_and_its_gradient_are_finite_where_the_critic_is_flat():
    weight = torch.zeros(3 * 8 * 8, dtype=torch.float64, requires_grad=True)
    penalty = gradient_penalty(lambda images: images.flatten(1) @ weight, pixels(), pixels())
    penalty.backward()
    assert penalty.item() == pytest.approx(1.0)
    assert torch.isfinite(weight.grad).all()


def test_penalty_trains_the_critic():
    weight = torch.full((3 * 8 * 8,), 0.5, dtype=torch.float64, requires_grad=True)
    gradient_penalty(lambda images: images.flatten(1) @ weight, pixels(), pixels()).backward()
    norm = weight.detach().norm()
    torch.testing.assert_close(weight.grad, 2 * (norm - 1) * weight.detach() / norm)


def wrong_axis(gradient):
    return ((gradient.norm(2, dim=1) - 1) ** 2).mean()


def whole_batch(gradient):
    return (gradient.norm(2) - 1) ** 2


def bare_root(gradient):
    return (((gradient.flatten(1) ** 2).sum(1).sqrt() - 1) ** 2).mean()


@pytest.mark.parametrize("wrong", [wrong_axis, whole_batch])
def test_known_wrong_norms_differ_from_the_penalty(wrong):
    real = pixels().requires_grad_()
    critic = linear_critic(3.0)
    (gradient,) = torch.autograd.grad(critic(real).sum(), real)
    assert abs(wrong(gradient).item() - 4.0) > 0.1


def test_a_bare_square_root_has_no_gradient_where_the_critic_is_flat():
    weight = torch.zeros(3 * 8 * 8, dtype=torch.float64, requires_grad=True)
    images = pixels().requires_grad_()
    (gradient,) = torch.autograd.grad((images.flatten(1) @ weight).sum(), images, create_graph=True)
    bare_root(gradient).backward()
    assert torch.isnan(weight.grad).all()


def test_penalty_refuses_different_shapes():
    with pytest.raises(ValueError, match="same shape"):
        gradient_penalty(linear_critic(1.0), pixels(4), pixels(3))


def constant(value):
    return lambda images: torch.full((len(images),), value)


def test_standard_losses_are_log_two_for_a_guessing_discriminator():
    images = torch.zeros(4, 3, 8, 8)
    assert Standard().discriminator_loss(constant(0.0), images, images).item() == pytest.approx(math.log(2))
    assert Standard().generator_loss(constant(0.0), images).item() == pytest.approx(math.log(2))


def test_standard_losses_equal_the_paper_s_formulae_on_probabilities():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])
    logits = iter([real, fake, fake])
    images = torch.zeros(2, 3, 8, 8)
    p_real, p_fake = torch.sigmoid(real), torch.sigmoid(fake)
    loss_d = Standard().discriminator_loss(lambda _: next(logits), images, images)
    assert loss_d.item() == pytest.approx((-p_real.log().mean() - (1 - p_fake).log().mean()).item() / 2)
    loss_g = Standard().generator_loss(lambda _: next(logits), images)
    assert loss_g.item() == pytest.approx(-p_fake.log().mean().item())


def test_standard_losses_stay_finite_for_huge_logits():
    images = torch.zeros(2, 3, 8, 8)
    for value in (-1e4, 1e4):
        assert torch.isfinite(Standard().discriminator_loss(constant(value), images, images))
        assert torch.isfinite(Standard().generator_loss(constant(value), images))


def test_wasserstein_losses_are_differences_of_mean_scores():
    scores = iter([torch.tensor([1.0, 0.0]), torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0])])
    images = torch.zeros(2, 3, 8, 8)
    assert Wasserstein().discriminator_loss(lambda _: next(scores), images, images).item() == -3.5
    assert Wasserstein().generator_loss(lambda _: next(scores), images).item() == -0.5


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
