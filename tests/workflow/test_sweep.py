"""Sweeps: what a file means, what goes on after a fault, and what the report says. Most tasks are small scripts."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from support import notebook, small_cascade

from gan_hw.cli import main
from gan_hw.cli import sweep as command
from gan_hw.metrics.protocol import METRICS, PROTOCOL
from gan_hw.recipes import RECIPES
from gan_hw.training.options import RUN_LOCK
from gan_hw.utils import files
from gan_hw.workflow import cluster, sweep
from gan_hw.workflow.report import sweep_report
from gan_hw.workflow.sweep_file import read_sweep

PAGE = (ROOT / "docs" / "commands" / "sweeps.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes end with their parents on Linux alone")


def written(tmp_path, text, name="night.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def scripted(tmp_path, text, script="pass"):
    """A sweep whose tasks run a script in place of a training; it gets the run's name as its argument."""
    path = written(tmp_path, text)
    return read_sweep(path, tmp_path, None, lambda plan, _: [["-c", script, plan.run, str(tmp_path)]])


def statuses(found):
    return {name: result["status"] for name, result in sweep.read_results(found).items()}


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def client():
    """One worker on this machine."""
    pytest.importorskip("distributed", reason="needs dask (pip install 'gan_hw[class]')")
    with cluster.open_cluster(jobs=1) as client:
        yield client


def test_tasks_are_all_combinations_with_the_seed_last_to_vary(tmp_path):
    text = "recipes: [gan, wgan_gp]\nseeds: [0, 1]\nminutes: 2\nfields:\n  feature_dim: 16\n  lr_d: [2e-4, 4e-4]\n"
    found = read_sweep(written(tmp_path, text), tmp_path, None, lambda plan, fields: [[plan.run, fields]])
    assert [task.name for task in found.tasks][:4] == [
        "gan-drawn-feature_dim_16-lr_d_0.0002-s0", "gan-drawn-feature_dim_16-lr_d_0.0004-s0",
        "wgan_gp-drawn-feature_dim_16-lr_d_0.0002-s0", "wgan_gp-drawn-feature_dim_16-lr_d_0.0004-s0",
    ]  # fmt: skip
    assert len(found.tasks) == 8 and found.folder == tmp_path / "sweeps" / "night"
    last = found.tasks[-1]
    assert last.arguments == [[f"night-{last.name}", "feature_dim=16 lr_d=0.0004"]]
    assert last.run == tmp_path / "runs" / f"night-{last.name}"
    assert last.plan.recipe.lr_d == 4e-4 and last.plan.budget["minutes"] == 2
    assert last.parameters == {
        "recipe": "wgan_gp", "data": "drawn", "feature_dim": "16", "lr_d": "0.0004", "seed": 1
    }  # fmt: skip


def test_the_files_of_the_book_are_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "submissions" / "ada").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "04_train.ipynb", tmp_path / "submissions" / "ada")
    trainings, notebooks = (text for text in EXAMPLES if "jobqueue:" not in text)
    found = read_sweep(written(tmp_path, trainings.replace("faces.zip", "drawn")), tmp_path, None, lambda *_: [])
    assert len(found.tasks) == 4 * 3 * 2 and found.tasks[0].limit_s == 1200
    found = read_sweep(written(tmp_path, notebooks), tmp_path, None, lambda *_: [])
    assert [task.parameters["seed"] for task in found.tasks] == [0, 1]


@pytest.mark.parametrize("pair", ['"0.0,0.9"', '["0.0,0.9"]', "[[0.0, 0.9]]"])
def test_a_value_that_is_a_pair_is_one_value(tmp_path, pair):
    text = f"recipes: gan\nfields:\n  betas: {pair}\n"
    found = read_sweep(
        written(tmp_path, text), tmp_path, None, lambda plan, fields: command._training_arguments(plan, fields, None)
    )
    (task,) = found.tasks
    assert task.plan.recipe.betas == (0.0, 0.9) and task.name == "gan-drawn-betas_0.0_0.9-s0"
    train, submit, judge = task.arguments
    assert train[train.index("--set") + 1] == "betas=0.0,0.9"
    assert [words[2] for words in (train, submit, judge)] == ["train", "submit", "judge"] and "--no-c2st" in judge


def test_a_fingerprint_depends_on_the_training_but_not_on_its_limit(tmp_path):
    texts = ("recipes: gan", "recipes: gan\nlimit_minutes: 9", "recipes: gan\nminutes: 3", "recipes: gan\nseeds: 1")
    prints = [scripted(tmp_path, text).tasks[0].fingerprint for text in texts]
    assert prints[0] == prints[1] and len(set(prints)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recipes: gan\nseed: 1", r"unknown key 'seed'; .* recipes, data, seeds, minutes, epochs, steps, fields"),
        ("minutes: 2", "either the key 'recipes' or the key 'notebooks'"),
        ("recipes: gan\nnotebooks: x", "either the key 'recipes' or the key 'notebooks'"),
        ("recipes: gan_slow", "recipe 'gan_slow' is unknown; choose one of gan, "),
        ("recipes:", "recipes holds no value"),
        ("recipes: [3]", "3 is not the name of a recipe"),
        ("recipes: gan\nfields:\n  depht: 3", "'depht' is not a field of a recipe; choose from "),
        ("recipes: gan\nfields: [n_critic]", "fields must hold lines such as"),
        ("recipes: gan\nfields:\n  betas: [0.0, 0.9]", "betas=0.0 is not a value of type tuple"),
        ("recipes: [gan, wgan]\nfields:\n  clip_value: 0.1", "clip_value=0.1 has no meaning with objective='standard'"),
        ("recipes: conditional_quick", "is conditional"),
        ("recipes: gan\nfields:\n  size: 32", "size=32: a sweep judges submissions of 64x64"),
        ("recipes: gan\ndata: nowhere.zip", "nowhere.zip"),
        ("recipes: gan\nminutes: soon", "minutes='soon' is not a number"),
        ("recipes: gan\nminutes: 5\nlimit_minutes: 5", "limit_minutes=5 would end each training of minutes=5"),
        ("recipes: gan\nlimit_minutes: 0", "limit_minutes=0 is not a number greater than 0"),
        ("recipes: gan\nseeds: [1, 1]", "names 2 tasks gan-drawn-s1"),
        ("recipes: gan\nseeds: -1", "seed=-1"),
        ("recipes: gan\nname: a/b", "name='a/b' must be a plain name"),
        ("recipes: gan\nrecipes: wgan", "the key 'recipes' is there twice"),
        ("recipes: [gan", "can't be read as YAML"),
        ("gan", "holds no keys"),
        ("notebooks: nowhere.ipynb", "'nowhere.ipynb' is neither"),
        ("notebooks: nb\nseeds: 1", "unknown key 'seeds'; with 'notebooks' the keys are .*parameters"),
        ("notebooks: nb\nparameters:\n  stepz: 3", r"test.ipynb' has no parameter 'stepz'; it has steps"),
        ("notebooks: nb/test.ipynb\nparameters:\n  steps: 2026-11-28", "a date, 2026-11-28; write it in quotes"),
        ("notebooks: nb/damaged", r"damaged.ipynb' can't be read as a notebook"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_starts(tmp_path, monkeypatch, capsys, text, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nb" / "damaged").mkdir(parents=True)
    notebook(tmp_path / "nb")
    if "damaged" in text:
        (tmp_path / "nb" / "damaged" / "damaged.ipynb").write_text("{")
    written(tmp_path, text)
    assert main(["sweep", "night.yaml", "--workspace", "space"]) == 2
    message = capsys.readouterr().err
    assert re.search(words, message) and "'night.yaml'" in message and message.count("\n") == 1
    assert not (tmp_path / "space").exists()


def test_notebooks_of_a_folder_are_named_by_their_sub_folders(tmp_path):
    for student in ("ada", "bo"):
        (tmp_path / "hand-in" / student).mkdir(parents=True)
        notebook(tmp_path / "hand-in" / student)
    (tmp_path / "hand-in" / ".ipynb_checkpoints").mkdir()
    notebook(tmp_path / "hand-in" / ".ipynb_checkpoints")
    text = f"notebooks: {tmp_path / 'hand-in'}\nparameters:\n  steps: [2, 3]\n"
    found = read_sweep(written(tmp_path, text), tmp_path, None, None)
    assert [task.name for task in found.tasks] == [f"{who}-test-steps_{n}" for who in ("ada", "bo") for n in (2, 3)]
    assert found.tasks[1].parameters == {"notebook": "ada-test", "steps": 3}
    assert len({task.environment["GAN_HW_WORKSPACE"] for task in found.tasks}) == 4


# Fails for wgan until the file "mended" is there; leaves a line for each time that it runs.
FAILS_AT_FIRST = """
import pathlib, sys
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
with open(folder / "ran.txt", "a") as file:
    file.write(name + "\\n")
if "-wgan-" in name and not (folder / "mended").exists():
    sys.exit("gan_hw: the disk is full")
"""


def test_what_is_done_is_skipped_and_what_failed_is_repeated(tmp_path, client):
    found = scripted(tmp_path, "recipes: [gan, wgan, wgan_gp]", FAILS_AT_FIRST)
    ended = []
    sweep.run_tasks(found, sweep.unfinished(found), client, 1, quiet=True, on_done=lambda task, _: ended.append(task))
    assert statuses(found) == {"gan-drawn-s0": "done", "wgan-drawn-s0": "failed", "wgan_gp-drawn-s0": "done"}
    assert len(ended) == 3
    (again,) = sweep.unfinished(found)
    result = sweep.read_results(found)[again.name]
    assert sweep.reason(result) == "the disk is full" and result["threads"] == 1
    (tmp_path / "mended").touch()
    sweep.run_tasks(found, sweep.unfinished(found), client, 1, quiet=True)
    assert sweep.unfinished(found) == []
    ran = (tmp_path / "ran.txt").read_text().split()
    assert sorted(ran) == [f"night-{name}-drawn-s0" for name in ("gan", "wgan", "wgan", "wgan_gp")]
    assert [task.name for task in sweep.unfinished(scripted(tmp_path, "recipes: gan\nminutes: 3"))] == ["gan-drawn-s0"]


def test_a_budget_below_that_of_a_trained_run_is_refused(tmp_path):
    longer, shorter = (scripted(tmp_path, f"recipes: gan\nminutes: {n}") for n in (3, 2))
    sweep.run_task(longer.tasks[0], longer.folder)
    with pytest.raises(
        ValueError, match="was trained for minutes=3, which is more than 2; give the sweep another name"
    ):
        sweep.unfinished(shorter)
    with pytest.raises(ValueError, match="only='x' is no task of this sweep; they are gan-drawn-s0"):
        sweep.unfinished(longer, "x")


KILLS_ITS_WORKER = """
import os, pathlib, signal, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
with open(folder / name, "a") as file:
    file.write("x")
if "-gan-" in name and len((folder / name).read_text()) == 1:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
"""


@linux
@pytest.mark.fault
def test_a_task_whose_worker_was_killed_is_repeated_once(tmp_path, client):
    found = scripted(tmp_path, "recipes: [gan, wgan]", KILLS_ITS_WORKER)
    sweep.run_tasks(found, found.tasks, client, 1, quiet=True)
    assert set(statuses(found).values()) == {"done"}
    assert [len((tmp_path / f"night-{name}-drawn-s0").read_text()) for name in ("gan", "wgan")] == [2, 1]


@pytest.mark.fault
def test_a_job_that_ends_all_its_workers_is_a_failure_in_words(tmp_path, client):
    """With its own error, whatever Dask calls it."""
    (task,) = scripted(tmp_path, "recipes: gan").tasks
    outcome = cluster.run_jobs(client, os._exit, {"job": (1,)}, quiet=True)["job"]
    assert isinstance(outcome.error, cluster.WorkersDiedError)
    result = sweep._died(tmp_path, task, outcome.error)
    assert sweep.reason(result).startswith("3 workers died while they ran it")


SWEEPS = """
import sys
from pathlib import Path
from gan_hw.workflow import cluster, sweep
from gan_hw.workflow.sweep_file import read_sweep
if __name__ == "__main__":
    file, folder, script = sys.argv[1:]
    found = read_sweep(file, Path(folder), None, lambda plan, _: [["-c", script, plan.run, folder]])
    with sweep.claim(found), cluster.open_cluster(jobs=1) as client:
        sweep.run_tasks(found, sweep.unfinished(found), client, 1, quiet=True)
"""
# Holds its run's lock, as a training does, and waits in the second task until it is told to end, which takes a while.
HOLDS_ITS_RUN = """
import os, pathlib, signal, sys, time
from gan_hw.utils.files import file_lock
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def end(*_):
    time.sleep(2)
    sys.exit(1)
with file_lock(folder / "runs" / name / "checkpoints" / ".lock", wait=False):
    signal.signal(signal.SIGTERM, end)
    with open(folder / "ran.txt", "a") as file:
        file.write(f"{name} {os.getpid()}\\n")
    if "-wgan-" in name and not (folder / "again").exists():
        time.sleep(600)
"""


@linux
@pytest.mark.fault
def test_a_sweep_that_was_killed_goes_on_and_leaves_no_process_behind(tmp_path, client):
    found = scripted(tmp_path, "recipes: [gan, wgan, wgan_gp]", HOLDS_ITS_RUN)
    ran = tmp_path / "ran.txt"
    script = written(tmp_path, SWEEPS, "script.py")
    process = subprocess.Popen(
        [sys.executable, script, tmp_path / "night.yaml", tmp_path, HOLDS_ITS_RUN], env=ENVIRONMENT
    )
    wait_for(lambda: ran.exists() and "-wgan-" in ran.read_text())
    with pytest.raises(ValueError, match="is being run by another process"), sweep.claim(found):
        pass
    first = sweep.read_results(found)["gan-drawn-s0"]
    process.kill()
    process.wait()
    (tmp_path / "again").touch()
    with sweep.claim(found):
        sweep.run_tasks(found, sweep.unfinished(found), client, 1, quiet=True)
    assert set(statuses(found).values()) == {"done"} and sweep.read_results(found)["gan-drawn-s0"] == first
    names = [line.split()[0] for line in ran.read_text().splitlines()]
    assert sorted(names) == [f"night-{name}-drawn-s0" for name in ("gan", "wgan", "wgan", "wgan_gp")]
    assert not any(is_running(line.split()[1]) for line in ran.read_text().splitlines())


def test_a_task_waits_for_another_training_in_its_run_and_says_so(tmp_path):
    found = scripted(tmp_path, "recipes: gan")
    (task,), log = found.tasks, found.folder / "logs" / "gan-drawn-s0.log"
    with files.file_lock(task.run / RUN_LOCK, wait=False):
        thread = threading.Thread(target=sweep.run_task, args=(task, found.folder))
        thread.start()
        wait_for(log.exists)
    thread.join()
    assert "is being trained by another process" in log.read_text() and statuses(found) == {task.name: "done"}


STARTS_ANOTHER = """
import pathlib, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(pathlib.Path(sys.argv[2]) / "other.txt").write_text(str(other.pid))
time.sleep(600)
"""


@linux
@pytest.mark.fault
def test_the_limit_of_a_task_ends_its_whole_process_group(tmp_path):
    found = scripted(tmp_path, "recipes: gan\nlimit_minutes: 0.05", STARTS_ANOTHER)
    result = sweep.run_task(found.tasks[0], found.folder)
    assert result["status"] == "over its limit" and 3 <= result["seconds"] < 30
    wait_for(lambda: not is_running((tmp_path / "other.txt").read_text()))
    assert len(sweep.unfinished(found)) == 1


@pytest.mark.fault
def test_a_result_that_a_full_disk_refuses_is_a_failure_that_is_repeated(tmp_path, monkeypatch):
    found = scripted(tmp_path, "recipes: gan")

    def full(*_):
        raise OSError(28, files.DISK_FULL_ADVICE)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_text", full)
        result = sweep.run_task(found.tasks[0], found.folder)
    assert result["status"] == "failed" and "the disk is full" in sweep.reason(result)
    assert sweep.run_task(found.tasks[0], found.folder)["status"] == "done"


@linux
@pytest.mark.fault
def test_a_notebook_s_kernel_ends_with_its_job(tmp_path):
    path = notebook(tmp_path, "import os, time; open('pid.txt', 'w').write(str(os.getpid())); time.sleep(600)")
    job = [sys.executable, "-m", "gan_hw.workflow.notebook_job", path, tmp_path / "out" / "o.ipynb", "{}", tmp_path]
    process = subprocess.Popen(job, env=ENVIRONMENT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    pid = tmp_path / "pid.txt"
    wait_for(lambda: pid.exists() and pid.read_text())
    process.terminate()
    assert process.wait(60) != 0
    wait_for(lambda: not is_running(pid.read_text()), 30)


def write_run(folder, name, seed, **values):
    """What a judged run leaves behind."""
    folder.mkdir(parents=True)
    data = {"source": "drawn", "fingerprint": "0" * 8, "size": 64}
    identity = {"recipe": RECIPES[name].as_dict(), "data": data, "seed": seed}
    (folder / "recipe.json").write_text(json.dumps(identity))
    (folder / "history.csv").write_text("step,seen,seconds,loss_d,loss_g\n10,640,90.0,1,1\n")
    scores = {metric: {"not measured": "not here"} for metric in METRICS}
    scores |= {metric: {"value": value, "real": 1.0} for metric, value in values.items()}
    (folder / "scores.json").write_text(json.dumps({**scores, "n": 1000, "data": data, "protocol": PROTOCOL}))


@pytest.fixture
def judged(tmp_path):
    """A sweep of two recipes and three seeds, of which one has failed."""
    found = scripted(tmp_path, "recipes: [gan, wgan_gp]\nseeds: [0, 1, 2]\nminutes: 2\nfields:\n  z_dim: 50\n")
    afds = {"gan": (0.5, 0.6, 0.7), "wgan_gp": (0.9, 0.8, 0.1)}
    for task in found.tasks:
        recipe, seed = task.parameters["recipe"], task.parameters["seed"]
        failed = (recipe, seed) == ("wgan_gp", 2)
        result = {"status": "failed", "error": "Traceback\nValueError: no luck"} if failed else {"status": "done"}
        sweep._write_result(found.folder, task, result | {"seconds": 120.0})
        if not failed:
            write_run(task.run, recipe, seed, afd_strict=afds[recipe][seed], afd_kit=0.3, diversity=0.5 + seed / 10)
    return found


def test_means_and_spread_over_seeds_are_ranked_by_the_course_s_rule(judged):
    (table,) = sweep_report.sweep_tables(judged, sweep.read_results(judged))
    best, second = table.groups
    assert (best.title, second.title) == ("wgan_gp", "gan") and table.metrics[:2] == ["afd_strict", "diversity"]
    assert best.values["afd_strict"] == [0.9, 0.8] and second.values["afd_strict"] == [0.5, 0.6, 0.7]
    assert second.text("afd_strict") == f"0.600 ± {statistics.stdev([0.5, 0.6, 0.7]):.3f}" == "0.600 ± 0.100"
    assert best.rank_score == pytest.approx((0.9 * 0.5 + 0.8 * 0.6) / 2)
    assert second.text("face_frechet") == "–" and table.real["afd_strict"] == "1.000"
    title, names, *rows = sweep_report.sweep_lines(judged, sweep.read_results(judged))
    assert names.split()[:2] == ["afd_strict", "diversity"] and rows[0].endswith("2      1.5  wgan_gp")
    assert "the real images" in rows[-1]


def test_the_csv_has_a_row_for_each_task_and_the_page_everything(judged):
    page = sweep_report.write_sweep_report(judged, sweep.read_results(judged), "python -m gan_hw sweep x --only")
    with open(page.with_suffix(".csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == [task.name for task in judged.tasks]
    assert (rows[0]["recipe"], rows[0]["seed"], rows[0]["z_dim"], rows[0]["afd_strict"]) == ("gan", "0", "50", "0.5")
    assert (rows[-1]["status"], rows[-1]["error"], rows[-1]["afd_strict"]) == ("failed", "ValueError: no luck", "")
    assert rows[0]["steps"] == "10" and set(METRICS) <= rows[0].keys()
    text = page.read_text(encoding="utf-8")
    assert "5 done, 1 failed" in re.sub(r"\s+", " ", text) and "0.600 ± 0.100" in text
    assert "python -m gan_hw sweep x --only wgan_gp-drawn-z_dim_50-s2" in text and "ValueError: no luck" in text
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_a_sweep_of_which_nothing_was_judged_has_a_report_too(tmp_path):
    found = scripted(tmp_path, "recipes: gan")
    page = sweep_report.write_sweep_report(found, {}, "x")
    assert "1 not run" in page.read_text(encoding="utf-8") and sweep_report.sweep_lines(found, {}) == []


def test_without_dask_one_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    path = written(tmp_path, "recipes: gan")
    assert main(["sweep", str(path), "--workspace", str(tmp_path), "--gpus", "0", "--quiet"]) == 1
    assert re.fullmatch(r"gan_hw: many jobs at a time need Dask: pip install .*\n", capsys.readouterr().err)


def test_wrong_options_are_refused(tmp_path, capsys):
    path, place = written(tmp_path, "recipes: gan"), ["--workspace", str(tmp_path), "--gpus", "0"]
    for options, words in (
        (["--cluster", "moon"], "cluster='moon' is none of 'local', 'slurm'"),
        (["--jobs", "0"], "at least one job"),
        (["--memory", "1e9"], "this machine has"),
        (["--only", "x"], "only='x' is no task"),
        (["--cluster", "slurm", "--gpus", "2"], "is for cluster=local"),
    ):
        assert main(["sweep", str(path), *place, *options]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.slow
def test_one_training_from_the_file_to_the_leaderboard(tmp_path, monkeypatch, capsys):
    """The command on this machine; a second call finds everything done."""
    for name, value in {"GAN_HW_SMOKE": "1", "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    cascade = small_cascade(tmp_path / "cascade.xml", "0 0 0 0 0 0 0 0")
    written(tmp_path, "recipes: gan\nsteps: 20\nfields:\n  flip: true\n")
    words = ["sweep", "night.yaml", "--workspace", "space", "--jobs", "1", "--gpus", "0"]
    assert main([*words, "--cascade", str(cascade)]) == 0
    run, lines = tmp_path / "space" / "runs" / "night-gan-drawn64-flip_True-s0", capsys.readouterr().out.splitlines()
    assert any(line.startswith("Dashboard: http") for line in lines) and "1 tasks, 0 done before" in lines[0]
    assert any(re.match(r"done +\d+\.\d min  afd_strict \d\.\d+  diversity .*  gan-drawn64", line) for line in lines)
    assert json.loads((run / "scores.json").read_text())["submission"]["weights"] == "average"
    assert main(["leaderboard", "--workspace", "space", "--quiet"]) == 0
    before = (run / "scores.json").stat().st_mtime_ns
    assert main(words) == 0
    again = capsys.readouterr().out
    assert "1 tasks, 1 done before" in again and "Dashboard" not in again and "drawn:64, mean" in again
    assert (run / "scores.json").stat().st_mtime_ns == before


@posix
def test_notebooks_on_a_scheduler_that_runs_already(tmp_path):
    """`dask scheduler` and `dask worker` as the book has them. One of two notebooks fails, and is run alone."""
    pytest.importorskip("distributed", reason="needs dask (pip install 'gan_hw[class]')")
    (tmp_path / "hand-in").mkdir()
    path = notebook(tmp_path / "hand-in", "assert steps > 2, 'too few'", "print('ready')")
    text = f"notebooks: {path}\nparameters:\n  steps: [2, 3]\n"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scheduler, worker, command_line = (
        line.replace("8786", str(port)).split()
        for line in re.search(r"```\n(dask scheduler.*?)```", PAGE, re.S)[1].splitlines()
    )
    scheduler += ["--port", str(port), "--dashboard-address", "127.0.0.1:0"]
    worker += ["--dashboard-address", "127.0.0.1:0", "--local-directory", str(tmp_path / "dask")]
    address, quiet = command_line[-1], {"stderr": subprocess.DEVNULL, "env": ENVIRONMENT}
    for words in (scheduler, worker):
        words[0] = str(Path(sys.executable).with_name("dask"))
    started = [subprocess.Popen(words, **quiet) for words in (scheduler, worker)]
    try:
        words = [sys.executable, "-m", "gan_hw", "sweep", written(tmp_path, text), "--workspace", tmp_path]
        words += ["--cluster", address]
        done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGINT)
        for process in started:
            process.wait(60)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test-steps_2: test.ipynb, cell 2: AssertionError: too few; see " in done.stderr
    assert f"--workspace {tmp_path} --only test-steps_2" in done.stderr and "Failed: 1 of 2 tasks" in done.stderr
    results = {
        path.stem: json.loads(path.read_text()) for path in (tmp_path / "sweeps" / "night").glob("results/*.json")
    }
    assert {name: result["status"] for name, result in results.items()} == {
        "test-steps_2": "failed", "test-steps_3": "done"
    }  # fmt: skip
    executed = (tmp_path / "sweeps" / "night" / "notebooks" / "test-steps_3" / "test.ipynb").read_text()
    assert "ready" in executed
    with pytest.raises(OSError, match="no scheduler answers"), cluster.open_cluster(address):
        pass


def test_slurm_gets_jobs_of_all_cores_and_one_task_at_a_time(monkeypatch):
    jobqueue = pytest.importorskip("dask_jobqueue", reason="needs dask-jobqueue (pip install 'gan_hw[class]')")
    import dask

    scaled = []
    monkeypatch.setattr(jobqueue.SLURMCluster, "scale", lambda self, jobs: scaled.append(jobs))
    with pytest.raises(ValueError, match="needs at least 'cores' and 'memory'"):
        cluster._slurm_cluster(2)
    (settings,) = [yaml.safe_load(text) for text in EXAMPLES if "jobqueue:" in text]
    slurm = settings["jobqueue"]["slurm"]
    with (
        dask.config.set({f"jobqueue.slurm.{name}": value for name, value in slurm.items()}),
        cluster._slurm_cluster(2) as made,
    ):
        script = made.job_script()
    assert f"#SBATCH --cpus-per-task={slurm['cores']}\n" in script and f"#SBATCH -p {slurm['queue']}\n" in script
    assert f"#SBATCH {slurm['job-extra-directives'][0]}\n" in script and f"-t {slurm['walltime']}\n" in script
    assert f"{sys.executable} -m distributed.cli.dask_worker" in script and "--nthreads 1 " in script
    assert scaled[0] == 2
