"""Can a step be replayed? A CUDA graph of every recipe's steps, acted out on the CPU: a table, without a GPU.

    python tools/benchmarks/tape.py                    all recipes; a minute or two of one core
    python tools/benchmarks/tape.py gan_quick wgan     these

A tape records the operations of one step, with the memory that they read and write, and replays them on that memory,
as a CUDA graph does: nothing of what Python did in between happens again. The table has a line for each recipe, with
small networks and batches:

operations        of a recorded step, one number for each phase: D alone, D and G, either with a lazy penalty
synchronisations  operations among them that need a value on the CPU, so that a GPU would be waited for; should be 0
tensors           that a step changes: weights, statistics, averages, optimisers, random state
differ            tensors of these that are not the same, bit for bit, after steps that were replayed and after the
                  same steps one by one; should be 0
"""

import math
import sys
import warnings
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_hw.networks import layers
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.training import step_runner
from gan_hw.training.batches import Batches
from gan_hw.training.gan import GAN
from gan_hw.training.snapshot import Snapshot
from gan_hw.training.step import training_step
from gan_hw.training.step_runner import StepRunner
from gan_hw.utils.seeds import IsolatedRNG

CPU = torch.device("cpu")
# Operations whose result, or whose shape, the CPU needs; and the Python calls that ask for one.
READING = ("_local_scalar_dense", "is_nonzero", "nonzero", "masked_select", "equal", "_unique2", "unique_dim", "item")
ASKING = (
    torch.Tensor.cpu, torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.numpy, torch.Tensor.__bool__,
    torch.Tensor.__float__, torch.Tensor.__int__, torch.Tensor.__index__,
)  # fmt: skip


class Tape(TorchDispatchMode):
    """Records the operations in its block; `replay` repeats them on the same memory.

    operations: how many there were, without those that only give other views of the same memory.
    """

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        read = {_memory(value) for value in tree_leaves((args, kwargs)) if isinstance(value, torch.Tensor)}
        new = [value for value in tree_leaves(result) if isinstance(value, torch.Tensor) and _memory(value) not in read]
        if new or function._schema.is_mutable or not tree_leaves(result):
            self.calls.append((function, args, kwargs, result, read))
        return result

    @property
    def operations(self):
        return len(self.calls)

    @torch.no_grad()
    def replay(self):
        for function, args, kwargs, result, read in self.calls:
            again = function(*args, **kwargs)
            for old, value in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and _memory(old) not in read:
                    old.copy_(value)


def _memory(tensor):
    return tensor.untyped_storage()._cdata


class Waits(TorchDispatchMode):
    """Counts operations that need a value on the CPU, for which it would wait for a GPU."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.calls = _Calls(self.found)

    def __enter__(self):
        self.calls.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.calls.__exit__(*error)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name.removeprefix("aten::")
        masks = name.startswith("index") and any(
            isinstance(value, torch.Tensor) and value.dtype in (torch.bool, torch.uint8)
            for value in tree_leaves(args[1:2])
        )
        if name in READING or masks:
            self.found.append(name)
        return function(*args, **kwargs or {})


class _Calls(TorchFunctionMode):
    """The same for calls of Python that do nothing on the CPU, so that no operation shows them."""

    def __init__(self, found):
        super().__init__()
        self.found = found

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in ASKING or (function is torch.Tensor.to and "cpu" in (*args[1:], *kwargs.values())):
            self.found.append(function.__name__)
        return function(*args, **kwargs)


class TapeRecorder:
    """A Recorder (gan_hw/training/step_runner.py) for the CPU. tapes: those of the phases, in their order."""

    def __init__(self, gan, random):
        self.gan, self.random = gan, random
        self.tapes, self.waits = [], []

    @contextmanager
    def alone(self, strict=False):
        with Waits() as waits:
            yield
        if strict:
            self.waits += waits.found
            if waits.found:
                raise RuntimeError(f"called a synchronizing operation: {waits.found[0]}")

    def record(self, work):
        before, tape = Snapshot(self.gan, self.random), Tape()
        with tape:
            returned = work()
        before.restore()  # a CUDA graph computes nothing while it is recorded
        for loss in returned.values():
            if isinstance(loss, torch.Tensor):
                loss.fill_(math.nan)
        self.tapes.append(tape)
        return tape.replay, returned

    def before_discarding(self):
        """Nothing is under way on a CPU."""


def small(name, **fields):
    """A recipe with networks and batches so small that a step takes some ten milliseconds, and with all its phases."""
    recipe = RECIPES[name]
    few = {field: min(getattr(recipe, field), 2) for field in ("n_critic", "penalty_every")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # published recipes warn of what they have
        return recipe.replace(**{"feature_dim": 2, "batch_size": 4, "size": 32, **few, **fields})


def runner_of(recipe, precision="fp32", recorded=True, step=training_step, say=print):
    """A StepRunner on the CPU, with tapes or without, for a recipe and some random images."""
    chance = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (11, 3, recipe.size, recipe.size), dtype=torch.uint8, generator=chance)
    labels = torch.randint(0, 2, (11, 3), dtype=torch.uint8, generator=chance) if recipe.conditional else None
    recipe = recipe.replace(classes=3) if recipe.conditional else recipe
    random = IsolatedRNG(0, CPU)
    with random:
        generator, discriminator = build_generator(recipe), build_discriminator(recipe)
        features = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 4, stride=4), torch.nn.ReLU()).requires_grad_(False)
    objective = build_objective(recipe, features if recipe.content != "none" else None, 0.1)
    gan = GAN(recipe, generator, discriminator, objective, CPU, precision)
    gan.ema.share = torch.zeros(())  # as on a GPU
    recorder = TapeRecorder(gan, random) if recorded else None
    return StepRunner(gan, Batches(images, recipe, 0, CPU, labels), step, random, say, recorder)


def state_of(runner):
    """{name: tensor} of all that steps change."""
    snapshot = Snapshot(runner.gan, runner.random)
    found = {f"{part} {n}": value for part, values in snapshot.values.items() for n, value in enumerate(values)}
    return found | {"random state": snapshot.random_state["cpu"]}


class Watched(TorchDispatchMode):
    """Does nothing. Watched by any mode, autograd adds up gradients that meet in another way, with other roundings."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return function(*args, **kwargs or {})


def run(runner, steps):
    """The losses of that many steps, as numbers, with the layers that a GPU computes."""
    with runner.random, patch.object(layers, "_use_closed_form", return_value=False):
        return [{name: float(loss) for name, loss in runner.run().items()} for _ in range(steps)]


def examine(recipe, precision="fp32", periods=step_runner.WARM_UP_STEPS + 4):
    """Run a recipe with tapes and without; {what: found} for a line of the table, and for tests."""
    steps = periods * math.lcm(recipe.n_critic, recipe.penalty_every)
    said = []
    taped, plain = (runner_of(recipe, precision, recorded, say=said.append) for recorded in (True, False))
    losses = [run(taped, steps)]
    with Watched():  # as the recorded steps were
        losses.append(run(plain, steps))
    states = [state_of(runner) for runner in (taped, plain)]
    differ = sorted(name for name in states[0].keys() | states[1].keys() if not _equal(states, name))
    differ += [f"losses of step {n}" for n, (one, other) in enumerate(zip(*losses, strict=True), 1) if one != other]
    return {
        "operations": [tape.operations for tape in taped.recorder.tapes],
        "synchronisations": len(taped.recorder.waits),
        "tensors": len(states[0]),
        "differ": differ,
        "replayed": taped.replayed,
        "reason": taped.reason,
        "said": said,
    }


def _equal(states, name):
    one, other = (state.get(name) for state in states)
    return one is not None and other is not None and one.dtype == other.dtype and torch.equal(one, other)


def main(names):
    torch.set_num_threads(1)
    print("| recipe | operations | synchronisations | tensors | differ |\n|---|---|---|---|---|")
    for name in names or RECIPES:
        found = examine(small(name))
        operations, differ = " + ".join(map(str, found["operations"])), len(found["differ"])
        print(f"| `{name}` | {operations} | {found['synchronisations']} | {found['tensors']} | {differ} |")
        if found["reason"]:
            print(f"{name}: {found['reason']}")


if __name__ == "__main__":
    main(sys.argv[1:])
