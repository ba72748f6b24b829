"""The page on troubleshooting and the kit's messages are the same: each is made to happen here."""

import os
import re
import tarfile
from unittest import mock

import pytest
import torch
from conftest import CASCADE, ROOT, image_set, small

from gan_hw.data import downloads
from gan_hw.data.images import load_images
from gan_hw.inference.submission import read_submission
from gan_hw.inference.weights import load_generator
from gan_hw.losses import WassersteinGP
from gan_hw.metrics import cascade_file, judge, protocol, score_table
from gan_hw.training import run_folder
from gan_hw.training.monitor import diagnose
from gan_hw.training.trainer import Trainer
from gan_hw.utils import devices
from gan_hw.workflow import score, submit
from gan_hw.workflow.plan import make_plan
from gan_hw.workflow.report.run_report import write_report

pytestmark = pytest.mark.fault

PAGE = (ROOT / "docs" / "learners" / "troubleshooting.md").read_text(encoding="utf-8")
KEYS = re.findall(r"^\| `(.*?)` \|", PAGE.split("## Other problems")[0], re.MULTILINE)
ROW = {
    "seen": 50_000, "loss_d": -2.0, "loss_g": 1.5, "diversity": 0.95, "roughness": 1.1, "brightness": 4.0,
    "score_size": 2.0, "finite": 1,
}  # fmt: skip


def trainer(folder, images=None, **options):
    fields = options.pop("fields", {})
    options = {"device": "cpu", **options}
    return Trainer(small("gan", **fields), images or image_set(), folder, **options)


def another_training(tmp_path, monkeypatch):
    trainer(tmp_path)
    trainer(tmp_path, fields={"n_critic": 2})


def two_at_once(tmp_path, monkeypatch):
    with run_folder.RunFolder(tmp_path).exclusive():
        trainer(tmp_path).train(steps=1)


def no_such_data(tmp_path, monkeypatch):
    load_images(tmp_path / "nowhere", tmp_path)


def unreadable(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_text("no picture")
    load_images(tmp_path / "in", tmp_path)


def cut_short(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(os.urandom(100_000))
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        archive.add(tmp_path / "a.jpg")
    (tmp_path / "a.tgz").write_bytes((tmp_path / "a.tgz").read_bytes()[:50_000])
    load_images(tmp_path / "a.tgz", tmp_path)


def offline(tmp_path, monkeypatch):
    for name in ("_fetch_hugging_face", "_fetch_kaggle"):
        monkeypatch.setattr(downloads, name, mock.Mock(side_effect=OSError("no network")))
    load_images("crypko", tmp_path)


def few_images(tmp_path, monkeypatch):
    trainer(tmp_path, image_set(5))


def small_gpu(tmp_path, monkeypatch):
    trainer(tmp_path, step=mock.Mock(side_effect=torch.cuda.OutOfMemoryError())).train(steps=1)


def no_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "device_error", lambda device: "no kernel image is available")
    make_plan(device="cuda", workspace=tmp_path)


def said_of(*rows):
    """What the trainer says of a history that ends so."""

    def happen(tmp_path, monkeypatch):
        t = trainer(tmp_path)
        found = diagnose([ROW] * 20 + [{**ROW, **change} for change in rows])
        monkeypatch.setattr(t.monitor, "measure_and_diagnose", lambda gan, history: found)
        t.monitor.examine(t.gan, [{}])

    return happen


def diverging(tmp_path, monkeypatch):
    class Never(WassersteinGP):
        def discriminator_loss(self, discriminator, real, fake):
            return super().discriminator_loss(discriminator, real, fake) * float("nan")

    Trainer(small("wgan_gp"), image_set(), tmp_path, device="cpu", objective=Never()).train(steps=200)


def no_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.training.tracking.importlib.util.find_spec", lambda name: None)
    make_plan(track="tensorboard", workspace=tmp_path)


def failing_tracker(tmp_path, monkeypatch):
    broken = mock.Mock()
    broken.start.side_effect = ConnectionError("no network")
    trainer(tmp_path, trackers=[broken]).train(steps=1)


def damaged_checkpoint(tmp_path, monkeypatch):
    trainer(tmp_path).train(steps=1)
    newest = tmp_path / "checkpoints" / "0000001.pt"
    newest.write_bytes(b"\0" + newest.read_bytes()[1:])
    trainer(tmp_path)


def moved(tmp_path, monkeypatch):
    trainer(tmp_path, precision="bf16").train(steps=1)
    trainer(tmp_path, precision="fp32")


def full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", mock.Mock(side_effect=OSError(28, "No space left on device")))
    trainer(tmp_path)


def untrained(tmp_path, monkeypatch):
    load_generator(tmp_path)


def bad_archive(tmp_path, monkeypatch):
    (tmp_path / "submission.tgz").write_text("no archive")
    read_submission(tmp_path / "submission.tgz")


def no_detector(tmp_path, monkeypatch):
    monkeypatch.setattr(cascade_file, "_fetch_cascade", mock.Mock(side_effect=protocol.NotMeasured("no network")))
    faces = image_set(12)
    print("\n".join(score_table.score_lines(judge.judge(faces.images, faces, tmp_path))))


def few_to_learn_from_and_exchanged(tmp_path, monkeypatch):
    archive = submitted(tmp_path)
    scores = score.score(archive, workspace=tmp_path, cascade=CASCADE, quiet=True)
    print("\n".join(score_table.score_lines(scores)))
    submit.submit(archive.parent, seed=1, quiet=True)
    write_report(archive.parent, tmp_path)


def submitted(tmp_path):
    """A hardly trained run's submission. It needs the detector's file."""
    if not CASCADE.is_file():
        pytest.skip(f"needs the face detector's file ({CASCADE.name})")
    trainer(tmp_path / "run", images=load_images("drawn:24", tmp_path, quiet=True)).train(steps=1)
    return submit.submit(tmp_path / "run", quiet=True)


def no_best(tmp_path, monkeypatch):
    def score(*_):
        raise protocol.NotMeasured("no network")

    trainer(tmp_path, score=score).train(steps=1)


HAPPENINGS = (
    another_training, two_at_once, no_such_data, unreadable, cut_short, offline, few_images, small_gpu, no_gpu,
    said_of(*[{"loss_d": 0.01}] * 8), said_of({"diversity": 0.4}), said_of({"score_size": 4.765e6}),
    diverging, diverging, no_tensorboard, failing_tracker, damaged_checkpoint, moved, full_disk, untrained, bad_archive,
    no_detector, few_to_learn_from_and_exchanged, few_to_learn_from_and_exchanged, no_best,
    few_to_learn_from_and_exchanged,
)  # fmt: skip
SAID = {}  # what was said when something happened: some make more than one message


@pytest.mark.parametrize(("key", "happening"), list(zip(KEYS, HAPPENINGS, strict=True)), ids=range(len(KEYS)))
def test_the_kit_says_what_the_page_says_it_does(key, happening, tmp_path, monkeypatch, capsys):
    if happening not in SAID:
        error = ""
        try:
            happening(tmp_path, monkeypatch)
        except (ValueError, OSError, RuntimeError, protocol.NotMeasured) as raised:
            error = str(raised)
        printed = capsys.readouterr().out
        SAID[happening] = [error, *printed.splitlines(), " ".join(printed.split())]  # the last: over several lines
    pattern = ".*".join(re.escape(part.strip()) for part in key.split("…"))
    assert any(re.search(pattern, line) for line in SAID[happening]), f"{key!r} not said in {SAID[happening]}"
