"""The shape of the package: sizes that keep it readable, and what loads what. import-linter holds the layers."""

import ast
import re
import subprocess
import sys

import pytest
from conftest import ROOT

PACKAGE = ROOT / "gan_hw"
FILES = sorted(PACKAGE.rglob("*.py"))
READING_PATH = ("losses.py", "recipes/course.py", "training/step.py", "networks/dcgan.py")
MAX_ENTRIES, MAX_FILE, MAX_CLASS, MAX_PARAMETERS, MAX_READING_PATH = 15, 350, 200, 8, 500


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_listing_shows_folders_and_the_losses():
    code = {"__init__.py", "__main__.py", "losses.py", "loss_wrappers.py"}
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert len(entries) <= MAX_ENTRIES
    assert {name for name in entries if "." in name} == {*code, "py.typed"}


def test_the_files_of_the_reading_path_stay_short():
    assert sum(lines(PACKAGE / file) for file in READING_PATH) < MAX_READING_PATH
    assert lines(PACKAGE / "recipes" / "course.py") < 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_classes_and_parameter_lists_stay_short(path):
    assert lines(path) < MAX_FILE
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno < MAX_CLASS, node.name
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            assert len([name for name in names if name != "self"]) <= MAX_PARAMETERS, names


def test_every_folder_is_installed():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.findall(r'"([\w.]+)"', re.search(r"^packages = \[(.*?)\]", text, re.S | re.M)[1])
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in FILES}
    assert set(listed) == folders | {"gan_hw.notebooks", "gan_hw.weights"}


@pytest.mark.parametrize(
    "code",
    [
        "import gan_hw; dir(gan_hw)",
        "import gan_hw.recipes",
        "import gan_hw.cli; gan_hw.cli.build_parser().format_help()",
        "import gan_hw.cli; gan_hw.cli.main(['train', '--recipe', 'gan_slow'])",
        "import gan_hw.cli; gan_hw.cli.main(['train', '--set', 'n_critic=0'])",
        "import gan_hw.cli; gan_hw.cli.main(['train', '--data', 'nowhere'])",
        "import gan_hw.cli; gan_hw.cli.main(['train', '--data', 'drawn:24', '--device', 'tpu'])",
        "import gan_hw.cli; gan_hw.cli.main(['check', 'nothing.tgz'])",
        "import gan_hw.cli; gan_hw.cli.main(['sweep', 'nothing.yaml'])",
    ],
)
def test_no_torch_is_loaded_before_it_is_needed(code, tmp_path):
    command = [sys.executable, "-c", f"import sys; {code}; sys.exit('torch' in sys.modules)"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_names_that_people_import_are_there():
    import gan_hw

    assert set(gan_hw.__all__) == set(gan_hw._MODULES)
    for name in gan_hw.__all__:
        assert getattr(gan_hw, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Critic'"):
        gan_hw.Critic  # noqa: B018


def test_requirements_are_lower_bounds_only():
    requirements = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in requirements if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+>=[\d.]+", line) for line in wanted)
