"""Runs a student's answers and writes what they gave: the one process in which a stranger's code runs.

    python -m gan_hw.course.grading.worker FOLDER

FOLDER/request.json has "cells" (code to run first), "answers" ({exercise: code}) and "memory" (bytes). For each
exercise FOLDER/NAME.pt gets the list of its outcomes, as plain values and tensors; FOLDER/now names the exercise at
hand, so that whoever waits knows which one ended the process.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import torch

from gan_hw.course.checking import SECONDS, outcomes, time_limit
from gan_hw.course.comparing import Raised
from gan_hw.course.exercises import EXERCISES

RAISED, TIMED_OUT = "__raised__", "__timed_out__"


def main(folder: Path) -> None:
    """Run everything that request.json asks for."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    limit_memory(request["memory"])
    torch.set_num_threads(1)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in request["cells"]:
        run(cell, namespace)
    for name, code in request["answers"].items():
        (folder / "now").write_text(name, encoding="utf-8")
        failed = run(code, namespace)
        found: Any = [failed] * len(EXERCISES[name].cases) if failed else observed(name, namespace.get(name))
        part = folder / f"{name}.part"
        torch.save(plain(found), part)
        part.rename(folder / f"{name}.pt")


def run(code: str, namespace: dict[str, Any]) -> Raised | None:
    """Run code, and return what it raised, if anything."""
    try:
        with time_limit(SECONDS):
            exec(compile(code, "<answer>", "exec"), namespace)
    except BaseException as error:
        return Raised(type(error).__name__, str(error)[:200])
    return None


def observed(name: str, answer: Any) -> Any:
    """The outcomes of an answer, or TIMED_OUT."""
    try:
        with time_limit(SECONDS):
            return list(outcomes(EXERCISES[name], answer))
    except TimeoutError:
        return TIMED_OUT


def plain(value: Any) -> Any:
    """A value of which torch.load(weights_only=True) can read everything back; other objects as text."""
    if isinstance(value, Raised):
        return {RAISED: [value.kind, value.message, value.line]}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().clone()
    return value if isinstance(value, bool | int | float | str) or value is None else repr(value)[:200]


def restored(value: Any) -> Any:
    """The opposite of `plain`, on the reader's side."""
    if isinstance(value, dict):
        if RAISED in value:
            return Raised(*value[RAISED])
        return {key: restored(part) for key, part in value.items()}
    return [restored(part) for part in value] if isinstance(value, list) else value


def limit_memory(size: int) -> None:
    """No more than so many bytes for this process; nothing where the system has no such limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
