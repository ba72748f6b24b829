"""A training that diverges is taken up again from what was saved last, with lower rates, and ends if that is no use."""

import pytest
import torch
from conftest import image_set, small

from gan_hw.inference.weights import load_generator
from gan_hw.losses import WassersteinGP
from gan_hw.training import history, monitor, schedule
from gan_hw.training.recovery import Diverged
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer

pytestmark = pytest.mark.fault


class FailingAt(WassersteinGP):
    """A loss that is no number at its calls of these numbers, counted from 1 over the whole run."""

    def __init__(self, calls):
        super().__init__()
        self.calls, self.count = calls, 0

    def discriminator_loss(self, discriminator, real, fake):
        self.count += 1
        loss = super().discriminator_loss(discriminator, real, fake)
        return loss * float("nan") if self.count in self.calls else loss


def trainer(folder, calls=(), **own):
    own = {"objective": FailingAt(calls), "quiet": True, **own}
    return Trainer(small("wgan_gp", n_critic=2), image_set(), folder, device="cpu", **own)


def rates(t):
    return [group["lr"] for optimiser in (t.gan.optimiser_g, t.gan.optimiser_d) for group in optimiser.param_groups]


def is_finite(t):
    return all(
        torch.isfinite(weight).all() for part in (t.generator, t.discriminator, t.ema) for weight in part.parameters()
    )


def test_before_the_first_save_it_starts_anew_with_half_the_rates(tmp_path, capsys):
    t = trainer(tmp_path, [20], quiet=False)
    t.train(steps=64)
    assert (t.step, t.state.halvings) == (64, 1)
    assert t.gan.objective.count == 32 + 64  # noticed at the next logged step
    assert rates(t) == [0.5e-4, 0.5e-4]
    assert is_finite(t)
    said = capsys.readouterr().out
    assert "Step 32: diverged (not_finite); back at step 0, with half the learning rates (1 of at most 3" in said
    assert [row["step"] for row in history.read_history(tmp_path)] == [1, 2, 4, 8, 16, 32, 48, 64]
    assert all(row["halvings"] == 1 for row in t.history)


def test_it_goes_back_to_what_was_saved_last_and_stays_so_over_a_resume(tmp_path):
    t = trainer(tmp_path, [60])
    t.train(steps=50)
    t.train(steps=80)
    assert (t.step, t.state.halvings, t.gan.objective.count) == (80, 1, 64 + 30)
    resumed = trainer(tmp_path)
    assert (resumed.step, resumed.state.halvings) == (80, 1)
    assert rates(resumed) == [0.5e-4, 0.5e-4]
    assert resumed.history[-1]["halvings"] == 1


def test_when_halving_does_not_help_it_ends_with_the_last_good_state(tmp_path):
    t = trainer(tmp_path)
    t.train(steps=40)
    t.gan.objective.calls = range(41, 1000)
    with pytest.raises(Diverged, match=r"diverged at step 48 although .* halved 3 times: .*--run NAME"):
        t.train(steps=100)
    last_row = history.read_history(tmp_path)[-1]
    assert (last_row["step"], last_row["findings"], last_row["halvings"]) == (48, "not_finite", 3)
    resumed = trainer(tmp_path)
    assert (resumed.step, resumed.state.halvings) == (40, 3)
    assert rates(resumed) == [0.125e-4, 0.125e-4]
    assert is_finite(resumed) and is_finite(t)
    load_generator(tmp_path)


def test_a_divergence_between_the_last_look_and_the_end_is_not_saved(tmp_path, capsys):
    t = trainer(tmp_path, quiet=False)
    t.train(steps=40)
    t.gan.objective.calls = [45]
    t.train(steps=46)
    assert t.step == 40
    assert "Step 46: diverged (not_finite); back at step 40," in capsys.readouterr().out
    resumed = trainer(tmp_path)
    assert is_finite(resumed) and resumed.state.halvings == 1
    resumed.train(steps=46)
    assert resumed.step == 46


def test_a_budget_of_minutes_goes_on_counting(tmp_path):
    seconds = []

    def watched(gan, real):
        seconds.append(t.seconds)
        return training_step(gan, real)

    t = trainer(tmp_path, [20], step=watched)
    t.train(steps=40)
    assert seconds == sorted(seconds) and seconds[32] > 0


@pytest.mark.parametrize("fault", ["noise", "loss_runs_away"])
def test_noise_after_good_samples_and_a_loss_that_runs_away_take_it_back(fault, tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 16)
    monkeypatch.setattr(schedule, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(monitor, "SETTLED_IMAGES", 0)
    t = trainer(tmp_path)
    t.train(steps=136)
    assert t.state.halvings == 0
    measure, looks = t.monitor.measure, []

    def faulty(*given, **options):
        looks.append(t.step)
        if fault == "loss_runs_away" and len(looks) == 1:
            for row in t.history[-6:]:  # most of the latest rows, but fewer than half of all
                row["loss_d"] = -1e5
        measured = measure(*given, **options)
        return {**measured, "roughness": 9.0 if fault == "noise" and len(looks) == 1 else 1.0}

    t.monitor.measure = faulty
    t.train(steps=150)
    assert (looks[0], t.state.halvings, t.step) == (144, 1, 150)
    assert looks[1] == 144  # it went back to step 136 and came by again


def test_what_was_never_better_than_noise_is_left_to_train(tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 16)
    monkeypatch.setattr(monitor, "SETTLED_IMAGES", 0)
    t = trainer(tmp_path)
    t.monitor.real_roughness = 1e-3
    t.train(steps=64)
    assert t.state.halvings == 0
    assert all(row["findings"] == "noise" for row in t.history if "findings" in row)


def test_without_a_whole_checkpoint_it_says_so(tmp_path):
    def damaging(gan, real):
        for path in (tmp_path / "checkpoints").glob("*.pt"):
            path.write_bytes(b"")
        return training_step(gan, real)

    with pytest.raises(Diverged, match="no intact checkpoint to go back to"):
        trainer(tmp_path, [3], step=damaging).train(steps=40)


def test_what_is_saved_on_the_way_was_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 16)
    t = trainer(tmp_path, [40])
    t.train(steps=70)
    assert t.gan.objective.count == 48 + 70 - 32  # it went back to the look at step 32
    assert sorted(path.stem for path in (tmp_path / "checkpoints").glob("*.pt")) == ["0000064", "0000070"]


def test_an_own_loop_body_that_reports_no_loss_is_no_fault(tmp_path):
    t = trainer(tmp_path, step=lambda t, real: {})
    t.train(steps=130)
    assert (t.step, t.state.halvings) == (130, 0)
