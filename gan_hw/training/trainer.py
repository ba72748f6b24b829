"""The one training loop: a recipe and images go in, a run folder with a trained generator comes out.

The parts have a file each: networks and step (gan.py, step.py), when something is due (schedule.py), what is saved
(checkpoint.py, history.py, run_folder.py), and what watches over the training (monitor.py, recovery.py, best.py).
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from gan_hw.data.images import ImageSet, to_float
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.losses import Loss
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.recipes.recipe import Recipe
from gan_hw.training import schedule
from gan_hw.training.batches import Batches
from gan_hw.training.best import BestGenerator, Score
from gan_hw.training.checkpoint import TrainingState
from gan_hw.training.cuda_graphs import recorder_for
from gan_hw.training.gan import GAN
from gan_hw.training.identity import environment_of, identity_of, read_identity
from gan_hw.training.monitor import Monitor, divergence, loss_became_nan
from gan_hw.training.progress import TrainingProgress, on_resuming, on_stopping
from gan_hw.training.ranks import find_ranks
from gan_hw.training.recovery import Recovery
from gan_hw.training.run_folder import RunFolder
from gan_hw.training.start_networks import load_networks, load_start_networks
from gan_hw.training.step import training_step
from gan_hw.training.step_runner import StepRunner
from gan_hw.training.tracking import Tracker, Trackers
from gan_hw.training.validation import check_images, custom_parts, memory_advice
from gan_hw.utils import figures
from gan_hw.utils.devices import choose_device, choose_precision, configure_backend
from gan_hw.utils.files import atomic_path
from gan_hw.utils.seeds import IsolatedRNG

SAMPLES = 40  # images in a grid of fixed z
BRIGHTNESS_IMAGES = 2000  # real images whose mean brightness stands for all

Step = Callable[[GAN, Tensor], dict[str, Any]]


class Trainer:
    """Trains `recipe` on `images` in `folder`, or continues the training that lies there.

    seed: decides weights, order of images and noise. device, precision: see utils/devices.py. generator, discriminator,
    objective, step: your own networks, loss and training step in place of the recipe's; on CUDA see step_runner.py.
    score: chooses the averaged generator that is kept as the best of the run; see best.py. feature_extractor: the
    network of a perceptual loss. keep_every: keep every keep_every-th step's checkpoint; 0 for none. start: the folder
    of a run, or shipped:NAME, whose networks a new training starts with. trackers: follow its history and samples; see
    tracking.py. quiet: print nothing. Under torchrun: see many_ranks.py.

    Afterwards `generator` holds the weights as trained, `ema` their moving average, whose images are usually better,
    and `history` one dict per logged step: step, generator_steps, epoch, seen, seconds, loss_d, loss_g, and halvings of
    the learning rates if there were any; now and then also the monitor's numbers and findings.
    Raises ValueError when there are fewer images than one batch, their size is not the recipe's, labels or a feature
    extractor are missing, `start` holds other networks or none, or the folder holds another training.
    """

    def __init__(  # noqa: PLR0913 - keyword-only options of a public entry point
        self, recipe: Recipe, images: ImageSet, folder: str | Path, *, seed: int = 0, device: str = "auto",
        precision: str = "auto", generator: nn.Module | None = None, discriminator: nn.Module | None = None,
        objective: Loss | None = None, step: Step = training_step, score: Score | None = None,
        feature_extractor: nn.Module | None = None, keep_every: int = 0, start: str | Path | None = None,
        trackers: Sequence[Tracker] = (), quiet: bool = False,
    ) -> None:  # fmt: skip
        check_images(images, recipe)
        if recipe.conditional and images.labels is not None:
            recipe = recipe.replace(classes=images.labels.shape[1])
        self.recipe, self.images, self.folder, self.seed = recipe, images, Path(folder), seed
        self.ranks = ranks = find_ranks()
        self.quiet = quiet or ranks.rank > 0
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        configure_backend(self.device)
        ranks.check(recipe, self.device)
        own = custom_parts(
            {"generator": generator, "discriminator": discriminator, "objective": objective},
            start,
            feature_extractor if recipe.content != "none" else None,
        )
        some = _some_of(images.images)
        if objective is None:
            brightness = to_float(some).mean().item() if recipe.brightness_weight else None
            objective = build_objective(recipe, feature_extractor, brightness)
        run = RunFolder(folder)
        new = start and ranks.from_first(lambda: run.load_checkpoint() is None)
        networks = ranks.from_first(lambda: load_start_networks(start, recipe)) if start and new else None
        rng = IsolatedRNG(seed, self.device)
        with rng:
            generator = build_generator(recipe) if generator is None else generator
            discriminator = build_discriminator(recipe) if discriminator is None else discriminator
        if networks:
            load_networks(networks, generator, discriminator, start)
        # After all that can be refused, so that a folder is not claimed for what can't be trained.
        environment = environment_of(self.device, self.precision, ranks.facts(), getattr(score, "measure", None))
        changes = ranks.from_first(lambda: run.claim(identity_of(recipe, images, seed, own), environment, networks))
        labels = images.labels if recipe.conditional else None
        if callable(store_labels := getattr(generator, "store_labels", None)):
            store_labels(labels, seed)
        self.gan = GAN(recipe, generator, discriminator, objective, self.device, self.precision, ranks)
        self.generator, self.discriminator, self.ema = self.gan.generator, self.gan.discriminator, self.gan.ema.network
        self.state = TrainingState(self.gan, rng, run, keep_every)
        self.history = self.state.history.rows
        self.batches = Batches(images.images, recipe, seed, self.device, labels, ranks.share(recipe.batch_size))
        self.gan.bind(self.batches.labels_of(0))  # for whoever samples before the first step
        self.runner = StepRunner(self.gan, self.batches, step, rng, self.say, recorder_for(self.device))
        self.steps_per_epoch = len(self.batches)  # full batches; other images are left over in every epoch
        intervals = ranks.from_first(lambda: schedule.intervals_of(read_identity(folder)))
        self.schedule = schedule.Schedule(self.steps_per_epoch, keep_every=keep_every, **intervals)
        self.fixed_z = sample_z(SAMPLES, recipe.z_dim, seed)
        self.monitor = Monitor(some[:SAMPLES], self.fixed_z, self.say)
        self.recovery = Recovery(self.state, self.say)
        self.trackers = Trackers(() if ranks.rank else trackers, self.state, self.say)
        self.best = BestGenerator(self.folder, recipe, None if ranks.rank else score, self.say)
        if self.state.restore():
            for sentence in on_resuming(self, changes):
                self.say(sentence)

    @property
    def step(self) -> int:
        """Discriminator steps so far. Each uses one batch; with `repeats`, several in a row use the same one."""
        return self.gan.step

    @property
    def seen(self) -> int:
        """Real images drawn so far; a batch that is used for several steps counts once."""
        return self.gan.seen

    @property
    def seconds(self) -> float:
        """Seconds of training so far, over all resumes."""
        return self.state.seconds

    def train(
        self, minutes: float | None = None, epochs: float | None = None, steps: int | None = None,
        on_sample: Callable[["Trainer", Image.Image], Any] | None = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Train until the first budget is reached; without any, for the recipe's epochs. Returns the history.

        Budgets count from the run's beginning, over all calls and resumes: minutes of training time, passes over the
        images, discriminator steps. on_sample(trainer, picture) gets each new grid of the fixed z, a PIL image.
        The run is saved when the monitor looks (see schedule.py) and a minute has passed, at the end, and when it is
        interrupted. Then Stopped, a KeyboardInterrupt, is raised (Ctrl-C or a notebook's stop button) or SystemExit
        (SIGTERM); the same call later resumes the run. A training that diverges goes back to its last checkpoint with
        half its learning rates, up to recovery.MAX_HALVINGS times.
        Raises ValueError when another process is training in the folder or has trained there since it was opened,
        Diverged when halving did not help, RuntimeError that suggests a batch size when a GPU runs out of memory.
        """
        if minutes is None and epochs is None and steps is None:
            epochs = self.recipe.epochs
        last_step, limit_s = self.schedule.last_step(epochs, steps), float("inf") if minutes is None else minutes * 60
        first_step = self.step
        progress = TrainingProgress(self, last_step, limit_s)
        lock = self.ranks.first_enters(self.state.run.exclusive())
        with lock, self.ranks.stop_request() as stop, self.state.random, self.trackers, self.runner:
            self.state.check_newest()
            started_at = time.monotonic() - self.seconds
            self.ranks.share_random(self.state.random)
            self.generator.train()
            self.discriminator.train()
            if self.step == 0:
                self.state.save_checkpoint()  # so that there is always something to go back to
            saved_s = self.seconds
            if self.step < last_step and self.seconds < limit_s and not self.schedule.log_due(self.step):
                self.state.history.drop_end_row(self.step)
            while self.step < last_step and self.seconds < limit_s and not stop.signal:
                with self.ranks.drawing(self.recipe.batch_size):
                    self._one_step()
                self.state.seconds = self.ranks.agree(stop, time.monotonic() - started_at)
                if self.schedule.log_due(self.step):
                    self.state.log(self.steps_per_epoch)
                if self.schedule.sample_due(self.step):
                    self._save_sample(on_sample)
                    if self.step >= self.schedule.monitor:  # before, there is nothing to score
                        self._score()
                if self._is_monitored():
                    finding = self.ranks.from_first(lambda: self.monitor.examine(self.gan, self.history))
                    if finding:
                        self.recovery.recover(finding)
                        saved_s = self.seconds
                    elif self.seconds - saved_s > schedule.SAVE_EVERY_S or self.schedule.keep_due(self.step):
                        self.state.save()
                        self.trackers.tell_saved()
                        saved_s = self.seconds
                if self.schedule.log_due(self.step):
                    self.ranks.share_random(self.state.random)
                progress.update()
            if self.step > first_step or not self.ranks.from_first(self._sample_path().exists):  # or it was killed
                self._end(on_sample, interrupted=bool(stop.signal))
        progress.close()
        stop.raise_if_stopped(on_stopping(self.step))
        return self.history

    def _one_step(self) -> None:
        try:
            self.state.losses.update(self.ranks.mean(self.runner.run()))
        except torch.cuda.OutOfMemoryError as error:
            raise RuntimeError(memory_advice(self.recipe)) from error

    def _is_monitored(self) -> bool:
        logged = self.schedule.log_due(self.step)
        return self.schedule.monitor_due(self.step) or (logged and loss_became_nan(self.history))

    def _end(self, on_sample: Any, interrupted: bool) -> None:
        """Save everything. The sample grid comes last: where it exists, a run that was killed is complete."""
        if self.history:  # it may have diverged since the monitor looked last
            rows = [*self.history[:-1], {**self.history[-1], **self.state.loss_values()}]
            finding = self.ranks.from_first(lambda: divergence(self.monitor.measure_and_diagnose(self.gan, rows)))
            if finding:
                self.recovery.recover(finding)
        if not interrupted and self.step > 0:  # 0 where it diverged at once
            if not self.state.history.ends_at(self.step):
                self.state.log(self.steps_per_epoch)
            if "score" not in self.history[-1]:
                self._score()
        self.state.save()
        self._save_sample(on_sample)

    def _score(self) -> None:
        self.history[-1].update(self.best.update(self.ema, self.step, self.seen))

    def _save_sample(self, on_sample: Any) -> None:
        if self.ranks.rank:
            return
        picture = figures.grid(generate(self.ema, self.fixed_z))
        with atomic_path(self._sample_path()) as part:
            picture.save(part, format="PNG")
        if on_sample:
            with self.state.random.paused():  # whatever it draws, the training draws the same
                on_sample(self, picture)

    def _sample_path(self) -> Path:
        return self.folder / "samples" / f"{self.step:07}.png"

    def say(self, sentence: str) -> None:
        """Print a sentence, unless quiet."""
        if not self.quiet:
            print(sentence, flush=True)


def _some_of(images: Tensor) -> Tensor:
    """A random choice: with images sorted by class the first ones would not be representative."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return images[order[:BRIGHTNESS_IMAGES]]
