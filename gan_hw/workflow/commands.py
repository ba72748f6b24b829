"""Run one command to its end within its limits: a job of a cluster. Its whole process group ends with it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

GRACE_S = 30.0  # between SIGTERM, on which a training is saved, and SIGKILL
LAST_LINES = 20  # of what a command printed, for whoever looks into a failure
PR_SET_PDEATHSIG = 1  # of Linux's prctl
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: a forked child should load nothing


def run_commands(
    commands: Sequence[Sequence[str]], log: Path, limit_s: float | None = None,
    environment: Mapping[str, str] | None = None, gpus: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Run commands one after the other, until one of them fails; what they print is appended to the file `log`.

    limit_s: for all of them together; when it is over, the process group at hand gets SIGTERM, and SIGKILL after
    GRACE_S. environment: variables to add. gpus: see visible_gpu.
    Returns "status" ("done", "failed" or "over its limit"), "seconds", and, unless it is done, "command" and "error",
    the last lines that it printed.
    """
    started = time.monotonic()
    deadline = float("inf") if limit_s is None else started + limit_s
    variables = {**os.environ, **visible_gpu(gpus), **(environment or {})}
    log.parent.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"status": "done"}
    for command in commands:
        with open(log, "ab") as output:
            begin = output.tell()
            code = _run(command, output, deadline, variables)
        if code != 0:
            status = "over its limit" if code is None else "failed"
            result = {"status": status, "command": list(command), "error": _last_lines(log, begin, code)}
            break
    return result | {"seconds": round(time.monotonic() - started, 1)}


def _run(command: Sequence[str], output: Any, deadline: float, variables: Mapping[str, str]) -> int | None:
    """The exit status of a command; None when it was ended because of its limit."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=variables,
        start_new_session=True, preexec_fn=partial(_end_with, os.getpid()) if LIBC else None,  # noqa: PLW1509 - no locks
    )  # fmt: skip
    try:
        return process.wait(None if deadline == float("inf") else max(deadline - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end_group(process)


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a command that is still running, and whatever it left behind in its process group."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(group, number)


def _end_with(parent: int) -> None:
    """Have Linux send SIGTERM to this process when the worker that started it, `parent`, dies."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before that
            os.kill(os.getpid(), signal.SIGKILL)


def _last_lines(log: Path, begin: int, code: int | None) -> str:
    with open(log, "rb") as file:
        file.seek(begin)
        lines = file.read().decode(errors="replace").rstrip().splitlines()[-LAST_LINES:]
    if lines:
        return "\n".join(lines)
    return "it printed nothing" if code is None or code >= 0 else f"it was ended by signal {-code}"


def visible_gpu(gpus: int) -> dict[str, str]:
    """The variables that show a command one of this machine's `gpus`: by the number of the worker that it runs on."""
    if not gpus:
        return {}
    from distributed import get_worker

    return {"CUDA_VISIBLE_DEVICES": str(int(get_worker().name) % gpus)}
