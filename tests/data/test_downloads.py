"""Data sets from elsewhere, against a local server that speaks as Hugging Face does, and as Kaggle shows its inputs."""

import os
import subprocess
import sys
import zipfile
from unittest import mock

import pytest
from conftest import HubHandler, served
from support import content, picture

from gan_hw.data import downloads
from gan_hw.data.images import load_images
from gan_hw.data.sources import open_source, remote


@pytest.fixture
def site(tmp_path):
    """The files of huggingface.co that this test asks for."""
    archive = tmp_path / "site" / "datasets" / "LeoFeng" / "MLHW_6" / "resolve" / "main" / "faces.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as target:
        for number in range(12):
            target.writestr(f"faces/{number}.png", content(picture(number, (64, 64))))
    return tmp_path / "site"


READ_CRYPKO = (
    "from gan_hw.data.images import load_images; faces = load_images('crypko', 'space', quiet=True);"
    "print(len(faces), faces.name, faces.source)"
)


def read_crypko(folder, endpoint):
    """In a process of its own, as the library reads its settings when it is imported."""
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folder / "hub"),
        "KAGGLE_API_ENDPOINT": endpoint,
    }
    environment |= {"KAGGLEHUB_CACHE": str(folder / "kaggle"), "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-c", READ_CRYPKO]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_crypko_comes_from_hugging_face_once_and_then_needs_no_network(site, tmp_path):
    with served(site, HubHandler) as address:
        done = read_crypko(tmp_path, address)
    assert done.returncode == 0, done.stderr[-1500:]
    assert done.stdout.splitlines()[-1] == "12 crypko crypko"
    assert "the course's set has 71314 faces, this copy has 12" in done.stdout
    again = read_crypko(tmp_path, address)  # the server is gone
    assert again.returncode == 0, again.stderr[-1500:]
    assert again.stdout.splitlines()[-1] == "12 crypko crypko"


def test_without_a_network_one_sentence_names_the_alternatives(tmp_path):
    done = read_crypko(tmp_path, "http://127.0.0.1:9")
    assert done.returncode != 0
    sentence = done.stderr.splitlines()[-1]
    for words in ("data='crypko'", "LeoFeng/MLHW_6", "b07202024/diffusion", "data=PATH", "data='drawn'"):
        assert words in sentence


def test_crypko_falls_back_to_kaggle(site, tmp_path, monkeypatch):
    folder = tmp_path / "from_kaggle"
    folder.mkdir()
    (folder / "1.png").write_bytes(content(picture(1)))
    monkeypatch.setattr(downloads, "_fetch_hugging_face", mock.Mock(side_effect=OSError("gone")))
    fetched = mock.Mock(return_value=folder)
    monkeypatch.setattr(downloads, "_fetch_kaggle", fetched)
    assert len(load_images("crypko", tmp_path, quiet=True)) == 1
    fetched.assert_called_once_with(remote.CRYPKO_KAGGLE)


@pytest.mark.parametrize("place", ["pretty-faces", "datasets/someone/pretty-faces"])
def test_a_data_set_attached_to_a_kaggle_notebook_is_read_where_it_lies(tmp_path, monkeypatch, place):
    attached = tmp_path / "input" / place
    attached.mkdir(parents=True)
    (attached / "1.png").write_bytes(content(picture(1)))
    monkeypatch.setattr(downloads, "KAGGLE_INPUT", tmp_path / "input")
    monkeypatch.setattr(downloads, "_fetch_kaggle", mock.Mock(side_effect=AssertionError("no network was needed")))
    faces = load_images("kaggle:someone/pretty-faces", tmp_path, quiet=True)
    assert (len(faces), faces.name) == (1, "pretty-faces")


def test_a_kaggle_notebook_is_told_to_attach_the_data(monkeypatch, tmp_path):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    monkeypatch.setattr(downloads, "_fetch_kaggle", mock.Mock(side_effect=OSError("no internet")))
    with pytest.raises(downloads.DownloadFailed, match=r"no internet.*Add Input"):
        load_images("kaggle:someone/faces", tmp_path, quiet=True)


@pytest.mark.parametrize("source", ["crypko:x", "hf:owner/file", "hf:", "kaggle:owner", "kaggle:a/b/c", "kaggle:/b"])
def test_addresses_of_another_form_are_refused(source):
    with pytest.raises(ValueError, match="use crypko"):
        open_source(source)


def test_an_address_is_known_before_anything_is_fetched(monkeypatch):
    monkeypatch.setattr(downloads, "download", mock.Mock(side_effect=AssertionError("fetched too early")))
    assert open_source("hf:owner/set/some/faces.tar.gz").name == "faces"
    assert open_source("kaggle:owner/my set").name == "my_set"
    assert open_source("crypko").address == "crypko"
