"""The five notebooks through papermill, and every way in which a notebook can fail."""

import json
import os
import subprocess
import sys
from unittest import mock

import pytest
from conftest import CASCADE, ROOT
from support import notebook

from gan_hw.inference.submission import check_submission
from gan_hw.workflow import notebooks


def test_the_chain_of_five_from_another_working_directory(tmp_path):
    environment = {**os.environ, "GAN_HW_SMOKE": "1", "GAN_HW_CASCADE": str(CASCADE) if CASCADE.is_file() else ""}
    command = [sys.executable, "-m", "gan_hw", "run", "--workspace", "space", "--recipe", "wgan_gp_quick"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    folder = tmp_path / "space" / "runs" / "wgan_gp_quick-drawn64-s0"
    assert check_submission(folder / "submission.tgz") == []
    assert {path.stem for path in (folder / "notebooks").iterdir()} == set(notebooks.STAGES)
    scores = json.loads((folder / "scores.json").read_text())
    assert {"afd_strict", "afd_padded", "diversity"} <= scores.keys()
    assert str((folder / "submission.tgz").relative_to(tmp_path)) in done.stdout
    assert (folder / "report.html").exists()
    printed = done.stdout.splitlines()
    assert [line[:5] for line in printed if line.startswith("[")] == [f"[{n}/5]" for n in range(1, 6)]
    assert any(line.startswith("  diversity") for line in printed) and "[OK]" not in done.stdout
    assert json.loads((folder / "recipe.json").read_text())["recipe"]["name"] == "wgan_gp_quick"


def test_of_what_notebooks_print_progress_and_notices_are_passed_on(capsys):
    stream = notebooks.ProgressFilter(sys.stdout)
    line = "Training: 5/10 steps, 0:20 elapsed, 0:20 remaining, loss_d 1.2"
    for text in ("shape (3, 64, 64)\nTrain", line[5:], "\nStep 128: the samples grow alike.\n[OK] torch\n", "the rest"):
        stream.write(text)
    assert capsys.readouterr().out.split("\n") == ["      " + line, "      Step 128: the samples grow alike.", ""]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise ValueError('no luck')", "cell 1: ValueError: no luck"),
        ("import sys; sys.exit()", "cell 1"),
        ("import sys; sys.exit(0)", "cell 1"),
        ("import sys; sys.exit('reason')", "cell 1: SystemExit: reason"),
        ("import os; os._exit(0)", "[Kk]ernel"),
    ],
)
def test_a_notebook_that_does_not_reach_its_end_fails_and_is_kept(tmp_path, source, words):
    path = notebook(tmp_path, source, "print('after')")
    with pytest.raises(notebooks.NotebookFailed, match=words) as failure:
        notebooks.execute(path, tmp_path / "copy.ipynb", {})
    assert "test.ipynb" in str(failure.value)
    assert (tmp_path / "copy.ipynb").exists()


def test_a_cell_that_takes_too_long_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "CELL_TIMEOUT_S", 2)
    with pytest.raises(notebooks.NotebookFailed, match="test.ipynb"):
        notebooks.execute(notebook(tmp_path, "import time; time.sleep(60)"), tmp_path / "copy.ipynb", {})


def test_parameters_arrive_and_unknown_ones_are_refused(tmp_path):
    path = notebook(tmp_path, "assert steps == 5")
    notebooks.execute(path, tmp_path / "copy.ipynb", {"steps": 5})
    with pytest.raises(ValueError, match=r"test\.ipynb has no parameter stepz"):
        notebooks.execute(path, tmp_path / "copy.ipynb", {"stepz": 5})
    with pytest.raises(ValueError, match="no notebook has a parameter colour"):
        notebooks.run_notebooks(tmp_path, {"colour": "red"}, quiet=True)


def test_a_failing_stage_ends_the_chain_and_makes_the_command_fail(tmp_path, monkeypatch, capsys):
    from gan_hw.cli import main

    first = notebook(tmp_path, "1 / 0").rename(tmp_path / "01_first.ipynb")
    notebook(tmp_path, "print('never')").rename(tmp_path / "02_second.ipynb")
    monkeypatch.setattr(notebooks, "notebooks_folder", lambda: first.parent)
    monkeypatch.setattr(notebooks, "STAGES", {"01_first": "one", "02_second": "two"})
    with pytest.raises(notebooks.NotebookFailed, match="01_first.*ZeroDivisionError"):
        notebooks.run_notebooks(tmp_path / "run", {"steps": 4}, quiet=True)
    assert [path.name for path in (tmp_path / "run" / "notebooks").iterdir()] == ["01_first.ipynb"]
    monkeypatch.setattr(notebooks, "run_notebooks", mock.Mock(side_effect=notebooks.NotebookFailed("01, cell 1")))
    assert main(["run", "--workspace", str(tmp_path), "--quiet"]) == 1
    assert "01, cell 1" in capsys.readouterr().err


def test_a_recipe_that_is_told_classes_is_refused(tmp_path, capsys):
    from gan_hw.cli import main

    assert main(["run", "--recipe", "cgan_quick", "--workspace", str(tmp_path)]) == 2
    assert "is conditional, and the five notebooks have no labels; use train" in capsys.readouterr().err


def test_the_notebooks_are_found_from_the_checkout_in_the_reader_s_language(monkeypatch):
    assert notebooks.notebooks_folder() == ROOT / "notebooks"
    monkeypatch.setenv("GAN_HW_LANG", "zh-TW")
    assert notebooks.notebooks_folder() == ROOT / "notebooks" / "zh-TW"


@pytest.mark.slow
def test_the_chain_of_five_in_chinese(tmp_path):
    environment = {**os.environ, "GAN_HW_SMOKE": "1", "GAN_HW_LANG": "zh-TW"}
    command = [sys.executable, "-m", "gan_hw", "run", "--workspace", tmp_path, "--recipe", "wgan_gp_quick"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    folder = tmp_path / "runs" / "wgan_gp_quick-drawn64-s0"
    assert check_submission(folder / "submission.tgz") == []
    for path in (folder / "notebooks").iterdir():
        assert "# language: zh-TW" in path.read_text(encoding="utf-8")
