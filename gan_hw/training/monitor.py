"""Is a training going wrong? Measurements of the samples -> named findings, each a sentence with what usually helps.

A GAN's losses say little about image quality, so its samples are measured too: their diversity, roughness and
brightness, each relative to the real images.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn

from gan_hw.data.images import to_float
from gan_hw.inference.sampling import generate
from gan_hw.metrics.diversity import mean_pairwise_rmse, relative_diversity
from gan_hw.training.gan import GAN
from gan_hw.training.history import Row
from gan_hw.utils.messages import say

SETTLED_IMAGES = 10_000  # images seen before samples are judged: at first they are grey anyway
MAX_ROUGHNESS = 3.0  # times the real images'
COLLAPSED_DIVERSITY = 0.6  # diversity below this, and below this share of the best so far
MAX_BRIGHTNESS = 50  # pixel values between the means of samples and real images
LARGE_SCORE = 1000.0  # critic's scores that may be too large for float32; a GAN's logits never are
MAX_ROUNDING = 0.01  # share of the discriminator's loss that may be rounding of its scores
MIN_GAN_LOSS = 0.05  # a GAN's discriminator loss below which it recognises nearly every fake
RUNAWAY_LOSS = (1000.0, 10.0)  # size of a critic's loss, absolute and relative to the median so far
MIN_REAL_ROUGHNESS = 5.0  # pixel values; real images that are smoother count as this rough
RECENT_ROWS = 8  # of the history, over which a loss is judged


@dataclass(frozen=True)
class Finding:
    """One thing that goes wrong: its name, as in the history, and a sentence for a person.

    diverged: nothing good comes of this state any more; the training has to go back to an earlier one.
    """

    name: str
    sentence: str
    diverged: bool = False


class Monitor:
    """Measures a training's samples and scores from time to time, and reports each kind of finding once.

    real: some real images, uint8 (N, 3, H, W), N >= 2. z (N, z_dim): of the samples. say: prints a sentence.
    """

    def __init__(self, real: Tensor, z: Tensor, say: Callable[[str], None] = print) -> None:
        self.real, self.z, self.say = real, z, say
        self.real_rmse = mean_pairwise_rmse(real)
        self.real_roughness = max(roughness(real), MIN_REAL_ROUGHNESS)
        self.reported: set[str] = set()

    def examine(self, gan: GAN, history: list[Row]) -> Finding | None:
        """Measure the samples, write the numbers into the newest row, and report what is found for the first time.

        Returns the finding that means divergence, if there is one.
        """
        found = self.measure_and_diagnose(gan, history)
        history[-1]["findings"] = " ".join(finding.name for finding in found)
        for finding in found:
            if finding.name not in self.reported:
                self.say(say("Step {step}: {finding}.", step=gan.step, finding=finding.sentence))
                if not self.reported:
                    self.say(say("More on this in the kit's docs/learners/troubleshooting.md."))
            self.reported.add(finding.name)
        return divergence(found)

    def measure_and_diagnose(self, gan: GAN, history: list[Row]) -> list[Finding]:
        """Measure the samples, write the numbers into the newest row, and return all findings."""
        # In fp16 some gradients may overflow: the scaler takes care of that.
        history[-1].update(self.measure(gan.ema.network, gan.discriminator, gradients=gan.precision != "fp16"))
        return diagnose(history)

    @torch.no_grad()
    def measure(self, generator: nn.Module, discriminator: nn.Module, gradients: bool = True) -> dict[str, float]:
        """What findings are made of, as a dict of numbers; the networks stay as they are.

        diversity, roughness: of the samples, relative to the real images. brightness: mean of the samples minus that
        of the real images, in pixel values. score_size: mean |logit|. finite: 1 when every weight and every running
        statistic is finite, and with `gradients` every gradient.
        """
        fake = generate(generator, self.z)
        weight, training = next(discriminator.parameters()), discriminator.training
        discriminator.eval()
        batches = (to_float(images.to(weight.device)).to(weight.dtype) for images in (self.real, fake))
        scores = torch.cat([discriminator(batch) for batch in batches])
        discriminator.train(training)
        finite = torch.stack([values.isfinite().all() for values in _values(gradients, generator, discriminator)]).all()
        # Both numbers in one transfer: each would wait for the device.
        score_size, is_finite = torch.stack([scores.abs().mean(), finite.to(scores.dtype)]).tolist()
        return {
            "diversity": relative_diversity(fake, self.real_rmse),
            "roughness": roughness(fake) / self.real_roughness,
            "brightness": fake.float().mean().item() - self.real.float().mean().item(),
            "score_size": score_size,
            "finite": int(is_finite),
        }


def roughness(images: Tensor) -> float:
    """Mean difference between horizontal neighbours, in pixel values, of images uint8 (N, C, H, W)."""
    pixels = images.float()
    return (pixels[..., 1:] - pixels[..., :-1]).abs().mean().item()


def _values(gradients: bool, *networks: nn.Module) -> Iterator[Tensor]:
    for network in networks:
        # In fp16 a forward pass may overflow: the scaler skips the step, but BatchNorm has taken the values in.
        yield from network.buffers()
        for weight in network.parameters():
            yield weight
            if gradients and weight.grad is not None:
                yield weight.grad


def diagnose(history: list[Row]) -> list[Finding]:
    """The findings in a run's history: dicts with loss_d, loss_g, seen and, in the last, what Monitor.measure gives."""
    row = history[-1]
    if not row["finite"] or loss_became_nan(history):
        sentence = say("a loss, a weight or a running statistic is NaN or infinite; lower lr_g and lr_d")
        return [Finding("not_finite", sentence, diverged=True)]
    checks = (_critic_offset, _loss, _noise, _collapse, _brightness)
    return [finding for check in checks if (finding := check(row, history))]


def divergence(findings: list[Finding]) -> Finding | None:
    """The first finding that means divergence, or None."""
    return next((finding for finding in findings if finding.diverged), None)


def loss_became_nan(history: list[Row]) -> bool:
    """Whether a loss that was finite before is infinite or NaN in the last row; G has no loss until its first step."""
    return any(
        not math.isfinite(history[-1][name]) and any(math.isfinite(row[name]) for row in history)
        for name in ("loss_d", "loss_g")
    )


def _critic_offset(row: Row, _history: list[Row]) -> Finding | None:
    """Scores so large that their spacing in float32 shows in the loss, which is a difference of them."""
    size = row["score_size"]
    if size > LARGE_SCORE and np.spacing(np.float32(size)) > MAX_ROUNDING * abs(row["loss_d"]):
        sentence = say(
            "D's scores have grown to {size:.3g}, and its loss is rounding noise; set drift_weight=1e-3", size=size
        )
        return Finding("critic_offset", sentence)
    return None


def _loss(row: Row, history: list[Row]) -> Finding | None:
    losses = [past["loss_d"] for past in history]
    recent = median(losses[-RECENT_ROWS:])
    least, times = RUNAWAY_LOSS
    if row["seen"] > SETTLED_IMAGES and abs(recent) > max(least, times * abs(median(losses))):
        return Finding(
            "loss_runs_away",
            say("D's loss has run away to {recent:.3g}; lower lr_g and lr_d", recent=recent),
            diverged=True,
        )
    if (
        0 <= recent < MIN_GAN_LOSS and max(losses[-RECENT_ROWS:]) < 2 * MIN_GAN_LOSS
    ):  # a guess: a critic's is soon negative
        sentence = say(
            "D recognises nearly every fake (loss {recent:.3f}), so G learns little; lower lr_d, or use a WGAN-GP",
            recent=recent,
        )
        return Finding("d_wins", sentence)
    return None


def _noise(row: Row, history: list[Row]) -> Finding | None:
    if row["seen"] > SETTLED_IMAGES and row["roughness"] > MAX_ROUGHNESS:
        sentence = say(
            "the samples are {roughness:.1f} times as rough as real images: noise; lower lr_g and lr_d",
            roughness=row["roughness"],
        )
        # Only what was better before has diverged: lower rates would not help what has never been good.
        was_good = any(
            past["seen"] > SETTLED_IMAGES and past.get("roughness", MAX_ROUGHNESS) < MAX_ROUGHNESS for past in history
        )
        return Finding("noise", sentence, diverged=was_good)
    return None


def _collapse(row: Row, history: list[Row]) -> Finding | None:
    best = max(past["diversity"] for past in history if past.get("diversity", -1.0) >= 0)
    if row["seen"] > SETTLED_IMAGES and row["diversity"] < COLLAPSED_DIVERSITY * min(best, 1.0):
        sentence = say(
            "the samples grow alike (diversity {diversity:.2f}, it was {best:.2f}): mode collapse; "
            "use a WGAN-GP, a lower lr_g, or an earlier end",
            diversity=row["diversity"],
            best=best,
        )
        return Finding("samples_alike", sentence)
    return None


def _brightness(row: Row, _history: list[Row]) -> Finding | None:
    if row["seen"] > SETTLED_IMAGES and abs(row["brightness"]) > MAX_BRIGHTNESS:
        difference = abs(row["brightness"])
        if row["brightness"] > 0:
            sentence = say(
                "the samples are {difference:.0f} of 255 brighter than real images; lower lr_g and lr_d",
                difference=difference,
            )
        else:
            sentence = say(
                "the samples are {difference:.0f} of 255 darker than real images; lower lr_g and lr_d",
                difference=difference,
            )
        return Finding("brightness", sentence)
    return None
