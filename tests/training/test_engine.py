"""The engine saves work and changes no mathematics: held against homework 6's plain loop."""

import tracemalloc
from pathlib import Path

import pytest
import torch
from benchmarks.reference import Reference
from conftest import image_set, small
from PIL import Image

from gan_hw.data import images as image_sets
from gan_hw.data.images import load_images, to_float
from gan_hw.losses import Standard, Wasserstein, WassersteinGP
from gan_hw.networks.dcgan import Discriminator
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.training.batches import Batches, _fits
from gan_hw.training.gan import FIRST_SCALE
from gan_hw.training.monitor import Monitor, divergence
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer
from gan_hw.utils.seeds import IsolatedRNG

CPU = torch.device("cpu")


def both_loops(form, folder, steps, dtype):
    """The kit's trainer and the plain loop after the same steps: same weights at the start, same images, same noise."""
    recipe, batches = small(form), []
    generator, discriminator = build_generator(recipe).to(dtype), build_discriminator(recipe).to(dtype)
    generator.register_forward_pre_hook(lambda _, z: (z[0].to(dtype),))
    plain = Reference(form, f=recipe.feature_dim, dtype=dtype).like(generator, discriminator)

    def step(gan, real):
        batches.append(real.to(dtype))
        return training_step(gan, batches[-1])

    kit = Trainer(
        recipe, image_set(), folder, device="cpu", precision="fp32", quiet=True,
        generator=generator, discriminator=discriminator, step=step,
    )  # fmt: skip
    kit.train(steps=steps)
    with IsolatedRNG(kit.seed, CPU):
        losses = [plain.train_on(real) for real in batches]
    return kit, plain, losses


def relative_error(kit, plain):
    """Length of the difference of two lists of tensors, against the length of the second."""
    kit, plain = (torch.cat([tensor.detach().flatten() for tensor in tensors]) for tensors in (kit, plain))
    return ((kit - plain).norm() / plain.norm()).item()


@pytest.mark.parametrize("form", ["gan", "wgan", "wgan_gp"])
def test_fifty_steps_in_double_precision_are_those_of_the_plain_formulae(form, tmp_path):
    kit, plain, losses = both_loops(form, tmp_path, 50, torch.float64)
    assert [row["step"] for row in kit.history[-2:]] == [48, 50]  # the last that is logged, and the end
    for row in kit.history[-2:]:
        assert row["loss_d"] == pytest.approx(losses[row["step"] - 1][0].item(), rel=1e-9)
    # What the networks compute, not their weights: a bias before a normalisation has no effect and is but rounding.
    z, images = torch.randn(8, 100), to_float(image_set(8).images).double()
    assert relative_error([kit.generator(z)], [plain.generator(z.double())]) < 1e-9
    scores = [part.discriminator(images) for part in (kit, plain)]
    if form == "gan":
        scores[0] = scores[0].sigmoid()  # the plain one ends in it
    assert relative_error(scores[:1], scores[1:]) < 1e-9


@pytest.mark.parametrize("form", ["gan", "wgan", "wgan_gp"])
def test_the_first_step_in_single_precision_is_that_of_the_plain_formulae(form, tmp_path):
    kit, _, losses = both_loops(form, tmp_path, 1, torch.float32)
    for mine, theirs in zip(("loss_d", "loss_g"), losses[0], strict=True):
        if theirs is not None:
            assert kit.state.losses[mine] == pytest.approx(theirs.item(), rel=1e-4)


@pytest.mark.parametrize("objective", [Standard(), Wasserstein(), WassersteinGP()], ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("d_norm", ["instance", "none"])
def test_one_pass_over_joined_batches_gives_the_loss_and_gradients_of_two(objective, d_norm):
    discriminator = Discriminator(4, d_norm=d_norm).double()
    real, fake = torch.rand(2, 6, 3, 64, 64, dtype=torch.float64) * 2 - 1
    found = []
    for joined in (True, False):
        discriminator.per_image = joined
        with IsolatedRNG(1, CPU):
            loss = objective.discriminator_loss(discriminator, real, fake)
        found.append([loss[None], *torch.autograd.grad(loss, list(discriminator.parameters()))])
    assert relative_error(*found) < 1e-9


def test_batches_are_joined_only_where_images_do_not_meet():
    passes = []

    class Counting(Discriminator):
        def forward(self, images):
            passes.append(len(images))
            return super().forward(images)

    for d_norm in ("batch", "instance"):
        Standard().discriminator_loss(Counting(4, d_norm=d_norm), *torch.rand(2, 6, 3, 64, 64))
    assert passes == [6, 6, 12]


@pytest.mark.parametrize("form", ["gan", "wgan_gp"])
def test_fp16_starts_with_the_loss_of_fp32_and_trains_both_networks(form, tmp_path):
    losses = {}
    for precision in ("fp32", "fp16"):
        t = Trainer(small(form), image_set(), tmp_path / precision, device="cpu", precision=precision, quiet=True)
        before = [weight.clone() for weight in (*t.generator.parameters(), *t.discriminator.parameters())]
        losses[precision] = t.train(steps=30)[0]["loss_d"]
    assert losses["fp16"] == pytest.approx(losses["fp32"], rel=0.02)
    assert losses["fp16"] != losses["fp32"]
    after = [*t.generator.parameters(), *t.discriminator.parameters()]
    assert all(torch.isfinite(weight).all() for weight in after)
    assert sum(not torch.equal(a, b) for a, b in zip(before, after, strict=True)) > 0.8 * len(after)


def test_an_overflow_in_fp16_is_left_out_and_the_scale_lowered_and_kept(tmp_path):
    def trainer():
        return Trainer(small("wgan_gp"), image_set(), tmp_path, device="cpu", precision="fp16", quiet=True)

    t = trainer()
    t.gan.scaler_d = torch.amp.GradScaler("cpu", init_scale=2.0**100)
    before = [weight.clone() for weight in t.discriminator.parameters()]
    t.train(steps=1)
    assert all(torch.equal(a, b) for a, b in zip(before, t.discriminator.parameters(), strict=True))
    assert t.gan.scaler_d.get_scale() < 2.0**100
    assert t.gan.scaler_g.get_scale() == FIRST_SCALE  # the other network's steps go on as they were
    assert trainer().gan.scaler_d.get_scale() == t.gan.scaler_d.get_scale()


def test_fp16_loses_no_step_to_the_first_scale(tmp_path):
    t = Trainer(small("wgan_gp"), image_set(), tmp_path, device="cpu", precision="fp16", quiet=True)
    t.train(steps=2)
    assert t.gan.scaler_d.get_scale() == t.gan.scaler_g.get_scale() == FIRST_SCALE


@pytest.mark.parametrize("precisions", [("fp32", "fp16"), ("fp16", "fp32"), ("fp16", "bf16")], ids="-".join)
def test_a_run_goes_on_in_another_precision(precisions, tmp_path):
    for number, precision in enumerate(precisions, 1):
        t = Trainer(small("gan"), image_set(), tmp_path, device="cpu", precision=precision, quiet=True)
        t.train(steps=3 * number)
    assert t.step == 6


@pytest.mark.parametrize("g_up", ["transposed", "nearest"])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_every_norm_and_upsampling_trains_in_bf16_with_gradients_near_those_of_fp32(norm, g_up, tmp_path):
    gradients = {}
    for precision in ("fp32", "bf16"):
        recipe = small("gan", g_norm=norm, d_norm=norm, g_up=g_up)
        t = Trainer(recipe, image_set(), tmp_path / precision, device="cpu", precision=precision, quiet=True)
        t.train(steps=1)
        gradients[precision] = torch.cat([w.grad.flatten() for w in t.discriminator.parameters()])
        assert all(torch.isfinite(weight.grad).all() for weight in t.generator.parameters())
    assert torch.cosine_similarity(gradients["fp32"], gradients["bf16"], dim=0) > 0.98


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_objective_that_leaves_a_network_alone_moves_nothing(precision, tmp_path):
    class OnlyDiscriminator(Standard):
        def generator_loss(self, discriminator, fake, real):
            return torch.zeros((), requires_grad=True)

    t = Trainer(small("gan"), image_set(), tmp_path, device="cpu", precision=precision, quiet=True,
                objective=OnlyDiscriminator())  # fmt: skip
    before = [weight.clone() for weight in t.generator.parameters()]
    t.train(steps=2)
    assert all(torch.equal(a, b) for a, b in zip(before, t.generator.parameters(), strict=True))


def test_batches_come_from_pixels_of_any_layout_scaled_and_in_channels_last():
    images = image_set(10).images
    batches = Batches(images, small("gan", batch_size=4), seed=3, device=CPU)
    first = batches[0]
    assert len(batches) == 2
    assert (first.dtype, first.shape) == (torch.float32, (4, 3, 64, 64))
    assert first.is_contiguous(memory_format=torch.channels_last)
    assert first.min() >= -1 and first.max() <= 1
    assert torch.equal(batches[0], first)
    assert not torch.equal(batches[2], first)  # the next epoch
    assert torch.equal(Batches(images, small("gan", batch_size=4), 3, CPU)[2], batches[2])


def test_large_sets_are_read_and_kept_outside_of_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(image_sets, "MIN_MAPPED_BYTES", 20_000_000)
    (tmp_path / "pictures").mkdir()
    for number in range(600):
        Image.new("RGB", (8, 8), (number % 256, 0, 0)).save(tmp_path / "pictures" / f"{number}.png")
    tracemalloc.start()
    images = load_images(tmp_path / "pictures", tmp_path, size=128, quiet=True).images
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert images.shape == (600, 3, 128, 128)
    assert images.nbytes > 29e6 > 15e6 > peak > 0
    if (maps := Path("/proc/self/maps")).exists():
        assert "-128.pt" in maps.read_text()
    assert [int(image[0, 0, 0]) for image in images[[0, 5, 599]]] == [0, 5, 599 % 256]


def test_a_run_of_an_earlier_version_gives_its_one_scale_to_both_networks(tmp_path):
    def gan():
        return Trainer(small("gan"), image_set(), tmp_path, device="cpu", precision="fp16", quiet=True).gan

    state = gan().state_dict()
    state["scaler"] = state.pop("scaler_g") | {"scale": 4.0}
    del state["scaler_d"]
    other = gan()
    other.load_state_dict(state)
    assert other.scaler_g.get_scale() == other.scaler_d.get_scale() == 4.0


def test_an_optimiser_goes_on_in_the_form_of_the_device_at_hand(tmp_path):
    gan = Trainer(small("gan"), image_set(), tmp_path, device="cpu", precision="fp32", quiet=True).gan
    state = gan.state_dict()
    for group in state["optimiser_g"]["param_groups"]:
        group |= {"fused": None, "foreach": True, "capturable": True, "lr": 0.123}
    form = {name: gan.optimiser_g.param_groups[0][name] for name in ("fused", "foreach", "capturable")}
    gan.load_state_dict(state)
    (group,) = gan.optimiser_g.param_groups
    assert {name: group[name] for name in form} == form
    assert group["lr"] == 0.123  # which belongs to the training


def test_an_infinite_running_statistic_is_found(tmp_path):
    images = image_set()
    gan = Trainer(small("gan"), images, tmp_path, device="cpu", precision="fp32", quiet=True).gan
    monitor = Monitor(images.images[:8], torch.randn(8, 100), lambda _: None)
    row = {"loss_d": 0.7, "loss_g": 0.7, "seen": 20_000}
    assert divergence(monitor.measure_and_diagnose(gan, [dict(row)])) is None
    next(buffer for buffer in gan.ema.network.buffers() if buffer.is_floating_point())[0] = torch.inf
    assert divergence(monitor.measure_and_diagnose(gan, [dict(row)])).name == "not_finite"


def test_the_losses_of_a_step_keep_no_graph(tmp_path):
    trainer = Trainer(small("wgan_gp"), image_set(), tmp_path, device="cpu", precision="fp32", quiet=True)
    trainer.gan.step = trainer.recipe.n_critic  # a step of both networks
    losses = training_step(trainer.gan, trainer.batches[0])
    assert set(losses) == {"loss_d", "loss_g"}
    assert {loss.requires_grad for loss in losses.values()} == {False}


def test_a_gpu_without_a_number_is_asked_for_its_memory_by_number(monkeypatch):
    def memory(device):
        if not isinstance(device, int):
            raise ValueError("expected an index, as PyTorch 2.4 does")
        return 1000, 2000

    monkeypatch.setattr(torch.cuda, "mem_get_info", memory)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    assert _fits(torch.zeros(10), torch.device("cuda"))
    assert not _fits(torch.zeros(1000), torch.device("cuda", 1))
