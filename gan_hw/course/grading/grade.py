"""Points and feedback for one student's notebook."""

import html
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from gan_hw.course.checking import SECONDS, Verdict, compare
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.grading import isolation, worker
from gan_hw.course.grading.student_notebook import StudentNotebook, definitions, imports_the_kit, read_notebook
from gan_hw.utils.files import write_text

GRACE_SECONDS = 40  # without a sign of life from the worker, beyond its own limits, until it is ended
LARGEST_RESULT = 100_000_000  # bytes that the outcomes of one answer may take
STATUS = {"right": "right", "wrong": "not yet", "not attempted": "not attempted", "not own": "not own work"}


def grade_notebook(
    path: str | Path, minutes: float = 5.0, memory_gb: float = 8.0, trust: bool = False
) -> dict[str, Any]:
    """What a notebook has earned: "file", "notebook", "points", "possible", "isolated" and "exercises".

    Each exercise has "name", "title", "points", "possible", "status", "message" and, if its cells are unusual, a
    "finding". minutes, memory_gb: limits for the notebook's code. trust: see isolation.isolated. Raises ValueError for
    a file that is no notebook of the course, NotIsolated as described there.
    """
    notebook = read_notebook(path)
    with tempfile.TemporaryDirectory(prefix="gan_hw_grading_") as name:
        folder = Path(name)
        command = isolation.isolated([sys.executable, "-m", "gan_hw.course.grading.worker", name], folder, trust)
        verdicts = _verdicts(notebook, folder, command, minutes * 60, int(memory_gb * 2**30))
    exercises = []
    for exercise in notebook.exercises:
        verdict = verdicts[exercise.name]
        row = {"name": exercise.name, "title": exercise.title}
        row |= {"points": exercise.points if verdict.kind == "right" else 0, "possible": exercise.points}  # type: ignore[dict-item]
        row |= {"status": STATUS[verdict.kind], "message": verdict.message}
        if exercise.name in notebook.findings:
            row["finding"] = notebook.findings[exercise.name]
        exercises.append(row)
    return {
        "file": Path(path).name,
        "notebook": notebook.number,
        "points": sum(int(row["points"]) for row in exercises),
        "possible": sum(int(row["possible"]) for row in exercises),
        "isolated": command[0] == "bwrap",
        "exercises": exercises,
    }


def _verdicts(
    notebook: StudentNotebook, folder: Path, command: list[str], seconds: float, memory: int
) -> dict[str, Verdict]:
    """{exercise: verdict}. An answer that ends the worker is blamed for it, and the others run in another one."""
    verdicts: dict[str, Verdict] = {}
    answers: dict[str, str] = {}
    for exercise in notebook.exercises:
        cells = notebook.defining(exercise.name)
        if not cells:
            verdicts[exercise.name] = Verdict("not attempted", "not attempted")
        elif imports_the_kit(cells[-1]):
            verdicts[exercise.name] = Verdict(
                "not own", "this cell imports the kit, whose functions are not your own work"
            )
        else:
            answers[exercise.name] = cells[-1]
    deadline = time.monotonic() + seconds
    while answers:
        others = [definitions(cell) for cell in notebook.cells if cell not in answers.values()]
        ended = _run_worker(folder, command, {"cells": others, "answers": answers, "memory": memory}, deadline)
        for name in list(answers):
            if (folder / f"{name}.pt").exists():
                verdicts[name] = _verdict(name, folder / f"{name}.pt")
                del answers[name]
        if answers:
            now = folder / "now"
            blamed = now.read_text(encoding="utf-8", errors="replace")[:100] if now.exists() else ""
            blamed = blamed if blamed in answers else next(iter(answers))
            verdicts[blamed] = Verdict("wrong", ended)
            del answers[blamed]
        if time.monotonic() > deadline:
            for name in answers:
                verdicts[name] = Verdict("wrong", "not run: the notebook's time was used up before")
            break
    return verdicts


def _run_worker(folder: Path, command: list[str], request: dict[str, Any], deadline: float) -> str:
    """Run the worker to its end or until it is ended; returns how it ended, for the feedback."""
    write_text(folder / "request.json", json.dumps(request))
    (folder / "now").unlink(missing_ok=True)
    environment = {**os.environ, **isolation.environment(folder), "PATH": os.environ.get("PATH", "")}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    alive, seen = time.monotonic(), ""
    try:
        while process.poll() is None:
            now = folder / "now"
            state = now.read_text(encoding="utf-8", errors="replace") if now.exists() else ""
            if state != seen:
                alive, seen = time.monotonic(), state
            if time.monotonic() > min(deadline, alive + 2 * SECONDS + GRACE_SECONDS):
                return f"your code was still running after {2 * SECONDS} seconds"
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return "your code ended the whole process, or needed too much memory"


def _verdict(name: str, path: Path) -> Verdict:
    """The verdict on the outcomes that the worker wrote; they are a stranger's file, and read as such."""
    try:
        if path.stat().st_size > LARGEST_RESULT:
            return Verdict("wrong", "the result is too large")
        found = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, ValueError, pickle.UnpicklingError, EOFError):
        return Verdict("wrong", "the result can't be read")
    if found == worker.TIMED_OUT:
        return Verdict("wrong", f"your code was still running after {SECONDS} seconds")
    exercise = EXERCISES[name]
    found = worker.restored(found)
    if not isinstance(found, list) or len(found) != len(exercise.cases):
        return Verdict("wrong", "the result can't be read")
    return compare(exercise, found)


def remark(row: dict[str, Any]) -> str:
    """What is to be said of an exercise's result beyond its status; often nothing."""
    return "; ".join(filter(None, (row["message"] if row["message"] != row["status"] else "", row.get("finding"))))


def write_feedback(grades: dict[str, Any], folder: str | Path) -> tuple[Path, Path]:
    """Write FILE.json and FILE.html, for the student, into a folder; returns both paths."""
    stem = Path(folder) / Path(grades["file"]).stem
    paths = stem.with_suffix(".json"), stem.with_suffix(".html")
    write_text(paths[0], json.dumps(grades, indent=1, ensure_ascii=False) + "\n")
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
    title = html.escape(f"{grades['file']}: {grades['points']} of {grades['possible']} points")
    write_text(
        paths[1],
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;"
        "border-bottom:1px solid #ccc;vertical-align:top}</style>\n"
        f"<h1>{title}</h1>\n<table><tr><th>Exercise</th><th>Name</th><th>Points</th><th>Result</th><th>Remark</th></tr>\n"
        f"{rows}</table></html>\n",
    )
    return paths
