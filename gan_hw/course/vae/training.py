"""The training of a VAE: its own loop, because there is no second player."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.laboratory.game import one_thread
from gan_hw.course.vae.model import VAE
from gan_hw.data.images import ImageSet
from gan_hw.recipes import RECIPES
from gan_hw.training.batches import Batches
from gan_hw.utils import files
from gan_hw.utils.devices import choose_device, choose_precision, configure_backend
from gan_hw.utils.interrupts import StopRequest
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress
from gan_hw.utils.seeds import IsolatedRNG

LIKE = RECIPES["gan_r1_quick"]  # the recipe whose batches of faces the VAE gets, too
LEARNING_RATE = 1e-3  # Adam's default, and the usual one for VAEs
SIGMA_LEARNING_RATE = 1e-2  # of log_sigma: one number, which has a long way to go from 0
LOG_EVERY = 50  # steps in a row of the history
SAVE_EVERY_S = 60.0


def face_batches(images: ImageSet, seed: int = 0) -> Callable[[int], Tensor]:
    """A function that gives each step's batch, as the kit's GANs see it: shuffled in each epoch, mirrored at random."""
    return Batches(images.images, LIKE, seed, torch.device("cpu")).__getitem__


class Training:
    """The training of one VAE, which can be stopped and continued.

    build: makes the VAE, such as face_vae. batch: the images of each step, counted from 0, float (N, ...) in [-1, 1].
    seed: of weights and noise. file: where the training is kept; if it exists, it is continued, bit for bit on
    the same kind of device.
    history: one row for every LOG_EVERY steps: step, seen (images), seconds, sigma, and the means of log_likelihood and
    kl in nats per image. one_thread: for networks so small that more threads of a CPU would wait for each other.
    Raises ValueError for a file that is damaged, of another seed, or of a VAE with other shapes; the data are not
    checked.
    """

    def __init__(
        self, build: Callable[[], VAE], batch: Callable[[int], Tensor], *, seed: int = 0,
        file: str | Path | None = None, device: str = "auto", precision: str = "auto", one_thread: bool = False,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        self.device = choose_device(device)
        configure_backend(self.device)
        self.precision = choose_precision(precision, self.device)
        self.batch, self.seed, self.one_thread, self.quiet = batch, seed, one_thread, quiet
        self.file = None if file is None else Path(file)
        self.rng = IsolatedRNG(seed, self.device)
        with self.rng:
            self.vae = build().to(self.device)
        networks = [*self.vae.encoder.parameters(), *self.vae.decoder.parameters()]
        self.optimiser = torch.optim.Adam(
            [{"params": networks, "lr": LEARNING_RATE}, {"params": [self.vae.log_sigma], "lr": SIGMA_LEARNING_RATE}]
        )
        self.step, self.seen, self.seconds = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self._terms: list[Tensor] = []  # of the steps since the last row
        if self.file is not None and self.file.exists():
            self._load(files.load(self.file), self.file)

    def train(self, steps: int | None = None, minutes: float | None = None) -> None:
        """Train until there are so many steps, or minutes of training, in all. Ctrl-C stops after a step, and saves.

        Raises ValueError unless exactly one of the two is given.
        """
        if (steps is None) == (minutes is None):
            raise ValueError(say("give either steps or minutes"))
        goal = steps if steps is not None else round(60 * (minutes or 0))
        progress = Progress("Training the VAE", "steps" if steps is not None else "seconds", self.quiet)
        saved_at = time.monotonic()
        self.vae.train()
        with StopRequest() as stop, self.rng, one_thread() if self.one_thread else contextlib.nullcontext():
            while not stop.signal and (done := self.step if steps is not None else int(self.seconds)) < goal:
                started = time.monotonic()
                self._one_step()
                self.seconds += time.monotonic() - started
                if self.history:
                    row = self.history[-1]
                    progress.update(done, goal, bound=f"{row['log_likelihood'] - row['kl']:.0f} nats")
                if time.monotonic() - saved_at > SAVE_EVERY_S:
                    self._save()
                    saved_at = time.monotonic()
        progress.close()
        self.vae.eval()
        self._save()
        stop.raise_if_stopped(say("The VAE's training was stopped after {step} steps.", step=self.step))

    def _one_step(self) -> None:
        images = self.batch(self.step).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            bound = self.vae.bound(images)
        loss = -bound.elbo.mean() / images[0].numel()  # in nats per number of an image
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.step += 1
        self.seen += len(images)
        self._terms.append(torch.stack([term.detach().mean() for term in bound]))
        if len(self._terms) == LOG_EVERY:
            log_likelihood, kl = torch.stack(self._terms).mean(0).tolist()
            self._terms = []
            row = {"step": self.step, "seen": self.seen, "seconds": round(self.seconds, 2)}
            row |= {"sigma": self.vae.log_sigma.exp().item(), "log_likelihood": log_likelihood, "kl": kl}
            self.history.append(row)

    def _save(self) -> None:
        if self.file is not None:
            state: dict[str, Any] = {"seed": self.seed, "step": self.step, "seen": self.seen, "seconds": self.seconds}
            state |= {"history": self.history, "terms": self._terms, "rng": self.rng.state_dict()}
            files.save(self.file, state | {"vae": self.vae.state_dict(), "optimiser": self.optimiser.state_dict()})

    def _load(self, state: dict[str, Any], file: Path) -> None:
        if state["seed"] != self.seed:
            raise ValueError(
                say(
                    "'{file}' is of seed {seed}, not {wanted}; name another file, or delete it",
                    file=file,
                    seed=state["seed"],
                    wanted=self.seed,
                )
            )
        try:
            self.vae.load_state_dict(state["vae"])
        except RuntimeError as error:
            raise ValueError(
                say("'{file}' belongs to another VAE; name another file, or delete it", file=file)
            ) from error
        self.optimiser.load_state_dict(state["optimiser"])
        self.rng.load_state_dict(state["rng"])
        self.step, self.seen, self.seconds = state["step"], state["seen"], state["seconds"]
        self.history, self._terms = state["history"], state["terms"]
