"""Whose machine is this: Colab's, Kaggle's or one's own. Where files stay there, and what to do about its GPU."""

import os
import shutil
import sys
from pathlib import Path

import torch

from gan_hw.runtime import choose_device, works

DRIVE = Path("/content/drive")  # where Google Drive is mounted in Colab
KAGGLE_INPUT = Path("/kaggle/input")  # where Kaggle shows what is attached to a notebook
KAGGLE_WORKING = Path("/kaggle/working")  # what Kaggle keeps as the notebook's output
DEPTHS = ("*", "*/*", "*/*/*", "*/*/*/*")  # Kaggle has shown attached things in one to three folders
GPU_MENU = {
    "colab": "Runtime > Change runtime type > T4 GPU",
    "kaggle": "Settings > Accelerator > GPU T4 x2",
}


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
        return Path(named).expanduser()
    if host() == "kaggle" and KAGGLE_WORKING.is_dir():
        return KAGGLE_WORKING / "workspace"
    here = Path.cwd()
    in_checkout = here.name == "notebooks" and (here.parent / "gan_hw" / "__init__.py").exists()
    return (here.parent if in_checkout else here) / "workspace"


def _drive():
    try:
        from google.colab import drive
    except ImportError:
        raise ValueError(
            "workspace='drive' is Google Drive in Colab, and this is not Colab; name a folder, as ./drive"
        ) from None
    if not (DRIVE / "MyDrive").is_dir():
        drive.mount(str(DRIVE))  # asks for leave, at the keyboard
    return DRIVE


def adopt_attached(folder):
    """Copy the run that `folder` should hold from what is attached to a Kaggle notebook; nothing if it is here already.

    Another notebook's output holds its workspace, and can be attached as an input; inputs can't be written to, so the
    run goes on in a copy. Returns whether there was one.
    """
    folder = Path(folder)
    if folder.exists():
        return False
    for depth in DEPTHS:
        for found in sorted(KAGGLE_INPUT.glob(f"{depth}/runs/{folder.name}/recipe.json")):
            aside = folder.with_name(f".{folder.name}.copy")
            shutil.rmtree(aside, ignore_errors=True)
            for file in found.parent.rglob("*"):  # one by one: copytree would copy that nothing may be written there
                if file.is_file():
                    target = aside / file.relative_to(found.parent)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
            aside.rename(folder)
            print(f"Going on with the run that is attached: {found.parent}")
            return True
    return False


def device_notes():
    """What a training will compute on here, in sentences, and the menu that gives a better GPU where there is one."""
    place = host()
    menu = f" Choose {GPU_MENU[place]}, then run all cells again." if place in GPU_MENU else ""
    if not torch.cuda.is_available():
        if choose_device().type == "mps":
            return ["Apple's GPU is used."]
        return [f"No GPU is switched on, so the CPU is used, with {torch.get_num_threads()} threads.{menu}"]
    name, fault, count = torch.cuda.get_device_name(0), works("cuda"), torch.cuda.device_count()
    if fault:
        return [f"There is a GPU ({name}), but this PyTorch can't compute on it, so the CPU is used: {fault}.{menu}"]
    if count == 1:
        return [f"The GPU is used: {name}."]
    return [
        f"{count} GPUs are here ({name}); a training uses the first.",
        "A second training can have the second one: put CUDA_VISIBLE_DEVICES=1 before its command.",
    ]
