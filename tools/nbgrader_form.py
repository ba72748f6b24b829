"""nbgrader's source form of an exercise: solutions between its markers, hidden tests, and the cells' metadata.

`nbgrader generate_assignment` removes what stands between the markers; `nbgrader autograde` puts the hidden tests back
and runs the notebook. See https://nbgrader.readthedocs.io, "Creating and grading assignments".
"""

from gan_hw.course.exercise import function_bodies

SCHEMA_VERSION = 3
HIDDEN_TEST = """\
### BEGIN HIDDEN TESTS
from gan_hw.course.checking import examine
from gan_hw.course.exercises import EXERCISES

verdict = examine(EXERCISES["{name}"], {name}, own_work=True)
assert verdict.kind == "right", verdict.message
### END HIDDEN TESTS"""


def marked_solution(source):
    """A solution's code, with nbgrader's markers around the body of each function."""
    lines = source.splitlines()
    for first, last, indent in reversed(function_bodies(source)):
        lines[last:last] = [f"{indent}### END SOLUTION"]
        lines[first - 1 : first - 1] = [f"{indent}### BEGIN SOLUTION"]
    return "\n".join(lines)


def metadata(ident, cell_type, points=None, answer=False):
    """The metadata that make a cell a student's answer, tests that give points, or else text that stays as it is."""
    role = {"grade": points is not None, "solution": answer, "locked": not answer, "task": False}
    if points is not None:
        role["points"] = points
    return {"grade_id": ident, "schema_version": SCHEMA_VERSION, "cell_type": cell_type} | role
