"""What the discriminator and the generator minimise: each method is a few lines on top of the last.

    Standard -> Wasserstein (and weight clipping) -> WassersteinGP (a gradient penalty instead of the clip)
    Auxiliary(any of them): the discriminator reads classes as well
    Brightness(any of them): generated images shall be as bright as real ones
    Content(any of them): generated images are held against real ones, pixel by pixel and in a network's features

`real` and `fake` are images, float (N, C, H, W) in [-1, 1]; `discriminator` maps them to logits (N,).
Losses are scalars, float32 as the logits of the kit's discriminator are. In a discriminator loss `fake` must be
detached, so that no graph of the generator is built.
"""

import torch
import torch.nn.functional as F


def scores_of(discriminator, *batches):
    """The discriminator's logits (N,) for each batch of images, from one pass over all of them where it is the same.

    It is where the discriminator says that it is `per_image`. BatchNorm would normalise real and generated images
    together, which tells them apart less well: there each batch has a pass of its own.
    """
    if getattr(discriminator, "per_image", False):
        return discriminator(torch.cat(batches)).split([len(batch) for batch in batches])
    return tuple(discriminator(batch) for batch in batches)


class Standard:
    """The GAN loss in its non-saturating form (Goodfellow et al. 2014, arXiv 1406.2661, sections 3 and 4).

    label_smoothing: real images should read 1 minus this, so that D is never too sure (Salimans et al. 2016,
    1606.03498, section 3.4).
    """

    label_smoothing = 0.0

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = label_smoothing

    def discriminator_loss(self, discriminator, real, fake):
        """Mean of two binary cross-entropies: real images should read 1, generated ones 0. 0.69 when D guesses."""
        logits_real, logits_fake = scores_of(discriminator, real, fake)
        target = torch.full_like(logits_real, 1.0 - self.label_smoothing)
        loss_real = F.binary_cross_entropy_with_logits(logits_real, target)
        loss_fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
        return (loss_real + loss_fake) / 2

    def generator_loss(self, discriminator, fake):
        """Binary cross-entropy against "real": strong gradients just when the discriminator sees through the fakes."""
        logits = discriminator(fake)
        return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))

    def after_discriminator_step(self, discriminator):
        """Called after every discriminator update; the standard GAN leaves the weights as they are."""


class Wasserstein(Standard):
    """Earth mover's distance, estimated by a critic whose weights are clipped (Arjovsky et al. 2017, 1701.07875).

    clip_value: every critic weight is held in [-clip_value, clip_value]; None for a constraint of another kind.
    drift_weight: of a penalty on the squared scores of real images. The difference of scores does not say where they
    lie, so that they can wander off until float32's rounding is larger than the loss; 1e-3 holds them near 0
    (Karras et al. 2018, arXiv 1710.10196, appendix A.1).
    """

    def __init__(self, clip_value=0.01, drift_weight=0.0):
        super().__init__()
        self.clip_value, self.drift_weight = clip_value, drift_weight

    def discriminator_loss(self, discriminator, real, fake):
        """Mean score of fakes minus mean score of real images; its negative estimates the distance (Algorithm 1).

        Plus drift_weight times the mean squared score of real images.
        """
        of_fake, of_real = scores_of(discriminator, fake, real)
        difference = of_fake.mean() - of_real.mean()
        return difference + self.drift_weight * (of_real**2).mean() if self.drift_weight else difference

    def generator_loss(self, discriminator, fake):
        """Minus the mean score of the fakes."""
        return -discriminator(fake).mean()

    @torch.no_grad()
    def after_discriminator_step(self, discriminator):
        """Clip the weights, which bounds the critic's slope, if crudely."""
        if self.clip_value is not None:
            for weight in getattr(discriminator, "clipped_parameters", discriminator.parameters)():
                weight.clamp_(-self.clip_value, self.clip_value)


class WassersteinGP(Wasserstein):
    """Wasserstein loss whose Lipschitz constraint is a penalty, not a clip (Gulrajani et al. 2017, 1704.00028)."""

    def __init__(self, gp_weight=10.0, drift_weight=0.0):
        super().__init__(None, drift_weight)
        self.gp_weight = gp_weight

    def discriminator_loss(self, discriminator, real, fake):
        """Wasserstein loss plus `gp_weight` times the penalty (equation 3)."""
        wasserstein = super().discriminator_loss(discriminator, real, fake)
        return wasserstein + self.gp_weight * gradient_penalty(discriminator, real, fake)


class Around:
    """An objective with something added: what is not said anew is the objective's."""

    def __init__(self, objective):
        self.objective = objective

    def discriminator_loss(self, discriminator, real, fake):
        """The objective's."""
        return self.objective.discriminator_loss(discriminator, real, fake)

    def generator_loss(self, discriminator, fake):
        """The objective's."""
        return self.objective.generator_loss(discriminator, fake)

    def after_discriminator_step(self, discriminator):
        """The objective's."""
        self.objective.after_discriminator_step(discriminator)


class Auxiliary(Around):
    """Any objective, and the discriminator reads classes: ACGAN where the objective is Standard (Odena et al. 2017).

    D reads them off real images, and with on_fakes off generated ones too; G is to be read as it was asked. weight: of
    the reading's cross-entropy. `discriminator` is a conditional.Asked here.
    """

    def __init__(self, objective, weight=1.0, on_fakes=True):
        super().__init__(objective)
        self.weight, self.on_fakes = weight, on_fakes

    def discriminator_loss(self, discriminator, real, fake):
        """The objective's loss plus `weight` times how badly D reads (Odena et al. 2017, L_S + L_C)."""
        misread = discriminator.misread(real, fake) if self.on_fakes else discriminator.misread(real)
        return self.objective.discriminator_loss(discriminator, real, fake) + self.weight * misread

    def generator_loss(self, discriminator, fake):
        """The objective's loss plus `weight` times how badly D reads what was asked for (L_C - L_S)."""
        return self.objective.generator_loss(discriminator, fake) + self.weight * discriminator.misread(fake)


class Brightness(Around):
    """Any objective, and what is generated shall be as bright on average as the real images: `brightness` in [-1, 1].

    A critic that looks for differences of sums can be pleased, for a while, by images that are brighter or darker than
    any real one, and the samples' brightness drifts; weight times the squared distance of the means holds it. The mean
    is a batch's: as it varies less the more images of a batch are alike, G is paid a little for that too.
    """

    def __init__(self, objective, brightness, weight):
        super().__init__(objective)
        self.brightness, self.weight = brightness, weight

    def generator_loss(self, discriminator, fake):
        """The objective's plus weight * (mean of all pixels of the batch - brightness) squared."""
        drift = fake.float().mean() - self.brightness
        return self.objective.generator_loss(discriminator, fake) + self.weight * drift**2


class Content(Around):
    """Any objective, and what is generated shall be near the real images of the same labels: SRGAN's loss for G.

    Ledig et al. 2017 (1609.04802, equations 3 to 6), with both terms of content, which are alternatives there, total
    variation as in public code, and the weights of the conditional lab. perceive: a network whose
    features of an image, of any shape, are compared. perceptual_weight: 0.1 for the lab's ResNet-18, 0.006 for VGG-16.
    `discriminator` is a conditional.Asked here, which knows the real images.

    In super-resolution each image has the one that it should become. Here they share labels, and nothing else: what
    is nearest to all real images of a label is their mean, a grey one. The pixels' term pulls there.
    """

    adversarial_weight = 1e-3
    tv_weight = 2e-8

    def __init__(self, objective, perceive, perceptual_weight):
        super().__init__(objective)
        self.perceive, self.perceptual_weight = perceive, perceptual_weight

    def generator_loss(self, discriminator, fake):
        """Pixels' mean squared error + 1e-3 objective + perceptual_weight features' + 2e-8 total variation."""
        with torch.no_grad():
            wanted = self.perceive(discriminator.real)
        return (
            F.mse_loss(fake, discriminator.real)
            + self.adversarial_weight * self.objective.generator_loss(discriminator, fake)
            + self.perceptual_weight * F.mse_loss(self.perceive(fake).float(), wanted.float())
            + self.tv_weight * total_variation(fake)
        )


def total_variation(images):
    """Twice the mean squared difference of neighbours above each other, plus of neighbours side by side; a scalar.

    images: (N, C, H, W). The form that goes with SRGAN's weight of 2e-8 in public code; smooth images have little
    (Mahendran & Vedaldi 2015, 1412.0035, section 3, with the exponent 2).
    """
    rows, columns = images[:, :, 1:] - images[:, :, :-1], images[..., 1:] - images[..., :-1]
    return 2 * ((rows**2).mean() + (columns**2).mean())


def gradient_penalty(discriminator, real, fake, generator=None):
    """Mean squared distance of the critic's input-gradient norm from 1, on lines between real and fake.

    real, fake: (N, C, H, W) float in [-1, 1]. generator: torch.Generator of the mixing weights, or None for the
    global one. Returns a scalar, float32 also under autocast. One mixing weight per sample, shape (N, 1, 1, 1).
    Gulrajani et al. 2017, eq. 3 (arXiv 1704.00028). Raises ValueError when real and fake differ in shape.
    """
    if real.shape != fake.shape:
        raise ValueError(f"real {tuple(real.shape)} and fake {tuple(fake.shape)} must have the same shape to be mixed")
    alpha = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype, generator=generator)
    mixed = (alpha * real + (1 - alpha) * fake).detach().requires_grad_()
    scores = discriminator(mixed)
    # create_graph: the penalty is itself trained through, so its gradient needs a graph.
    (gradient,) = torch.autograd.grad(scores.sum(), mixed, create_graph=True)
    # One norm per sample over all its pixels; vector_norm's derivative at 0 is 0, where a bare square root gives NaN.
    norm = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return ((norm - 1) ** 2).mean()
