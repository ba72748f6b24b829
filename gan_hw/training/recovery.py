"""What happens when a training diverges: back to the last checkpoint, with half the learning rates, or an end."""

from collections.abc import Callable

from gan_hw.training.checkpoint import TrainingState
from gan_hw.training.monitor import Finding

MAX_HALVINGS = 3


class Diverged(RuntimeError):
    """A training diverged again and again; its run folder holds the last good state."""


class Recovery:
    """Takes a training back to its last checkpoint. say: prints a sentence."""

    def __init__(self, state: TrainingState, say: Callable[[str], None]) -> None:
        self.state, self.say = state, say

    def recover(self, divergence: Finding) -> None:
        """Restore the last checkpoint and halve the learning rates.

        Raises Diverged when that was done MAX_HALVINGS times before, or there is no intact checkpoint.
        """
        state = self.state
        seconds, halvings, diverged_at = state.seconds, state.halvings + 1, state.gan.step
        if halvings > MAX_HALVINGS:
            state.save_history()  # so that the history shows how it diverged
            self._restore()
            state.save_generators()
            raise Diverged(
                f"the training diverged at step {diverged_at} although its learning rates were halved {MAX_HALVINGS} "
                f"times: {divergence.sentence}; the last good state is in '{state.run.path}', start anew with lower "
                "rates (--set lr_g=... lr_d=...) and another --run NAME"
            )
        self._restore()
        state.seconds, state.halvings = seconds, halvings  # a budget of minutes goes on counting
        state.gan.halve_learning_rates()
        state.save_checkpoint()  # so that the next time, or another process, halves these rates and not the first ones
        self.say(
            f"Step {diverged_at}: diverged ({divergence.name}); going on from step {state.gan.step} with half the "
            f"learning rates ({halvings} of at most {MAX_HALVINGS} times)."
        )

    def _restore(self) -> None:
        if not self.state.restore():
            folder = self.state.run.path
            raise Diverged(f"the training diverged, and '{folder}' holds no intact checkpoint to go back to")
