"""Runs a training's steps: one by one, or on a CUDA GPU by replaying recordings of them.

A step of a small GAN is hundreds of short operations, which a GPU computes sooner than Python starts them. A CUDA graph
is such a sequence, recorded once and started as a whole. `training_step` stays the only definition of a step: what is
recorded is a call of it. A recording repeats the same operations on the same memory, so that whatever differs from step
to step has to lie in tensors: row numbers of the batch (batches.py), the moving average's share (ema.py), counts of the
optimisers' steps (`capturable`). A recipe has up to four kinds of steps, here called phases, each with a recording of
its own: D alone, or D and G, and either with or without a penalty that only some steps have.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gan_hw.losses import Loss
from gan_hw.training.batches import Batches
from gan_hw.training.gan import GAN
from gan_hw.training.snapshot import Snapshot
from gan_hw.utils.seeds import IsolatedRNG

WARM_UP_STEPS = 3  # of each phase, before it is recorded: what libraries prepare and choose in their first calls
# A replayed step may differ from an eager one by this share of the step's length, besides what eager ones differ by.
# Sums in another order make a thousandth of it in bf16; what must not be in a recording, such as the number of the
# step, makes a tenth.
TOLERANCE = 0.05
MAX_ERROR_CHARACTERS = 160
KNOWN = ("gan_hw", "torch", "torchvision")  # packages whose networks, losses and steps do the same in every step

Losses = dict[str, Any]


class Recorder(Protocol):
    """Records work for a device. cuda_graphs.py has the only one of the package; tests have one for the CPU."""

    def alone(self, strict: bool = False) -> AbstractContextManager[Any]:
        """The block in which work is computed that is to be recorded later.

        strict: whatever makes the CPU wait for the device raises RuntimeError, because that can't be recorded.
        """

    def record(self, work: Callable[[], Losses]) -> tuple[Callable[[], Any], Losses]:
        """(replay, what `work` returned): its tensors hold values after a replay only. Nothing is computed.

        Raises RuntimeError when it can't be recorded; then everything is as before.
        """

    def before_discarding(self) -> None:
        """Make sure that no replay is under way."""


@dataclass
class Recording:
    """One phase: how many of its steps were computed, and its recording, once there is one.

    losses, labels, gradients: tensors that a replay writes to. tested: a replayed step has agreed with an eager one.
    """

    steps: int = 0
    replay: Callable[[], Any] | None = None
    losses: Losses = field(default_factory=dict)
    labels: Tensor | None = None
    gradients: list[tuple[nn.Parameter, Tensor | None]] = field(default_factory=list)
    tested: bool = False


class StepRunner:
    """Runs the steps of `gan` on `batches`; step: a function like training_step. say: prints a sentence.

    random: the training's random state. recorder: records steps; None where nothing is gained.
    replay: set it to False to have every step computed by itself. reason: why steps are not replayed, a clause; None
    while they are, or soon will be. replayed: how many were.
    """

    def __init__(
        self, gan: GAN, batches: Batches, step: Callable[[GAN, Tensor], Losses], random: IsolatedRNG,
        say: Callable[[str], None], recorder: Recorder | None = None,
    ) -> None:  # fmt: skip
        self.gan, self.batches, self.step, self.random = gan, batches, step, random
        self.say, self.recorder = say, recorder
        self.replay, self.replayed = True, 0
        self.reason: str | None = None if recorder else f"on the device {gan.device.type} there is nothing to gain"
        self._recordings: dict[tuple[bool, bool], Recording] = {}
        self._latest: Recording | None = None
        self._made_for: tuple[Any, ...] = ()

    def run(self) -> Losses:
        """The next step. Returns its losses by name; those of a replayed step are overwritten by its phase's next."""
        self.gan.step += 1
        try:
            self.batches.load(self.gan.step - 1)
            if self.reason or not self.replay or self.recorder is None:
                return self._compute()
            return self._run_phase(self.recorder)
        except BaseException:
            self.gan.step -= 1  # a step that failed does not count
            raise

    def __enter__(self) -> "StepRunner":
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever comes after a training needs the memory."""
        self.discard()

    def discard(self) -> None:
        """Throw all recordings away, and with them the memory that they work in."""
        if self._recordings and self.recorder:
            self.recorder.before_discarding()
        self._recordings.clear()
        self._latest = None

    def _compute(self) -> Losses:
        self._latest = None
        real = self.batches.real()
        self.gan.bind(self.batches.labels())
        return self.step(self.gan, real)

    def _run_phase(self, recorder: Recorder) -> Losses:
        groups = (*self.gan.optimiser_g.param_groups, *self.gan.optimiser_d.param_groups)
        made_for = (self.gan.times_loaded, *(group["lr"] for group in groups))
        if made_for != self._made_for:  # resumed, gone back, or other learning rates: those are numbers in a recording
            self.discard()
            self._made_for = made_for
        recipe, step = self.gan.recipe, self.gan.step
        phase = step % recipe.n_critic == 0, step % recipe.penalty_every == 0
        recording = self._recordings.setdefault(phase, Recording())
        if recording.tested:
            return self._replay(recording)
        recording.steps += 1
        warming_up = recording.steps <= WARM_UP_STEPS
        if warming_up and not any(other.replay for other in self._recordings.values()):
            return self._compute_alone(recorder)
        before = None
        try:
            before = Snapshot(self.gan, self.random)
            if warming_up:
                return self._compute_alone(recorder)
            return (self._test if recording.replay else self._record)(recording, recorder, before)
        except torch.cuda.OutOfMemoryError:  # each recording holds about as much as a step needs
            if before:
                before.restore()
            return self._give_up("the GPU's memory is too small for recordings")

    def _compute_alone(self, recorder: Recorder) -> Losses:
        with recorder.alone():
            return self._compute()

    def _record(self, recording: Recording, recorder: Recorder, before: Snapshot) -> Losses:
        """Compute a step, strictly, and record it for later."""
        if reason := obstacle(self.gan, self.step):
            return self._give_up(reason)
        try:
            with recorder.alone(strict=True):
                losses = self._compute()
        except RuntimeError as error:
            before.restore()
            return self._give_up(_line(error))
        weights = [*self.gan.generator.parameters(), *self.gan.discriminator.parameters()]
        gradients, labels = [weight.grad for weight in weights], self.gan.labels
        try:
            recording.replay, recording.losses = recorder.record(self._compute)
            changed = [(w, w.grad) for w, old in zip(weights, gradients, strict=True) if w.grad is not old]
            recording.gradients, recording.labels = changed, self.gan.labels
        except RuntimeError as error:
            self._give_up(_line(error), compute=False)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient  # those of the recording have no values yet
        self.gan.bind(labels)
        return losses

    def _test(self, recording: Recording, recorder: Recorder, before: Snapshot) -> Losses:
        """The first replay: from the same state as an eager step it has to lead to the same one.

        The eager step is computed twice. On a GPU the two may differ: some sums have no fixed order, and where the true
        gradient is 0, as of a bias in front of a norm, Adam makes whole steps of their rounding errors.
        """
        self._compute_alone(recorder)
        again = Snapshot(self.gan, self.random)
        before.restore()
        losses = self._compute_alone(recorder)
        eager = Snapshot(self.gan, self.random)
        before.restore()
        replayed = self._replay(recording)
        different = eager.difference(before, Snapshot(self.gan, self.random), TOLERANCE, again)
        different = different or next((f"loss {name}" for name in losses if not _near(losses, replayed, name)), None)
        if different:
            eager.restore()
            self._give_up(f"a replayed step differs from an eager one in the {different}", compute=False)
            return losses
        recording.tested = True
        return replayed

    def _replay(self, recording: Recording) -> Losses:
        assert recording.replay is not None
        recording.replay()
        self.replayed += 1
        if self._latest is not recording:  # whoever reads gradients or labels finds those of this step
            self._latest = recording
            self.gan.bind(recording.labels)
            for weight, gradient in recording.gradients:
                weight.grad = gradient
        return dict(recording.losses)

    def _give_up(self, reason: str, compute: bool = True) -> Losses:
        self.reason = reason
        self.discard()
        self.say(f"Steps are computed one by one, which is slower than replaying them: {reason}.")
        return self._compute() if compute else {}


def obstacle(gan: GAN, step: Callable[..., Any]) -> str | None:
    """Why steps must not be recorded, a clause; None where they may be.

    A recording repeats what Python did in one step. The kit's own parts do the same in every step of a phase. A part of
    your own that does says so with an attribute: capturable = True.
    """
    if gan.ranks.count > 1:
        return "several processes train together"
    for part in (step, *_parts(gan.objective), *gan.generator.modules(), *gan.discriminator.modules()):
        name = getattr(part, "__qualname__", type(part).__qualname__)
        known = str(getattr(part, "__module__", None)).split(".")[0] in KNOWN
        if not known and not getattr(part, "capturable", False):
            return f"{name} does not say that it does the same in every step (capturable = True)"
        if isinstance(part, nn.Module) and (part._forward_hooks or part._forward_pre_hooks or part._backward_hooks):
            return f"a hook is registered on {name}"
    return None


def _parts(objective: Loss) -> Iterator[Any]:
    """A loss, the losses that it wraps, and the networks that it uses."""
    yield objective
    for value in vars(objective).values():
        if isinstance(value, Loss):
            yield from _parts(value)
        elif isinstance(value, nn.Module):
            yield from value.modules()
        elif callable(value):
            yield value


def _near(losses: Losses, others: Losses, name: str) -> bool:
    one, other = float(losses[name]), float(others.get(name, float("nan")))
    return abs(one - other) <= TOLERANCE * (1 + abs(one))


def _line(error: BaseException) -> str:
    """The first line of an error; of two, as where a recording can't be ended after it failed, the first one."""
    first = error.__context__ if isinstance(error.__context__, RuntimeError) else error
    return (str(first).strip().splitlines() or [type(first).__name__])[0].rstrip(".")[:MAX_ERROR_CHARACTERS]
