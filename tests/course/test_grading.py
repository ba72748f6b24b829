"""Students' notebooks of every kind are graded in one command, and none of them harms another or the grader."""

import copy
import json

import nbformat
import pytest
from conftest import ROOT

from gan_hw.cli import main
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.grading import grade, isolation
from gan_hw.course.grading.student_notebook import read_notebook

NUMBER = "06"
NAMES = [name for name, exercise in EXERCISES.items() if exercise.notebook == NUMBER]
POSSIBLE = sum(EXERCISES[name].points for name in NAMES)
ISOLATED = isolation.works(isolation.bubblewrap(ROOT))
FIRST, REST = NAMES[0], sum(EXERCISES[name].points for name in NAMES[1:])


def edition(folder):
    return nbformat.read(ROOT / "notebooks" / folder / "06_progression.ipynb", as_version=4)


def answered(notebook, **sources):
    """The notebook with these cells' sources in place of its own, by their ids ('-' written as '__')."""
    for cell in notebook.cells:
        if cell.id.replace("-", "__") in sources:
            cell.source = sources[cell.id.replace("-", "__")]
    return notebook


def perfect():
    return edition("solutions")


def with_first(source):
    return answered(perfect(), **{f"{FIRST}__answer": source})


def stub_of_the_rest():
    notebook, empty = perfect(), {cell.id: cell.source for cell in edition(".").cells}
    return answered(notebook, **{f"{name}__answer": empty[f"{name}-answer"] for name in NAMES[1:]})


def without(ident):
    notebook = perfect()
    notebook.cells = [cell for cell in notebook.cells if cell.id != ident]
    return notebook


def duplicated():
    notebook = perfect()
    twice = copy.deepcopy(next(cell for cell in notebook.cells if cell.id == f"{FIRST}-answer"))
    twice.id, twice.source = "again", f"def {FIRST}(*arguments):\n    return 0\n"
    notebook.cells.append(twice)
    return notebook


def stdout_flood():
    flood = 'for _ in range(2000):\n    print("x" * 100_000)\n'
    return with_first(flood + next(c.source for c in perfect().cells if c.id == f"{FIRST}-answer"))


CASES = {
    "perfect": (perfect, POSSIBLE, ""),
    "empty": (lambda: edition("."), 0, "not attempted"),
    "half": (stub_of_the_rest, POSSIBLE - REST, "right"),
    "infinite loop": (
        lambda: with_first(f"def {FIRST}(*arguments):\n    while True:\n        pass\n"),
        REST,
        "your code was still running",
    ),
    "crash": (
        lambda: with_first(f"import ctypes\n\ndef {FIRST}(*arguments):\n    return ctypes.string_at(0)\n"),
        REST,
        "your code ended the whole process",
    ),
    "sys.exit": (
        lambda: with_first(f"import sys\n\ndef {FIRST}(*arguments):\n    sys.exit(0)\n"),
        REST,
        "your code raises SystemExit",
    ),
    "edited check": (
        lambda: answered(
            with_first(f"def {FIRST}(*arguments):\n    return True\n"), **{f"{FIRST}__check": 'print("right")'}
        ),
        REST,
        "its check cell was changed or deleted",
    ),
    "deleted cell": (lambda: without(f"{FIRST}-answer"), REST, "its cell was deleted"),
    "duplicated cell": (duplicated, REST, "it is defined in 2 cells, of which the last one counts"),
    "huge output": (stdout_flood, POSSIBLE, ""),
    "the kit's own": (
        lambda: with_first(
            f"from gan_hw.course.exercises import EXERCISES\n{FIRST} = EXERCISES['{FIRST}'].solved_by\n"
        ),
        REST,
        "not your own work",
    ),
    "patches the check": (
        lambda: with_first(
            "import sys\nimport torch\n"
            "for module in list(sys.modules.values()):\n"
            "    if hasattr(module, 'equal') and 'comparing' in module.__name__:\n"
            "        module.equal = lambda *_: True\n"
            f"def {FIRST}(*arguments):\n    return 0\n"
        ),
        REST,
        "",
    ),
    "no Python": (lambda: with_first(f"def {FIRST}(:\n"), REST, "its cell was deleted, or defines another name"),
}


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch):
    monkeypatch.setattr(grade, "GRACE_SECONDS", 20)


@pytest.mark.fault
@pytest.mark.parametrize("kind", CASES)
def test_a_notebook_gets_its_points(kind, tmp_path, capsys):
    make, points, words = CASES[kind]
    path = tmp_path / "student.ipynb"
    nbformat.write(make(), path)
    assert main(["grade-notebook", str(path), "--trust"]) == 0
    grades = json.loads((tmp_path / "student.json").read_text(encoding="utf-8"))
    said = capsys.readouterr().out
    assert (grades["points"], grades["possible"]) == (points, POSSIBLE), said
    assert words in said
    assert f"{points} of {POSSIBLE} points" in (tmp_path / "student.html").read_text(encoding="utf-8")
    assert grades["isolated"] == ISOLATED


@pytest.mark.skipif(not ISOLATED, reason="needs bubblewrap")
def test_an_answer_sees_neither_the_network_nor_other_files(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("grades of others")
    path = tmp_path / "student.ipynb"
    source = (
        "import os\nimport socket\n\n"
        f"def {FIRST}(*arguments):\n"
        f"    found = [os.path.exists({str(secret)!r}), os.path.exists({str(ROOT / 'tests')!r})]\n"
        "    try:\n        socket.create_connection(('1.1.1.1', 53), 2)\n        found.append(True)\n"
        "    except OSError:\n        found.append(False)\n"
        "    raise ValueError(str(found))\n"
    )
    nbformat.write(with_first(source), path)
    grades = grade.grade_notebook(path)
    (row,) = [row for row in grades["exercises"] if row["name"] == FIRST]
    assert "[False, False, False]" in row["message"]


@pytest.mark.fault
def test_without_isolation_it_says_so_and_asks_for_trust(tmp_path, monkeypatch, capsys):
    path = tmp_path / "student.ipynb"
    nbformat.write(perfect(), path)
    monkeypatch.setattr(isolation, "works", lambda prefix: False)
    assert main(["grade-notebook", str(path)]) == 1
    assert "would run unisolated" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"cells": []}', b"[]"])
def test_what_is_no_notebook_of_the_course_is_refused(content, tmp_path, capsys):
    path = tmp_path / "student.ipynb"
    path.write_bytes(content)
    assert main(["grade-notebook", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_an_answer_is_found_without_metadata_and_ids(tmp_path):
    notebook = perfect()
    for cell in notebook.cells:
        cell.metadata.clear()
        cell.id = nbformat.v4.new_code_cell().id
    nbformat.write(notebook, tmp_path / "colab.ipynb")
    found = read_notebook(tmp_path / "colab.ipynb")
    assert found.number == NUMBER and not found.findings
