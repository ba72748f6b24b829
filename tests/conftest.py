"""Small images, small recipes, and the files that some tests need and a clone elsewhere may lack."""

import hashlib
import json
import os
import shutil
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from support import OBJECTS, TRAIN, content, picture

from gan_hw.data.images import ImageSet, load_images
from gan_hw.recipes import RECIPES

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
CASCADE = Path(os.environ.get("GAN_HW_CASCADE") or SHARED / "lbpcascade_animeface.xml")
FACES = SHARED / "faces.zip"

os.environ.pop("GAN_HW_LANG", None)  # what the kit says is compared in English

TALLY = Counter()  # (kind of input, "tried" or "refused") -> how many; see test_bad_input

# Generated inputs: the same ones each time here, many more with --hypothesis-profile=all.
settings.register_profile("kit", max_examples=80, deadline=None, derandomize=True, database=None)
settings.register_profile("all", parent=settings.get_profile("kit"), max_examples=600)
settings.load_profile("kit")


def pytest_addoption(parser):
    parser.addoption("--screenshots", help="folder for pictures of what a browser showed")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_cascade = pytest.mark.skipif(not CASCADE.is_file(), reason=f"needs the face detector's file ({CASCADE.name})")
needs_faces = pytest.mark.skipif(not FACES.is_file(), reason="needs real faces (faces.zip)")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """Each test sets the environment variables that it needs."""
    for name in ("GAN_HW_SMOKE", "GAN_HW_CASCADE", "GAN_HW_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def real_faces(tmp_path_factory):
    """The ImageSet of faces.zip."""
    return load_images(FACES, tmp_path_factory.mktemp("real"), quiet=True)


@pytest.fixture
def scenes(tmp_path):
    """A folder in i-CLEVR's layout: three pictures, two of them labelled."""
    folder = tmp_path / "clevr"
    (folder / "images").mkdir(parents=True)
    for number, name in enumerate("abc"):
        (folder / "images" / f"{name}.png").write_bytes(content(picture(number, (64, 64))))
    (folder / "train.json").write_text(json.dumps(TRAIN))
    (folder / "objects.json").write_text(json.dumps(OBJECTS))
    return folder


def image_set(n=40, size=64, source="noise"):
    """n random images."""
    images = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    return ImageSet(images, source, source, "0" * 8)


def small(name, **fields):
    """The recipe `name` with networks and batches small enough for a test."""
    return RECIPES[name].replace(**{"feature_dim": 4, "batch_size": 8, **fields})


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_):
        pass


class HubHandler(QuietHandler):
    """Adds the headers by which the hub's library knows a file and its version."""

    def end_headers(self):
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(self.path.encode()).hexdigest()}"')
        super().end_headers()


@contextmanager
def served(folder, handler=QuietHandler):
    """A local web server for the files of a folder; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # a worker of pytest-xdist: hand the counts to the main process
        session.config.workeroutput["tally"] = [[*key, count] for key, count in TALLY.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    for kind, outcome, count in getattr(node, "workeroutput", {}).get("tally", []):
        TALLY[kind, outcome] += count


def pytest_terminal_summary(terminalreporter):
    """The tables of faults injected and of generated inputs."""
    outcomes = {name: terminalreporter.stats.get(name, []) for name in ("passed", "failed")}
    faults = {name: [report for report in reports if "fault" in report.keywords] for name, reports in outcomes.items()}
    if any(faults.values()):
        terminalreporter.section("faults injected")
        per_file = Counter(report.nodeid.split("::")[0] for reports in faults.values() for report in reports)
        for file, count in sorted(per_file.items()):
            terminalreporter.line(f"{file:40}{count:4}")
        terminalreporter.line(f"{'survived':40}{len(faults['passed']):4}")
        terminalreporter.line(f"{'not survived':40}{len(faults['failed']):4}")
    kinds = sorted({kind for kind, _ in TALLY})
    if kinds:
        terminalreporter.section("bad inputs")
        for kind in kinds:
            terminalreporter.line(f"{kind:15}{TALLY[kind, 'tried']:6} tried,{TALLY[kind, 'refused']:6} refused")
        terminalreporter.line(f"{'all':15}{sum(TALLY[kind, 'tried'] for kind in kinds):6} tried")
