"""The notebooks are what notebooks/src and the records of the exercises give, in both editions."""

import builtins
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

from gan_hw import course
from gan_hw.course import record
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.questions import QUESTIONS

STUDENT = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def cells(path):
    return nbformat.read(path, as_version=4).cells


def test_building_again_changes_nothing():
    command = [sys.executable, ROOT / "tools" / "build_notebooks.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_every_exercise_and_question_stands_in_its_notebook():
    for path in STUDENT:
        number = path.stem[:2]
        here = {cell.metadata["exercise"] for cell in cells(path) if "exercise" in cell.metadata}
        asked = [cell.metadata["question"] for cell in cells(path) if "question" in cell.metadata]
        assert here == {name for name, exercise in EXERCISES.items() if exercise.notebook == number}
        assert sorted(asked) == sorted(name for name, question in QUESTIONS.items() if question.notebook == number)


@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_a_question_is_asked_before_its_cell(path):
    order = [cell.metadata.get("question", cell.id) for cell in cells(path)]
    for question in QUESTIONS.values():
        if question.notebook == path.stem[:2]:
            assert order.index(question.name) < order.index(question.before)


@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_the_student_edition_holds_no_solution(path):
    answers = [cell for cell in cells(path) if cell.id.endswith("-answer") and "exercise" in cell.metadata]
    assert answers
    for cell in answers:
        exercise = EXERCISES[cell.metadata["exercise"]]
        assert "raise NotImplementedError" in cell.source
        assert exercise.solution_source.strip() not in cell.source
        assert exercise.stub.strip() in cell.source


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solutions_edition_has_every_exercise_right(path, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_WORKSPACE", str(tmp_path))
    for cell in cells(path):
        if cell.cell_type == "code" and "exercise" in cell.metadata:
            if cell.id.endswith("-answer"):
                namespace = {"__builtins__": builtins, "check": course.check}
            exec(cell.source, namespace)
    names = {name for name, exercise in EXERCISES.items() if exercise.notebook == path.stem[:2]}
    assert {name for name, entry in record.load().items() if entry["right"]} == names
    assert capsys.readouterr().out.count("right (") == len(names)
