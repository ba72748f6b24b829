"""Is a training going wrong? Numbers of the moment -> named findings, each one sentence with what usually helps.

The losses of a GAN do not tell image quality, so its samples are looked at too: how varied, how rough and how bright
they are, each beside the real images.
"""

import copy
import math
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from gan_hw.data.images import to_float
from gan_hw.inference.sampling import generate
from gan_hw.metrics.diversity import mean_pairwise_rmse

SETTLED = 10_000  # images seen before samples are judged: at first they are grey anyway
NOISE = 3.0  # times as rough as the real images
ALIKE = 0.6  # diversity below this, and below this share of the best so far
BRIGHTNESS = 50  # pixel values between the means of samples and real images
LARGE = 1000.0  # critic's scores that may be too large for float32; a GAN's logits never are
ROUNDING = 0.01  # share of the discriminator's loss that may be rounding of its scores
WON = 0.05  # loss of a GAN's discriminator that tells nearly every fake
RUNAWAY = (1000.0, 10.0)  # size of a critic's loss, absolute and against the median so far
FLAT = 5.0  # mean difference between neighbours, in pixel values, below which real images count as just so rough
RECENT = 8  # rows over which a loss is looked at


@dataclass(frozen=True)
class Finding:
    """One thing that goes wrong: its name, as in the history, and a sentence for a person.

    diverged: this state leads nowhere, and the training has to go back to an earlier one.
    """

    name: str
    sentence: str
    diverged: bool = False


class Watch:
    """Looks at a training's samples and scores from time to time.

    real: some real images, uint8 (N, 3, H, W), N >= 2. z (N, z_dim): of the samples.
    """

    def __init__(self, real, z):
        self.real, self.z = real, z
        self.spread, self.roughness = mean_pairwise_rmse(real), max(roughness(real), FLAT)

    @torch.no_grad()
    def measure(self, generator, discriminator, gradients=True):
        """What the findings are drawn from, as a dict of numbers; the networks stay as they are.

        diversity, roughness: of the samples, relative to the real images. brightness: mean of the samples minus that
        of the real images, in pixel values. score_size: mean |logit|. finite: 1 when every
        weight is, and, with `gradients`, every gradient: in fp16 some may overflow, and the scaler sees to it.
        """
        fake = generate(generator, self.z)
        weight, training = next(discriminator.parameters()), discriminator.training
        discriminator.eval()
        batches = (to_float(images.to(weight.device)).to(weight.dtype) for images in (self.real, fake))
        scores = torch.cat([discriminator(batch) for batch in batches])
        discriminator.train(training)
        return {
            "diversity": mean_pairwise_rmse(fake) / max(self.spread, 1e-9),
            "roughness": roughness(fake) / self.roughness,
            "brightness": fake.float().mean().item() - self.real.float().mean().item(),
            "score_size": scores.abs().mean().item(),
            "finite": int(all(torch.isfinite(values).all() for values in _values(gradients, generator, discriminator))),
        }


def roughness(images):
    """Mean difference between horizontal neighbours, in pixel values, of images uint8 (N, C, H, W)."""
    pixels = images.float()
    return (pixels[..., 1:] - pixels[..., :-1]).abs().mean().item()


def gradient_norms(discriminator, real, fake):
    """{stage: norm} of the critic's gradients, from the image through the stages, the lowest first.

    Each is the mean over images of the norm of the gradient of D(fake) - D(real) with respect to the image, or to what
    the stage makes of it, in evaluation mode, so that no image has a part in another's (Gulrajani et al. 2017,
    1704.00028, figure 1). real, fake: float (N, C, H, W) in [-1, 1].
    """
    discriminator = copy.deepcopy(discriminator).eval()
    stages = {"stem": discriminator.stem}
    stages |= {f"block {number}": block for number, block in enumerate(discriminator.blocks, 1)}
    outputs = {}

    def keep(name):
        return lambda module, inputs, output: outputs.update({name: output})

    hooks = [stage.register_forward_hook(keep(name)) for name, stage in stages.items()]
    norms = dict.fromkeys(["image", *stages], 0.0)
    try:
        for images, sign in ((fake, 1), (real, -1)):
            outputs["image"] = images.detach().requires_grad_()
            score = sign * discriminator(outputs["image"]).sum()
            gradients = torch.autograd.grad(score, list(outputs.values()))
            for name, gradient in zip(outputs, gradients, strict=True):
                norms[name] += gradient.float().flatten(1).norm(dim=1).mean().item() / 2
    finally:
        for hook in hooks:
            hook.remove()
    return norms


def _values(gradients, *networks):
    for network in networks:
        for weight in network.parameters():
            yield weight
            if gradients and weight.grad is not None:
                yield weight.grad


def findings(history):
    """The Findings in a run's history: dicts with loss_d, loss_g, seen and, in the last, what Watch.measure gives."""
    row = history[-1]
    if not row["finite"] or lost_numbers(history):
        return [Finding("not_finite", "a loss or a weight is no number any more; lower lr_g and lr_d", diverged=True)]
    checks = (_critic_offset, _loss, _noise, _alike, _brightness)
    return [finding for check in checks if (finding := check(row, history))]


def lost_numbers(history):
    """Whether a loss is no number in the last row that was one before; G's is none until its first step."""
    return any(
        not math.isfinite(history[-1][name]) and any(math.isfinite(row[name]) for row in history)
        for name in ("loss_d", "loss_g")
    )


def _critic_offset(row, history):
    """Scores so large that their spacing in float32 shows in the loss, which is a difference of them."""
    size = row["score_size"]
    if size > LARGE and np.spacing(np.float32(size)) > ROUNDING * abs(row["loss_d"]):
        sentence = f"D's scores have grown to {size:.3g}, and its loss is rounding noise; set drift_weight=1e-3"
        return Finding("critic_offset", sentence)
    return None


def _loss(row, history):
    losses = [past["loss_d"] for past in history]
    recent = median(losses[-RECENT:])
    least, times = RUNAWAY
    if row["seen"] > SETTLED and abs(recent) > max(least, times * abs(median(losses))):
        return Finding("loss_runs_away", f"D's loss has run away to {recent:.3g}; lower lr_g and lr_d", diverged=True)
    if 0 <= recent < WON and max(losses[-RECENT:]) < 2 * WON:  # a critic's loss goes on below 0
        sentence = f"D tells nearly every fake (loss {recent:.3f}), so G learns little; lower lr_d, or use a WGAN-GP"
        return Finding("d_wins", sentence)
    return None


def _noise(row, history):
    if row["seen"] > SETTLED and row["roughness"] > NOISE:
        sentence = f"the samples are {row['roughness']:.1f} times as rough as real images: noise; lower lr_g and lr_d"
        # Only what was better before has diverged: lower rates would not help what has never been good.
        was_good = any(past["seen"] > SETTLED and past.get("roughness", NOISE) < NOISE for past in history)
        return Finding("noise", sentence, diverged=was_good)
    return None


def _alike(row, history):
    best = max(past["diversity"] for past in history if past.get("diversity", -1.0) >= 0)
    if row["seen"] > SETTLED and row["diversity"] < ALIKE * min(best, 1.0):
        sentence = (
            f"the samples grow alike (diversity {row['diversity']:.2f}, it was {best:.2f}): mode collapse; "
            "use a WGAN-GP, a lower lr_g, or an earlier end"
        )
        return Finding("samples_alike", sentence)
    return None


def _brightness(row, history):
    if row["seen"] > SETTLED and abs(row["brightness"]) > BRIGHTNESS:
        words = "brighter" if row["brightness"] > 0 else "darker"
        sentence = f"the samples are {abs(row['brightness']):.0f} of 255 {words} than real images; lower lr_g and lr_d"
        return Finding("brightness", sentence)
    return None
