"""Where this runs, in Colab, in Kaggle or on one's own machine, and where files are stored there. No torch."""

import os
import sys
from pathlib import Path

from gan_hw.utils.messages import say

DRIVE_MOUNT = Path("/content/drive")  # where Google Drive is mounted in Colab
KAGGLE_INPUT = Path("/kaggle/input")  # where Kaggle mounts the inputs of a notebook
KAGGLE_WORKING = Path("/kaggle/working")  # what Kaggle stores as the notebook's output
INPUT_GLOBS = ("*", "*/*", "*/*/*", "*/*/*/*")  # Kaggle has mounted inputs one to three folders deep


def host() -> str:
    """'colab', 'kaggle' or 'local'."""
    if "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules:
        return "colab"
    return "kaggle" if "KAGGLE_KERNEL_RUN_TYPE" in os.environ else "local"


def find_workspace(workspace: str | Path | None = None) -> Path:
    """The folder of runs and cached data: `workspace`, else GAN_HW_WORKSPACE, else Kaggle's output, else "workspace".

    "drive" stands for the folder gan_hw on Google Drive, which is mounted if necessary: a disconnected Colab session
    finds its run there again. From a checkout's notebooks/ folder or one in it, "workspace" is that in the checkout's
    root, so that a notebook in its own folder and a command in the root find the same runs.
    Raises ValueError when Google Drive is needed and can't be mounted, as outside Colab.
    """
    workspace = workspace or os.environ.get("GAN_HW_WORKSPACE")
    if workspace == "drive":
        return _mount_drive() / "MyDrive" / "gan_hw"
    if workspace:
        return mounted_path(workspace)
    if host() == "kaggle" and KAGGLE_WORKING.is_dir():
        return KAGGLE_WORKING / "workspace"
    here = Path.cwd()
    checkout = next((folder.parent for folder in (here, *list(here.parents)[:2]) if _is_notebooks(folder)), here)
    return checkout / "workspace"


def _is_notebooks(folder: Path) -> bool:
    """Whether a folder is a checkout's notebooks/."""
    return folder.name == "notebooks" and (folder.parent / "gan_hw" / "__init__.py").exists()


def mounted_path(path: str | Path) -> Path:
    """`path` with ~ expanded. If it is on Google Drive, mounts Drive; raises ValueError when that fails."""
    path = Path(path).expanduser()
    if host() == "colab" and path.is_relative_to(DRIVE_MOUNT):
        _mount_drive()
    return path


def _mount_drive() -> Path:
    try:
        from google.colab import drive
    except ImportError:
        raise ValueError(
            say(
                "workspace='drive' is Google Drive in Colab, and this is not Colab; for a folder of that "
                "name use './drive'"
            )
        ) from None
    try:
        if not _is_drive_mounted():
            drive.mount(str(DRIVE_MOUNT), force_remount=True)  # prompts for permission
    except Exception as error:  # of several types, some of them Colab's own: no permission, no keyboard, a broken mount
        raise ValueError(
            say(
                "Google Drive could not be mounted ({error}); mount it in a separate cell: from "
                "google.colab import drive; drive.mount('{place}', force_remount=True)",
                error=" ".join(str(error).split())[:100],
                place=DRIVE_MOUNT,
            )
        ) from error
    return DRIVE_MOUNT


def _is_drive_mounted() -> bool:
    try:
        return (DRIVE_MOUNT / "MyDrive").is_dir()
    except OSError:  # it was mounted, and the connection is lost
        return False


def find_attached_runs(name: str) -> list[Path]:
    """Folders of runs called `name` in the inputs of a Kaggle notebook, such as another notebook's output."""
    found = (file for pattern in INPUT_GLOBS for file in KAGGLE_INPUT.glob(f"{pattern}/runs/{name}/recipe.json"))
    return sorted({file.parent for file in found})
