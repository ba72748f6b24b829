"""Whose machine is this: Colab's, Kaggle's or one's own. Where files stay there, and what to do about its GPU."""

import os
import sys
from pathlib import Path

DRIVE = Path("/content/drive")  # where Google Drive is mounted in Colab
KAGGLE_INPUT = Path("/kaggle/input")  # where Kaggle shows what is attached to a notebook
KAGGLE_WORKING = Path("/kaggle/working")  # what Kaggle keeps as the notebook's output
DEPTHS = ("*", "*/*", "*/*/*", "*/*/*/*")  # Kaggle has shown attached things in one to three folders


def host():
    """'colab', 'kaggle' or 'local'."""
    if "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules:
        return "colab"
    return "kaggle" if "KAGGLE_KERNEL_RUN_TYPE" in os.environ else "local"


def find_workspace(named=None):
    """The folder of runs and cached data: `named`, else GAN_HW_WORKSPACE, else Kaggle's output, else "workspace" here.

    "drive" names the folder gan_hw on Google Drive, which is mounted for it: there a disconnected Colab session finds
    its run again. In a checkout's notebooks/ "here" is the checkout, so that a notebook opened in its own folder and a
    command given in the root find the same runs. Raises ValueError for "drive" outside of Colab.
    """
    named = named or os.environ.get("GAN_HW_WORKSPACE")
    if named == "drive":
        return _drive() / "MyDrive" / "gan_hw"
    if named:
        return reach(named)
    if host() == "kaggle" and KAGGLE_WORKING.is_dir():
        return KAGGLE_WORKING / "workspace"
    here = Path.cwd()
    in_checkout = here.name == "notebooks" and (here.parent / "gan_hw" / "__init__.py").exists()
    return (here.parent if in_checkout else here) / "workspace"


def reach(path):
    """The path itself; where it lies on Google Drive, that is mounted first. Raises ValueError when it can't be."""
    path = Path(path).expanduser()
    if host() == "colab" and path.is_relative_to(DRIVE):
        _drive()
    return path


def _drive():
    try:
        from google.colab import drive
    except ImportError:
        raise ValueError(
            "workspace='drive' is Google Drive in Colab, and this is not Colab; name a folder, as ./drive"
        ) from None
    try:
        if not _is_mounted():
            drive.mount(str(DRIVE), force_remount=True)  # asks for leave, at the keyboard
    except Exception as error:  # of several kinds, some of them Colab's own: no leave, no keyboard, a broken mount
        raise ValueError(
            f"Google Drive could not be mounted ({' '.join(str(error).split())[:100]}); do it in a cell of its own: "
            f"from google.colab import drive; drive.mount('{DRIVE}', force_remount=True)"
        ) from error
    return DRIVE


def _is_mounted():
    try:
        return (DRIVE / "MyDrive").is_dir()
    except OSError:  # it was, and the connection is lost
        return False


def attached_runs(name):
    """Folders of runs called `name` among what is attached to a Kaggle notebook: another one's output, say."""
    found = (file for depth in DEPTHS for file in KAGGLE_INPUT.glob(f"{depth}/runs/{name}/recipe.json"))
    return sorted({file.parent for file in found})
