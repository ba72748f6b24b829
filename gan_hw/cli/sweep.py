"""Run every training, or notebook, that a file describes, several at a time; the same command goes on."""

import argparse
import dataclasses
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gan_hw.cli import options

if TYPE_CHECKING:
    from gan_hw.workflow.plan import Plan
    from gan_hw.workflow.sweep import Result
    from gan_hw.workflow.sweep_file import Sweep, Task

HELP = "run all trainings, or notebooks, of a file, several at a time; the same command goes on"
EXIT_FAILURE = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("file", metavar="FILE.yaml", help="recipes, data, seeds and fields, or notebooks")
    options.add_workspace(parser)
    options.add_cluster(parser)
    parser.add_argument("--memory", type=float, metavar="GB", help="what a task needs: bounds their number here")
    parser.add_argument("--gpus", type=int, metavar="N", help="GPUs of this machine to use (default: all)")
    parser.add_argument("--only", metavar="TASK", help="run this one task alone, for example one that failed")
    options.add_cascade(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> int:
    """Run what is not done yet, and report on all. Returns 1 if any task failed."""
    from gan_hw.utils.hosts import find_workspace
    from gan_hw.workflow import sweep as work
    from gan_hw.workflow.sweep_file import read_sweep

    if args.gpus and args.cluster != "local":
        raise ValueError(f"gpus={args.gpus} is for cluster=local; elsewhere each worker uses the GPUs that it sees")
    cascade = str(Path(args.cascade).resolve()) if args.cascade else None

    def training_arguments(plan: "Plan", fields: str) -> list[list[str]]:
        return _training_arguments(plan, fields, cascade)

    sweep = read_sweep(args.file, find_workspace(args.workspace), cascade, training_arguments)
    with work.claim(sweep):
        tasks = work.unfinished(sweep, args.only)
        chosen = 1 if args.only else len(sweep.tasks)
        options.say(args, f"Sweep {sweep.name}: {chosen} tasks, {chosen - len(tasks)} done before -> {sweep.folder}")
        results = _run_tasks(args, sweep, tasks) if tasks else {}
        return _report(args, sweep, work.read_results(sweep) | results)


def _training_arguments(plan: "Plan", fields: str, cascade: str | None) -> list[list[str]]:
    """The commands of a training task: train, submit, judge."""
    kit, budget = ["-m", "gan_hw"], [f"--{name}={value}" for name, value in plan.budget.items() if value]
    given = [word for field in fields.split() for word in ("--set", field)]
    common = ["--workspace", str(plan.workspace), *(["--cascade", cascade] if cascade else [])]
    what = ["--recipe", plan.recipe.name, "--data", plan.data, "--seed", str(plan.seed), "--run", plan.run]
    return [
        [*kit, "train", *what, *given, *budget, *common],
        [*kit, "submit", str(plan.folder), *common],
        [*kit, "judge", str(plan.folder / "submission.tgz"), "--no-c2st", *common],
    ]


def _run_tasks(args: argparse.Namespace, sweep: "Sweep", tasks: "list[Task]") -> "dict[str, Result]":
    from tqdm import tqdm

    from gan_hw.utils.environment import usable_cores
    from gan_hw.workflow.cluster import LOCAL, open_cluster, worker_count
    from gan_hw.workflow.sweep import run_tasks, task_line

    local, gpus = args.cluster == LOCAL, args.gpus
    if gpus is None and local:
        import torch

        gpus = torch.cuda.device_count()
    # As many threads as beside other tasks, also for the last ones: equal minutes should be equal work.
    jobs = worker_count(args.jobs, args.memory, gpus or 0) if local else args.jobs
    threads = max(usable_cores() // (jobs or 1), 1) if local else None
    workers = min(jobs, len(tasks)) if jobs else None
    with open_cluster(args.cluster, workers, gpus=gpus or 0) as client:
        options.say(args, f"Dashboard: {client.dashboard_link}")
        _prepare(args, tasks)

        def ended(task: "Task", result: "Result") -> None:
            if not args.quiet:
                tqdm.write(task_line(task, result), file=sys.stdout)  # above the bar, if there is one
                sys.stdout.flush()

        return run_tasks(sweep, tasks, client, threads, gpus=gpus or 0, quiet=args.quiet, on_done=ended)


def _prepare(args: argparse.Namespace, tasks: "list[Task]") -> None:
    """Read each data set, and make what judging compares with, once: tasks would do so at the same time."""
    plans = {(task.plan.data, task.plan.recipe.size, task.plan.best): task.plan for task in tasks if task.plan}
    for plan in plans.values():
        options.say(args, f"Preparing {plan.data}")
        dataclasses.replace(plan, quiet=args.quiet).prepare()


def _report(args: argparse.Namespace, sweep: "Sweep", results: "dict[str, Result]") -> int:
    """Write the report, print the table and what failed. Returns the exit status."""
    from gan_hw.workflow.report.sweep_report import sweep_lines, write_sweep_report
    from gan_hw.workflow.sweep import DONE, reason

    again = {name: getattr(args, name) for name in ("workspace", "cascade") if getattr(args, name)}
    words = [word for name, value in again.items() for word in (f"--{name}", value)]
    alone = shlex.join(["python", "-m", "gan_hw", "sweep", args.file, *words, "--only"])
    failed = [
        task for task in sweep.tasks
        if results.get(task.name, {"status": DONE})["status"] != DONE and args.only in (None, task.name)
    ]  # fmt: skip
    try:
        page = write_sweep_report(sweep, results, alone)
        options.say(
            args, "\n".join([*sweep_lines(sweep, results), f"Page, with the chart: {page}; also as .csv, .png"])
        )
    finally:
        if failed:
            print(f"Failed: {len(failed)} of {len(sweep.tasks)} tasks; the same command tries again", file=sys.stderr)
        for task in failed:
            print(f"  {task.name}: {reason(results[task.name])}", file=sys.stderr)
            print(
                f"    log:   {sweep.folder / 'logs' / task.name}.log\n    alone: {alone} {task.name}", file=sys.stderr
            )
    return EXIT_FAILURE if failed else 0
