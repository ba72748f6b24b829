"""What a sweep found: mean and spread over seeds, as a table, a chart, a page (sweep.html) and a CSV."""

import csv
import io
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_hw.metrics.protocol import METRICS
from gan_hw.utils import figures, files
from gan_hw.workflow.report.leaderboard import (
    NOT_COMPARABLE,
    LeaderboardRow,
    format_real,
    format_value,
    leaderboard,
)
from gan_hw.workflow.report.pages import data_uri, render
from gan_hw.workflow.sweep import DONE, Result, judged_run, reason
from gan_hw.workflow.sweep_file import Sweep, Task

FURTHER_METRICS = ("face_frechet", "face_recall")  # after those of the headline
SEED = "seed"  # the parameter over which tasks are averaged
CHART_DPI = 110


@dataclass(frozen=True)
class Group:
    """Judged tasks that differ in nothing but the seed.

    title: the parameters that differ between groups. source: the data set that they were judged against. values:
    {metric: one value for each task}, without those that were not measured or can't be compared. rank_score: the mean
    of the tasks', see LeaderboardRow.
    """

    title: str
    source: str
    tasks: list[Task]
    values: dict[str, list[float]]
    minutes: float
    rank_score: float

    def text(self, metric: str) -> str:
        """Mean and sample standard deviation as text, the mean alone of one value, a dash of none."""
        values, form = self.values.get(metric, []), METRICS[metric][0]
        if not values:
            return "–"
        mean = format(statistics.fmean(values), form)
        return f"{mean} ± {format(statistics.stdev(values), form)}" if len(values) > 1 else mean


@dataclass(frozen=True)
class DataTable:
    """The groups that were judged against one data set, the best first, with its own values as text.

    metrics: those of the ranking and the headline first.
    """

    source: str
    ranked_by: str
    groups: list[Group]
    metrics: list[str]
    real: dict[str, str]
    real_values: dict[str, float]


def sweep_tables(sweep: Sweep, results: Mapping[str, Result]) -> list[DataTable]:
    """A table for each data set, of the tasks that are done and judged."""
    runs = {task.name: judged_run(task) for task in sweep.tasks if results.get(task.name, {}).get("status") == DONE}
    folders = [folder for folder in runs.values() if folder]
    rows = leaderboard(folders) if folders else []
    by_folder = {row.folder: row for row in rows}
    varied = [name for name in _parameters(sweep) if len({str(t.parameters.get(name)) for t in sweep.tasks}) > 1]
    tables = []
    for source in dict.fromkeys(row.source for row in rows):
        same_data = [row for row in rows if row.source == source]
        grouped: dict[str, list[tuple[Task, LeaderboardRow]]] = {}
        for task in sweep.tasks:
            row = by_folder.get(runs.get(task.name) or Path())
            if row in same_data and row is not None:
                grouped.setdefault(_title(task, varied), []).append((task, row))
        groups = [_group(title, members, same_data) for title, members in grouped.items()]
        metrics = [same_data[0].ranked_by, "diversity", *FURTHER_METRICS]
        real_rows = {metric: [row for row in same_data if "real" in row.scores.get(metric, {})] for metric in metrics}
        tables.append(
            DataTable(
                source, same_data[0].ranked_by, sorted(groups, key=lambda group: -group.rank_score), metrics,
                {metric: format_real(metric, same_data) for metric in metrics},
                {metric: found[0].scores[metric]["real"] for metric, found in real_rows.items() if found},
            )
        )  # fmt: skip
    return tables


def _parameters(sweep: Sweep) -> list[str]:
    return list(dict.fromkeys(name for task in sweep.tasks for name in task.parameters))


def _title(task: Task, varied: Sequence[str]) -> str:
    """The task's parameters that differ between tasks, but for seed and data, in words."""
    words = [
        str(value) if name in ("recipe", "notebook") else f"{name} {value}"
        for name, value in task.parameters.items()
        if name not in (SEED, "data") and (name in varied or name in ("recipe", "notebook"))
    ]
    return ", ".join(words)


def _group(title: str, members: Sequence[tuple[Task, LeaderboardRow]], same_data: Sequence[LeaderboardRow]) -> Group:
    values = {
        metric: [
            float(row.scores[metric]["value"]) for _, row in members
            if format_value(row, metric, same_data) not in ("–", NOT_COMPARABLE)
        ]
        for metric in METRICS
    }  # fmt: skip
    rows = [row for _, row in members]
    return Group(
        title, rows[0].source, [task for task, _ in members], values,
        statistics.fmean(row.last.get("seconds", 0.0) / 60 for row in rows),
        statistics.fmean(row.rank_score for row in rows),
    )  # fmt: skip


def write_sweep_report(sweep: Sweep, results: Mapping[str, Result], alone: str) -> Path:
    """Write NAME.html, NAME.csv and, when any task was judged, NAME.png to the sweep's folder. Returns the page's path.

    alone: the command, up to the task's name, that runs one task alone.
    """
    tables, name = sweep_tables(sweep, results), sweep.folder / sweep.name
    charts = {table.source: _chart(table) for table in tables}
    files.write_text(Path(f"{name}.csv"), _csv(sweep, results))
    for number, chart in enumerate(charts.values()):
        with files.atomic_path(Path(f"{name}{f'-{number + 1}' if number else ''}.png")) as part:
            chart.savefig(part, format="png", dpi=CHART_DPI)
    fixed = {
        key: sweep.tasks[0].parameters[key] for key in _parameters(sweep)
        if len({str(task.parameters.get(key)) for task in sweep.tasks}) == 1
    } | {name: f"{value:.10g}" for name, value in sweep.tasks[0].budget.items()}  # fmt: skip
    page = render(
        "sweep.html", sweep=sweep, tables=tables, charts={source: data_uri(chart) for source, chart in charts.items()},
        fixed=fixed, parameters=_parameters(sweep), results=results, reason=reason, alone=alone, done=DONE,
    )  # fmt: skip
    files.write_text(Path(f"{name}.html"), page)
    return Path(f"{name}.html")


def _chart(table: DataTable) -> figures.Figure:
    pair = table.metrics[:2]
    values = {group.title: {metric: group.values[metric] for metric in pair} for group in table.groups}
    return figures.spread_plot(values, table.real_values)


def _csv(sweep: Sweep, results: Mapping[str, Result]) -> str:
    """A line for each task: how it ended, all parameters, the training's end and all metrics."""
    names, lines = _parameters(sweep), []
    for task in sweep.tasks:
        result = results.get(task.name, {"status": "not run"})
        line = {"task": task.name, **task.parameters, "status": result["status"], "task_seconds": result.get("seconds")}
        line |= {"threads": result.get("threads"), "error": reason(result) if "error" in result else None}
        folder = judged_run(task) if result["status"] == DONE else None
        if folder:
            (row,) = leaderboard([folder])
            line |= {"run": str(folder), "trained_seconds": row.last.get("seconds")}
            line |= {"steps": row.last.get("step"), "seen": row.last.get("seen")}
            line |= {metric: row.scores.get(metric, {}).get("value") for metric in METRICS}
        lines.append(line)
    columns = ["task", *names, "status", "task_seconds", "trained_seconds", "threads", "steps", "seen", *METRICS]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns, "run", "error"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def sweep_lines(sweep: Sweep, results: Mapping[str, Result]) -> list[str]:
    """The tables for a terminal: means and standard deviations, the best first, the names last."""
    lines: list[str] = []
    for table in sweep_tables(sweep, results):
        widths = {
            metric: max(len(metric), *(len(g.text(metric)) for g in table.groups)) + 2 for metric in table.metrics
        }
        titles = "".join(metric.rjust(width) for metric, width in widths.items())
        lines += [f"On {table.source}, mean ± standard deviation over seeds:", f"{titles}  seeds  minutes  run"]
        for group in table.groups:
            cells = "".join(group.text(metric).rjust(width) for metric, width in widths.items())
            lines.append(f"{cells}{len(group.tasks):7}{group.minutes:9.1f}  {group.title}")
        real = "".join(table.real[metric].rjust(width) for metric, width in widths.items())
        lines.append(f"{real}{'':16}  the real images")
    return lines
