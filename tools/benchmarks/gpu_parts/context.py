"""What every section needs: the device, sizes, images, and steps of a recipe, computed one by one or replayed."""

import gc
import math
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from gan_hw.data.images import ImageSet, load_images
from gan_hw.recipes import BEYOND, COURSE, RECIPES
from gan_hw.training.step_runner import WARM_UP_STEPS
from gan_hw.training.trainer import Trainer

from .results import NotRun

CPU = torch.device("cpu")
QUICK_RECIPES = (
    "gan_quick", "gan_r1_quick", "wgan_gp_quick", "gan_r1_wide", "wgan_gp_wide", "gan_r1_128", "conditional_quick",
)  # fmt: skip
CORE = (*(recipe.name for recipe in (*COURSE, *BEYOND)), *QUICK_RECIPES)
WAYS = ("eager", "replayed")
REPLAYED_FROM = WARM_UP_STEPS + 3  # the first step of a phase that is a replay: one is recorded, one a test
NOISE_IMAGES, CLASSES = 1024, 8
FACES = 12_000
SMALL = {"feature_dim": 8, "batch_size": 8}


@dataclass(frozen=True)
class Context:
    """device: what is measured. quick: a rehearsal, with small sizes. data: address of real faces, or None.

    cascade: path of the face detector's file, or None. folder: for what is not kept.
    """

    device: torch.device
    quick: bool
    data: str | None
    cascade: str | None
    folder: Path

    @property
    def is_cuda(self):
        return self.device.type == "cuda"

    def need_cuda(self):
        """Raises NotRun on any other device."""
        if not self.is_cuda:
            raise NotRun("it needs a CUDA GPU")

    def core(self):
        """The core recipes; of a rehearsal, a few."""
        return ("gan", "wgan_gp", "gan_r1_quick") if self.quick else CORE

    def recipe(self, name, **fields):
        """A recipe as it is, or small in a rehearsal."""
        return RECIPES[name].replace(**((SMALL if self.quick else {}) | fields))

    def faces(self):
        """12,000 faces: those of `data`, or drawn ones, each several times."""
        images = load_images(self.data or f"drawn:{64 if self.quick else 1500}", self.folder / "data", quiet=True)
        if self.data:
            return images
        times = (512 if self.quick else FACES) // len(images)
        return ImageSet(images.images.repeat(times, 1, 1, 1), "drawn, repeated", "drawn", images.fingerprint)

    def trainer(self, recipe, folder, *, device=None, precision="auto", images=None, replay=True, **options):
        """A Trainer for steps by hand, on noise unless there are `images`."""
        options.setdefault("feature_extractor", stand_in_features(device or self.device, recipe))
        trainer = Trainer(
            recipe, images or noise(recipe), self.folder / folder, device=(device or self.device).type,
            precision=precision, quiet=True, **options,
        )  # fmt: skip
        trainer.runner.replay = replay
        return trainer


def noise(recipe):
    """Random images for a recipe, with random labels if it takes any."""
    chance = torch.Generator().manual_seed(0)
    count = max(NOISE_IMAGES, 2 * recipe.batch_size)
    images = torch.randint(0, 256, (count, 3, recipe.size, recipe.size), dtype=torch.uint8, generator=chance)
    labels = torch.randint(0, 2, (count, CLASSES), dtype=torch.uint8, generator=chance) if recipe.conditional else None
    names = tuple(map(str, range(CLASSES))) if recipe.conditional else ()
    return ImageSet(images, "noise", "noise", "0" * 8, labels, names)


def stand_in_features(device, recipe):
    """A small network in place of the one whose features a perceptual loss compares; None where there is no such loss.

    It must come from torch, so that its steps may be replayed.
    """
    if recipe.content == "none":
        return None
    return nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.ReLU()).to(device).eval().requires_grad_(False)


def period(recipe):
    """Steps after which the kinds of steps repeat: D alone, D and G, with and without a penalty."""
    return math.lcm(recipe.n_critic, recipe.penalty_every)


def warm_up_steps(recipe):
    """Steps after which those of every kind are replayed."""
    return REPLAYED_FROM * period(recipe)


def run(trainer, steps):
    """That many steps of the trainer's loop, without what happens between them. Returns the last losses."""
    losses = {}
    with trainer.state.random:
        for _ in range(steps):
            losses = trainer.runner.run()
    return losses


def fresh_memory(device):
    """Give a GPU's unused memory back, and begin to count its peak anew."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device):
    """{"allocated MB", "reserved MB"} at most since fresh_memory; a recording's memory is reserved. {} on a CPU."""
    if device.type != "cuda":
        return {}
    peaks = {"allocated MB": torch.cuda.max_memory_allocated, "reserved MB": torch.cuda.max_memory_reserved}
    return {name: round(peak(device) / 2**20) for name, peak in peaks.items()}


@contextmanager
def no_waiting(device):
    """An operation in this block for which the CPU would wait for the GPU raises RuntimeError. Elsewhere no effect."""
    if device.type != "cuda":
        yield
        return
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the mode does not find everything
        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode(before)


@contextmanager
def repeatable(device):
    """Kernels that give the same bits again, as far as there are any; the process needs CUBLAS_WORKSPACE_CONFIG.

    To be entered after a Trainer was made, which asks cuDNN to try several kernels and take the fastest.
    """
    if device.type != "cuda":
        yield
        return
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic, torch.are_deterministic_algorithms_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of operations that have no such kernel
        cudnn.benchmark, cudnn.deterministic = False, True
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            cudnn.benchmark, cudnn.deterministic = before[:2]
            torch.use_deterministic_algorithms(before[2])


@contextmanager
def multiplying(tf32=True, convolutions_tf32=None):
    """Whether products, and convolutions, of float32 are computed in TF32; cuDNN tries no kernels before it chooses."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark
    matmul.allow_tf32 = tf32
    cudnn.allow_tf32, cudnn.benchmark = tf32 if convolutions_tf32 is None else convolutions_tf32, False
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = before


def values_of(state, path=""):
    """{path: tensor or number} of nested dicts, lists and tuples."""
    if isinstance(state, dict):
        items = state.items()
    elif isinstance(state, (list, tuple)):
        items = enumerate(state)
    else:
        return {path: state}
    return {name: value for key, part in items for name, value in values_of(part, f"{path}/{key}").items()}


def state_of(trainer):
    """{path: value} of all that a step changes: networks, averages, optimisers, loss scales, random state."""
    return values_of(trainer.gan.state_dict() | {"random": trainer.state.random.state_dict()})


def copied(state):
    """The same with tensors of its own, on the CPU."""
    return {name: value.detach().to(CPU, copy=True) if isinstance(value, torch.Tensor) else value
            for name, value in state.items()}  # fmt: skip


def differing(one, other):
    """{path: relative difference} of the values that are not the same, bit for bit."""
    found = dict.fromkeys(one.keys() ^ other.keys(), float("inf"))
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if not isinstance(a, torch.Tensor):
            if a != b:
                found[name] = float("inf")
        elif not torch.equal(a, b):
            found[name] = relative_error(a, b) if a.shape == b.shape else float("inf")
    return found


def relative_error(values, true):
    """Length of the difference, as a share of the length of `true`; a number."""
    values, true = (tensor.detach().to(CPU, torch.float64) for tensor in (values, true))
    with suppress(RuntimeError):
        return ((values - true).norm() / true.norm().clamp(min=1e-300)).item()
    return float("inf")
