"""Faults are found by name, and sound trainings are left in peace."""

import pytest
import torch
from conftest import image_set, small

from gan_hw.inference.sampling import sample_z
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator
from gan_hw.training import gradient_norms, history, schedule
from gan_hw.training.monitor import Monitor, diagnose, roughness
from gan_hw.training.trainer import Trainer

pytestmark = pytest.mark.fault

SOUND = {
    "seen": 50_000, "loss_d": 0.5, "loss_g": 1.5, "diversity": 0.95, "roughness": 1.1, "brightness": 4.0,
    "score_size": 2.0, "finite": 1,
}  # fmt: skip


def found(*changes, rows=20):
    """Names of what is found at the end of a history whose last rows are changed so."""
    history = [dict(SOUND) for _ in range(rows)] + [{**SOUND, **change} for change in changes]
    return [finding.name for finding in diagnose(history)]


def test_a_sound_history_has_no_findings():
    assert found() == []
    assert found({"loss_d": -3.0, "loss_g": -8.0}) == []  # a critic's


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"finite": 0}, "not_finite"),
        ({"loss_d": float("nan")}, "not_finite"),
        ({"loss_g": float("inf")}, "not_finite"),
        ({"roughness": 3.5}, "noise"),
        ({"diversity": 0.5}, "samples_alike"),
        ({"brightness": -80.0}, "brightness"),
        ({"brightness": 80.0}, "brightness"),
    ],
)
def test_a_fault_is_found_by_name(change, name):
    assert found(change) == [name]


def test_a_critic_s_offset_is_found_where_rounding_reaches_a_hundredth_of_the_loss():
    # The log that this answers to: scores near 4,765,000, where float32 is spaced by 0.5, and losses of some tens.
    assert found({"score_size": 4.765e6, "loss_d": -40.0}) == ["critic_offset"]
    assert found({"score_size": 4.765e6, "loss_d": -60.0}) == []
    assert found({"score_size": 4.7e3, "loss_d": -40.0}) == []


def test_a_lost_balance_is_found_only_when_it_lasts():
    assert found(*[{"loss_d": 0.01}] * 8) == ["d_wins"]
    assert found({"loss_d": 0.01}) == []
    assert found(*[{"loss_d": -5000.0, "loss_g": -1.0}] * 8) == ["loss_runs_away"]
    assert found({"loss_d": -5000.0}) == []


def test_few_differences_at_the_start_are_no_fault():
    history = [{**SOUND, "seen": 2000, "diversity": 0.1, "roughness": 4.0, "brightness": 90.0}]
    assert diagnose(history) == []


def test_roughness_of_stripes_and_of_a_flat_image():
    stripes = torch.tensor([0, 10] * 4, dtype=torch.uint8).expand(2, 3, 8, 8)
    assert roughness(stripes) == 10
    assert roughness(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)) == 0


def test_measures_say_how_samples_compare_with_real_images_and_change_nothing():
    class Painter(torch.nn.Module):
        def __init__(self, images):
            super().__init__()
            self.images = torch.nn.Parameter(images.float() / 127.5 - 1)

        def forward(self, z):
            return self.images[: len(z)]

    real = image_set().images
    watch = Monitor(real, sample_z(40, 100))
    discriminator = build_discriminator(small("wgan_gp"))
    measured = watch.measure(Painter(real), discriminator)
    assert measured["diversity"] == pytest.approx(1) and measured["roughness"] == pytest.approx(1)
    assert measured["brightness"] == pytest.approx(0) and measured["finite"] == 1
    assert discriminator.training
    one = watch.measure(Painter(real[:1].expand(40, -1, -1, -1)), discriminator)
    assert one["diversity"] == pytest.approx(0, abs=1e-6)
    white = watch.measure(Painter(torch.full_like(real, 255)), discriminator)
    assert white["brightness"] == pytest.approx(127.5, abs=2) and white["roughness"] == 0
    with torch.no_grad():
        discriminator.head.weight[0, 0, 0, 0] = float("nan")
    assert watch.measure(Painter(real), discriminator)["finite"] == 0


def test_a_finding_is_in_the_history_and_said_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 16)
    images = image_set()
    images.images[:] = images.images // 8  # dark; an untrained generator's images are grey
    recipe = RECIPES["gan"].replace(feature_dim=4, batch_size=8, lr_g=1e-9)
    trainer = Trainer(recipe, images, tmp_path, device="cpu")
    trainer.gan.step = 1500  # past the first 10,000 images
    trainer.train(steps=1500 + 40)
    rows = [row for row in history.read_history(tmp_path) if "diversity" in row]
    assert len(rows) == 3
    assert all("brightness" in row["findings"] for row in rows)
    assert capsys.readouterr().out.count("brighter than real images") == 1


def test_a_generator_without_a_step_yet_is_no_fault():
    history = [{**SOUND, "loss_g": float("nan")} for _ in range(5)]
    assert diagnose(history) == []


def test_gradient_norms_by_hand():
    """Two linear stages under D = 3 a + 4 b: the gradient is (3, 4) above the second, and twice that below it."""

    class Critic(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, double = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)
            self.blocks = torch.nn.Sequential(double)
            with torch.no_grad():
                for layer in (self.stem, double):
                    layer.weight.copy_(2 * torch.eye(2))

        def forward(self, images):
            return self.blocks(self.stem(images)) @ torch.tensor([3.0, 4.0])

    norms = gradient_norms.gradient_norms(Critic(), torch.randn(5, 2), torch.randn(5, 2))
    assert norms == {"image": pytest.approx(20.0), "stem": pytest.approx(10.0), "block 1": pytest.approx(5.0)}
    assert list(norms) == ["image", "stem", "block 1"]


def test_slopes_between_real_and_generated_images_are_those_on_the_line():
    """The critic |x|² / 2 has the gradient x: from images of norm 2 to images of norm 4 the slope grows evenly."""

    class Bowl(torch.nn.Module):
        def forward(self, images):
            return images.flatten(1).square().sum(1) / 2

    direction = torch.randn(5, 3, 4, 4)
    direction = direction / direction.flatten(1).norm(dim=1)[:, None, None, None]
    found = gradient_norms.slopes_between(Bowl(), 2 * direction, 4 * direction, points=5)
    assert found == pytest.approx([2.0, 2.5, 3.0, 3.5, 4.0], rel=1e-5)
    torch.testing.assert_close(gradient_norms.gradients_at(Bowl(), direction), direction)
