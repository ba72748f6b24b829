"""What papermill inserts into a notebook is checked against what the notebook declares."""

import subprocess
import sys

import pytest
from conftest import ROOT
from support import notebook

from gan_hw.utils.notebook import check_parameters

DECLARED = 'recipe: str = "gan"  # @param\nsteps: int = 3  # how many\nminutes: float = 1.0\nfid: bool = False  # too'


def inserted(lines):
    return ["", "import sys", DECLARED, f"# Parameters\n{lines}\n"]


@pytest.mark.parametrize("lines", ['recipe = "wgan"', "recipe = 2026", "steps = 5", "minutes = 3", "fid = True", ""])
def test_what_is_declared_is_accepted(lines):
    check_parameters(inserted(lines))


def test_a_notebook_that_papermill_did_not_touch_is_accepted():
    check_parameters(["", DECLARED, "x = 1", "# Parameters of mine"])


def test_a_cell_that_was_corrected_and_run_again_counts():
    check_parameters([*inserted("stepz = 5"), "%matplotlib inline", "x = 1", "# Parameters\nsteps = 5\n"])
    with pytest.raises(ValueError, match="no parameter 'stepz'"):
        check_parameters([*inserted("steps = 5"), "x = 1", "# Parameters\nstepz = 5\n"])


def test_what_papermill_writes_as_an_expression_is_left_to_the_plan():
    check_parameters(inserted("minutes = float('inf')"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stepz = 5", "has no parameter 'stepz'; it has recipe, steps, minutes, fid"),
        ('fid = "true"', "fid='true' is not True or False"),
        ("fid = 1", "fid=1 is not True or False"),
        ('steps = "many"', "steps='many' is not a whole number"),
        ("steps = 1.5", "steps=1.5 is not a whole number"),
        ("steps = True", "steps=True is not a whole number"),
        ("minutes = None", "minutes=None is not a number"),
        ("recipe = ['gan']", r"recipe=\['gan'\] is not text"),
    ],
)
def test_a_wrong_name_or_type_is_refused_by_name(line, words):
    with pytest.raises(ValueError, match=words):
        check_parameters(inserted(line))


@pytest.mark.parametrize(
    ("text", "words"), [("steps: 4", None), ("stepz: 4", "no parameter 'stepz'"), ("steps: '4'", "steps='4' is not")]
)
def test_papermill_s_own_command_with_a_file_of_parameters(text, words, tmp_path):
    path = notebook(
        tmp_path, "from gan_hw.utils.notebook import check_parameters\ncheck_parameters(In)", "assert steps == 4"
    )
    (tmp_path / "parameters.yaml").write_text(text)
    command = [sys.executable, "-m", "papermill", str(path), str(tmp_path / "out.ipynb"), "-f"]
    command += [str(tmp_path / "parameters.yaml"), "--no-progress-bar"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode == 0) == (words is None), done.stderr[-1000:]
    assert (words or "") in done.stderr and (tmp_path / "out.ipynb").exists()
