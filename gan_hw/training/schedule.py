"""When a training logs, samples, monitors itself and keeps a checkpoint: a function of the step number alone.

Intervals are numbers of steps, never seconds, so that a repeated training does the same again. A GPU makes many more
steps a second, so that its intervals are longer; those that a run began with are kept in its recipe.json.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOG_EVERY_STEPS = 16  # not more often: reading a loss synchronises with the device
MONITOR_EVERY_STEPS = 128  # a multiple of LOG_EVERY_STEPS
SAMPLE_EVERY_STEPS = 128  # least number of steps between samples after the first epoch
SAVE_EVERY_S = 60.0  # saved when the monitor finds no divergence for the first time after this
# A GPU makes hundreds of steps a second: with the numbers above it would look at its samples several times a second.
# Scores, which come with samples, take a second each, whatever the device.
CUDA_TIMES = {"log": 8, "monitor": 8, "sample": 16}


def intervals_on(device: str) -> dict[str, int]:
    """Steps between logs, looks of the monitor, and samples, of a training that begins on this kind of device."""
    every = {"log": LOG_EVERY_STEPS, "monitor": MONITOR_EVERY_STEPS, "sample": SAMPLE_EVERY_STEPS}
    return {name: steps * CUDA_TIMES[name] for name, steps in every.items()} if device == "cuda" else every


def intervals_of(identity: Mapping[str, Any]) -> dict[str, int]:
    """The intervals in a run's recipe.json. Runs from before they were stored have those of a CPU on any device."""
    stored = identity.get("every_steps")
    stored = stored if isinstance(stored, dict) else {}
    return {
        name: steps if isinstance(steps := stored.get(name), int) and steps > 0 else default
        for name, default in intervals_on("cpu").items()
    }


@dataclass(frozen=True)
class Schedule:
    """steps_per_epoch: full batches in one pass. keep_every: keep every keep_every-th step's checkpoint; 0 for none.

    log, monitor, sample: least numbers of steps between logs, looks of the monitor, and samples; see intervals_on.
    """

    steps_per_epoch: int
    log: int
    monitor: int
    sample: int
    keep_every: int = 0

    def log_due(self, step: int) -> bool:
        """Whether to log: every `log` steps, at first at powers of two, and with a sample or kept checkpoint."""
        early = step < self.log and _is_power_of_two(step)
        return step % self.log == 0 or early or self.keep_due(step) or self.sample_due(step)

    def sample_due(self, step: int) -> bool:
        """Whether to sample: at powers of two in the first epoch, then every epoch or every `sample` steps."""
        interval = max(self.steps_per_epoch, self.sample)
        return step % interval == 0 or (step < interval and _is_power_of_two(step))

    def monitor_due(self, step: int) -> bool:
        """Whether to monitor: every `monitor` steps, and before a checkpoint that is kept."""
        return step % self.monitor == 0 or self.keep_due(step)

    def keep_due(self, step: int) -> bool:
        """Whether this step's checkpoint is kept: every keep_every-th step's."""
        return bool(self.keep_every) and step % self.keep_every == 0

    def last_step(self, epochs: float | None, steps: int | None) -> float:
        """The step that ends a budget of epochs and steps, the first one reached; infinity where there is neither."""
        by_epochs = float("inf") if epochs is None else max(1, round(epochs * self.steps_per_epoch))
        return min(by_epochs, float("inf") if steps is None else steps)


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
