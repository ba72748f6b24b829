"""The kit's requirements on the images that Colab gives out: pip would replace nothing that is there.

An image is imitated by its recorded list of names and versions: an environment in which each of them is installed, as
far as pip can tell. What pip would do there is asked of pip itself, with the network, and nothing is installed.
"""

import json
import re
import subprocess
import sys

import pytest
from conftest import ROOT, SHARED

LISTS = sorted((SHARED / "stock_images").glob("*.txt"))
UNTOUCHED = [
    "torch",
    "torchvision",
    "numpy",
    "pandas",
    "ipykernel",
    "ipywidgets",
    "notebook",
    "opencv-python",
    "pillow",
    "matplotlib",
]

pytestmark = pytest.mark.skipif(not LISTS, reason="needs recorded lists of stock images (stock_images)")


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def recorded(path):
    """{name: version} of an image's list; what was installed from a repository has no version of its own."""
    lines = [line.strip().split("==") for line in path.read_text().splitlines() if "==" in line]
    return {canonical(name): version for name, version in lines}


@pytest.fixture
def image(tmp_path, request):
    """(python, installed): an environment that holds an image's packages in name and version."""
    installed = recorded(request.param)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "image"], check=True)
    (site,) = (tmp_path / "image").glob("lib/python*/site-packages")
    for name, version in installed.items():
        folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (folder / "INSTALLER").write_text("pip\n")
    return tmp_path / "image" / "bin" / "python", installed


def would_install(python, *what):
    """{name: version} of what pip would install for `python`. Skips where there is no network."""
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--dry-run", "--quiet", "--report", "-"]
    done = subprocess.run([*command, *what], capture_output=True, text=True, timeout=300)
    if done.returncode and re.search("NewConnectionError|Temporary failure|ProxyError|ConnectTimeout", done.stderr):
        pytest.skip("needs a package index")
    assert done.returncode == 0, done.stderr[-2000:]
    found = [item["metadata"] for item in json.loads(done.stdout)["install"]]
    return {canonical(item["name"]): item["version"] for item in found}


@pytest.mark.parametrize("image", LISTS, indirect=True, ids=lambda path: path.stem)
def test_the_requirements_replace_nothing_in_a_stock_image(image):
    python, installed = image
    new = would_install(python, "-r", ROOT / "requirements.txt")
    print("pip would add:", *(f"{name}=={version}" for name, version in sorted(new.items())))
    assert installed.keys() >= set(UNTOUCHED)
    assert {name: f"{installed[name]} -> {version}" for name, version in new.items() if name in installed} == {}
    assert {"nbval", "papermill", "qqdm"} <= new.keys()
