"""Points and feedback for one student's notebook."""

import html
import json
import math
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from gan_hw.course.checking import SECONDS, Verdict, compare
from gan_hw.course.comparing import printable
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.grading import worker
from gan_hw.course.grading.student_notebook import Cell, StudentNotebook, read_notebook
from gan_hw.utils import isolation
from gan_hw.utils.files import short_hash, write_text

GRACE_SECONDS = 40  # without a sign of life from the worker, beyond its own limits, until it is ended
LONGEST_MESSAGE = 500  # characters; the kit's own sentences are shorter
FEEDBACK_MARKS = ('"exercises": [', "<tr><th>Exercise</th>")  # in the .json and in the .html
STATUS = {"right": "right", "wrong": "not yet", "not attempted": "not attempted", "not own": "not own work"}


def grade_notebook(
    path: str | Path, minutes: float = 5.0, memory_gb: float = 4.0, trust: bool = False, number: str = ""
) -> dict[str, Any]:
    """What a notebook has earned: "file", "notebook", "points", "possible", "isolated", "exercises", perhaps a "note".

    Each exercise has "name", "title", "points", "possible", "status", "message" and, if its cells are unusual, a
    "finding". minutes, memory_gb: limits for the notebook's code. trust: see isolation.is_available. number: of the
    course's notebook, see read_notebook. Raises ValueError as described there and for limits that are no positive
    numbers, NotIsolated as described in isolation, OSError when no process for the code can start.
    """
    check_limits(minutes, memory_gb)
    notebook = read_notebook(path, number)
    isolated = isolation.is_available(trust)
    verdicts = _verdicts(notebook, isolated, minutes * 60, int(memory_gb * 2**30))
    exercises = []
    for exercise in notebook.exercises:
        verdict = verdicts[exercise.name]
        row = {"name": exercise.name, "title": exercise.title}
        row |= {"points": exercise.points if verdict.kind == "right" else 0, "possible": exercise.points}  # type: ignore[dict-item]
        row |= {"status": STATUS[verdict.kind], "message": printable(verdict.message, LONGEST_MESSAGE)}
        if exercise.name in notebook.findings:
            row["finding"] = notebook.findings[exercise.name]
        exercises.append(row)
    grades = {
        "file": printable(Path(path).name),
        "notebook": notebook.number,
        "points": sum(int(row["points"]) for row in exercises),
        "possible": sum(int(row["possible"]) for row in exercises),
        "isolated": isolated,
        "exercises": exercises,
    }
    return grades | ({"note": notebook.note} if notebook.note else {})


def check_limits(minutes: float, memory_gb: float) -> None:
    """Raise ValueError unless both are positive and finite."""
    for name, value in (("minutes", minutes), ("memory", memory_gb)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name}={value:g} must be a number above 0: it limits a notebook's code")


def _verdicts(notebook: StudentNotebook, isolated: bool, seconds: float, memory: int) -> dict[str, Verdict]:
    """{exercise: verdict}. An answer that ends the worker is blamed for it, and the others run in another one."""
    verdicts: dict[str, Verdict] = {}
    answers: dict[str, Cell] = {}
    for exercise in notebook.exercises:
        verdict = _verdict_unseen(notebook, exercise.name)
        if verdict is None:
            answers[exercise.name] = notebook.defining(exercise.name)[-1]
        else:
            verdicts[exercise.name] = verdict
    deadline = time.monotonic() + seconds
    while answers:
        others = [cell.code for cell in notebook.cells if cell.code and cell not in answers.values()]
        codes = {name: cell.code for name, cell in answers.items()}
        found, now, ended = _run_worker({"cells": others, "answers": codes, "memory": memory}, isolated, deadline)
        for name, content in found.items():
            verdicts[name] = _verdict(name, content)
            del answers[name]
        if answers and (now in answers or not found):
            blamed = now if now in answers else next(iter(answers))
            verdicts[blamed] = Verdict("wrong", ended)
            del answers[blamed]
        if time.monotonic() > deadline:
            late = Verdict("wrong", "not run: the notebook's time was used up before")
            return verdicts | dict.fromkeys(answers, late)
    return verdicts


def _verdict_unseen(notebook: StudentNotebook, name: str) -> Verdict | None:
    """The verdict on an answer that is not to be run; None for one that is."""
    if not notebook.defining(name):
        broken = notebook.broken(name)
        return (
            Verdict("wrong", f"its cell is no Python: {broken}")
            if broken
            else Verdict("not attempted", "not attempted")
        )
    used = notebook.kit_name_used(name)
    return Verdict("not own", f"it uses `{used}` from the kit: write that part yourself") if used else None


def _run_worker(request: dict[str, Any], isolated: bool, deadline: float) -> tuple[dict[str, bytes], str, str]:
    """Run the worker to its end or until it is ended.

    Returns {exercise: what the worker wrote for it}, which exercise was at hand, and, for the feedback, how it ended.
    """
    with isolation.scratch_folder() as folder:
        write_text(folder / "request.json", json.dumps(request))
        command, environment = isolation.apart(["-m", worker.__name__, str(folder)], folder, isolated)
        process = subprocess.Popen(
            command, cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            ended = _wait(process, folder / "now", deadline)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with process.stdout as output:
            isolation.check_started(output.read())
        files = {
            name: isolation.read_file(folder / f"{name}.json", worker.LARGEST_RESULT) for name in request["answers"]
        }
        found = {name: content for name, content in files.items() if content is not None}
        return found, _at_hand(folder / "now"), ended


def _wait(process: subprocess.Popen[bytes], now: Path, deadline: float) -> str:
    """Wait until the process has ended, or has to be ended; returns which of the two, for the feedback."""
    alive, seen = time.monotonic(), ""
    while process.poll() is None:
        at_hand = _at_hand(now)
        if at_hand != seen:
            alive, seen = time.monotonic(), at_hand
        if time.monotonic() > deadline:
            return "your code was still running when the notebook's time was used up"
        if time.monotonic() > alive + 2 * SECONDS + GRACE_SECONDS:
            return f"your code was still running after {2 * SECONDS + GRACE_SECONDS} seconds"
        time.sleep(0.1)
    return "your code ended the whole process, or needed too much memory"


def _at_hand(now: Path) -> str:
    return (isolation.read_file(now, 200) or b"").decode(errors="replace")


def _verdict(name: str, content: bytes) -> Verdict:
    """The verdict on what the worker wrote; it is a stranger's, and may be anything."""
    try:
        found = worker.decode(content)
        if found == worker.TIMED_OUT:
            return Verdict("wrong", f"your code was still running after {SECONDS} seconds")
        if isinstance(found, list) and len(found) == len(EXERCISES[name].cases):
            return compare(EXERCISES[name], found)
    except Exception:  # no JSON, of another form, nested too deeply, not to be compared
        pass
    return Verdict("wrong", "the result can't be read, or is too large")


def remark(row: dict[str, Any]) -> str:
    """What is to be said of an exercise's result beyond its status; often nothing."""
    return "; ".join(filter(None, (row["message"] if row["message"] != row["status"] else "", row.get("finding"))))


def summary(grades: dict[str, Any]) -> str:
    """One line: the file, which notebook it is, and its points."""
    return f"{grades['file']}, notebook {grades['notebook']}: {grades['points']} of {grades['possible']} points"


def write_feedback(
    grades: dict[str, Any], folder: str | Path, suffix: str = "", notebook: str | Path | None = None
) -> tuple[Path, Path]:
    """Write FILE.json and FILE.html, for the student, into a folder; returns both paths.

    suffix: behind the names, where files of one name have feedback. notebook: the path of the file that was graded.
    Raises ValueError instead of replacing a file that is no feedback, or feedback of a notebook at another path.
    """
    stem = Path(grades["file"]).stem + (f"-{suffix}" if suffix else "")
    paths = Path(folder) / f"{stem}.json", Path(folder) / f"{stem}.html"
    for path in paths:
        if path.exists() and not any(mark in path.read_text("utf-8", "replace") for mark in FEEDBACK_MARKS):
            raise ValueError(
                f"'{path}' is no feedback of a notebook, and would be replaced: name another folder, --out"
            )
    feedback = {key: value for key, value in grades.items() if key not in ("protocol", "digest", "seconds")}
    if notebook:
        feedback["notebook_path"] = short_hash(str(Path(notebook).resolve()))  # nobody else needs to know the path
        _check_same_notebook(paths[0], feedback["notebook_path"])
    write_text(paths[0], json.dumps(feedback, indent=1, ensure_ascii=False) + "\n")
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(str(text))}</td>"
            for text in (
                row["title"], row["name"], f"{row['points']} / {row['possible']}", row["status"],
                remark(row),
            )
        )
        + "</tr>\n"
        for row in grades["exercises"]
    )  # fmt: skip
    title = html.escape(summary(grades))
    note = f"<p>Note: {html.escape(grades['note'])}</p>\n" if "note" in grades else ""
    write_text(
        paths[1],
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;"
        "border-bottom:1px solid #ccc;vertical-align:top}</style>\n"
        f"<h1>{title}</h1>\n{note}<table><tr><th>Exercise</th><th>Name</th><th>Points</th><th>Result</th><th>Remark</th></tr>\n"
        f"{rows}</table></html>\n",
    )
    return paths


def _check_same_notebook(path: Path, notebook: str) -> None:
    """Raise ValueError when the file is feedback of another notebook; older feedback does not say of which."""
    try:
        other = json.loads(path.read_text("utf-8")).get("notebook_path", notebook)
    except (OSError, ValueError, AttributeError):  # there is none, or it is damaged
        return
    if other != notebook:
        raise ValueError(f"'{path}' is feedback of another notebook, and would be replaced: name another folder, --out")
