"""Which device and precision to compute with."""

import torch

from gan_hw.utils.environment import DEVICES, PRECISIONS
from gan_hw.utils.hosts import host
from gan_hw.utils.messages import say

GPU_MENU = {
    "colab": "Runtime > Change runtime type > T4 GPU",
    "kaggle": "Settings > Accelerator > GPU T4 x2",
}
MAX_ERROR_CHARACTERS = 160  # of a device's error; some list every backend


def device_error(device: str) -> str | None:
    """None when a convolution's forward and backward pass run on `device`, else the error in one line.

    `torch.cuda.is_available()` is not enough: it is also true for a GPU that this build of PyTorch has no kernels for.
    """
    if not torch.amp.is_autocast_available(torch.device(device).type):
        return say("this version of PyTorch has no autocast for {device}", device=device)
    try:
        weight = torch.ones(4, 3, 3, 3, device=device, requires_grad=True)
        torch.nn.functional.conv2d(torch.ones(2, 3, 8, 8, device=device), weight).sum().backward()
        # The gradient of each weight is a sum over 6 x 6 positions in each of 2 images of ones.
        correct = weight.grad is not None and torch.allclose(weight.grad, torch.full_like(weight.grad, 72), rtol=0.01)
        return None if correct else say("a convolution's gradient came out wrong")
    except (RuntimeError, AssertionError) as error:
        return str(error).strip().splitlines()[0][:MAX_ERROR_CHARACTERS]


def choose_device(name: str = "auto") -> torch.device:
    """The device to compute on: `auto` takes a GPU if one works, else the CPU.

    Raises ValueError for an unknown name, and for a named device on which a convolution fails.
    """
    if name not in DEVICES:
        raise ValueError(say("device={name!r} is unknown; choose one of {known}", name=name, known=", ".join(DEVICES)))
    if name != "auto":
        error = device_error(name)
        if error:
            raise ValueError(
                say("device={name!r} does not work here: {error}; use device='auto' or 'cpu'", name=name, error=error)
            )
        return torch.device(name)
    for candidate, available in (("cuda", torch.cuda.is_available), ("mps", torch.backends.mps.is_available)):
        if available() and device_error(candidate) is None:
            return torch.device(candidate)
    return torch.device("cpu")


def has_bf16(device: torch.device) -> bool:
    """Whether `device` multiplies bf16 in hardware; elsewhere bf16 works but is far slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
    return False


def has_fp16(device: torch.device) -> bool:
    """Whether `device` multiplies fp16 faster than fp32: GPUs with tensor cores do (T4, not P100)."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (7, 0)


def choose_precision(name: str, device: torch.device) -> str:
    """'fp32', 'bf16' or 'fp16' for autocast on `device`; `auto` takes the fastest one that the hardware supports.

    bf16 is preferred to fp16: it has fp32's range, so losses need no scaling.
    Raises ValueError for an unknown name, and for fp16 on Apple's GPUs, where loss scaling is unreliable.
    """
    if name not in PRECISIONS:
        raise ValueError(
            say("precision={name!r} is unknown; choose one of {known}", name=name, known=", ".join(PRECISIONS))
        )
    if name == "fp16" and device.type == "mps":
        raise ValueError(say("precision='fp16' does not work on device mps; use 'auto' or 'fp32'"))
    if name == "auto":
        return "bf16" if has_bf16(device) else "fp16" if has_fp16(device) else "fp32"
    return name


def configure_backend(device: torch.device) -> None:
    """On a GPU, prefer speed to bitwise repeatability: TF32 for fp32 matrix products, and cuDNN's kernel benchmark.

    The settings apply to the whole process.
    """
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True


def device_notes(device: str = "auto") -> list[str]:
    """Sentences on the device that a training here computes on, and the menu entry that provides a better GPU.

    device: the requested one; there is only something to explain for 'auto'.
    """
    if device != "auto":
        return [say("{device} is used, as requested.", device=device)]
    menu = GPU_MENU.get(host())
    advice = [say("Choose {menu}, then run all cells again.", menu=menu)] if menu else []
    if not torch.cuda.is_available():
        if choose_device().type == "mps":
            return [say("Apple's GPU is used.")]
        threads = torch.get_num_threads()
        return [say("No GPU is switched on, so the CPU is used, with {threads} threads.", threads=threads), *advice]
    name, error, count = torch.cuda.get_device_name(0), device_error("cuda"), torch.cuda.device_count()
    if error:
        unusable = "There is a GPU ({name}), but this PyTorch can't compute on it, so the CPU is used: {error}."
        return [say(unusable, name=name, error=error), *advice]
    if count == 1:
        return [say("The GPU is used: {name}.", name=name)]
    return [
        say("{count} GPUs are here ({name}); a training uses the first.", count=count, name=name),
        say(
            "Set CUDA_VISIBLE_DEVICES=1 in another training's environment to run it on the second one at the same "
            "time, or let torchrun train one run on all: docs/commands/many_devices.md."
        ),
    ]
