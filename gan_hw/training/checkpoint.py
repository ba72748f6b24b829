"""All that a checkpoint holds, and how a training is saved and restored."""

from typing import Any

import torch

from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.weights import save_generator
from gan_hw.training.gan import GAN
from gan_hw.training.history import History, read_history
from gan_hw.training.run_folder import RunFolder
from gan_hw.utils.messages import say
from gan_hw.utils.seeds import IsolatedRNG


class TrainingState:
    """The state of a training in `run`: networks and optimisers, random numbers, history, time, and halvings.

    seconds: of training so far, over all resumes. losses: the latest ones by name. halvings: how often the learning
    rates were halved. keep_every: keep every keep_every-th step's checkpoint; 0 for none.
    """

    def __init__(self, gan: GAN, random: IsolatedRNG, run: RunFolder, keep_every: int = 0) -> None:
        self.gan, self.random, self.run, self.keep_every = gan, random, run, keep_every
        self.history = History(run.path)
        self.seconds, self.halvings = 0.0, 0
        self.losses: dict[str, Any] = {"loss_d": float("nan"), "loss_g": float("nan")}

    def loss_values(self) -> dict[str, float]:
        """The latest losses as numbers, which waits for the device, once."""
        losses = [torch.as_tensor(loss).detach().to(self.gan.device).reshape(()) for loss in self.losses.values()]
        return dict(zip(self.losses, torch.stack(losses).tolist(), strict=True))

    def log(self, steps_per_epoch: int) -> None:
        """Add a row to the history."""
        self.losses = self.loss_values()
        halvings = {"halvings": self.halvings} if self.halvings else {}
        self.history.rows.append(
            {
                "step": self.gan.step,
                "generator_steps": self.gan.step // self.gan.recipe.n_critic,
                "epoch": round(self.gan.step / steps_per_epoch, 4),
                "seen": self.gan.seen,
                "seconds": round(self.seconds, 2),
                **self.losses,
                **halvings,
            }
        )

    def save(self) -> None:
        """Write history, generators and checkpoint to the run folder; like all that is written, by rank 0 alone."""
        self.save_history()
        self.save_generators()
        # Last, so that a run that is found at its end has all the rest; a longer history is cut when resuming.
        self.save_checkpoint()

    def save_history(self) -> None:
        """Write the history."""
        if self.gan.ranks.rank == 0:
            self.history.write()

    def save_generators(self) -> None:
        """Write the averaged and the raw generator."""
        if self.gan.ranks.rank:
            return
        save_generator(self.run.path / GENERATOR_FILES["average"], self.gan.ema.network, self.gan.recipe)
        save_generator(self.run.path / GENERATOR_FILES["raw"], self.gan.generator, self.gan.recipe)

    def save_checkpoint(self) -> None:
        """Write all that is needed to continue."""
        if self.gan.ranks.rank:
            return
        numbers = {"step": self.gan.step, "seconds": self.seconds, "halvings": self.halvings}
        parts = {**self.gan.state_dict(), "random": self.random.state_dict()}
        self.run.save_checkpoint(self.gan.step, {**numbers, "losses": self.loss_values(), **parts}, self.keep_every)

    def check_newest(self) -> None:
        """Raise ValueError when the run holds a later checkpoint than this state: going on would overwrite it.

        Damaged ones that are later are set aside.
        """
        newest = self.gan.ranks.from_first(lambda: self.run.later_step(self.gan.step))
        if newest is not None:
            raise ValueError(
                say(
                    "'{path}' was trained to step {newest} elsewhere, after it was opened here at step {step}; open it "
                    "again (in a notebook, run the cells from the plan on), and it goes on from there",
                    path=self.run.path,
                    newest=newest,
                    step=self.gan.step,
                )
            )

    def restore(self) -> bool:
        """Go back to the newest intact checkpoint. False when there is none. All ranks then hold what rank 0 does.

        Raises ValueError when it is of other networks.
        """
        state = self.gan.ranks.from_first(self.run.load_checkpoint)
        if state is None:
            self.gan.ranks.share_weights(self.gan.generator, self.gan.discriminator, self.gan.ema.network)
            return False
        try:
            self.gan.load_state_dict(state)
            self.random.load_state_dict(state["random"])
            self.gan.step, self.seconds, self.losses = state["step"], state["seconds"], state["losses"]
            self.halvings = state.get("halvings", 0)
        except torch.cuda.OutOfMemoryError:  # a RuntimeError that says nothing about the networks
            raise
        except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(
                say(
                    "'{path}' was trained with other networks ({reason}); pass the same ones, or use another folder",
                    path=self.run.path,
                    reason=reason,
                )
            ) from error
        self.history.rows[:] = self.gan.ranks.from_first(lambda: read_history(self.run.path, self.gan.step))
        return True
