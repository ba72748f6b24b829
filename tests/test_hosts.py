"""Where files lie in Colab, in Kaggle and at home, and what is said about the GPU there."""

import os
import sys
import types
from unittest import mock

import pytest
import torch

from gan_hw import hosts
from gan_hw.plans import make_plan


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    """No host's variables and modules; a test sets those of one."""
    for name in ("COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    for name in ("input", "working"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(hosts, f"KAGGLE_{name.upper()}", tmp_path / name)
    return tmp_path


@pytest.fixture
def colab(tmp_path, monkeypatch):
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    monkeypatch.setattr(hosts, "DRIVE", tmp_path / "drive")
    drive = types.ModuleType("google.colab.drive")
    drive.mount = mock.Mock(side_effect=lambda place: os.makedirs(f"{place}/MyDrive"))
    package = types.ModuleType("google.colab")
    package.drive = drive
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.drive", drive)
    return drive


def gpus(monkeypatch, *names, fault=None):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(names))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(names))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: names[number])
    monkeypatch.setattr(hosts, "works", lambda device: fault)


def test_at_home_the_workspace_is_here_or_as_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert hosts.host() == "local" and hosts.find_workspace() == tmp_path / "workspace"
    monkeypatch.setenv("GAN_HW_WORKSPACE", "/somewhere")
    assert str(hosts.find_workspace()) == "/somewhere" and str(hosts.find_workspace("./drive")) == "drive"


def test_google_drive_is_mounted_once_and_only_in_colab(colab):
    assert hosts.host() == "colab"
    assert hosts.find_workspace("drive") == hosts.find_workspace("drive") == hosts.DRIVE / "MyDrive" / "gan_hw"
    colab.mount.assert_called_once_with(str(hosts.DRIVE))


def test_google_drive_elsewhere_is_refused():
    with pytest.raises(ValueError, match="workspace='drive' is Google Drive in Colab, and this is not Colab"):
        hosts.find_workspace("drive")


def test_in_kaggle_runs_lie_where_they_are_kept(kaggle):
    assert hosts.host() == "kaggle" and hosts.find_workspace() == kaggle / "working" / "workspace"


@pytest.mark.parametrize("inside", ["my-training/workspace", "notebooks/someone/my-training/workspace"])
def test_an_attached_run_is_copied_once_and_can_be_written_to(kaggle, inside, capsys):
    run = kaggle / "input" / inside / "runs" / "mine"
    (run / "checkpoints").mkdir(parents=True)
    for name in ("recipe.json", "checkpoints/0000001.pt"):
        (run / name).write_text(name)
        (run / name).chmod(0o400)
    (run / "checkpoints").chmod(0o500)
    plan = make_plan(run="mine")
    assert plan.folder == kaggle / "working" / "workspace" / "runs" / "mine"
    assert (plan.folder / "checkpoints" / "0000001.pt").read_text() == "checkpoints/0000001.pt"
    assert all(path.stat().st_mode & 0o200 for path in plan.folder.rglob("*"))
    assert f"Going on with the run that is attached: {run}" in capsys.readouterr().out
    (plan.folder / "recipe.json").write_text("newer")
    make_plan(run="mine")
    assert (plan.folder / "recipe.json").read_text() == "newer"
    assert [path.name for path in plan.folder.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize(("place", "menu"), [("colab", "Change runtime type > T4"), ("kaggle", "Accelerator > GPU T4")])
def test_a_missing_or_unusable_gpu_is_said_with_the_menu(place, menu, monkeypatch):
    monkeypatch.setattr(hosts, "host", lambda: place)
    gpus(monkeypatch)
    (sentence,) = hosts.device_notes()
    assert "No GPU is switched on, so the CPU is used" in sentence and menu in sentence
    gpus(monkeypatch, "Tesla P100-PCIE-16GB", fault="no kernel image is available for execution on the device")
    (sentence,) = hosts.device_notes()
    assert "Tesla P100" in sentence and "no kernel image" in sentence and menu in sentence


def test_at_home_no_menu_is_named(monkeypatch):
    gpus(monkeypatch)
    (sentence,) = hosts.device_notes()
    assert "the CPU is used" in sentence and "Choose" not in sentence


def test_of_two_gpus_it_is_said_which_one_is_used(monkeypatch):
    gpus(monkeypatch, "Tesla T4", "Tesla T4")
    first, second = hosts.device_notes()
    assert "2 GPUs are here (Tesla T4); a training uses the first" in first and "CUDA_VISIBLE_DEVICES=1" in second
    gpus(monkeypatch, "Tesla T4")
    assert hosts.device_notes() == ["The GPU is used: Tesla T4."]
