"""Which device and precision to compute with."""

import torch

from gan_hw.utils.environment import DEVICES, PRECISIONS
from gan_hw.utils.hosts import host

GPU_MENU = {
    "colab": "Runtime > Change runtime type > T4 GPU",
    "kaggle": "Settings > Accelerator > GPU T4 x2",
}
MAX_ERROR_LENGTH = 160  # characters of an error; some list all backends that there are


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
        return str(error).strip().splitlines()[0][:MAX_ERROR_LENGTH]


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


def device_notes(device="auto"):
    """What a training will compute on here, in sentences, and the menu that gives a better GPU where there is one.

    device: as asked for; only 'auto' leaves anything to say.
    """
    if device != "auto":
        return [f"{device} is used, as asked for."]
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
        "Another training at the same time gets the second one with CUDA_VISIBLE_DEVICES=1 in its environment.",
    ]
