"""R1, R2 and relativistic pairs: their mathematics, and that wrong versions of public code would be noticed."""

import dataclasses
import math

import pytest
import torch
import torch.nn.functional as F
from conftest import image_set, small
from test_losses import constant, linear_critic, pixels

from gan_hw.losses import Relativistic, Standard, StandardR1, Wasserstein, WassersteinGP, squared_slope
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.training.gan import GAN
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer

# Facts of R1's squared slope, each a function of the penalty that it is held against.


def square_of_a_linear_slope(penalty):
    """The penalty of a linear critic is exactly the square of its slope."""
    for slope in (0.0, 0.25, 3.0):
        assert penalty(linear_critic(slope), pixels()).item() == pytest.approx(slope**2, abs=1e-9)


def mean_over_images(penalty):
    """Each image has its own norm: slopes 1 and 3 give (1 + 9) / 2."""
    slopes = torch.tensor([1.0, 3.0], dtype=torch.float64)
    critic = lambda images: images.flatten(1).sum(1) / math.sqrt(3 * 8 * 8) * slopes  # noqa: E731
    assert penalty(critic, pixels(2)).item() == pytest.approx(5.0)


def slope_at_these_images(penalty):
    """The critic |x|² / 2 has the slope |x|: the penalty sees the images that it was given, not others."""
    images = pixels()
    squares = images.flatten(1).square().sum(1)
    assert penalty(lambda x: x.flatten(1).square().sum(1) / 2, images).item() == pytest.approx(squares.mean().item())


def trains_the_critic(penalty):
    """The gradient with respect to a linear critic's weights is that of their squared length."""
    weight = torch.full((3 * 8 * 8,), 0.5, dtype=torch.float64, requires_grad=True)
    value = penalty(lambda images: images.flatten(1) @ weight, pixels())
    assert value.requires_grad
    value.backward()
    torch.testing.assert_close(weight.grad, 2 * weight.detach())


FACTS = (square_of_a_linear_slope, mean_over_images, slope_at_these_images, trains_the_critic)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_squared_slope(fact):
    fact(squared_slope)


def public_version(reduce, create_graph=True, shift=0.0):
    """A penalty as it stands in public code, wrong in one place."""

    def penalty(discriminator, images):
        images = (images + shift).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(discriminator(images).sum(), images, create_graph=create_graph)
        return reduce(gradient)

    return penalty


def of_each_image(gradient):
    return gradient.flatten(1).square().sum(1).mean()


WRONG = {  # what is wrong: (the penalty, the fact that finds it out)
    "the norm, not its square": (public_version(lambda g: g.flatten(1).norm(dim=1).mean()), square_of_a_linear_slope),
    "a mean over the pixels": (public_version(lambda g: g.square().mean()), square_of_a_linear_slope),
    "WGAN-GP's centre": (
        public_version(lambda g: (g.flatten(1).norm(dim=1) - 1).square().mean()),
        square_of_a_linear_slope,
    ),
    "the square of the mean norm": (public_version(lambda g: g.flatten(1).norm(dim=1).mean() ** 2), mean_over_images),
    "images with noise": (public_version(of_each_image, shift=0.1), slope_at_these_images),
    "no graph of the gradient": (public_version(of_each_image, create_graph=False), trains_the_critic),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_penalties_of_public_code_are_found_out(wrong):
    penalty, fact = WRONG[wrong]
    with pytest.raises(AssertionError):
        fact(penalty)


def test_r1_and_r2_are_half_their_weight_times_the_squared_slope_where_each_is_taken():
    real, fake = pixels(), 0.1 * pixels()
    critic = lambda images: images.flatten(1).square().sum(1) / 2  # noqa: E731 - slope |x|
    at_real, at_fake = squared_slope(critic, real), squared_slope(critic, fake)
    torch.testing.assert_close(StandardR1(r1_weight=3.0).penalty(critic, real, fake), 1.5 * at_real)
    both = StandardR1(r1_weight=3.0, r2_weight=5.0).penalty(critic, real, fake)
    torch.testing.assert_close(both, 1.5 * at_real + 2.5 * at_fake)
    torch.testing.assert_close(Relativistic(3.0, 5.0).penalty(critic, real, fake), both)


def test_losses_without_a_lazy_penalty_have_none():
    for objective in (Standard(), Wasserstein(), WassersteinGP()):
        assert objective.penalty(linear_critic(1.0), pixels(), pixels()) is None


def at_the_solution(objective):
    """Length of the gradient of D's weights where G draws the real images and D is flat (real and fake the same)."""
    weight, images = torch.zeros(3 * 8 * 8, dtype=torch.float64, requires_grad=True), pixels()

    def critic(batch):
        return batch.flatten(1) @ weight

    loss = objective.discriminator_loss(critic, images, images.flip(0))
    penalty = objective.penalty(critic, images, images.flip(0))
    loss = loss if penalty is None else loss + penalty
    (gradient,) = torch.autograd.grad(loss, weight)
    return gradient.norm().item()


def test_at_the_solution_r1_moves_nothing():
    for objective in (StandardR1(r1_weight=10.0, r2_weight=10.0), Relativistic(10.0, 10.0)):
        assert at_the_solution(objective) == pytest.approx(0.0, abs=1e-12)


def dirac_gan(objective, steps=3000, rate=0.1):
    """Distance from the solution after training: all real images are 0, G draws one number, D(x) = slope x.

    Mescheder et al. 2018, section 2: the smallest GAN there is, with its solution at (0, 0).
    """
    drawn, slope = (torch.full((1, 1, 1, 1), value, dtype=torch.float64, requires_grad=True) for value in (1.0, 0.5))
    real = torch.zeros(1, 1, 1, 1, dtype=torch.float64)

    def critic(images):
        return (images * slope).flatten()

    for _ in range(steps):
        fake = drawn.detach()
        loss_d = objective.discriminator_loss(critic, real, fake)
        penalty = objective.penalty(critic, real, fake)
        loss_d = loss_d if penalty is None else loss_d + penalty
        (gradient,) = torch.autograd.grad(loss_d, slope)
        slope.data -= rate * gradient
        (gradient,) = torch.autograd.grad(objective.generator_loss(critic, drawn, real), drawn)
        drawn.data -= rate * gradient
    return math.hypot(drawn.item(), slope.item())


def test_the_smallest_gan_comes_to_rest_with_r1_and_without_it_goes_round_in_circles():
    """Mescheder et al. 2018, figure 1 and theorem 4.1."""
    for objective in (StandardR1(r1_weight=1.0), Relativistic(1.0)):
        assert dirac_gan(objective) < 1e-3
    for objective in (Standard(), Wasserstein(None), WassersteinGP(1.0)):
        assert dirac_gan(objective) > 0.1


def test_relativistic_losses_are_log_two_for_a_guessing_discriminator_and_know_differences_only():
    real, fake = pixels(), pixels()
    assert Relativistic().discriminator_loss(constant(7.0), real, fake).item() == pytest.approx(math.log(2))
    assert Relativistic().generator_loss(constant(7.0), fake, real).item() == pytest.approx(math.log(2))
    critic = linear_critic(2.0)
    for loss in (Relativistic().discriminator_loss, Relativistic().generator_loss):
        torch.testing.assert_close(loss(lambda images: critic(images) + 5, real, fake), loss(critic, real, fake))


def test_relativistic_losses_compare_pairs_and_not_means():
    """(softplus(1 - 2) + softplus(1 + 1)) / 2; against the other side's mean, as in RaGAN, the four terms differ."""
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([1.0, 1.0])
    logits = torch.cat([real, fake]).double()
    images = torch.arange(4.0)[:, None, None, None]
    critic = lambda batch: logits[batch.flatten().long()]  # noqa: E731
    by_hand = (F.softplus(torch.tensor(-1.0)) + F.softplus(torch.tensor(2.0))).item() / 2
    assert Relativistic().discriminator_loss(critic, images[:2], images[2:]).item() == pytest.approx(by_hand)
    by_hand_g = (F.softplus(torch.tensor(1.0)) + F.softplus(torch.tensor(-2.0))).item() / 2
    assert Relativistic().generator_loss(critic, images[2:], images[:2]).item() == pytest.approx(by_hand_g)
    of_means = (F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()).item() / 2
    assert of_means != pytest.approx(by_hand, rel=0.02)


def test_relativistic_losses_stay_finite_for_huge_logits():
    images = torch.zeros(2, 3, 8, 8)
    for value in (-1e4, 1e4):
        critic = lambda batch, value=value: batch.mean((1, 2, 3)) + value * (batch.mean() == 0)  # noqa: E731
        assert torch.isfinite(Relativistic().discriminator_loss(critic, images, images + 1))
        assert torch.isfinite(Relativistic().generator_loss(critic, images, images + 1))


def test_the_generator_s_relativistic_loss_reaches_the_generated_images_alone():
    real, fake = pixels().requires_grad_(), pixels().requires_grad_()
    Relativistic().generator_loss(linear_critic(2.0), fake, real).backward()
    assert real.grad is None
    assert fake.grad.abs().sum() > 0


def lazy(every, **fields):
    return small("gan", objective="standard_r1", r1_weight=2.0, penalty_every=every, d_norm="none", **fields)


def gan_of(recipe):
    generator, discriminator = build_generator(recipe), build_discriminator(recipe)
    return GAN(recipe, generator, discriminator, build_objective(recipe), torch.device("cpu"), "fp32")


def gradients_of_a_step(gan, real):
    """{name: D's gradients in the next step}, without moving anything."""
    found = {}

    def keep(optimiser, loss):
        if optimiser is gan.optimiser_d:
            found.update(zip(names, torch.autograd.grad(loss, gan.discriminator.parameters()), strict=True))

    names = [name for name, _ in gan.discriminator.named_parameters()]
    gan.update = keep
    gan.step += 1
    torch.manual_seed(gan.step)
    losses = training_step(gan, real)
    return found, losses


def test_a_lazy_penalty_counts_as_much_as_one_in_every_step():
    """One step of four has it, four times as much; which one follows from the step number alone."""
    recipe = lazy(4)
    gan, real = gan_of(recipe), torch.rand(recipe.batch_size, 3, recipe.size, recipe.size) * 2 - 1
    names = [name for name, _ in gan.discriminator.named_parameters()]
    penalty = gan.objective.penalty(gan.discriminator, real, real)
    expected = torch.autograd.grad(4 * penalty, gan.discriminator.parameters(), allow_unused=True)
    gan.objective.discriminator_loss = lambda discriminator, *_: 0 * sum(p.sum() for p in discriminator.parameters())
    carrying = []
    for step in range(1, 13):
        found, losses = gradients_of_a_step(gan, real)
        total = sum(gradient.abs().sum().item() for gradient in found.values())
        assert ("penalty" in losses) == (step % 4 == 0) == (total > 0)
        if "penalty" in losses:
            carrying.append(step)
            torch.testing.assert_close(losses["penalty"], penalty)
            for name, gradient in zip(names, expected, strict=True):
                torch.testing.assert_close(found[name], torch.zeros_like(found[name]) if gradient is None else gradient)
    assert carrying == [4, 8, 12]


@pytest.mark.parametrize("stop", [3, 4, 5])
def test_a_run_with_a_lazy_penalty_resumes_bit_for_bit(tmp_path, stop):
    recipe = lazy(4).replace(objective="relativistic", r2_weight=1.0)
    whole = Trainer(recipe, image_set(), tmp_path / "whole", device="cpu", quiet=True)
    whole.train(steps=9)
    Trainer(recipe, image_set(), tmp_path / "parts", device="cpu", quiet=True).train(steps=stop)
    parts = Trainer(recipe, image_set(), tmp_path / "parts", device="cpu", quiet=True)
    parts.train(steps=9)
    for name in ("generator", "discriminator"):
        for first, second in zip(
            getattr(whole, name).state_dict().values(), getattr(parts, name).state_dict().values(), strict=True
        ):
            assert torch.equal(first, second)
    assert [row.get("penalty") for row in whole.history] == [row.get("penalty") for row in parts.history]


def test_augmented_and_conditional_losses_pass_the_penalty_on(tmp_path):
    recipe = lazy(2, augment=True, conditional=True, d_condition="projection")
    labels = F.one_hot(torch.arange(40) % 3).byte()
    images = dataclasses.replace(image_set(), labels=labels, class_names=("a", "b", "c"))
    history = Trainer(recipe, images, tmp_path, device="cpu", quiet=True).train(steps=4)
    assert history[-1]["penalty"] > 0


def test_recipes_refuse_penalties_that_mean_nothing():
    for fields, message in (
        ({"r1_weight": 1.0}, "r1_weight=1.0 has no meaning with objective='standard'"),
        (
            {"objective": "wasserstein_gp", "gp_weight": 10.0, "d_norm": "none", "r2_weight": 1.0},
            "r2_weight=1.0 has no",
        ),
        ({"penalty_every": 8}, "penalty_every=8 has no meaning without r1_weight or r2_weight"),
        ({"objective": "standard_r1", "r1_weight": -1.0}, "must not be negative"),
        ({"objective": "standard_r1", "r1_weight": 1.0, "d_norm": "batch"}, "the penalty is per image"),
    ):
        with pytest.raises(ValueError, match=message):
            small("gan", **fields)
