"""Carry out a sweep: its tasks as jobs of a cluster, each at most once; what was interrupted goes on.

The folder WORKSPACE/sweeps/NAME has results/TASK.json, which says how a task ended, logs/TASK.log, and the report. The
trainings are in WORKSPACE/runs, as any others.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_hw.metrics.protocol import headline_metrics
from gan_hw.training.options import RUN_LOCK
from gan_hw.utils import files
from gan_hw.utils.environment import usable_cores
from gan_hw.workflow.cluster import Outcome, WorkersDiedError, run_jobs
from gan_hw.workflow.commands import run_commands
from gan_hw.workflow.sweep_file import Sweep, Task

if TYPE_CHECKING:
    from distributed import Client

DONE = "done"  # a task's status; others are "failed" and "over its limit"
LOCK_WAIT_S, LOCK_POLL_S = 600.0, 1.0  # for the training of a process that was killed, which saves before it ends
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # Dask's workers set all three to 1
Result = dict[str, Any]


@contextmanager
def claim(sweep: Sweep) -> Iterator[None]:
    """The sweep's folder belongs to this process meanwhile. Raises ValueError when another process is running it."""
    try:
        with files.file_lock(sweep.folder / ".lock", wait=False):
            yield
    except BlockingIOError:
        raise ValueError(
            f"'{sweep.folder}' is being run by another process; wait for it, or give this sweep a name of its own "
            "with the key 'name'"
        ) from None


def read_results(sweep: Sweep) -> dict[str, Result]:
    """{name: result} of the tasks that have one, as they are defined now."""
    found = {task.name: _read_result(sweep.folder, task) for task in sweep.tasks}
    return {name: result for name, result in found.items() if result}


def unfinished(sweep: Sweep, only: str | None = None) -> list[Task]:
    """The tasks to run: those without a result, and those that failed.

    only: the name of the one task to consider. Raises ValueError when there is no such task, or when a run has been
    trained for longer than its task says now.
    """
    if only is not None and only not in [task.name for task in sweep.tasks]:
        raise ValueError(f"only={only!r} is no task of this sweep; they are {', '.join(t.name for t in sweep.tasks)}")
    results = read_results(sweep)
    tasks = [task for task in sweep.tasks if results.get(task.name, {}).get("status") != DONE]
    for task in tasks:
        before = _load(_result_path(sweep.folder, task)).get("budget", {})
        for limit, value in task.budget.items():
            if before.get(limit, 0) > value:
                raise ValueError(
                    f"{task.name} was trained for {limit}={before[limit]:g}, which is more than {value:g}; give the "
                    "sweep another name with the key 'name', so that it has runs of its own"
                )
    return [task for task in tasks if only in (None, task.name)]


def run_tasks(
    sweep: Sweep, tasks: list[Task], client: "Client", threads: int | None = None, *, gpus: int = 0,
    quiet: bool = False, on_done: Callable[[Task, Result], Any] | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Run tasks of a sweep on the workers. Returns {name: result}; they are in the sweep's folder, too.

    threads: of each task, None for as many as its worker has. gpus: as for run_commands. on_done(task, result) is
    called as each task ends. Raises ConnectionError when the scheduler is gone.
    """
    by_name = {task.name: task for task in tasks}
    results: dict[str, Result] = {}

    def ended(name: str, outcome: Outcome) -> None:
        results[name] = outcome.value or _died(sweep.folder, by_name[name], outcome.error)
        if on_done:
            on_done(by_name[name], results[name])

    arguments = {name: (task, sweep.folder, threads, gpus) for name, task in by_name.items()}
    run_jobs(client, run_task, arguments, title="Sweep", quiet=quiet, on_done=ended)
    return results


def run_task(task: Task, folder: Path, threads: int | None = None, gpus: int = 0) -> Result:
    """The job of one task, on a worker: its commands one after the other. Returns its result, and writes it.

    folder: the sweep's. Another worker may still be at it, or the processes of one that died: this waits for them. A
    task that is done already is not run again.
    """
    log = folder / "logs" / f"{task.name}.log"
    with files.file_lock(folder / "results" / f".{task.name}.lock", wait=True):
        found = _read_result(folder, task)
        if found and found["status"] == DONE:
            return found
        if not _wait_for_training(task.run, log):
            waiting = f"'{task.run}' is being trained by another process; wait for it, and run the same again"
            result: Result = {"status": "failed", "seconds": LOCK_WAIT_S, "error": waiting}
        else:
            threads = threads or int(os.environ.get("SLURM_CPUS_PER_TASK", "0")) or None
            variables = dict.fromkeys(THREAD_VARIABLES, str(threads)) if threads else {}
            variables |= {"PYTHONUNBUFFERED": "1", **task.environment}
            commands = [[sys.executable, *arguments] for arguments in task.arguments]
            result = run_commands(commands, log, task.limit_s, variables, gpus)
            result["threads"] = threads or int(os.environ.get(THREAD_VARIABLES[0], "0")) or usable_cores()
        return _write_result(folder, task, result)


def _wait_for_training(run: Path, log: Path) -> bool:
    """Wait until no other process trains in the run folder. Returns whether that is so."""
    lock, deadline = run / RUN_LOCK, time.monotonic() + LOCK_WAIT_S
    said = False
    while lock.exists():
        try:
            with files.file_lock(lock, wait=False):
                return True
        except BlockingIOError:
            if not said:
                log.parent.mkdir(parents=True, exist_ok=True)
                with open(log, "a", encoding="utf-8") as output:
                    output.write(f"Waiting: '{run}' is being trained by another process\n")
                said = True
        if time.monotonic() > deadline:
            return False
        time.sleep(LOCK_POLL_S)
    return True


def _result_path(folder: Path, task: Task) -> Path:
    return folder / "results" / f"{task.name}.json"


def _write_result(folder: Path, task: Task, result: Result) -> Result:
    """Record how a task ended. A task whose record can't be written has failed, and is run again."""
    result = result | {"fingerprint": task.fingerprint, "budget": task.budget}
    try:
        files.write_text(_result_path(folder, task), json.dumps(result, indent=2) + "\n")
    except OSError as error:
        if result["status"] == DONE:
            result |= {"status": "failed", "error": str(error)}
    return result


def _died(folder: Path, task: Task, error: BaseException | None) -> Result:
    """The result of a task that raised an error, or that ended its workers."""
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, WorkersDiedError):
        words = f"{error}, perhaps for want of memory: see --memory"
    return _write_result(folder, task, {"status": "failed", "seconds": 0.0, "error": words})


def _read_result(folder: Path, task: Task) -> Result | None:
    """The task's result; None when it has none, or when what it depends on has changed since."""
    result = _load(_result_path(folder, task))
    return result if result.get("fingerprint") == task.fingerprint and "status" in result else None


def _load(path: Path) -> dict[str, Any]:
    """The content of a file of JSON; empty when there is none, or it is damaged."""
    with suppress(OSError, ValueError):
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return {}


def judged_run(task: Task) -> Path | None:
    """The run folder whose scores are the task's: its training's, or the only judged one of a notebook."""
    folders = [task.run] if task.plan else sorted(task.run.glob("*"))
    judged = [folder for folder in folders if (folder / "scores.json").is_file()]
    return judged[0] if len(judged) == 1 else None


def reason(result: Result) -> str:
    """Why a task is not done, in one line: which of its commands failed, and the last line that it printed."""
    words = (result.get("error") or "").strip().splitlines()[-1:] or ["?"]
    command = result.get("command", [])
    stage = f"{command[3]}: " if command[1:3] == ["-m", "gan_hw"] else ""
    status = f"{result['status']}: " if result["status"] != "failed" else ""
    return f"{status}{stage}{words[0].removeprefix('gan_hw: ')}"


def task_line(task: Task, result: Result) -> str:
    """One line for a task that ended: status, minutes, the headline of its scores, name, and why it failed."""
    line = f"{result['status']:15}{result.get('seconds', 0) / 60:6.1f} min"
    folder = judged_run(task) if result["status"] == DONE else None
    scores = _load(folder / "scores.json") if folder else {}
    if scores:
        line += "".join(f"  {metric} {scores[metric]['value']:.3f}" for metric in headline_metrics(scores))
    return f"{line}  {task.name}" + ("" if result["status"] == DONE else f": {reason(result)}")
