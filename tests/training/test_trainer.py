"""Counting, what a step may touch, the moving average, and resuming."""

import json
import os
import signal
from unittest import mock

import pytest
import torch
from conftest import image_set, small

from gan_hw.inference.weights import load_generator, read_metadata
from gan_hw.losses import Standard
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes import PROGRESSION
from gan_hw.training import history, run_folder, schedule
from gan_hw.training.identity import read_identity
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer


def trainer(folder, name="gan", images=None, **own):
    fields = own.pop("fields", {})
    return Trainer(small(name, **fields), images or image_set(), folder, device="cpu", quiet=True, **own)


def snapshot(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("name", PROGRESSION)
def test_generator_steps_are_discriminator_steps_divided_by_n_critic(tmp_path, name):
    moved = []

    def watched(gan, real):
        before = snapshot(gan.generator)
        losses = training_step(gan, real)
        moved.append(not same(before, gan.generator.state_dict()))
        return losses

    t = trainer(tmp_path, name, step=watched)
    t.train(steps=11)
    n_critic = t.recipe.n_critic
    assert moved == [step % n_critic == 0 for step in range(1, 12)]
    assert t.history[-1]["generator_steps"] == t.history[-1]["step"] // n_critic


@pytest.mark.parametrize("name", PROGRESSION)
def test_a_discriminator_step_leaves_the_generator_s_weights_statistics_and_gradients(tmp_path, name):
    t = trainer(tmp_path, name, fields={"n_critic": 100})
    before = snapshot(t.generator)
    t.train(steps=3)
    assert same(before, t.generator.state_dict())
    assert all(weight.grad is None for weight in t.generator.parameters())


def test_a_generator_step_leaves_the_discriminator_s_weights_and_gradients(tmp_path):
    class OnlyGenerator(Standard):
        def discriminator_loss(self, discriminator, real, fake):
            return torch.zeros((), requires_grad=True)

    t = trainer(tmp_path, objective=OnlyGenerator())
    before = {name: value.clone() for name, value in t.discriminator.named_parameters()}
    t.train(steps=2)
    assert same(before, dict(t.discriminator.named_parameters()))
    assert all(weight.grad is None and weight.requires_grad for weight in t.discriminator.parameters())


def test_weights_are_within_the_clip_after_every_discriminator_step(tmp_path):
    largest = []

    def watched(gan, real):
        losses = training_step(gan, real)
        largest.append(max(weight.abs().max().item() for weight in gan.discriminator.parameters()))
        return losses

    trainer(tmp_path, "wgan", step=watched).train(steps=7)
    assert len(largest) == 7
    assert max(largest) <= 0.01 + 1e-9


def test_an_epoch_shows_every_image_once_but_for_the_last_short_batch(tmp_path):
    images, shown = image_set(27), []

    def watched(gan, real):
        shown.extend(((real + 1) * 127.5).round().byte().flatten(1).sum(1).tolist())
        return {"loss_d": 0.0, "loss_g": 0.0}

    t = trainer(tmp_path, images=images, step=watched)
    assert t.steps_per_epoch == 3
    t.train(epochs=2)
    assert t.seen == 48
    known = images.images.flatten(1).sum(1).tolist()
    first, second = shown[:24], shown[24:]
    assert len(set(first)) == len(set(second)) == 24
    assert set(first) <= set(known)
    assert first != second


def test_flips_mirror_about_half_of_the_images(tmp_path):
    images, mirrored = image_set(64), []

    def watched(gan, real):
        pixels = ((real + 1) * 127.5).round().byte()
        mirrored.extend(bool((images.images == image.flip(2)).flatten(1).all(1).any()) for image in pixels)
        return {"loss_d": 0.0, "loss_g": 0.0}

    trainer(tmp_path, images=images, step=watched, fields={"flip": True}).train(epochs=2)
    assert 0.3 < sum(mirrored) / len(mirrored) < 0.7


def test_the_moving_average_follows_weights_and_statistics(tmp_path):
    t = trainer(tmp_path, fields={"ema_images": 10**6, "ema_ramp": 1e-6})  # a half-life of nearly nothing
    t.train(steps=3)
    for average, value in zip(t.ema.state_dict().values(), t.generator.state_dict().values(), strict=True):
        torch.testing.assert_close(average, value)
    slow = trainer(tmp_path / "slow", fields={"ema_images": 10**6, "ema_ramp": 10.0})
    start = snapshot(slow.ema)
    slow.train(steps=3)
    shift = [(slow.ema.state_dict()[n] - start[n]).norm().item() for n, _ in slow.generator.named_parameters()]
    full = [(w - start[n]).norm().item() for n, w in slow.generator.named_parameters()]
    assert 0 < sum(shift) < 0.1 * sum(full)


@pytest.mark.parametrize("name", ["gan", "wgan", "wgan_gp"])
def test_resuming_equals_no_interruption(tmp_path, name):
    fields = {"flip": True, "n_critic": 2}
    whole = trainer(tmp_path / "whole", name, fields=fields)
    whole.train(steps=21)
    trainer(tmp_path / "parts", name, fields=fields).train(steps=9)
    torch.manual_seed(99)  # what happens in between must not matter
    resumed = trainer(tmp_path / "parts", name, fields=fields)
    assert resumed.step == 9
    resumed.train(steps=21)
    for part in ("generator", "discriminator", "ema"):
        assert same(getattr(whole, part).state_dict(), getattr(resumed, part).state_dict()), part
    columns = ("step", "generator_steps", "epoch", "seen", "loss_d", "loss_g")
    rows = [[repr(row[c]) for c in columns] for row in whole.history]
    assert rows == [[repr(row[c]) for c in columns] for row in resumed.history]
    assert [row["step"] for row in history.read_history(tmp_path / "parts")] == [1, 2, 4, 8, 16, 21]


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tmp_path):
    first, second = (trainer(tmp_path / name) for name in "ab")
    other = trainer(tmp_path / "c", seed=1)
    for t in (first, second, other):
        t.train(steps=4)
    assert same(first.generator.state_dict(), second.generator.state_dict())
    assert not same(first.generator.state_dict(), other.generator.state_dict())


def test_training_leaves_the_caller_s_dice_alone(tmp_path):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    trainer(tmp_path).train(steps=2)
    assert torch.equal(torch.rand(4), expected)


def test_a_used_up_budget_trains_no_more_and_a_larger_one_goes_on(tmp_path):
    t = trainer(tmp_path)
    t.train(steps=5)
    t.train(steps=5)
    assert t.step == 5
    t.train(epochs=1.4)  # 5 steps an epoch
    assert t.step == 7
    t.train(minutes=1e-9)
    assert t.step == 7


def test_the_recipe_s_epochs_are_the_default_budget(tmp_path):
    t = trainer(tmp_path, fields={"epochs": 2})
    t.train()
    assert t.step == 2 * t.steps_per_epoch


@pytest.mark.fault
def test_interruption_saves_and_reaches_the_caller(tmp_path):
    def interrupted(gan, real):
        if gan.step == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return training_step(gan, real)

    t = trainer(tmp_path, step=interrupted)
    with pytest.raises(KeyboardInterrupt):
        t.train(steps=50)
    assert t.step == 6
    resumed = trainer(tmp_path)
    assert resumed.step == 6
    resumed.train(steps=8)
    assert resumed.step == 8


def test_a_run_folder_holds_all_that_is_promised(tmp_path):
    pictures = []
    trainer(tmp_path).train(steps=9, on_sample=lambda _, picture: pictures.append(picture.size))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoints", "generator.safetensors", "generator_raw.safetensors", "history.csv", "recipe.json", "samples",
    ]  # fmt: skip
    assert sorted(path.stem for path in (tmp_path / "samples").iterdir()) == [f"{n:07}" for n in (1, 2, 4, 8, 9)]
    assert len(pictures) == 5
    identity = read_identity(tmp_path)
    assert identity["recipe"]["name"] == "gan"
    assert identity["data"] == {"source": "noise", "fingerprint": "0" * 8, "images": 40}
    assert {"seed", "machine", "versions", "precision"} <= identity.keys()


def test_another_training_in_the_same_folder_is_refused_field_by_field(tmp_path):
    trainer(tmp_path).train(steps=2)
    with pytest.raises(ValueError, match=r"n_critic: 1 there, 3 now.*--run NAME"):
        trainer(tmp_path, fields={"n_critic": 3})
    with pytest.raises(ValueError, match="seed: 0 there, 4 now"):
        trainer(tmp_path, seed=4)
    assert trainer(tmp_path).step == 2


def test_own_networks_objective_and_loop_body(tmp_path):
    own = torch.nn.Sequential(torch.nn.Linear(100, 3 * 64 * 64), torch.nn.Unflatten(1, (3, 64, 64)), torch.nn.Tanh())
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 64 * 64, 1), torch.nn.Flatten(0))

    class Hinge(Standard):
        def discriminator_loss(self, discriminator, real, fake):
            return (1 - discriminator(real)).relu().mean() + (1 + discriminator(fake)).relu().mean()

    calls = []

    def body(gan, real):
        calls.append(len(real))
        return training_step(gan, real)

    t = trainer(tmp_path, generator=own, discriminator=critic, objective=Hinge(), step=body)
    t.train(steps=4)
    assert calls == [8] * 4
    assert t.generator is own
    with pytest.raises(ValueError, match=r"own parts: .*Hinge.* there, \{\} now"):
        trainer(tmp_path)
    narrow = torch.nn.Sequential(torch.nn.Linear(100, 12), torch.nn.Linear(12, 3 * 64 * 64), *own[1:])
    with pytest.raises(ValueError, match="other networks"):
        trainer(tmp_path, generator=narrow, discriminator=critic, objective=Hinge())


def test_too_few_images_and_wrong_sizes_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="has 5 images, fewer than one batch \\(batch_size=8\\)"):
        trainer(tmp_path, images=image_set(5))
    with pytest.raises(ValueError, match="32 pixels wide, the recipe says size=64"):
        trainer(tmp_path, images=image_set(size=32))
    assert not list(tmp_path.iterdir())


@pytest.mark.fault
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path, capsys):
    t = trainer(tmp_path)
    t.train(steps=3)
    t.train(steps=5)
    newest = tmp_path / "checkpoints" / "0000005.pt"
    newest.write_bytes(newest.read_bytes()[:-100])
    assert trainer(tmp_path).step == 3
    assert "0000005.pt" in capsys.readouterr().out


def test_bf16_trains_with_losses_near_those_of_fp32(tmp_path):
    losses = {}
    for precision in ("fp32", "bf16"):
        t = trainer(tmp_path / precision, "wgan_gp", precision=precision)
        losses[precision] = t.train(steps=1)[0]["loss_d"]
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.02)
    assert losses["bf16"] != losses["fp32"]


def test_a_failed_step_does_not_count_and_leaves_the_networks_trainable(tmp_path):
    class Failing(Standard):
        def generator_loss(self, discriminator, fake, real):
            raise ArithmeticError("own mistake")

    t = trainer(tmp_path, objective=Failing())
    with pytest.raises(ArithmeticError):
        t.train(steps=3)
    assert t.step == 0
    assert all(weight.requires_grad for weight in t.discriminator.parameters())
    t.gan.objective = Standard()
    t.train(steps=3)
    assert t.step == 3


def test_weights_that_were_frozen_by_hand_stay_so(tmp_path):
    t = trainer(tmp_path)
    t.discriminator.stem.requires_grad_(False)
    t.train(steps=2)
    assert not any(weight.requires_grad for weight in t.discriminator.stem.parameters())
    assert all(weight.requires_grad for weight in t.discriminator.blocks.parameters())


def test_an_own_loop_body_may_report_further_losses_now_and_then(tmp_path):
    def body(gan, real):
        losses = training_step(gan, real)
        return losses if gan.step < 4 else {**losses, "extra": torch.tensor(2.5)}

    trainer(tmp_path, step=body).train(steps=8)
    rows = history.read_history(tmp_path)
    assert [row.get("extra") == 2.5 for row in rows] == [False, False, True, True]


@pytest.mark.fault
def test_a_kill_between_the_files_of_a_save_loses_nothing(tmp_path, monkeypatch):
    t = trainer(tmp_path)
    t.train(steps=4)
    monkeypatch.setattr(run_folder.RunFolder, "save_checkpoint", mock.Mock(side_effect=OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        t.train(steps=8)
    monkeypatch.undo()
    resumed = trainer(tmp_path)
    assert resumed.step == 4
    assert [row["step"] for row in resumed.history] == [1, 2, 4]
    resumed.train(steps=8)
    assert [row["step"] for row in history.read_history(tmp_path)] == [1, 2, 4, 8]


def test_a_folder_is_trained_in_by_one_process_at_a_time(tmp_path):
    def body(gan, real):
        if gan.step == 1:
            with pytest.raises(ValueError, match=r"is being trained by another process; .*--run NAME"):
                other.train(steps=3)
        return training_step(gan, real)

    t = trainer(tmp_path, step=body)
    other = trainer(tmp_path)
    t.train(steps=2)
    assert (t.step, other.step) == (2, 0)
    with pytest.raises(ValueError, match="was trained to step 2 elsewhere, after it was opened here at step 0"):
        other.train(steps=3)  # the folder is free again, but this would overwrite what is there
    assert trainer(tmp_path).step == 2
    trainer(tmp_path).train(steps=3)


@pytest.mark.fault
def test_a_training_whose_checkpoints_are_all_damaged_begins_anew_and_keeps_what_it_saves(tmp_path):
    origin = trainer(tmp_path / "origin")
    origin.train(steps=1)
    t = trainer(tmp_path / "run", start=tmp_path / "origin")
    t.train(steps=4)
    t.train(steps=8)
    for path in (tmp_path / "run" / "checkpoints").glob("*.pt"):
        path.write_bytes(path.read_bytes()[:100])
    again = trainer(tmp_path / "run", start=tmp_path / "origin")
    assert again.step == 0
    for ours, theirs in zip(again.generator.parameters(), origin.generator.parameters(), strict=True):
        assert torch.equal(ours, theirs)  # not with random ones, though recipe.json names the start
    again.train(steps=2)
    names = {path.name for path in (tmp_path / "run" / "checkpoints").iterdir()}
    assert {"0000002.pt", "damaged-0000004.pt", "damaged-0000008.pt"} <= names
    assert not {"0000004.pt", "0000008.pt"} & names
    assert trainer(tmp_path / "run", start=tmp_path / "origin").step == 2


def test_what_a_callback_draws_does_not_change_the_training(tmp_path):
    alone, watched = trainer(tmp_path / "alone"), trainer(tmp_path / "watched")
    alone.train(steps=4)
    watched.train(steps=2, on_sample=lambda *_: torch.manual_seed(0))
    watched.train(steps=4, on_sample=lambda *_: torch.rand(3))
    for ours, theirs in zip(watched.generator.parameters(), alone.generator.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_tiny_share_of_an_epoch_is_one_step(tmp_path):
    t = trainer(tmp_path)
    t.train(epochs=0.01)
    assert t.step == 1


def test_checkpoints_of_every_k_th_step_are_kept(tmp_path):
    t = trainer(tmp_path, keep_every=6)
    for steps in (5, 9, 15, 20, 21):
        t.train(steps=steps)
    trainer(tmp_path).train(steps=23)  # without the option: what is kept stays
    assert [path.stem for path in sorted((tmp_path / "checkpoints").glob("*.pt"))] == [
        "0000021", "0000023", "kept-0000006", "kept-0000012", "kept-0000018",
    ]  # fmt: skip
    assert [row["step"] for row in t.history if "diversity" in row] == [6, 12, 18]


def test_the_best_generator_is_kept_with_its_score(tmp_path):
    scores = iter([0.2, 0.7, 0.5])
    t = trainer(tmp_path, score=lambda generator, z_dim: {"score": next(scores), "z_dim": z_dim})
    states = []
    for steps in (2, 4, 6):
        t.train(steps=steps)
        states.append(snapshot(t.ema))
    best, _ = load_generator(tmp_path, weights="best")
    facts = read_metadata(tmp_path / "generator_best.safetensors")
    (tmp_path / "generator_best.safetensors").write_bytes(b"damaged")
    t.best.score = lambda generator, z_dim: {"score": 0.1}
    t.train(steps=7)
    assert read_metadata(tmp_path / "generator_best.safetensors")["score"] == 0.1
    assert same(best.state_dict(), states[1])
    assert facts == {"step": 4, "seen": 32, "measure": "", "score": 0.7, "z_dim": 100}


def test_the_history_holds_the_score_of_each_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 4)
    t = trainer(tmp_path, score=lambda generator, z_dim: {"score": 0.25, "afd_strict": 0.5, "diversity": 0.5})
    t.train(steps=9)
    scored = {row["step"]: (row["afd_strict"], row["score"]) for row in t.history if "score" in row}
    assert scored == dict.fromkeys((4, 8, 9), (0.5, 0.25))  # of the samples at 1, 2, 4 and 8, and of the end


@pytest.mark.fault
def test_without_a_detector_no_best_is_kept_and_that_is_said_once(tmp_path, capsys):
    def score(generator, z_dim):
        raise NotMeasured("no network")

    t = Trainer(small("gan"), image_set(), tmp_path, device="cpu", score=score)
    t.train(steps=2)
    t.train(steps=4)
    assert capsys.readouterr().out.count("No best generator is kept: no network") == 1
    with pytest.raises(FileNotFoundError, match="a best generator is saved only if its score can be measured"):
        load_generator(tmp_path, weights="best")


def test_going_on_in_another_place_says_what_is_different(tmp_path, capsys):
    trainer(tmp_path).train(steps=2)
    identity = read_identity(tmp_path)
    identity["versions"]["torch"] = "1.0"
    del identity["recipe"]["drift_weight"]  # a field that is newer than the run
    (tmp_path / "recipe.json").write_text(json.dumps(identity))
    t = Trainer(small("gan"), image_set(), tmp_path, device="cpu", precision="fp32")
    assert t.step == 2
    said = capsys.readouterr().out
    assert "versions, torch: 1.0 there" in said


@pytest.mark.fault
def test_a_gpu_s_small_memory_comes_with_a_batch_size_to_try(tmp_path):
    def full(gan, real):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(RuntimeError, match=r"too small for batch_size=8 at feature_dim=4: try --set batch_size=4"):
        trainer(tmp_path, step=full).train(steps=2)


@pytest.mark.fault
def test_what_a_killed_writer_left_is_cleared_away(tmp_path):
    t = trainer(tmp_path)
    t.train(steps=2)
    left = tmp_path / "checkpoints" / ".0000004.pt.abc.part"
    left.write_bytes(b"half")
    t.train(steps=4)
    assert not left.exists()


@pytest.mark.fault
def test_a_full_disk_ends_a_training_clearly_and_leaves_what_was_saved(tmp_path, monkeypatch):
    t = trainer(tmp_path)
    t.train(steps=4)
    monkeypatch.setattr(os, "fsync", mock.Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(OSError, match=r"the disk is full; what was saved before is intact. Free some space"):
        t.train(steps=8)
    monkeypatch.undo()
    assert trainer(tmp_path).step == 4
    assert not list(tmp_path.rglob("*.part"))
