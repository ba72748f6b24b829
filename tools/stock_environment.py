"""make test-stock: the test suite with the versions that a stock image holds, OpenCV 5 among them.

    python tools/stock_environment.py LIST [PYTEST_ARGUMENT ...]

LIST: a file of name==version lines, an image's packages. Those below are installed so, in an environment of their own
that is removed in the end; the kit's other requirements may come in any version that agrees with them. With this
Python, not the image's.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HELD = (
    "torch", "torchvision", "numpy", "pillow", "matplotlib", "ipykernel", "ipywidgets", "nbconvert", "jupyter-client",
    "notebook", "tqdm", "safetensors", "filelock", "jinja2", "huggingface-hub", "kagglehub", "pooch", "pandas", "scipy",
    "opencv-python-headless",
)  # fmt: skip


def held_versions(path):
    """'name==version' of the packages that are held, without the build's local part (+cu128)."""
    lines = [line.strip().partition("==") for line in Path(path).read_text().splitlines()]
    found = {name.lower().replace("_", "-"): version.partition("+")[0] for name, _, version in lines}
    missing = [name for name in HELD if name not in found]
    if missing:
        sys.exit(f"'{path}' does not list {', '.join(missing)}; it should hold an image's packages as name==version")
    return [f"{name}=={found[name]}" for name in HELD]


def main(path, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *held_versions(path), "--editable", ROOT, "pytest", "hypothesis"], check=True)
        show = "import torch, numpy, cv2; print(*(f'{m.__name__} {m.__version__}' for m in (torch, numpy, cv2)))"
        subprocess.run([python, "-c", show], check=True)
        return subprocess.run([python, "-m", "pytest", *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_file():
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
