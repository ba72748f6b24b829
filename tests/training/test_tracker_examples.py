"""The trackers of docs/commands/tracking.md: for MLflow, with a local server, and for Weights & Biases, offline."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import ROOT, image_set, small

from gan_hw.training import history
from gan_hw.training.tracking import numbers
from gan_hw.training.trainer import Trainer

START_S = 180  # a server's start takes half a minute on a busy core


def needs(name, *packages):
    is_missing = any(importlib.util.find_spec(package) is None for package in packages)
    return pytest.mark.skipif(is_missing, reason=f"needs {name}")


@pytest.fixture(autouse=True)
def examples(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "commands" / "trackers")


def train(folder, tracker, steps):
    trainer = Trainer(small("gan"), image_set(), folder, device="cpu", trackers=[tracker])
    trainer.train(steps=steps)
    return trainer


def loss_d(folder):
    return [(row["step"], row["loss_d"]) for row in history.read_history(folder)]


@pytest.fixture
def server(tmp_path, monkeypatch):
    """The address of a local MLflow server, and a function that ends it."""
    for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # it would start ten processes
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = [
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/mlflow.db",
        "--artifacts-destination",
        tmp_path / "artifacts",
    ]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with open(tmp_path / "server.log", "w") as log:
        process = subprocess.Popen([*command, *store], cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)

    def stop():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    try:
        deadline = time.monotonic() + START_S
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "server.log").read_text()
            time.sleep(0.3)
        yield f"http://127.0.0.1:{port}", stop
    finally:
        stop()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


@needs("mlflow with its server", "mlflow", "flask")
@pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")
def test_mlflow_shows_the_history_of_a_resumed_training_as_one_run(server, tmp_path, capsys):
    from mlflow import MlflowClient
    from mlflow_tracker import MLflowTracker

    address, stop = server
    folder = tmp_path / "run"
    for steps in (8, 21):
        train(folder, MLflowTracker(address), steps)
    client = MlflowClient(address)
    (run,) = client.search_runs([client.get_experiment_by_name("gan_hw").experiment_id])
    assert (run.info.run_name, run.info.status, run.data.params["n_critic"]) == ("run", "FINISHED", "1")
    shown = client.get_metric_history(run.info.run_id, "loss_d")
    assert [(point.step, point.value) for point in shown] == loss_d(folder)
    assert run.data.metrics == pytest.approx(numbers(history.read_history(folder)[-1]))
    pictures = client.list_artifacts(run.info.run_id, "samples")
    assert [picture.path for picture in pictures] == [f"samples/{step:07}.png" for step in (1, 2, 4, 8, 16, 21)]

    stop()
    assert train(folder, MLflowTracker(address), 24).step == 24
    assert "Note: MLflowTracker gets no more of this run (MlflowException: " in capsys.readouterr().out


@needs("wandb", "wandb")
def test_wandb_offline_shows_the_history_of_a_resumed_training_as_one_run(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    from wandb_tracker import WandbTracker

    folder = tmp_path / "run"
    for steps in (8, 21):
        train(folder, WandbTracker(), steps)
    ident = json.loads((folder / "wandb.json").read_text())["id"]
    files = sorted((folder / "wandb").glob("offline-run-*/*.wandb"))
    assert [file.name for file in files] == [f"run-{ident}.wandb"] * 2
    rows = [row for file in files for row in logged(file)]
    assert [(row["_step"], row["loss_d"]) for row in rows] == loss_d(folder)
    assert [row["_step"] for row in rows if "samples" in row] == [1, 2, 4, 8, 16, 21]


def logged(file):
    """The rows in a file of wandb's, which is a log as LevelDB's: blocks of 32 KiB, with records in pieces."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, record = file.read_bytes(), 7, b""  # a header, and before each piece: checksum, length, kind
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        record += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # a whole one, or the last piece
            items = Record.FromString(record).history.item
            record = b""
            if items:
                yield {item.key or item.nested_key[0]: json.loads(item.value_json) for item in items}
