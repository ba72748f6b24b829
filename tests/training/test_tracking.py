"""Trackers follow a training: what they show is what history.csv holds, each step once and in order."""

import importlib.util
import math
import random
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT, image_set, small
from faults import state_of
from PIL import Image

from gan_hw.cli import main
from gan_hw.losses import WassersteinGP
from gan_hw.training import history, schedule, tracking
from gan_hw.training.run_folder import RunFolder
from gan_hw.training.step import training_step
from gan_hw.training.tracking import TensorBoard, numbers
from gan_hw.training.trainer import Trainer
from gan_hw.workflow.plan import make_plan

needs_tensorboard = pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="needs tensorboard")


class Recorder:
    """Keeps what it gets, and notes whether it was saved by then."""

    def __init__(self):
        self.rows, self.pictures, self.calls, self.saved = [], [], [], []

    def start(self, folder, recipe):
        self.folder = folder
        self.calls.append("start")
        return self.rows[-1]["step"] if self.rows else 0

    def row(self, row):
        checkpoint = RunFolder(self.folder).load_checkpoint()["step"]
        self.saved.append(checkpoint >= row["step"] and history.read_history(self.folder)[-1]["step"] >= row["step"])
        self.rows.append(dict(row))

    def picture(self, step, path):
        self.pictures.append(step)
        assert Image.open(path).width > 64

    def end(self):
        self.calls.append("end")


class NaNOnce(WassersteinGP):
    """A loss that is no number at its 40th call."""

    calls = 0

    def discriminator_loss(self, discriminator, real, fake):
        self.calls += 1
        return super().discriminator_loss(discriminator, real, fake) * (float("nan") if self.calls == 40 else 1)


def as_text(rows):
    """Rows as they can be compared: NaN equals nothing, and an empty word is not read back."""
    return [{name: repr(value) for name, value in row.items() if value != ""} for row in rows]


def score(generator, z_dim):
    return {"score": 0.25, "afd_strict": 0.5}


def trainer(folder, *trackers, **own):
    own = {"score": score, "quiet": True, **own}
    recipe = small("wgan_gp" if "objective" in own else "gan", n_critic=2)
    return Trainer(recipe, image_set(), folder, device="cpu", trackers=trackers, **own)


@pytest.fixture
def often_saved(monkeypatch):
    """Looks, and saves, at every 16th step."""
    monkeypatch.setattr(schedule, "MONITOR_EVERY_STEPS", 16)
    monkeypatch.setattr(schedule, "SAVE_EVERY_S", 0.0)


def events(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder / "tensorboard"), {"scalars": 0, "images": 0, "tensors": 0}).Reload()


def assert_equal_to_history(shown, folder):
    """Each column of history.csv is a scalar with the same steps, in order, and the same values in float32."""
    rows = history.read_history(folder)
    columns = {name for row in rows for name in numbers(row)}
    assert set(shown.Tags()["scalars"]) == columns
    for name in columns:
        points = [(point.step, point.value) for point in shown.Scalars(name)]
        expected = [(row["step"], row[name]) for row in rows if name in row]
        assert [step for step, _ in points] == [step for step, _ in expected], name
        np.testing.assert_allclose([v for _, v in points], [v for _, v in expected], rtol=1e-6, err_msg=name)


@needs_tensorboard
def test_tensorboard_shows_the_history_the_samples_and_the_recipe(tmp_path, often_saved):
    trainer(tmp_path, TensorBoard()).train(steps=40)
    shown = events(tmp_path)
    assert_equal_to_history(shown, tmp_path)
    assert {"loss_d", "loss_g", "score", "afd_strict", "diversity", "seen"} <= set(shown.Tags()["scalars"])
    images = shown.Images("samples")
    assert [f"{image.step:07}" for image in images] == sorted(path.stem for path in (tmp_path / "samples").glob("*"))
    assert images[0].width == Image.open(tmp_path / "samples" / "0000001.png").width
    (text,) = shown.Tensors("recipe/text_summary")
    assert '"n_critic": 2' in text.tensor_proto.string_val[0].decode()


KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}, {root!r}]
from pathlib import Path
from gan_hw.training import schedule
from gan_hw.training.step import training_step
from gan_hw.training.tracking import TensorBoard
from test_tracking import trainer

schedule.MONITOR_EVERY_STEPS, schedule.SAVE_EVERY_S = 16, 0.0

def step(gan, real):
    if gan.step == 50:
        os.kill(os.getpid(), signal.SIGKILL)
    return training_step(gan, real)

trainer(Path({folder!r}), TensorBoard(), step=step).train(steps=90)
"""


def kill(folder):
    script = KILLED.format(tests=str(ROOT / "tests" / "training"), root=str(ROOT / "tests"), folder=str(folder))
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120).returncode == -9


def end_earlier(folder):
    trainer(folder, TensorBoard()).train(steps=37)  # whose row a longer training does not have


def failing_step(gan, real):
    if gan.step == 50:
        raise ArithmeticError
    return training_step(gan, real)


def fail(folder):
    with pytest.raises(ArithmeticError):
        trainer(folder, TensorBoard(), step=failing_step).train(steps=90)


def train_untracked(folder):
    trainer(folder).train(steps=37)


@needs_tensorboard
@pytest.mark.fault
@pytest.mark.parametrize("before", [end_earlier, kill, fail, train_untracked])
def test_after_a_resume_every_point_is_there_once_and_in_order(tmp_path, often_saved, before):
    before(tmp_path)
    is_tracked = (tmp_path / "tensorboard").exists()
    watching = events(tmp_path) if is_tracked else None  # a TensorBoard that is open all the time
    trainer(tmp_path, TensorBoard()).train(steps=64)
    assert_equal_to_history(events(tmp_path), tmp_path)
    if watching:
        assert_equal_to_history(watching.Reload(), tmp_path)


@needs_tensorboard
@pytest.mark.fault
def test_after_going_back_to_a_checkpoint_every_point_is_there_once_and_in_order(tmp_path, often_saved):
    t = trainer(tmp_path, TensorBoard(), objective=NaNOnce())
    t.train(steps=64)
    assert t.state.halvings == 1 and t.gan.objective.calls == 48 + 64 - 32  # it went back from step 48 to 32
    shown = events(tmp_path)
    assert_equal_to_history(shown, tmp_path)
    assert [point.step for point in shown.Scalars("halvings")] == [48, 64]


def test_a_tracker_gets_each_row_once_complete_and_saved(tmp_path, often_saved):
    recorder = Recorder()
    t = trainer(tmp_path, recorder, objective=NaNOnce())
    for steps in (16, 64, 64):
        t.train(steps=steps)
    assert as_text(recorder.rows) == as_text(t.history) == as_text(history.read_history(tmp_path))
    assert [row["step"] for row in recorder.rows if "score" in row] == [16, 32, 64]
    assert recorder.pictures == [1, 2, 4, 8, 16, 32, 64]
    assert all(recorder.saved)
    assert recorder.calls == ["start", "end"] * 3


def test_a_tracker_gets_rows_while_the_training_goes_on(tmp_path, often_saved):
    recorder, seen = Recorder(), {}

    def step(gan, real):
        seen[gan.step] = [row["step"] for row in recorder.rows]
        return {}

    trainer(tmp_path, recorder, step=step).train(steps=40)
    assert (seen[16], seen[17], seen[33]) == ([], [1, 2, 4, 8], [1, 2, 4, 8, 16])


@pytest.mark.fault
def test_of_a_training_that_fails_a_tracker_gets_what_was_saved(tmp_path):
    recorder = Recorder()
    trainer(tmp_path, recorder).train(steps=16)
    with pytest.raises(ArithmeticError):
        trainer(tmp_path, recorder, step=failing_step).train(steps=90)
    assert [row["step"] for row in recorder.rows] == [1, 2, 4, 8, 16]
    trainer(tmp_path, recorder).train(steps=64)
    assert [row["step"] for row in recorder.rows] == [1, 2, 4, 8, 16, 32, 48, 64]
    assert all(recorder.saved) and recorder.calls == ["start", "end"] * 3


@pytest.mark.fault
@pytest.mark.parametrize("method", ["start", "row", "picture", "end"])
def test_a_tracker_that_fails_is_left_out_and_the_training_goes_on(tmp_path, often_saved, capsys, method):
    calls = []

    def gone(*given):
        calls.append(given)
        raise ConnectionError("network gone")

    broken, recorder = Recorder(), Recorder()
    setattr(broken, method, gone)
    t = trainer(tmp_path, broken, recorder, quiet=False)
    t.train(steps=36)
    t.train(steps=40)
    assert t.step == 40 and len(calls) == 1
    assert [row["step"] for row in recorder.rows] == [1, 2, 4, 8, 16, 32, 36, 40]
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: Recorder")]
    assert notes == [
        "Note: Recorder gets no more of this run (ConnectionError: network gone); the training goes on."
    ]  # fmt: skip


def test_a_tracked_training_is_bit_for_bit_the_untracked_one(tmp_path, often_saved):
    class Drawing(Recorder):
        def row(self, row):
            random.random(), np.random.rand(), torch.rand(1)

    trainer(tmp_path / "alone").train(steps=40)
    trainer(tmp_path / "tracked", Drawing()).train(steps=40)
    assert state_of(tmp_path / "alone") == state_of(tmp_path / "tracked")


def test_without_its_package_a_tracker_is_refused_before_anything_is_done(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    arguments = ["--data", "drawn:24", "--workspace", str(tmp_path), "--track", "tensorboard"]
    for command in ("train", "run"):
        assert main([command, *arguments]) == 2
        assert "it: python -m pip install tensorboard" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="track='tensorbored' is unknown; choose tensorboard, or leave it empty"):
        make_plan(track="tensorbored")


def test_a_training_without_trackers_needs_no_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # any import of it fails
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    runpy.run_path(tracking.__file__)
    t = trainer(tmp_path)
    t.train(steps=2)
    assert t.step == 2


@needs_tensorboard
def test_the_command_line_and_a_plan_track(tmp_path, monkeypatch):
    options = ["--set", "feature_dim=4", "--set", "batch_size=8", "--steps", "2", "--best", "none", "--quiet"]
    command = ["train", "--data", "drawn:24", *options, "--workspace", str(tmp_path), "--track", "tensorboard"]
    assert main(command) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert_equal_to_history(events(folder), folder)
    monkeypatch.setenv("GAN_HW_SMOKE", "1")
    plan, recorder = make_plan(workspace=tmp_path, run="both", track="tensorboard", quiet=True), Recorder()
    plan.trainer(trackers=[recorder]).train(**plan.budget)
    assert_equal_to_history(events(plan.folder), plan.folder)
    assert math.isclose(recorder.rows[-1]["loss_d"], events(plan.folder).Scalars("loss_d")[-1].value, rel_tol=1e-6)
