"""What a result depends on besides the recipe: versions, machine, and whether this is a smoke run. No torch."""

import os
import platform
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


def is_smoke_run() -> bool:
    """Whether GAN_HW_SMOKE requests the shortest run that still executes every line."""
    return os.environ.get("GAN_HW_SMOKE", "") not in ("", "0")


def versions() -> dict[str, str]:
    """Versions of the kit, of Python and of the packages that a result depends on."""
    from gan_hw import __version__

    found = {"gan_hw": __version__, "python": platform.python_version()}
    for package in ("torch", "torchvision", "numpy", "pillow"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def usable_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(device: "torch.device") -> dict[str, str | int | None]:
    """The machine and `device` on it, as plain values: system, cores, device type, and the processor's name."""
    import torch  # here, because the functions above do not need it

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return {
        "system": platform.platform(terse=True),
        "cores": usable_cores(),
        "device": device.type,
        "name": name,
    }


def _processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:  # only Linux has this file; there platform.processor() is often empty
        names = []
    return names[0] if names else platform.processor() or platform.machine()
