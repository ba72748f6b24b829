"""What the README, the book and CONTRIBUTING show is there: commands, options, files, names and modules."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import papermill
import pytest
from check_links import broken_links
from conftest import ROOT, image_set, small
from torch.distributed.run import get_args_parser

from gan_hw.cli import build_parser
from gan_hw.losses import LOSSES
from gan_hw.recipes import RECIPES, quick
from gan_hw.training.trainer import Trainer
from gan_hw.workflow.plan import Plan

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SHELL_WORDS = ("for", "do", "done")  # with which lines of a loop begin
OTHER_PROGRAMS = (".", "python3", "pip", "mkdir", "jupyter", "git")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def fences(name, language=""):
    return [content for kind, content in FENCE.findall(TEXTS[name]) if kind == language]


def is_command(line):
    return re.match(r"(make|torchrun|python|papermill|gan-hw|\.|jupyter|pip|\.venv/bin/pip|python3|mkdir|git) ", line)


def commands():
    """(page, command as a list of words) of every command in a fenced block; of loops, the commands within."""
    found = []
    for name in TEXTS:
        for line in "\n".join(fences(name)).splitlines():
            for part in re.split(r"&&|\|\||;", line.split("  #")[0]):
                words = part.strip()
                if is_command(words):
                    found.append((name, shlex.split(words.replace("…", "x"))))
    return found


COMMANDS = commands()


def ids(value):
    return " ".join(value)[:80] if isinstance(value, list) else value


def test_the_readme_is_a_front_door():
    assert len(TEXTS["README.md"].splitlines()) <= 150


@pytest.mark.parametrize(("page", "words"), [pair for pair in COMMANDS if "gan_hw" in pair[1][:3]], ids=ids)
def test_a_command_of_the_kit_is_understood(page, words):
    args = build_parser().parse_args([{"$recipe": "NAME", "$seed": "0"}.get(word, word) for word in words[3:]])
    for field in getattr(args, "set", None) or []:
        assert field.partition("=")[0] in next(iter(RECIPES.values())).as_dict()
    assert getattr(args, "recipe", "NAME") in {*RECIPES, "NAME"}


@pytest.mark.parametrize(("page", "words"), [pair for pair in COMMANDS if pair[1][0] == "torchrun"], ids=ids)
def test_a_command_for_torchrun_is_understood_by_both(page, words):
    launch = get_args_parser().parse_args(words[1:])
    assert (launch.module, launch.training_script) == (True, "gan_hw")
    build_parser().parse_args(launch.training_script_args)


@pytest.mark.parametrize(("page", "words"), [pair for pair in COMMANDS if pair[1][0] == "make"], ids=ids)
def test_a_make_target_and_its_variables_are_there(page, words):
    for word in words[1:]:
        name, is_variable, _ = word.partition("=")
        assert re.search(rf"^{name} \?=" if is_variable else rf"^{name}:", MAKEFILE, re.MULTILINE), word


@pytest.mark.parametrize(("page", "words"), [pair for pair in COMMANDS if pair[1][0] == "papermill"], ids=ids)
def test_parameters_of_notebooks_are_there(page, words):
    (notebook,) = [ROOT / word for word in words if word.startswith("notebooks/")]
    declared = papermill.inspect_notebook(notebook)
    assert {words[at + 1] for at, word in enumerate(words) if word == "-p"} <= declared.keys()


@pytest.mark.parametrize(
    ("page", "words"), [pair for pair in COMMANDS if pair[1][0] == "python" and pair[1][1] != "-m"], ids=ids
)
def test_a_script_is_there_and_knows_its_command(page, words):
    script = ROOT / words[1]
    assert script.is_file()
    if script.name == "make_assets.py":
        assert f"make_assets.py {words[2]}" in script.read_text(encoding="utf-8")


def test_every_other_line_that_looks_like_a_command_is_known():
    """No page names a program that nothing above looks at."""
    programs = {words[0] for _, words in COMMANDS} - {"make", "torchrun", "papermill", "python"}
    assert programs <= {*OTHER_PROGRAMS, ".venv/bin/pip"}


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_a_page_names_are_there(name):
    for path in re.findall(r"`((?:gan_hw|tests|tools|notebooks|docs|assets|\.github)/[\w./]+\.\w+)`", TEXTS[name]):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", TEXTS)
def test_options_that_a_page_names_are_there(name):
    parsers = build_parser()._subparsers._group_actions[0].choices.values()
    known = {option for parser in parsers for option in parser._option_string_actions}
    others = ("--fid", "--help-notebook", "--nthreads", *get_args_parser()._option_string_actions)  # torchrun's at last
    inline = re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL)
    assert set(re.findall(r"`(?:[\w-]+ )?(--[a-z][a-z0-9-]+)", inline)) <= known | set(others)


def test_every_message_about_a_public_name_is_importable():
    for text in TEXTS.values():
        for module, name in re.findall(r"`(gan_hw(?:\.\w+)*)\.(\w+)\(", text):
            assert hasattr(__import__(module, fromlist=[name]), name)


def test_the_book_lists_every_module():
    listed = {module for text in TEXTS.values() for module in re.findall(r"automodule:: ([\w.]+)", text)}
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "gan_hw").rglob("*.py")]
    modules = {".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"}
    modules = {name for name in modules if not re.match(r"gan_hw\.course\.(exercises|questions)\.", name)}  # records
    assert listed == modules


def test_the_example_of_a_new_method_works(tmp_path, monkeypatch):
    """The class and the recipe of the page are a training; the cell with one's own parts runs with stand-ins."""
    cell, loss_class, recipe_line = fences("docs/maintainers/adding.md", "python")
    names = {"GAN_QUICK": quick.GAN_QUICK}
    try:
        exec(re.sub(r"^   ", "", loss_class, flags=re.MULTILINE), names)
        exec(recipe_line.strip(), names)
        assert names["LSGAN_QUICK"].objective == "least_squares"
        Trainer(small("gan", objective="least_squares"), image_set(), tmp_path / "run", device="cpu").train(steps=1)
        own = {}
        monkeypatch.setattr(Plan, "trainer", lambda self, **parts: own.update(parts) or TrainerStandIn())
        monkeypatch.setenv("GAN_HW_WORKSPACE", str(tmp_path))
        exec(cell, {**dict.fromkeys(("MyGenerator", "MyCritic", "MyLoss"), object), "my_step": len})
        assert own.keys() == {"generator", "discriminator", "objective", "step"}
    finally:
        LOSSES.pop("least_squares", None)


class TrainerStandIn:
    def train(self, **budget):
        assert budget["minutes"] == 4


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "b.html").write_text('<h1 id="there">B</h1><a href="https://elsewhere">x</a>', encoding="utf-8")
    good = '<a href="b.html#there">1</a><a href="b.html">2</a><a href="#here" id="here">3</a>'
    bad = '<a href="b.html#gone">4</a><a href="c.html">5</a><img src="d.png">'
    (tmp_path / "a.html").write_text(good + bad, encoding="utf-8")
    count, broken = broken_links(tmp_path)
    assert count == 6
    assert sorted(link for _, link in broken) == ["b.html#gone", "c.html", "d.png"]


READY = pytest.mark.skipif(
    not (ROOT / ".venv" / "installed").exists() or shutil.which("make") is None, reason="needs make and its .venv"
)


@READY
def test_the_readme_s_commands_run(tmp_path):
    """make run, as a smoke run; make test is what runs this; activating and JupyterLab."""
    assert [words for page, words in COMMANDS if page == "README.md"] == [
        ["make", "run"], ["make", "test"], [".", ".venv/bin/activate"], ["jupyter", "lab", "notebooks"],
    ]  # fmt: skip
    environment = {**os.environ, "GAN_HW_SMOKE": "1"}
    command = ["make", "run", f"WORKSPACE={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    pictures = [Path(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("  faces ")]
    assert pictures[0].is_file()
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in help_text.splitlines()} >= {"run", "test", "docs", "links"}


@READY
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_jupyter_lab_opens_the_notebooks(tmp_path):
    options = "--no-browser --allow-root --ServerApp.port=0"
    script = f". .venv/bin/activate && exec jupyter lab notebooks {options}"
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    with subprocess.Popen(
        ["bash", "-c", script], cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as server:
        try:
            lines = iter(server.stderr)
            assert any(f"Serving notebooks from local directory: {ROOT / 'notebooks'}" in line for line in lines)
            assert any("is running at" in line for line in lines)
        finally:
            server.terminate()
