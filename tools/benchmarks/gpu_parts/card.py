"""Section `machine`: the card, its driver and versions, and how fast it multiplies."""

import subprocess

import torch
from timing import gemm_peak

from gan_hw.utils.devices import choose_precision, has_bf16, has_fp16
from gan_hw.utils.environment import machine, versions

from .context import multiplying
from .results import NotRun

QUERY = ("name", "driver_version", "memory.total", "clocks.max.sm", "power.limit", "pcie.link.gen.max")


def section(context, measure):
    measure("machine", lambda: facts(context.device))
    seconds = 0.1 if context.quick else 1.0
    for name, (dtype, tf32) in {
        "fp32": (torch.float32, False), "TF32": (torch.float32, True),
        "bf16": (torch.bfloat16, False), "fp16": (torch.float16, False),
    }.items():  # fmt: skip
        measure(
            f"products, {name}", lambda name=name, dtype=dtype, tf32=tf32: products(context, name, dtype, tf32, seconds)
        )


def facts(device):
    """Machine and versions as plain values."""
    found = {"machine": machine(device), "versions": versions(), "precision": choose_precision("auto", device)}
    found["threads"] = torch.get_num_threads()
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        found |= {
            "capability": ".".join(map(str, torch.cuda.get_device_capability(device))),
            "multiprocessors": properties.multi_processor_count,
            "memory MB": properties.total_memory >> 20,
            "cards": torch.cuda.device_count(),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
            "nvidia-smi": driver(),
        }
    return found


def driver():
    """What nvidia-smi says of the first card, {} where it can't be asked."""
    command = ["nvidia-smi", f"--query-gpu={','.join(QUERY)}", "--format=csv,noheader", "--id=0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(QUERY, (value.strip() for value in done.stdout.strip().split(",")), strict=False))


def has_tf32(device):
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def products(context, name, dtype, tf32, seconds):
    """TFLOP/s of large matrix products in one arithmetic."""
    supported = {"TF32": has_tf32, "bf16": has_bf16, "fp16": has_fp16}.get(name, lambda _: True)
    if not supported(context.device):
        raise NotRun(f"this {'card' if context.is_cuda else 'processor'} has no {name}")
    with multiplying(tf32):
        side = 256 if context.quick else None
        return {"TFLOP/s": round(gemm_peak(dtype, context.device, seconds, side) / 1000, 3)}
