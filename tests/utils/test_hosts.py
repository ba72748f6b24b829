"""Where files lie in Colab, in Kaggle and at home, and what is said about the GPU there."""

import os
import sys
import types
from unittest import mock

import pytest
import torch

from gan_hw.utils import devices, hosts
from gan_hw.workflow.plan import make_plan


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
    monkeypatch.setattr(hosts, "DRIVE_MOUNT", tmp_path / "drive")
    drive = types.ModuleType("google.colab.drive")
    drive.mount = mock.Mock(side_effect=lambda place, force_remount: os.makedirs(f"{place}/MyDrive"))
    package = types.ModuleType("google.colab")
    package.drive = drive
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.drive", drive)
    return drive


def gpus(monkeypatch, *names, fault=None):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(names))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(names))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: names[number])
    monkeypatch.setattr(devices, "device_error", lambda device: fault)


def test_at_home_the_workspace_is_here_or_as_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert hosts.host() == "local" and hosts.find_workspace() == tmp_path / "workspace"
    monkeypatch.setenv("GAN_HW_WORKSPACE", "/somewhere")
    assert str(hosts.find_workspace()) == "/somewhere" and str(hosts.find_workspace("./drive")) == "drive"


def test_in_a_checkout_s_folders_of_notebooks_the_workspace_is_in_its_root(tmp_path, monkeypatch):
    (tmp_path / "gan_hw").mkdir()
    (tmp_path / "gan_hw" / "__init__.py").touch()
    for folder in ("notebooks", "notebooks/solutions", "notebooks/zh-TW", "notebooks/zh-TW/solutions"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        assert hosts.find_workspace() == tmp_path / "workspace"


def test_google_drive_is_mounted_once_and_only_in_colab(colab):
    assert hosts.host() == "colab"
    assert hosts.find_workspace("drive") == hosts.find_workspace("drive") == hosts.DRIVE_MOUNT / "MyDrive" / "gan_hw"
    colab.mount.assert_called_once_with(str(hosts.DRIVE_MOUNT), force_remount=True)


def test_whatever_lies_on_google_drive_is_reached_through_the_mount(colab):
    with pytest.raises(ValueError, match="neither a file nor a folder"):
        make_plan(data=str(hosts.DRIVE_MOUNT / "MyDrive" / "faces.zip"))
    colab.mount.assert_called_once()


def test_a_drive_that_can_not_be_mounted_is_said_with_the_cell_that_does_it(colab):
    colab.mount.side_effect = RuntimeError("mount failed")
    with pytest.raises(ValueError, match=r"could not be mounted \(mount failed\).*drive.mount\('"):
        hosts.find_workspace("drive")


def test_a_drive_whose_connection_is_lost_is_mounted_again(colab, monkeypatch):
    monkeypatch.setattr("pathlib.Path.is_dir", mock.Mock(side_effect=OSError(107, "not connected")))
    hosts.find_workspace("drive")
    colab.mount.assert_called_once()


def test_google_drive_elsewhere_is_refused():
    with pytest.raises(ValueError, match="workspace='drive' is Google Drive in Colab, and this is not Colab"):
        hosts.find_workspace("drive")


def test_in_kaggle_runs_lie_where_they_are_kept(kaggle):
    assert hosts.host() == "kaggle" and hosts.find_workspace() == kaggle / "working" / "workspace"


def attached(kaggle, inside, last_step, name="mine"):
    """A run in an attached output, which may not be written to."""
    run = kaggle / "input" / inside / "runs" / name
    (run / "checkpoints").mkdir(parents=True)
    for file in ("recipe.json", "checkpoints/0000001.pt"):
        (run / file).write_text(inside)
        (run / file).chmod(0o400)
    history(run, last_step)
    (run / "checkpoints").chmod(0o500)
    return run


def history(run, last_step):
    (run / "history.csv").write_text(f"step,seen,loss_d,loss_g\n{last_step},8,0.5,0.5\n")


@pytest.mark.parametrize("inside", ["my-training/workspace", "notebooks/someone/my-training/workspace"])
def test_an_attached_run_is_copied_once_and_can_be_written_to(kaggle, inside, capsys):
    run, plan = attached(kaggle, inside, 5), make_plan(run="mine")
    assert plan.folder == kaggle / "working" / "workspace" / "runs" / "mine" and not plan.folder.exists()
    assert plan.adopt_attached()
    assert (plan.folder / "checkpoints" / "0000001.pt").read_text() == inside
    assert all(path.stat().st_mode & 0o200 for path in plan.folder.rglob("*"))
    assert f"Resuming the attached run: {run}" in capsys.readouterr().out
    (plan.folder / "recipe.json").write_text("newer")
    assert not plan.adopt_attached()
    assert (plan.folder / "recipe.json").read_text() == "newer" and not capsys.readouterr().out
    assert [path.name for path in plan.folder.parent.iterdir()] == ["mine"]


def test_of_several_attached_runs_the_one_trained_longest_is_taken(kaggle):
    attached(kaggle, "a", 5)
    attached(kaggle, "b", 9)
    attached(kaggle, "c", 7)
    plan = make_plan(run="mine")
    assert plan.adopt_attached() and (plan.folder / "recipe.json").read_text() == "b"


def test_a_run_that_is_here_stays_and_a_longer_attached_one_is_named(kaggle, capsys):
    plan = make_plan(run="mine")
    plan.folder.mkdir(parents=True)
    (plan.folder / "recipe.json").touch()
    history(plan.folder, 3)
    run = attached(kaggle, "long", 9)
    assert not plan.adopt_attached()
    assert f"'{run}' was trained longer (to step 9) than '{plan.folder}' (3)" in capsys.readouterr().out


def test_executed_notebooks_that_lie_there_already_are_no_run(kaggle):
    attached(kaggle, "a", 5)
    plan = make_plan(run="mine")
    (plan.folder / "notebooks").mkdir(parents=True)
    (plan.folder / "notebooks" / "01_environment.ipynb").touch()
    assert plan.adopt_attached() and (plan.folder / "recipe.json").read_text() == "a"
    assert (plan.folder / "notebooks" / "01_environment.ipynb").exists()


def test_a_copy_that_fails_leaves_nothing(kaggle, monkeypatch):
    attached(kaggle, "a", 5)
    monkeypatch.setattr("shutil.copyfile", mock.Mock(side_effect=OSError(28, "No space left on device")))
    plan = make_plan(run="mine")
    with pytest.raises(OSError, match="No space"):
        plan.adopt_attached()
    assert not plan.folder.exists() and not list(plan.workspace.rglob("*.copy"))


@pytest.mark.parametrize(("place", "menu"), [("colab", "Change runtime type > T4"), ("kaggle", "Accelerator > GPU T4")])
def test_a_missing_or_unusable_gpu_is_said_with_the_menu(place, menu, monkeypatch):
    monkeypatch.setattr(devices, "host", lambda: place)
    gpus(monkeypatch)
    sentence = " ".join(devices.device_notes())
    assert "No GPU is switched on, so the CPU is used" in sentence and menu in sentence
    gpus(monkeypatch, "Tesla P100-PCIE-16GB", fault="no kernel image is available for execution on the device")
    sentence = " ".join(devices.device_notes())
    assert "Tesla P100" in sentence and "no kernel image" in sentence and menu in sentence


def test_at_home_no_menu_is_named(monkeypatch):
    gpus(monkeypatch)
    (sentence,) = devices.device_notes()
    assert "the CPU is used" in sentence and "Choose" not in sentence


def test_of_two_gpus_it_is_said_which_one_is_used(monkeypatch):
    gpus(monkeypatch, "Tesla T4", "Tesla T4")
    first, second = devices.device_notes()
    assert "2 GPUs are here (Tesla T4); a training uses the first" in first and "CUDA_VISIBLE_DEVICES=1" in second
    gpus(monkeypatch, "Tesla T4")
    assert devices.device_notes() == ["The GPU is used: Tesla T4."]
    assert devices.device_notes("cpu") == ["cpu is used, as requested."]
