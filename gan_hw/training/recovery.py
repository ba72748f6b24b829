"""What happens when a training diverges: back to the last checkpoint, with half the learning rates, or an end."""

from collections.abc import Callable

from gan_hw.training.checkpoint import TrainingState
from gan_hw.training.monitor import Finding
from gan_hw.utils.messages import say

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
                say(
                    "the training diverged at step {diverged_at} although its learning rates were halved "
                    "{max_halvings} times: {sentence}; the last good state is in '{path}', start anew with "
                    "lower rates (--set lr_g=... lr_d=...) and another --run NAME",
                    diverged_at=diverged_at,
                    max_halvings=MAX_HALVINGS,
                    sentence=divergence.sentence,
                    path=state.run.path,
                )
            )
        self._restore()
        state.seconds, state.halvings = seconds, halvings  # a budget of minutes goes on counting
        state.gan.halve_learning_rates()
        state.save_checkpoint()  # so that the next time, or another process, halves these rates and not the first ones
        self.say(
            say(
                "Step {diverged_at}: diverged ({name}); back at step {step}, with half the learning "
                "rates ({halvings} of at most {max_halvings} times).",
                diverged_at=diverged_at,
                name=divergence.name,
                step=state.gan.step,
                halvings=halvings,
                max_halvings=MAX_HALVINGS,
            )
        )

    def _restore(self) -> None:
        if not self.state.restore():
            folder = self.state.run.path
            raise Diverged(
                say("the training diverged, and '{folder}' holds no intact checkpoint to go back to", folder=folder)
            )
        self.state.check_newest()  # sets damaged ones aside, which would count as newer than what is saved now
