"""What a result depends on besides the recipe: versions, machine, and whether this is a smoke run."""

import os
import platform
from importlib import metadata

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


def smoke():
    """True when GAN_HW_SMOKE asks for the shortest run that still passes through every line."""
    return os.environ.get("GAN_HW_SMOKE", "") not in ("", "0")


def versions():
    """Versions of the kit, of Python and of the packages that decide a result, as a dict of strings."""
    from gan_hw import __version__

    found = {"gan_hw": __version__, "python": platform.python_version()}
    for package in ("torch", "torchvision", "numpy", "pillow"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine(device):
    """What the work runs on, as a dict of plain values: system, cores, device. device: a torch.device."""
    import torch  # here, because the names above are needed without it

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "system": platform.platform(terse=True),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": device.type,
        "name": name,
    }
