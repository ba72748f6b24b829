"""nbgrader takes its form of the notebooks as it is: it hands out the student edition, and grades what comes back."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

from gan_hw.course.exercises import EXERCISES

pytest.importorskip("nbgrader")

STUDENT = sorted((ROOT / "notebooks").glob("*.ipynb"))
GRADED = "02_dataset"


def cells(path):
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """nbgrader(*arguments) runs it in a copy of the course's folder, which is nbgrader.folder."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    shutil.copytree(ROOT / "notebooks" / "nbgrader", folder)
    own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "GAN_HW_SMOKE": "1"}
    own |= {"GAN_HW_WORKSPACE": str(folder / "workspace"), "PYTHONPATH": str(ROOT)}

    def run(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr

    run.folder = folder
    run("generate_assignment", "gan_course")
    return run


@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_what_is_handed_out_is_the_student_edition(nbgrader, path):
    released, student = cells(nbgrader.folder / "release" / "gan_course" / path.name), cells(path)
    assert list(released) == list(student)
    assert {name: cell.source for name, cell in released.items()} == {name: c.source for name, c in student.items()}


def test_grading_gives_points_for_right_answers_alone(nbgrader):
    folder = nbgrader.folder
    solved = cells(folder / "source" / "gan_course" / f"{GRADED}.ipynb")
    answers = [name for name in solved if name.endswith("-answer")]
    points = {name: solved[name.replace("-answer", "-check")].metadata["nbgrader"]["points"] for name in answers}

    def submit(student, change):
        notebook = nbformat.read(folder / "release" / "gan_course" / f"{GRADED}.ipynb", as_version=4)
        for cell in notebook.cells:
            change(cell)
        place = folder / "submitted" / student / "gan_course"
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{GRADED}.ipynb")

    def solve(cell):
        if cell.id in answers:
            cell.source = solved[cell.id].source

    def solve_first(cell):
        if cell.id == answers[0]:
            solve(cell)

    def cheat(cell):  # its check is put back from the source
        if cell.id.endswith("-check") and "exercise" in cell.metadata:
            cell.source = "print('right')"

    submit("all", solve)
    submit("first", solve_first)
    submit("none", lambda cell: None)
    submit("cheat", cheat)
    nbgrader("autograde", "gan_course", "--notebook", GRADED)
    nbgrader("export")
    grades = {row["student_id"]: row for row in csv.DictReader((folder / "grades.csv").open())}
    expected = {"all": sum(points.values()), "first": points[answers[0]], "none": 0, "cheat": 0}
    assert {student: float(row["raw_score"]) for student, row in grades.items()} == expected
    assert float(grades["all"]["max_score"]) == sum(exercise.points for exercise in EXERCISES.values())
