"""The one training loop: a recipe and images go in, a run folder with a trained generator comes out.

What GAN, WGAN and WGAN-GP differ in stands in their objectives and recipes; the loop is the same for all.
"""

import copy
import math
import time
from contextlib import contextmanager
from pathlib import Path

import torch

from gan_hw import runs
from gan_hw.augment import DiffAugment, augment
from gan_hw.batches import Batches
from gan_hw.data.images import to_float
from gan_hw.health import Watch, findings, lost_numbers
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import WEIGHTS, read_facts, save_generator
from gan_hw.metrics import cached_networks
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.networks.conditional import LabelBoundDiscriminator
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.utils import figures
from gan_hw.utils.devices import choose_device, choose_precision, prepare
from gan_hw.utils.files import atomic_path
from gan_hw.utils.interrupts import StopRequest
from gan_hw.utils.progress import TrainingProgress
from gan_hw.utils.seeds import RandomState

LOG_EVERY = 16  # steps between two rows of the history; each row waits for the device
WATCH_EVERY = 128  # steps between two looks at the samples' health; a multiple of LOG_EVERY
SAVE_EVERY_S = 60.0  # at the first look at its health after so long, if that finds no divergence
HALVINGS = 3  # how often a training that diverges is taken up again with half its learning rates
SAMPLES = 40  # faces in the fixed-z grid
LIT = 2000  # real images whose mean brightness stands for all


class Diverged(RuntimeError):
    """A training diverged again and again; its run folder holds the last good state."""


def training_step(trainer, real):
    """One discriminator step and, every n_critic-th time, one generator step. Returns the losses by name.

    real: float (N, 3, size, size) in [-1, 1] on the trainer's device. To change what a step does, pass a function
    like this one as Trainer(..., step=...); all it needs is on the trainer.
    """
    objective, losses = trainer.objective, {}
    with trainer.autocast():
        shown = trainer.shown(real, trainer.sample_for_discriminator(len(real)))
        losses["loss_d"] = objective.discriminator_loss(trainer.asked_discriminator(real), *shown)
    trainer.update(trainer.optimiser_d, losses["loss_d"])
    objective.after_discriminator_step(trainer.discriminator)

    if trainer.step % trainer.recipe.n_critic == 0:
        with trainer.autocast():
            discriminator = trainer.asked_discriminator(real, augmenting=True)
            losses["loss_g"] = objective.generator_loss(discriminator, trainer.sample(len(real)))
        trainer.update(trainer.optimiser_g, losses["loss_g"])
        trainer.update_ema()
    return losses


class Trainer:
    """Trains `recipe` on the ImageSet `images` in `folder`, or goes on with the training that lies there.

    seed: decides weights, order of images and noise. device, precision: see runtime. generator, discriminator,
    objective, step: your own networks, losses and loop body in place of the recipe's. score: chooses the averaged
    generator that is kept as the best of the run, score(generator, z_dim) -> {"score": ...} as choosing's do.
    feature_extractor: the network that a content loss looks with, as guides.perceiver gives it. keep_every: keep the checkpoint
    of each such step. start: the folder of a run whose networks a new training begins with. quiet: no progress display.

    Afterwards `generator` holds the weights as trained, `ema` their moving average, which makes the better pictures,
    and `history` one dict per logged step: step, generator_steps, epoch, seen, seconds, loss_d, loss_g, and halvings of
    the learning rates if there were any; now and then also the numbers that health.Watch measures and the names of
    what it found, each said once to the person.
    Raises ValueError when there are fewer images than one batch, sizes differ, or the folder holds another training.
    """

    def __init__(
        self, recipe, images, folder, seed=0, device="auto", precision="auto",
        generator=None, discriminator=None, objective=None, step=training_step, score=None, feature_extractor=None, keep_every=0,
        start=None, quiet=False,
    ):  # fmt: skip
        _check_images(images, recipe)
        if recipe.conditional:
            recipe = recipe.replace(classes=images.labels.shape[1])
        self.recipe, self.images, self.folder, self.seed = recipe, images, Path(folder), seed
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        prepare(self.device)
        self.training_step, self.score, self.keep_every, self.quiet = step, score, keep_every, quiet
        # Of pictures in folders, one class after the other, the first would not stand for all.
        some = images.images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:LIT]]
        brightness = to_float(some).mean().item() if recipe.brightness_weight else None
        self.objective = build_objective(recipe, feature_extractor, brightness) if objective is None else objective
        begun = runs.networks_of(start, recipe) if start and not runs.has_checkpoint(self.folder) else None
        parts = {"generator": generator, "discriminator": discriminator, "objective": objective}
        own = _own(parts, start, feature_extractor if recipe.content != "none" else None)
        self.random = RandomState(seed, self.device)
        with self.random:
            self.generator = self._place(build_generator(recipe) if generator is None else generator)
            self.discriminator = self._place(build_discriminator(recipe) if discriminator is None else discriminator)
        # After all that can be refused, so that a folder is not claimed for what can't be trained.
        moves = runs.identify(self.folder, recipe, images, seed, self.device, self.precision, own, begun)
        labels = images.labels if recipe.conditional else None
        if begun:
            self.generator.load_state_dict(begun["generator"])
            self.discriminator.load_state_dict(begun["discriminator"])
        if hasattr(self.generator, "store_labels"):
            self.generator.store_labels(labels, seed)
        self.ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.optimiser_g = build_optimiser(recipe, self.generator, recipe.lr_g)
        self.optimiser_d = build_optimiser(recipe, self.discriminator, recipe.lr_d)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")
        self.batches = Batches(images.images, recipe.batch_size, recipe.flip, seed, self.device, recipe.repeats, labels)
        self.labels = self.batches.labels_of(0)  # of the batch at hand, where the recipe is conditional
        self.fixed_z = sample_z(SAMPLES, recipe.z_dim, seed)
        self.watch, self.said = Watch(some[:SAMPLES], self.fixed_z), set()
        self.step, self.seconds, self.halvings, self.history = 0, 0.0, 0, []
        self.losses = {"loss_d": float("nan"), "loss_g": float("nan")}
        self._resume(moves)

    # What a loop body uses

    def sample(self, n):
        """n generated images for new noise, float (n, 3, size, size), with the generator's graph.

        Of a conditional recipe the classes of the real images at hand are asked for.
        """
        z = torch.randn(n, self.recipe.z_dim, device=self.device)
        if self.labels is None:
            return self.generator(z)
        return self.generator(z, self.labels.repeat(-(-n // len(self.labels)), 1)[:n])

    def shown(self, *batches):
        """Batches of images as D is to see them in its own step: disturbed at random, where the recipe says so."""
        return tuple(augment(batch) for batch in batches) if self.recipe.augment else batches

    def asked_discriminator(self, real, augmenting=False):
        """The discriminator as objectives call it: with images alone, the labels of the batch `real` being known.

        augmenting: it disturbs what it is given, where the recipe says so: for images that G still has to learn from.
        """
        discriminator = DiffAugment(self.discriminator) if augmenting and self.recipe.augment else self.discriminator
        return discriminator if self.labels is None else LabelBoundDiscriminator(discriminator, self.labels, real)

    def sample_for_discriminator(self, n):
        """The same without a graph, and without a trace in BatchNorm's running statistics: the step is D's alone."""
        with torch.no_grad(), untouched_statistics(self.generator):
            return self.sample(n)

    def autocast(self):
        """The context for forward passes: in bf16 or fp16 where the run's precision says so."""
        reduced = torch.float16 if self.precision == "fp16" else torch.bfloat16
        return torch.autocast(self.device.type, reduced, enabled=self.precision != "fp32")

    def update(self, optimiser, loss):
        """One optimiser step downhill on `loss`, with gradients for the optimiser's own weights and no others.

        In fp16 the loss is scaled up so that small gradients don't vanish, and a step that overflows is left out.
        """
        weights = [weight for group in optimiser.param_groups for weight in group["params"] if weight.requires_grad]
        optimiser.zero_grad()
        self.scaler.scale(loss).backward(inputs=weights)
        if all(weight.grad is None for weight in weights):
            return  # a loss that does not depend on this network moves nothing
        self.scaler.step(optimiser)
        self.scaler.update()

    @torch.no_grad()
    def update_ema(self):
        """Move the averaged generator, BatchNorm's statistics included, a little towards the trained one."""
        share = 1 - ema_decay(self.recipe, self.seen)
        averages, values = self.ema.state_dict(), self.generator.state_dict()
        floating = [name for name, value in values.items() if value.is_floating_point()]
        torch._foreach_lerp_([averages[name] for name in floating], [values[name] for name in floating], share)
        for name in values.keys() - set(floating):  # BatchNorm's counters
            averages[name].copy_(values[name])

    # Counting: one step = one discriminator update = one batch of real images

    @property
    def steps_per_epoch(self):
        """Full batches in one pass; what is left over is another handful of images in every epoch."""
        return len(self.batches)

    @property
    def seen(self):
        """Real images consumed so far."""
        return -(-self.step // self.recipe.repeats) * self.recipe.batch_size

    # The loop

    def train(self, minutes=None, epochs=None, steps=None, on_sample=None):
        """Train until the first budget is reached; without any, for the recipe's epochs. Returns the history.

        Budgets count from the run's beginning, over all calls and resumes: minutes of training time, passes over the
        images, discriminator steps. on_sample(trainer, picture) gets each new fixed-z grid, a PIL image.
        The run is saved every minute or two, at the end, and when it is interrupted (Ctrl-C, a notebook's stop button,
        SIGTERM); the interruption then reaches the caller, and the same call later continues the run. A training that
        diverges (see health) goes back to what was saved last, with half its learning rates, up to HALVINGS times.
        Raises ValueError when another process is training in the same folder, Diverged when halving did not help,
        RuntimeError with a batch size to try when a GPU's memory is too small.
        """
        last_step = self._last_step(minutes, epochs, steps)
        limit_s = float("inf") if minutes is None else minutes * 60
        first_step, start = self.step, time.monotonic() - self.seconds
        progress = TrainingProgress(self, last_step, limit_s)
        with runs.in_training(self.folder), StopRequest() as stop, self.random:
            self.generator.train()
            self.discriminator.train()
            if self.step == 0:
                self._save_checkpoint()  # so that there is always something to go back to
            saved_s = self.seconds
            if self.step < last_step and self.seconds < limit_s:
                self._forget_the_end()
            while self.step < last_step and self.seconds < limit_s and not stop.signal:
                self._one_step()
                self.seconds = time.monotonic() - start
                if self._is_logged():
                    self._log()
                if self._is_sampled():
                    self._save_sample(on_sample)
                    self._score_sample()
                if self._is_watched():
                    divergence = self._look_after_health()
                    if divergence:
                        self._take_up_again(divergence)
                        saved_s = self.seconds
                    elif self.seconds - saved_s > SAVE_EVERY_S or self._is_kept():
                        self.save()
                        saved_s = self.seconds
                progress.update()
            if self.step > first_step or not self._sample_path().exists():  # or it was killed just before its end
                self._end_well()
                if not stop.signal:
                    self._log_the_end()
                self.save()
                self._save_sample(on_sample)  # last of all: where it exists, a run that was killed lacks nothing
        progress.close()
        stop.pass_on(f"Stopped at step {self.step} and saved; the same call or command goes on from there.")
        return self.history

    def _one_step(self):
        real, self.labels = self.batches[self.step], self.batches.labels_of(self.step)
        self.step += 1
        try:
            self.losses.update(self.training_step(self, real))
        except BaseException as error:
            self.step -= 1  # a step that failed, in a loop body of one's own say, does not count
            if isinstance(error, torch.cuda.OutOfMemoryError):
                raise RuntimeError(_memory_advice(self.recipe)) from error
            raise

    def _last_step(self, minutes, epochs, steps):
        if minutes is None and epochs is None and steps is None:
            epochs = self.recipe.epochs
        by_epochs = float("inf") if epochs is None else max(1, round(epochs * self.steps_per_epoch))
        return min(by_epochs, float("inf") if steps is None else steps)

    # What is kept

    def _is_logged(self):
        early = self.step < LOG_EVERY and _is_power_of_two(self.step)
        return self.step % LOG_EVERY == 0 or early or self._is_kept() or self._is_sampled()

    def _is_sampled(self):
        """At doubling intervals in the first epoch, then once an epoch (not more often than every 128 steps)."""
        interval = max(self.steps_per_epoch, 128)
        return self.step % interval == 0 or (self.step < interval and _is_power_of_two(self.step))

    def _is_watched(self):
        return self.step % WATCH_EVERY == 0 or self._is_kept() or (self._is_logged() and lost_numbers(self.history))

    def _is_kept(self):
        return bool(self.keep_every) and self.step % self.keep_every == 0

    def _log(self):
        self.losses = self._loss_values()
        self.history.append(
            {
                "step": self.step,
                "generator_steps": self.step // self.recipe.n_critic,
                "epoch": round(self.step / self.steps_per_epoch, 4),
                "seen": self.seen,
                "seconds": round(self.seconds, 2),
                **self.losses,
                **({"halvings": self.halvings} if self.halvings else {}),
            }
        )

    def _look_after_health(self):
        """Add the samples' measures to the newest row, and say what goes wrong when it is first seen.

        Returns the Finding that means divergence, or None.
        """
        found = self._measure(self.history[-1])
        self.history[-1]["findings"] = " ".join(finding.name for finding in found)
        for finding in found:
            if finding.name not in self.said:
                self._say(f"Step {self.step}: {finding.sentence}.")
                if not self.said:
                    self._say('More on this in the README, under "When something goes wrong".')
            self.said.add(finding.name)
        return _divergence(found)

    def _measure(self, row):
        """Add what the watch measures now to a row that ends the history; returns the findings."""
        row.update(self.watch.measure(self.ema, self.discriminator, gradients=self.precision != "fp16"))
        return findings([*self.history[:-1], row])

    # When it diverges

    def _take_up_again(self, divergence):
        """Go back to what was saved last, with half the learning rates. Raises Diverged when that was tried before."""
        seconds, halvings, diverged_at = self.seconds, self.halvings + 1, self.step
        if halvings > HALVINGS:
            runs.write_history(self.folder, self.history)  # for whoever wants to see how it came
            self._go_back()
            self._save_generators()
            raise Diverged(
                f"the training diverged at step {diverged_at} although its learning rates were halved {HALVINGS} "
                f"times: {divergence.sentence}; the last good state is in '{self.folder}', start anew with lower rates "
                "(--set lr_g=... lr_d=...) and another --run NAME"
            )
        self._go_back()
        self.seconds, self.halvings = seconds, halvings  # a budget of minutes goes on counting
        for optimiser in (self.optimiser_g, self.optimiser_d):
            for group in optimiser.param_groups:
                group["lr"] /= 2
        self._save_checkpoint()  # so that the next time, or another process, halves these rates and not the first ones
        self._say(
            f"Step {diverged_at}: diverged ({divergence.name}); going on from step {self.step} with half the "
            f"learning rates ({halvings} of at most {HALVINGS} times)."
        )

    def _go_back(self):
        state = runs.load_checkpoint(self.folder)
        if state is None:
            raise Diverged(f"the training diverged, and '{self.folder}' holds no whole checkpoint to go back to")
        self._load(state)
        self.history = runs.read_history(self.folder, self.step)

    def _end_well(self):
        """A training may have diverged since the watch looked last: then it ends in the state that was saved last."""
        if self.history:
            divergence = _divergence(self._measure({**self.history[-1], **self._loss_values()}))
            if divergence:
                self._take_up_again(divergence)

    def _save_sample(self, on_sample):
        picture = figures.grid(generate(self.ema, self.fixed_z))
        with atomic_path(self._sample_path()) as part:
            picture.save(part, format="PNG")
        if on_sample:
            on_sample(self, picture)

    def _sample_path(self):
        return self.folder / "samples" / f"{self.step:07}.png"

    def save(self):
        """Write checkpoint, history and generators, the averaged, the raw and the best one, to the run folder."""
        runs.write_history(self.folder, self.history)
        self._save_generators()
        # Last, so that a run that is found at its end has all the rest; a longer history is cut when resuming.
        self._save_checkpoint()

    def _save_generators(self):
        save_generator(self.folder / WEIGHTS["average"], self.ema, self.recipe)
        save_generator(self.folder / WEIGHTS["raw"], self.generator, self.recipe)

    def _score_sample(self):
        """Add the faces' score to the newest row; before the watch first looks there is nothing to score."""
        if self.step >= WATCH_EVERY:
            self.history[-1].update(self._keep_if_best())

    def _log_the_end(self):
        if self.step == 0:
            return  # it diverged at once
        if not self.history or self.history[-1]["step"] != self.step:
            self._log()
        if "score" not in self.history[-1]:
            self.history[-1].update(self._keep_if_best())

    def _forget_the_end(self):
        """The row of an earlier budget's end: a training that goes on is the same as one that never ended there."""
        if self.history and self.history[-1]["step"] == self.step and not self._is_logged():
            self.history.pop()

    def _keep_if_best(self):
        """Score the averaged generator, and keep it when it is the best so far. Returns the history's part of it."""
        if self.score is None:
            return {}
        try:
            scores = self.score(self.ema, self.recipe.z_dim)
        except (NotMeasured, ValueError, OSError) as reason:  # nothing that a training should end for
            self.score = None
            self._say(f"No best generator is kept: {reason}")
            return {}
        path = self.folder / WEIGHTS["best"]
        measure = getattr(self.score, "measure", "")
        if scores["score"] > max(_best_score(path, measure), 0.0):  # on data without faces all are 0: none is the best
            facts = {"step": self.step, "seen": self.seen, "measure": measure, **scores}
            save_generator(path, self.ema, self.recipe, facts)
        return {name: round(value, 6) for name, value in scores.items() if name != "diversity"}  # Watch measures that

    def _save_checkpoint(self):
        parts = {name: part.state_dict() for name, part in self._stateful().items()}
        numbers = {"step": self.step, "seconds": self.seconds, "halvings": self.halvings}
        state = {**numbers, "losses": self._loss_values(), **parts}
        runs.save_checkpoint(self.folder, self.step, state, self.keep_every)

    def _loss_values(self):
        """The latest losses as numbers, which waits for the device."""
        return {name: torch.as_tensor(loss).detach().item() for name, loss in self.losses.items()}

    def _stateful(self):
        return {
            "generator": self.generator, "discriminator": self.discriminator, "ema": self.ema,
            "optimiser_g": self.optimiser_g, "optimiser_d": self.optimiser_d, "scaler": self.scaler,
            "random": self.random,
        }  # fmt: skip

    def _resume(self, moves):
        state = runs.load_checkpoint(self.folder)
        if state is None:
            return
        try:
            self._load(state)
        except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(
                f"'{self.folder}' was trained with other networks ({reason}); pass the same ones, or use another folder"
            ) from error
        self.history = runs.read_history(self.folder, self.step)
        self._say(f"Going on from step {self.step} ({self.seen} images seen) in {self.folder}")
        if moves:
            self._say(f"In another place than before, so not bit by bit the same: {'; '.join(moves)}")

    def _load(self, state):
        for name, part in self._stateful().items():
            if name != "scaler" or state[name]:  # a run in another precision had nothing to scale
                part.load_state_dict(state[name])
        self.step, self.seconds, self.losses = state["step"], state["seconds"], state["losses"]
        self.halvings = state.get("halvings", 0)

    def _say(self, sentence):
        if not self.quiet:
            print(sentence, flush=True)

    def _place(self, network):
        return network.to(self.device, memory_format=torch.channels_last)


def ema_decay(recipe, seen):
    """Share of the moving average that one generator step keeps, after `seen` real images.

    A half-life in images holds for any batch size; the ramp forgets the untrained start (Karras et al. 2020,
    arXiv 2006.06676, whose training code ramps the same way).
    """
    half_life = min(recipe.ema_images, recipe.ema_ramp * seen)
    return 0.5 ** (recipe.batch_size * recipe.n_critic / recipe.repeats / half_life)


@contextmanager
def untouched_statistics(network):
    """BatchNorm goes on normalising by the batch, but does not update its running statistics meanwhile."""
    tracking = [m for m in network.modules() if getattr(m, "track_running_stats", False)]
    for module in tracking:
        module.track_running_stats = False
    try:
        yield
    finally:
        for module in tracking:
            module.track_running_stats = True


def _own(parts, start, perceive):
    """{part: name} of what is not the recipe's: networks, objective, the run begun with, the network looked with."""
    names = {part: type(value).__qualname__ for part, value in parts.items() if value is not None}
    names |= {"start": Path(start).name} if start else {}
    return names | ({} if perceive is None else {"perceive": cached_networks.digest(perceive)})


def _check_images(images, recipe):
    if len(images) < recipe.batch_size:
        raise ValueError(
            f"{images.source!r} holds {len(images)} of the images that one batch of batch_size={recipe.batch_size} "
            "needs; use more images or a smaller batch_size"
        )
    if images.images.shape[-1] != recipe.size:
        raise ValueError(f"the images are {images.images.shape[-1]} pixels wide, the recipe says size={recipe.size}")
    if recipe.conditional and images.labels is None:
        raise ValueError(
            f"the recipe {recipe.name!r} is conditional, and {images.source!r} has no labels; name a table of them: "
            f"{images.source}?labels=FILE.csv"
        )


def _divergence(found):
    return next((finding for finding in found if finding.diverged), None)


def _best_score(path, measure):
    """The score of the best generator so far; below any other when there is none by this measure, or it is damaged."""
    try:
        facts = read_facts(path)
        return facts["score"] if facts.get("measure", measure) == measure else -math.inf
    except (FileNotFoundError, ValueError, KeyError):
        return -math.inf


def _memory_advice(recipe):
    half = recipe.batch_size // 2
    return (
        f"the GPU's memory is too small for batch_size={recipe.batch_size} at feature_dim={recipe.feature_dim}: "
        f"try --set batch_size={half} and another --run NAME, or free it (other notebooks may hold memory)"
    )


def _is_power_of_two(number):
    return number & (number - 1) == 0
