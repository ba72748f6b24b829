"""Colab and Kaggle imitated, from an empty machine to an accepted submission: their folders, variables and modules.

A machine is an environment of its own which has the packages, as a hosted image does, but not the kit.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from conftest import CASCADE, ROOT, served
from PIL import Image

from gan_hw.data.images import load_images
from gan_hw.inference.submission import check_submission

KIT = ("gan_hw", "notebooks", "README.md", "LICENSE", "pyproject.toml", "requirements.txt", "assets/weights")
TINY = {"recipe": "wgan_gp_quick", "overrides": "feature_dim=4 batch_size=8", "run": "mine"}
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
DRIVE = """
import os

def mount(place, force_remount):  # what it holds is elsewhere, and stays when the machine goes
    os.makedirs(place, exist_ok=True)
    os.symlink(os.environ["CLOUD"], f"{place}/MyDrive")
"""
OURS = ".made-by-the-tests"


def copy_kit(folder):
    for name in KIT:
        source, leave = ROOT / name, shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(source, folder / name, ignore=leave) if source.is_dir() else shutil.copy(source, folder / name)


@pytest.fixture
def folder(request):
    """The host's top folder, which nobody's own machine has; gone after the test, or before the next one."""
    path = Path(request.param)
    if (path / OURS).exists():
        shutil.rmtree(path)
    if path.exists():
        pytest.skip(f"{path} exists here")
    try:
        path.mkdir()
    except OSError:
        pytest.skip(f"needs to make {path}, as root in a container may")
    (path / OURS).touch()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def python(tmp_path):
    """An interpreter that has all packages but not the kit."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "machine"], check=True)
    (site,) = (tmp_path / "machine").glob("lib/python*/site-packages")
    (site / "all.pth").write_text(sysconfig.get_path("purelib"))
    python = tmp_path / "machine" / "bin" / "python"
    assert subprocess.run([python, "-c", "import torch, gan_hw"], cwd=tmp_path, capture_output=True).returncode == 1
    return python


def execute(python, notebook, cwd, environment, repository="", **parameters):
    """One notebook, as it is uploaded alone, through papermill; returns what it printed."""
    opened = nbformat.read(ROOT / "notebooks" / notebook, as_version=4)
    for cell in opened.cells:
        if cell.id == "bootstrap":
            cell.source = re.sub('REPOSITORY = ".*?"', f'REPOSITORY = "{repository}"', cell.source)
    nbformat.write(opened, cwd / notebook)
    given = [part for name, value in (TINY | parameters).items() for part in ("-p", name, str(value))]
    command = [python, "-m", "papermill", notebook, f"done-{notebook}", "--no-progress-bar", "--log-output", *given]
    left_out = ("PYTHONPATH", "VIRTUAL_ENV", "GAN_HW_CASCADE", "GAN_HW_WORKSPACE")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    environment = kept | {"no_proxy": "127.0.0.1"} | environment
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    if repository and re.search("NewConnectionError|Temporary failure|ProxyError|ConnectTimeout", done.stderr):
        pytest.skip("needs a package index, for what builds the kit")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def new_machine(python, folder):
    """Nothing is left of the last one: no file, no kit."""
    for path in folder.iterdir():
        if path.name != OURS:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "gan_hw"], cwd=folder, check=True)


def contents(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*") if path.is_file()}


def detector(folder):
    """A copy of the face detector's file, as a parameter; none where it is not to be had."""
    if not CASCADE.is_file():
        return {}
    folder.mkdir(parents=True)
    return {"cascade": shutil.copy(CASCADE, folder)}


@pytest.fixture
def repository(tmp_path):
    """The kit's git repository at an http address, as it lies here."""
    work = tmp_path / "work"
    work.mkdir()
    copy_kit(work)
    commit = "git init -q . && git add -A && git -c user.name=x -c user.email=x@localhost commit -qm kit"
    subprocess.run(commit, shell=True, cwd=work, check=True)
    subprocess.run(["git", "clone", "-q", "--bare", work, tmp_path / "site" / "kit.git"], check=True)
    subprocess.run(["git", "update-server-info"], cwd=tmp_path / "site" / "kit.git", check=True)
    with served(tmp_path / "site") as address:
        yield f"{address}/kit.git"


@pytest.mark.parametrize("folder", ["/content"], indirect=True)
def test_colab_disconnected_between_training_and_submission(folder, python, repository, tmp_path):
    """The faces lie on Google Drive, and so does the workspace."""
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "__init__.py").touch()
    (site / "google" / "colab" / "drive.py").write_text(DRIVE)
    cloud = tmp_path / "cloud"
    picture_files(cloud / "faces", tmp_path)
    shutil.make_archive(cloud / "faces", "zip", cloud / "faces")
    colab = {"COLAB_RELEASE_TAG": "release-colab", "CLOUD": str(cloud)}
    mine = {"workspace": "drive", "data": "/content/drive/MyDrive/faces.zip", **detector(cloud / "detector")}
    said = execute(python, "04_train.ipynb", folder, colab, repository, steps=20, **mine)
    assert "Choose Runtime > Change runtime type > T4 GPU" in said
    new_machine(python, folder)
    execute(python, "05_inference.ipynb", folder, colab, repository, **mine)
    run = cloud / "gan_hw" / "runs" / "mine"
    assert check_submission(run / "submission.tgz") == [] and (run / "scores.json").exists()


@pytest.mark.parametrize("folder", ["/content"], indirect=True)
def test_colab_with_an_uploaded_zip(folder, python, tmp_path):
    (tmp_path / "kit").mkdir()
    copy_kit(tmp_path / "kit")
    shutil.make_archive(folder / "gan_course_kit (1)", "zip", tmp_path / "kit")  # a browser's name for the second one
    colab = {"COLAB_RELEASE_TAG": "release-colab", **NO_NETWORK}
    execute(python, "04_train.ipynb", folder, colab, steps=20, data="drawn:64")
    assert (folder / "workspace" / "runs" / "mine" / "generator.safetensors").exists()


@pytest.mark.parametrize("folder", ["/kaggle"], indirect=True)
def test_kaggle_with_the_internet_off(folder, python, tmp_path):
    """Kit, faces and detector are attached; the second notebook gets the first one's output attached."""
    kaggle = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive", **NO_NETWORK}
    working, attached = folder / "working", folder / "input"
    working.mkdir()
    (attached / "gan-course-kit").mkdir(parents=True)
    copy_kit(attached / "gan-course-kit")
    picture_files(attached / "our-faces" / "faces", tmp_path)
    mine = {"data": "kaggle:someone/our-faces", **detector(attached / "detector")}
    before = contents(attached)
    said = execute(python, "04_train.ipynb", working, kaggle, steps=20, **mine)
    assert "Choose Settings > Accelerator > GPU T4 x2" in said
    assert {path: facts for path, facts in contents(attached).items() if "__pycache__" not in path.parts} == before
    shutil.copytree(working / "workspace", attached / "my-training" / "workspace")
    new_machine(python, working)
    said = execute(python, "05_inference.ipynb", working, kaggle, **mine)
    assert "Resuming the attached run" in said
    assert check_submission(working / "workspace" / "runs" / "mine" / "submission.tgz") == []


def picture_files(folder, scratch):
    """64 drawn faces as pictures."""
    folder.mkdir(parents=True)
    for number, image in enumerate(load_images("drawn:64", scratch, quiet=True).images):
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / f"{number}.png")
