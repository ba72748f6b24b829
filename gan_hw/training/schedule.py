"""When a training logs, samples, monitors itself and keeps a checkpoint: a function of the step number alone."""

from dataclasses import dataclass

LOG_EVERY_STEPS = 16  # not more often: reading a loss synchronises with the device
MONITOR_EVERY_STEPS = 128  # a multiple of LOG_EVERY_STEPS
SAMPLE_EVERY_STEPS = 128  # least number of steps between samples after the first epoch
SAVE_EVERY_S = 60.0  # saved when the monitor finds no divergence for the first time after this


@dataclass(frozen=True)
class Schedule:
    """steps_per_epoch: full batches in one pass. keep_every: keep every keep_every-th step's checkpoint; 0 for none."""

    steps_per_epoch: int
    keep_every: int = 0

    def log_due(self, step: int) -> bool:
        """Whether to log: every LOG_EVERY_STEPS, at first at powers of two, and with a sample or kept checkpoint."""
        early = step < LOG_EVERY_STEPS and _is_power_of_two(step)
        return step % LOG_EVERY_STEPS == 0 or early or self.keep_due(step) or self.sample_due(step)

    def sample_due(self, step: int) -> bool:
        """Whether to sample: at powers of two in the first epoch, then every epoch or SAMPLE_EVERY_STEPS steps."""
        interval = max(self.steps_per_epoch, SAMPLE_EVERY_STEPS)
        return step % interval == 0 or (step < interval and _is_power_of_two(step))

    def monitor_due(self, step: int) -> bool:
        """Whether to monitor: every MONITOR_EVERY_STEPS steps, and before a checkpoint that is kept."""
        return step % MONITOR_EVERY_STEPS == 0 or self.keep_due(step)

    def keep_due(self, step: int) -> bool:
        """Whether this step's checkpoint is kept: every keep_every-th step's."""
        return bool(self.keep_every) and step % self.keep_every == 0

    def last_step(self, epochs: float | None, steps: int | None) -> float:
        """The step that ends a budget of epochs and steps, the first one reached; infinity where there is neither."""
        by_epochs = float("inf") if epochs is None else max(1, round(epochs * self.steps_per_epoch))
        return min(by_epochs, float("inf") if steps is None else steps)


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
