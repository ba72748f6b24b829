"""What the discriminator and the generator minimise: each method is a few lines on top of the last.

    Standard -> Wasserstein (with weight clipping) -> WassersteinGP (a gradient penalty instead of the clip)

A recipe's `objective` is the `name` of one of these classes. To add a loss, subclass `Loss` and give it a name.
The wrappers at the end change any of them: an auxiliary classifier, a brightness penalty, a perceptual loss. Two more
are in training/: ConditionalLoss (gan.py) binds labels, AugmentedLoss (augment.py) augments what D sees.

`real` and `fake` are images, float (N, C, H, W) in [-1, 1]; `discriminator` maps images to logits (N,).
Losses are scalars in float32, as the logits of the kit's discriminators are. In a discriminator loss `fake` must be
detached, so that no graph of the generator is built.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LOSSES: dict[str, type["Loss"]] = {}  # every named subclass of Loss, by its name


class Loss(ABC):
    """Base class of all losses; a subclass with a `name` can be chosen as a recipe's `objective`.

    name: what recipes call it. options: the recipe fields that its constructor takes as keyword arguments.
    """

    name: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "name" in vars(cls):
            LOSSES[cls.name] = cls

    @abstractmethod
    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator minimises, a scalar."""

    @abstractmethod
    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
        """What the generator minimises, a scalar."""

    def after_discriminator_step(self, discriminator: nn.Module) -> None:  # noqa: B027 - nothing to do is a fine default
        """Called after every discriminator update; most losses leave the weights as they are."""


class Standard(Loss):
    """The GAN loss in its non-saturating form (Goodfellow et al. 2014, arXiv 1406.2661, sections 3 and 4).

    label_smoothing: the target for real images is 1 minus this, which keeps D from overconfidence (Salimans et al.
    2016, arXiv 1606.03498, section 3.4).
    """

    name = "standard"
    options = ("label_smoothing",)

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Mean of two binary cross-entropies, target 1 for real, 0 for generated images; log 2 = 0.69 for a guess."""
        logits_real, logits_fake = logits_of(discriminator, real, fake)
        target = torch.full_like(logits_real, 1.0 - self.label_smoothing)
        loss_real = F.binary_cross_entropy_with_logits(logits_real, target)
        loss_fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
        return (loss_real + loss_fake) / 2

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
        """Binary cross-entropy with target 1: its gradient is largest for images that D rejects with confidence."""
        logits = discriminator(fake)
        return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


class Wasserstein(Loss):
    """Earth mover's distance, estimated by a critic with clipped weights (Arjovsky et al. 2017, arXiv 1701.07875).

    clip_value: critic weights are clipped to [-clip_value, clip_value] after each step, all of them or those that
    `discriminator.clipped_parameters()` yields; None: no clipping. drift_weight: factor of a penalty on the squared
    scores of real images. The loss depends on differences of scores alone, so that all of them can drift together until
    float32 rounding exceeds the loss; 1e-3 keeps them near 0 (Karras et al. 2018, arXiv 1710.10196, appendix A.1).
    """

    name = "wasserstein"
    options = ("clip_value", "drift_weight")

    def __init__(self, clip_value: float | None = 0.01, drift_weight: float = 0.0) -> None:
        self.clip_value, self.drift_weight = clip_value, drift_weight

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Mean score of fakes minus mean score of real images (algorithm 1).

        With clipped weights its negative estimates the distance, up to a constant factor that is not known. With
        drift_weight, plus that times the mean squared score of real images.
        """
        score_fake, score_real = logits_of(discriminator, fake, real)
        difference = score_fake.mean() - score_real.mean()
        if self.drift_weight:
            difference = difference + self.drift_weight * (score_real**2).mean()
        return difference

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
        """Minus the mean score of the fakes."""
        return -discriminator(fake).mean()

    @torch.no_grad()
    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        """Clip the weights, which bounds the critic's slope, if crudely."""
        if self.clip_value is not None:
            for weight in getattr(discriminator, "clipped_parameters", discriminator.parameters)():
                weight.clamp_(-self.clip_value, self.clip_value)


class WassersteinGP(Wasserstein):
    """Wasserstein loss whose Lipschitz constraint is a penalty instead of a clip (Gulrajani et al. 2017)."""

    name = "wasserstein_gp"
    options = ("gp_weight", "drift_weight")

    def __init__(self, gp_weight: float = 10.0, drift_weight: float = 0.0) -> None:
        super().__init__(None, drift_weight)
        self.gp_weight = gp_weight

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Wasserstein loss plus gp_weight times the penalty (arXiv 1704.00028, equation 3)."""
        wasserstein = super().discriminator_loss(discriminator, real, fake)
        return wasserstein + self.gp_weight * gradient_penalty(discriminator, real, fake)


def gradient_penalty(
    discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Mean squared distance of the critic's input-gradient norm from 1, on lines between real and fake.

    real, fake: (N, C, H, W) float in [-1, 1]. generator: torch.Generator of the mixing weights, or None for the
    global one. Returns a scalar, float32 also under autocast. One mixing weight per sample, shape (N, 1, 1, 1).
    Gulrajani et al. 2017, equation 3 (arXiv 1704.00028). Raises ValueError when real and fake differ in shape.
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


def logits_of(discriminator: Callable[[Tensor], Tensor], *batches: Tensor) -> tuple[Tensor, ...]:
    """The discriminator's logits (N,) for each batch of images.

    With a `per_image` discriminator all batches share one forward pass. With BatchNorm each has its own, because joint
    statistics of real and generated images would make them harder to tell apart.
    """
    if getattr(discriminator, "per_image", False):
        return discriminator(torch.cat(batches)).split([len(batch) for batch in batches])
    return tuple(discriminator(batch) for batch in batches)


class LossWrapper(Loss):
    """Changes another loss, `objective`; a subclass overrides some methods, the others call the wrapped loss."""

    def __init__(self, objective: Loss) -> None:
        self.objective = objective

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """The wrapped discriminator loss, unchanged."""
        return self.objective.discriminator_loss(discriminator, real, fake)

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
        """The wrapped generator loss, unchanged."""
        return self.objective.generator_loss(discriminator, fake)

    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        """The wrapped loss's update, unchanged."""
        self.objective.after_discriminator_step(discriminator)


class AuxiliaryClassifier(LossWrapper):
    """Any loss plus an auxiliary classifier's loss: ACGAN (Odena et al. 2017, arXiv 1610.09585).

    The classifier is part of D. Labels are multi-hot, so that its loss is a mean binary cross-entropy over classes,
    where ACGAN has one softmax. D minimises it on real images, and with on_fakes on generated ones too; G minimises it
    for the requested classes. weight: its factor. `discriminator` is a LabelBoundDiscriminator here.
    """

    def __init__(self, objective: Loss, weight: float = 1.0, on_fakes: bool = True) -> None:
        super().__init__(objective)
        self.weight, self.on_fakes = weight, on_fakes

    def discriminator_loss(self, discriminator: Any, real: Tensor, fake: Tensor) -> Tensor:
        """The wrapped loss plus weight * classification loss (the paper maximises L_S + L_C)."""
        batches = (real, fake) if self.on_fakes else (real,)
        classification = discriminator.classification_loss(*batches)
        return self.objective.discriminator_loss(discriminator, real, fake) + self.weight * classification

    def generator_loss(self, discriminator: Any, fake: Tensor) -> Tensor:
        """The wrapped loss plus weight * classification loss of the fakes (the paper maximises L_C - L_S)."""
        return self.objective.generator_loss(discriminator, fake) + self.weight * discriminator.classification_loss(
            fake
        )


class Brightness(LossWrapper):
    """Any loss plus weight * (mean of generated pixels - brightness)²; brightness: the real images' mean in [-1, 1].

    A critic can for a while reward images that are brighter or darker than any real one, so that brightness drifts;
    this penalty limits it. The mean is taken over a batch, so that G is also rewarded a little for less variety of
    brightness.
    """

    def __init__(self, objective: Loss, brightness: float, weight: float) -> None:
        super().__init__(objective)
        self.brightness, self.weight = brightness, weight

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor) -> Tensor:
        """The wrapped loss plus weight * (mean of all pixels of the batch - brightness)²."""
        difference = fake.float().mean() - self.brightness
        return self.objective.generator_loss(discriminator, fake) + self.weight * difference**2


class PerceptualLoss(LossWrapper):
    """SRGAN's generator loss: generated images are compared with real ones, in pixels and in a network's features.

    Ledig et al. 2017 (arXiv 1609.04802, equations 3 to 6) with both content terms, which are alternatives there, total
    variation as in public code, and the weights of NYCU's conditional lab. feature_extractor: images -> features of any
    shape. perceptual_weight: 0.1 for the lab's ResNet-18, 0.006 for VGG-16.
    `discriminator` is a LabelBoundDiscriminator here, which holds the real images of the same labels.

    In super-resolution each input has one correct output. Here a generated and a real image share their labels alone.
    The pixel error is then smallest for the mean of all real images with those labels, a grey blur.
    """

    adversarial_weight = 1e-3
    tv_weight = 2e-8

    def __init__(
        self, objective: Loss, feature_extractor: Callable[[Tensor], Tensor], perceptual_weight: float
    ) -> None:
        super().__init__(objective)
        self.feature_extractor, self.perceptual_weight = feature_extractor, perceptual_weight

    def generator_loss(self, discriminator: Any, fake: Tensor) -> Tensor:
        """Pixel MSE + 1e-3 wrapped loss + perceptual_weight feature MSE + 2e-8 total variation."""
        with torch.no_grad():
            target = self.feature_extractor(discriminator.real)
        return (
            F.mse_loss(fake, discriminator.real)
            + self.adversarial_weight * self.objective.generator_loss(discriminator, fake)
            + self.perceptual_weight * F.mse_loss(self.feature_extractor(fake).float(), target.float())
            + self.tv_weight * total_variation(fake)
        )


def total_variation(images: Tensor) -> Tensor:
    """2 * (mean squared difference of vertical neighbours + that of horizontal neighbours); a scalar.

    images: (N, C, H, W). The form that goes with SRGAN's weight of 2e-8 in public code; smooth images have little
    (Mahendran & Vedaldi 2015, arXiv 1412.0035, section 3, with the exponent 2).
    """
    rows, columns = images[:, :, 1:] - images[:, :, :-1], images[..., 1:] - images[..., :-1]
    return 2 * ((rows**2).mean() + (columns**2).mean())
