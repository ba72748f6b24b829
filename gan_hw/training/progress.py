"""The progress display of a training: how far a call has come, its rate, and its losses; and what it says."""

import math
from typing import Any

from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress

RATE_WINDOW_S = 5.0  # images/s are counted over about so long


class TrainingProgress:
    """How far a call of Trainer.train has come: towards its last step, or one estimated from the remaining time."""

    def __init__(self, trainer: Any, last_step: float, limit_s: float) -> None:
        self.trainer, self.last_step, self.limit_s = trainer, last_step, limit_s
        self.display = Progress("Training", "steps", trainer.quiet)
        self.first = self.mark = (trainer.step, trainer.seconds)
        self.rate = 0.0

    def update(self) -> None:
        """Show where the training stands."""
        step, seconds = self.trainer.step, self.trainer.seconds
        if step < self.mark[0]:  # it went back
            self.mark = (step, seconds)
        if seconds - self.mark[1] > RATE_WINDOW_S or not self.rate:
            self.rate = (step - self.mark[0]) / max(seconds - self.mark[1], 1e-9)
            self.mark = (step, seconds)
        if step >= self.last_step or seconds >= self.limit_s:
            last = step
        else:
            by_time = step + (self.limit_s - seconds) * self.rate if math.isfinite(self.limit_s) else math.inf
            last = max(step + 1, round(min(self.last_step, by_time)))
        recipe = self.trainer.recipe
        facts: dict[str, Any] = {"images/s": round(self.rate * recipe.batch_size / recipe.repeats)}
        for name in ("loss_d", "loss_g"):
            if self.trainer.history:
                facts[name] = f"{self.trainer.history[-1][name]:.3g}"
        self.display.update(step - self.first[0], last - self.first[0], **facts)

    def close(self) -> None:
        """Leave the display as it stands."""
        self.display.close()


def on_resuming(trainer: Any, changes: list[str]) -> list[str]:
    """What a Trainer says that goes on with a run. changes: of the environment, since the run was begun."""
    where = {"step": trainer.step, "seen": trainer.seen, "folder": trainer.folder}
    sentences = [say("Resuming at step {step} ({seen} images seen) in {folder}", **where)]
    if changes:
        note = "The environment has changed, so that results are not bit for bit the same: {changes}"
        sentences.append(say(note, changes="; ".join(changes)))
    return sentences


def on_stopping(step: int) -> str:
    """What a Trainer says that was stopped."""
    return say("Stopped at step {step} and saved; the same call or command resumes from there.", step=step)
