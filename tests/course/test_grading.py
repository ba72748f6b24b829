"""Students' notebooks of every kind are graded in one command, and none of them harms another or the grader."""

import ast
import copy
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from conftest import ROOT

from gan_hw.cli import main
from gan_hw.course.comparing import Raised
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.grading import grade, worker
from gan_hw.course.grading.student_notebook import StudentNotebook, definitions, read_cell, read_notebook
from gan_hw.utils import isolation

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
        "from the kit: write that part yourself",
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
    "no Python": (lambda: with_first(f"# mine\ndef {FIRST}(:\n"), REST, "its cell is no Python: line 2"),
    "trial lines": (
        lambda: with_first(
            "%%time\nimport nowhere\nfrom gan_hw.utils import figures\nimport torch.nn.functional as F\n\n"
            f"def {FIRST}(real, fake):\n    return F.softplus(fake - real).mean()\n\n"
            f"figures.grid(faces.images[:40])\n%timeit {FIRST}(faces)\nprint({FIRST}(faces.labels))\n"
        ),
        POSSIBLE,
        "",
    ),
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
@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b'{"cells": []}', b"[]", b'{"cells": null}', b'{"cells": [null, {}]}', b"[" * 100_000,
        b'{"cells": [{"cell_type": "code", "source": 5, "metadata": {"exercise": ["mirror"]}}]}',
        b'{"cells": [{"cell_type": "code", "source": "%s"}]}' % (b"mirror = 1\\n" * 100_000), "a pipe",
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_notebook_of_the_course_is_refused(content, tmp_path, capsys):
    path = tmp_path / "student.ipynb"
    os.mkfifo(path) if content == "a pipe" else path.write_bytes(content)
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


@pytest.mark.parametrize("name, note", [("04_train.ipynb", "notebook 06"), ("06.ipynb", ""), ("2004_me.ipynb", "")])
def test_another_notebook_than_the_files_name_says_is_noted(name, note, tmp_path):
    content = {"cells": [None, {"cell_type": "code", "source": ["def ", f"{FIRST}():\n", 5, "    pass"]}]}
    (tmp_path / name).write_text(json.dumps(content), encoding="utf-8-sig")
    found = read_notebook(tmp_path / name)
    assert (found.number, note in found.note, bool(found.note)) == (NUMBER, True, bool(note))
    assert [exercise.notebook for exercise in read_notebook(tmp_path / name, "03").exercises].count("03") > 1
    with pytest.raises(ValueError, match="there is no notebook '99'"):
        read_notebook(tmp_path / name, "99")


def test_feedback_of_two_files_stands_in_two_files_and_names_the_notebook(tmp_path):
    grades = {"notebook": "01", "points": 1, "possible": 2, "exercises": [], "note": "<look>"}
    paths = [grade.write_feedback(grades | {"file": f"hw.{who}.ipynb"}, tmp_path) for who in ("anna", "bob")]
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "hw.anna.html", "hw.anna.json", "hw.bob.html", "hw.bob.json"
    ]  # fmt: skip
    page = paths[0][1].read_text(encoding="utf-8")
    assert "hw.anna.ipynb, notebook 01: 1 of 2 points" in page and "&lt;look&gt;" in page


LAST = "def f(x):\n    return (x\n        % x)\n"


@pytest.mark.parametrize(
    "source",
    [
        LAST, f"%%time\n{LAST}", f"\n%%capture out\n{LAST}", f"{LAST}%timeit f(3)\n", f"!ls\nx = !ls\n{LAST}\nf?\n?f\n",
        "if True:\n    " + LAST.replace("\n", "\n    "), f"try:\n    import x\nexcept ImportError:\n    !pip x\n{LAST}",
        "f = lambda x: x % x",
    ],
    ids=range(8),
)  # fmt: skip
def test_a_definition_is_found_among_ipythons_own_lines(source):
    cell, namespace = read_cell(source), {}
    notebook = StudentNotebook("01", [cell, read_cell("f = f(3)")])
    if "lambda" not in source:
        assert notebook.defining("f") == [cell]
    worker.run(definitions(cell.body), namespace)
    assert namespace["f"](3) == 0


def test_of_other_cells_what_calls_nothing_is_run_and_the_rest_left_out():
    source = (
        "from google.colab import drive\nSIZE = 4\nhalf = SIZE // 2\ntwice = lambda x: f(x)\nnumber: int = 3\n"
        "model = train()\nprint(1)\nif SIZE == 4:\n    def f(x):\n        return 2 * x\nelse:\n    f = None\n"
        f"def g():\n    return {'+'.join('1' * 500)}\n"
    )
    namespace = {}
    assert worker.run(definitions(read_cell(source).body), namespace).kind == "ModuleNotFoundError"
    assert (namespace["half"], namespace["twice"](3), namespace["g"]()) == (2, 6, 500)
    assert not {"model", "drive"} & namespace.keys()


KIT = "from gan_hw.course.exercises import EXERCISES"
COPY = "def batch_bytes(shape):\n    return EXERCISES['batch_bytes'].solved_by(shape)\n"


@pytest.mark.parametrize(
    "cells, used",
    [
        ([KIT, COPY], "EXERCISES"),
        ([f"{KIT}\n{COPY}"], "EXERCISES"),
        ([COPY.replace("shape):\n", f"shape):\n    {KIT}\n")], "EXERCISES"),
        ([KIT, COPY.replace("batch_bytes(", "helper("), "def batch_bytes(x):\n    return helper(x)"], "EXERCISES"),
        ([KIT + "\nanswers = EXERCISES", "EXERCISES = 1\ndef batch_bytes(x):\n    return answers[x](x)"], "EXERCISES"),
        ([KIT, "batch_bytes = EXERCISES['batch_bytes'].solved_by"], "EXERCISES"),
        (["import gan_hw.losses as own", "def batch_bytes(x):\n    return own.f(x)"], "own"),
        (["from gan_hw.course.exercises import *", COPY], "EXERCISES"),
        (["from gan_hw.utils import figures\ndef batch_bytes(x):\n    return x\nfigures.grid(batch_bytes(1))"], ""),
        (["from gan_hw.metrics import score", "def batch_bytes(x):\n    score = x\n    return score"], ""),
        (["from gan_hw import losses", "def batch_bytes(losses):\n    return [losses for losses in losses]"], ""),
    ],
)  # fmt: skip
def test_an_answer_that_uses_the_kit_is_found_and_one_that_stands_beside_it_is_not(cells, used):
    assert StudentNotebook("01", [*map(read_cell, cells)]).kit_name_used("batch_bytes") == used


@pytest.mark.parametrize(
    "code, kind",
    [
        ("import numpy as np\ndef f(s):\n    n = np.prod(s)\n    return n, np.int64(4 * n)", "right"),
        ("import numpy as np\ndef f(s):\n    return np.array([np.prod(s), 4 * np.prod(s)])[[0, 1]].tolist()", "right"),
        ("def f(s):\n    return s[0] * s[1] * s[2] * s[3], 4 * s[0] * s[1] * s[2] * s[3]\nf(faces)\n1 / 0", "right"),
        ("import sys\ndef f(s):\n    raise ValueError('\\x1b]0;' + 'x' * 10**6 + '\\ud800')", "wrong"),
        ("def f(s):\n    return f", "wrong"),
        ("def f(s):\n    a = []\n    for _ in range(20000):\n        a = [a]\n    return a", "wrong"),
        ("def f(s):\n    import torch\n    return torch.zeros(2, device='meta')", "wrong"),
        ("@nothing\ndef f(s):\n    return 1", "wrong"),
        ("class f:\n    raise NotImplementedError", "not attempted"),
        ("if False:\n    f = 1", "wrong"),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_an_answer_gives_reaches_the_verdict(code, kind):
    code = (
        code.replace("f(", "batch_bytes(")
        .replace("return f", "return batch_bytes")
        .replace("class f", "class batch_bytes")
    )
    verdict = grade._verdict("batch_bytes", worker.encode(worker.observed("batch_bytes", code, {"batch_bytes": int})))
    assert verdict.kind == kind, verdict
    assert verdict.message.isprintable() and len(verdict.message) <= 500


def test_values_come_through_as_they_are_and_arrays_as_tensors():
    tensors = [torch.ones(2, 3).t().bfloat16(), torch.zeros(0, 3), torch.tensor([1 + 2j]).conj(), torch.tensor(True)]
    for value in [*tensors, np.arange(6.0).reshape(2, 3), torch.eye(2).to_sparse()]:
        found, expected = worker.decode(worker.encode(value)), torch.as_tensor(value).to_dense()
        assert torch.equal(found, expected) and found.dtype == expected.dtype
    value = {"a": [1, None, True, float("inf"), "\ud800"], 2: Raised("Error", "text", 3), "b": {}}
    assert worker.decode(worker.encode(value)) == value


@pytest.mark.fault
@pytest.mark.parametrize(
    "found",
    [
        {"raised": [1, 2, 3, 4, 5]}, {"raised": 5}, {"tensor": ["torch.quint8", [1], "AA=="]}, {"dict": [[[1], 2]]},
        {"tensor": ["torch.float32", [10**12], ""]}, {"tensor": ["torch.bool", [-1, -4], "AAAAAA=="]}, {},
        {"raised": ["\x1b[2J\ud800" * 10**5, "\x1b[2J" * 10**5, None]}, 10**400, {"unknown": "\x1b" * 10**6},
        {"a": 1, "b": 2},
    ],
    ids=range(11),
)  # fmt: skip
def test_what_a_stranger_writes_as_a_result_is_wrong_and_no_more(found):
    for content in (json.dumps([found] * 4).encode(), json.dumps(found).encode(), b"[" * 10**5, b"", b"\xff"):
        verdict = grade._verdict("batch_bytes", content)
        assert verdict.kind == "wrong" and verdict.message.isprintable() and len(verdict.message) <= 500


@pytest.mark.fault
def test_only_ordinary_files_are_read_and_every_folder_can_be_deleted(tmp_path):
    with isolation.scratch_folder() as folder:
        (folder / "file").write_bytes(b"12345")
        (folder / "folder").mkdir()
        (folder / "link").symlink_to("file")
        os.mkfifo(folder / "pipe")
        found = [isolation.read_file(folder / name, 5) for name in ("file", "folder", "link", "pipe", "missing")]
        assert found == [b"12345", None, None, None, None]
        assert isolation.read_file(folder / "file", 4) is None
        deep = "import os\nfor _ in range(1500):\n    os.mkdir('deep')\n    os.chdir('deep')\nos.chmod('.', 0)"
        subprocess.run([sys.executable, "-c", deep], cwd=folder, check=True)
    assert not folder.parent.exists()


@pytest.mark.fault
def test_an_answer_is_blamed_for_its_own_end_alone(monkeypatch):
    names = [exercise.name for exercise in EXERCISES.values() if exercise.notebook == "03"]
    notebook = StudentNotebook("03", [read_cell(EXERCISES[name].solution_source) for name in names])
    right = {
        n: json.dumps([{"raised": ["NotImplementedError", "", None]}] * len(EXERCISES[n].cases)).encode() for n in names
    }
    given = [(names[:2], names[1]), (names[2:3], names[3]), ([], "?"), (names[5:], names[-1])]

    def scripted(request, *_):
        wrote, now = given.pop(0)
        assert set(wrote) <= request["answers"].keys()
        return {name: right[name] for name in wrote}, now, "it ended"

    monkeypatch.setattr(grade, "_run_worker", scripted)
    kinds = {name: verdict.kind for name, verdict in grade._verdicts(notebook, False, 60, 0).items()}
    assert [name for name in names if kinds[name] == "wrong"] == names[3:5]


@pytest.mark.fault
def test_the_notebooks_time_is_not_called_the_answers(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as process:
        assert "the notebook's time was used up" in grade._wait(process, tmp_path / "now", time.monotonic())
        process.kill()


HOSTILE = """
import os
import torch
def relativistic_loss(*arguments):
    os.unlink('now')
    os.mkfifo('now')
    os.mkdir('larger_than_spread.part')
def larger_than_spread(*arguments):
    os.mkdir('deep')
    os.mkfifo('larger_than_spread.json')
    os.symlink('/dev/zero', 'layer_norms.json')
    os._exit(0)
def layer_norms(*arguments):
    import resource
    with open('large', 'wb') as file:
        try:
            file.write(bytes(60_000_000))
        except OSError as error:
            raise ValueError(error.strerror, resource.getrlimit(resource.RLIMIT_NPROC))
"""


@pytest.mark.fault
@pytest.mark.skipif(not ISOLATED, reason="needs bubblewrap")
def test_hostile_answers_end_neither_the_grader_nor_each_other(tmp_path):
    parts = [ast.unparse(node) for node in ast.parse(HOSTILE).body]
    cells = [{"cell_type": "code", "source": "\n".join([*parts[:2], part])} for part in parts[2:]]
    path = tmp_path / "student.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    said = {row["name"]: row["message"] for row in grade.grade_notebook(path)["exercises"]}
    assert "returns nothing" in said[FIRST] or "raises" in said[FIRST]
    assert "ended the whole process" in said["larger_than_spread"]
    assert "('File too large', (256, 256))" in said["layer_norms"]
    assert [entry.name for entry in Path(tmp_path).iterdir()] == ["student.ipynb"]
