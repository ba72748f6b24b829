# Find the course kit: importable already, around this notebook, an uploaded zip, Kaggle's input, its repository.
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = ""  # https address of the kit's git repository; needed only where no copy of it is at hand
if importlib.util.find_spec("gan_hw") is None:
    for archive in Path.cwd().glob("gan_course_kit*.zip"):
        shutil.unpack_archive(archive, "gan_course_kit")
    depths = ("*", "*/*", "*/*/*", "*/*/*/*")
    attached = [file.parents[1] for depth in depths for file in Path("/kaggle/input").glob(f"{depth}/gan_hw/__init__.py")]
    places = [Path("gan_course_kit").resolve(), Path.cwd(), *Path.cwd().parents, *attached]
    kit = next((place for place in places if (place / "gan_hw" / "__init__.py").exists()), None)
    if kit:
        sys.path.insert(0, str(kit))
    elif REPOSITORY:  # --no-deps: a hosted image has all the rest, and its own versions must stay
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
        subprocess.run([*pip, f"git+{REPOSITORY}", "qqdm", "addict"], check=True)
    else:
        ways = "upload gan_course_kit.zip beside it, attach the kit (Kaggle), or fill in REPOSITORY above"
        raise RuntimeError(f"gan_hw is not here: open this notebook in a checkout, {ways}.")
