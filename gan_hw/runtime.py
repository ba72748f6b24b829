"""Which device and precision, seeds, versions: what a result depends on besides the recipe."""

import os
import platform
import random
from importlib import metadata

import numpy as np
import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
LONGEST = 160  # characters of an error; some list all backends that there are
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


def smoke():
    """True when GAN_HW_SMOKE asks for the shortest run that still passes through every line."""
    return os.environ.get("GAN_HW_SMOKE", "") not in ("", "0")


def works(device):
    """None when a convolution's forward and backward pass run on `device`, else the error in one line.

    `torch.cuda.is_available()` is not enough: it is true on a card that this build of PyTorch has no kernels for.
    """
    if not torch.amp.is_autocast_available(torch.device(device).type):
        return f"this version of PyTorch has no autocast for {device}"
    try:
        weight = torch.ones(4, 3, 3, 3, device=device, requires_grad=True)
        torch.nn.functional.conv2d(torch.ones(2, 3, 8, 8, device=device), weight).sum().backward()
        # Each weight meets 6 x 6 ones in each of 2 images.
        return None if bool((weight.grad == 72).all()) else "a convolution's gradient came out wrong"
    except (RuntimeError, AssertionError) as error:
        return str(error).strip().splitlines()[0][:LONGEST]


def choose_device(name="auto"):
    """The torch.device to compute on: `auto` takes a GPU that works, else the CPU.

    Raises ValueError for an unknown name, or a named device on which a real pass fails.
    """
    if name not in DEVICES:
        raise ValueError(f"device={name!r} is unknown; choose one of {', '.join(DEVICES)}")
    if name != "auto":
        fault = works(name)
        if fault:
            raise ValueError(f"device={name!r} does not work here: {fault}; use device='auto' or 'cpu'")
        return torch.device(name)
    for candidate, available in (("cuda", torch.cuda.is_available), ("mps", torch.backends.mps.is_available)):
        if available() and works(candidate) is None:
            return torch.device(candidate)
    return torch.device("cpu")


def has_bf16(device):
    """Whether `device` multiplies bf16 in hardware; elsewhere bf16 works but is far slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
    return False


def has_fp16(device):
    """Whether `device` multiplies fp16 faster than fp32: from the generation of tensor cores on (T4, not P100)."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (7, 0)


def choose_precision(name, device):
    """'fp32', 'bf16' or 'fp16' for autocast on `device`; `auto` takes the fast one that the hardware has.

    bf16 comes first: it has fp32's range, so that nothing needs scaling.
    Raises ValueError for an unknown name, and for fp16 on Apple's GPUs, where scaling is not to be relied on.
    """
    if name not in PRECISIONS:
        raise ValueError(f"precision={name!r} is unknown; choose one of {', '.join(PRECISIONS)}")
    if name == "fp16" and device.type == "mps":
        raise ValueError("precision='fp16' does not work on device mps; use 'auto' or 'fp32'")
    if name == "auto":
        return "bf16" if has_bf16(device) else "fp16" if has_fp16(device) else "fp32"
    return name


def prepare(device):
    """On a GPU, be fast rather than repeatable bit by bit: TF32 for products in fp32, cuDNN's kernels by trial.

    Holds for the whole process.
    """
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True


class RandomState:
    """Random numbers of its own for a block of code: `with state: ...` leaves the caller's generators as they were.

    The next `with` goes on where the last one stopped. Covers Python's, numpy's and torch's global generators, so
    that code in the block needs no generator passed around.
    """

    def __init__(self, seed, device):
        self.device = device
        self.entered = False
        outside = _get_random(device)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.random.default_generator.manual_seed(seed)  # torch.manual_seed would seed every GPU as well
        if device.type != "cpu":
            _device_module(device).manual_seed(seed)
        self._stored = _get_random(device)
        _set_random(outside, device)

    def __enter__(self):
        self._outside = _get_random(self.device)
        _set_random(self._stored, self.device)
        self.entered = True

    def __exit__(self, *_):
        self._stored = _get_random(self.device)
        _set_random(self._outside, self.device)
        self.entered = False

    def state_dict(self):
        """The present state, as plain values and tensors."""
        return _get_random(self.device) if self.entered else self._stored

    def load_state_dict(self, state):
        """Go on from a state that `state_dict` gave, also in the middle of a `with`."""
        self._stored = state
        if self.entered:
            _set_random(state, self.device)


def _get_random(device):
    version, keys, gauss = random.getstate()
    name, words, position, has_gauss, cached = np.random.get_state()
    state = {
        "python": [version, list(keys), gauss],
        "numpy": [name, torch.from_numpy(words.astype(np.int64)), position, has_gauss, cached],
        "cpu": torch.get_rng_state(),
    }
    if device.type != "cpu":
        state["device"] = _device_module(device).get_rng_state()
    return state


def _set_random(state, device):
    version, keys, gauss = state["python"]
    random.setstate((version, tuple(keys), gauss))
    name, words, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, words.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["cpu"])
    if device.type != "cpu" and "device" in state:
        _device_module(device).set_rng_state(state["device"])


def _device_module(device):
    return {"cuda": torch.cuda, "mps": torch.mps}[device.type]


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
    """What the work runs on, as a dict of plain values: system, cores, device."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "system": platform.platform(terse=True),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": device.type,
        "name": name,
    }
