"""A generator pushed to Hugging Face and pulled again, through a local stand-in that speaks as the hub does."""

import base64
import json
import os
import subprocess
import sys

import pytest
from conftest import HubHandler, served, small

from gan_hw.inference import hub
from gan_hw.inference.weights import save_generator
from gan_hw.recipes.build import build_generator

COMMIT = "0" * 40


class HubStandIn(HubHandler):
    """The few requests that creating, committing and downloading take; files land in the folder that is served."""

    def answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/api/"):
            self.answer({"id": "me/mine", "sha": COMMIT, "siblings": [], "private": False})
        else:
            super().do_GET()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer good":
            self.answer({"error": "Invalid username or password."}, 401)
        elif self.path == "/api/repos/create":
            self.answer({"url": f"http://{self.headers['Host']}/me/mine", "id": "me/mine"})
        elif "/preupload/" in self.path:
            names = [file["path"] for file in json.loads(body)["files"]]
            files = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
            self.answer({"files": files})
        elif "/commit/" in self.path:
            for entry in map(json.loads, body.splitlines()):
                if entry["key"] == "file":
                    target = os.path.join(self.directory, "me", "mine", "resolve", "main", entry["value"]["path"])
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with open(target, "wb") as file:
                        file.write(base64.b64decode(entry["value"]["content"]))
            self.answer(
                {
                    "commitUrl": f"http://{self.headers['Host']}/me/mine/commit/{COMMIT}",
                    "commitOid": COMMIT,
                    "success": True,
                }
            )
        else:
            self.answer({})


def gan_hw(folder, endpoint, *arguments, token="good"):
    """In a process of its own, as the library reads its settings when it is imported."""
    environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hub"), "HF_TOKEN": token}
    environment |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    command = [sys.executable, "-m", "gan_hw", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def run_folder(tmp_path):
    recipe = small("gan")
    save_generator(tmp_path / "run" / "generator.safetensors", build_generator(recipe), recipe)
    return tmp_path / "run"


def test_a_generator_goes_to_the_hub_and_comes_back(tmp_path, run_folder):
    site = tmp_path / "site"
    site.mkdir()
    with served(site, HubStandIn) as address:
        pushed = gan_hw(tmp_path, address, "push", "run", "me/mine")
        assert pushed.returncode == 0, pushed.stderr[-1500:]
        assert "draw with it by python -m gan_hw draw hf:me/mine" in pushed.stdout
        there = site / "me" / "mine" / "resolve" / "main"
        assert (there / "generator.safetensors").read_bytes() == (run_folder / "generator.safetensors").read_bytes()
        card = (there / "README.md").read_text()
        assert "gan-hw draw hf:me/mine" in card
        assert '"feature_dim": 4' in card
        for source, file in (("hf:me/mine", "theirs.png"), ("run", "ours.png")):
            drawn = gan_hw(tmp_path, address, "draw", source, "--out", file, "--n", "4")
            assert drawn.returncode == 0, drawn.stderr[-1500:]
        assert (tmp_path / "theirs.png").read_bytes() == (tmp_path / "ours.png").read_bytes()
    again = gan_hw(tmp_path, "http://127.0.0.1:9", "draw", "hf:me/mine", "--n", "2")  # from the library's cache
    assert again.returncode == 0, again.stderr[-1500:]


@pytest.mark.fault
def test_a_wrong_token_or_name_says_what_to_do(tmp_path, run_folder):
    (tmp_path / "site").mkdir()
    with served(tmp_path / "site", HubStandIn) as address:
        refused = gan_hw(tmp_path, address, "push", "run", "me/mine", token="bad")
        missing = gan_hw(tmp_path, address, "draw", "hf:me/none")
        misnamed = gan_hw(tmp_path, address, "push", "run", "mine")
    offline = gan_hw(tmp_path, "http://127.0.0.1:9", "push", "run", "me/mine")
    assert offline.returncode == 1
    assert offline.stderr.startswith("gan_hw: 'run/generator.safetensors' could not be uploaded to me/mine")
    assert (refused.returncode, misnamed.returncode, missing.returncode) == (1, 2, 1)
    assert "log in with `hf auth login`" in refused.stderr
    assert "it should be OWNER/MODEL" in misnamed.stderr
    assert "'generator.safetensors' of huggingface.co/me/none could not be fetched" in missing.stderr
    assert all(len(done.stderr.splitlines()) == 1 for done in (refused, misnamed, missing))


def test_only_two_part_names_are_models():
    for name in ("mine", "me/mine/too", "me/", "../x", ""):
        with pytest.raises(ValueError, match="OWNER/MODEL"):
            hub.pull_generator(f"hf:{name}")
