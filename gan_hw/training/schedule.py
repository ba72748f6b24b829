"""When a training logs, samples, monitors itself and keeps a checkpoint: a function of the step number alone."""

from dataclasses import dataclass

LOG_EVERY_STEPS = 16  # each row of the history waits for the device
MONITOR_EVERY_STEPS = 128  # a multiple of LOG_EVERY_STEPS
SAMPLE_EVERY_STEPS = 128  # at least, where an epoch is shorter
SAVE_EVERY_S = 60.0  # the first time that the monitor finds no divergence after so long


@dataclass(frozen=True)
class Schedule:
    """steps_per_epoch: full batches in one pass. keep_every: keep the checkpoint of each such step; 0 for none."""

    steps_per_epoch: int
    keep_every: int = 0

    def logs(self, step: int) -> bool:
        """Every LOG_EVERY_STEPS steps, at first also at powers of two, and whenever a sample or a checkpoint is due."""
        early = step < LOG_EVERY_STEPS and _is_power_of_two(step)
        return step % LOG_EVERY_STEPS == 0 or early or self.keeps(step) or self.samples(step)

    def samples(self, step: int) -> bool:
        """At doubling intervals in the first epoch, then once an epoch, but not more often than SAMPLE_EVERY_STEPS."""
        interval = max(self.steps_per_epoch, SAMPLE_EVERY_STEPS)
        return step % interval == 0 or (step < interval and _is_power_of_two(step))

    def monitors(self, step: int) -> bool:
        """Every MONITOR_EVERY_STEPS steps, and before a checkpoint that is kept."""
        return step % MONITOR_EVERY_STEPS == 0 or self.keeps(step)

    def keeps(self, step: int) -> bool:
        """Every keep_every-th step."""
        return bool(self.keep_every) and step % self.keep_every == 0

    def last_step(self, epochs: float | None, steps: int | None) -> float:
        """The step that ends a budget of epochs and steps, the first one reached; infinity where there is neither."""
        by_epochs = float("inf") if epochs is None else max(1, round(epochs * self.steps_per_epoch))
        return min(by_epochs, float("inf") if steps is None else steps)


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
