"""What the discriminator and the generator minimise: each method is a few lines on top of an earlier one.

    Standard -> Wasserstein (with weight clipping) -> WassersteinGP (a gradient penalty instead of the clip)
    Standard -> StandardR1 (another gradient penalty) -> Relativistic (logits compared in pairs)

A recipe's `objective` is the `name` of one of these classes. To add a loss, subclass `Loss` and give it a name.
loss_wrappers.py adds terms to any of them.

`real` and `fake` are images, float (N, C, H, W) in [-1, 1], of equal N; `discriminator` maps images to logits (N,).
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
    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """What the generator minimises, a scalar. real: the batch of the step, for losses that compare with it."""

    def penalty(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor | None:
        """A part of the discriminator's loss that not every step needs, a scalar, or None where there is no such part.

        It is computed in every penalty_every-th step and counts penalty_every times as much there.
        """
        return None

    def after_discriminator_step(self, discriminator: nn.Module) -> None:  # noqa: B027 - nothing to do is a fine default
        """Called after every discriminator update; most losses leave the weights as they are."""


class Standard(Loss):
    """The GAN loss in its non-saturating form (Goodfellow et al. 2014, arXiv 1406.2661, sections 3 and 4).

    label_smoothing: the target for real images is 1 minus this, which keeps D from overconfidence (Salimans et al.
    2016, arXiv 1606.03498, section 3.4).
    """

    name = "standard"
    options: ClassVar[tuple[str, ...]] = ("label_smoothing",)

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Mean of two binary cross-entropies, target 1 for real, 0 for generated images; log 2 = 0.69 for a guess."""
        logits_real, logits_fake = logits_of(discriminator, real, fake)
        target = torch.full_like(logits_real, 1.0 - self.label_smoothing)
        loss_real = F.binary_cross_entropy_with_logits(logits_real, target)
        loss_fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
        return (loss_real + loss_fake) / 2

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
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

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
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


class StandardR1(Standard):
    """The GAN loss with a penalty on D's slope where the images are (Mescheder et al. 2018, arXiv 1801.04406).

    With this penalty training converges locally, whichever GAN loss is used: at the solution D is flat, and there the
    penalty is 0, unlike WassersteinGP's. r1_weight, r2_weight: factors of the penalty on real and on generated images
    (R1 and R2). Because Standard halves the sum of its two terms, a weight w is the paper's gamma = 2w; for
    Relativistic, gamma = w.
    """

    name = "standard_r1"
    options: ClassVar[tuple[str, ...]] = ("label_smoothing", "r1_weight", "r2_weight")

    def __init__(self, label_smoothing: float = 0.0, r1_weight: float = 1.0, r2_weight: float = 0.0) -> None:
        super().__init__(label_smoothing)
        self.r1_weight, self.r2_weight = r1_weight, r2_weight

    def penalty(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Half of each weight times the mean squared slope: at real images (equation 9), at generated ones (10)."""
        penalty = self.r1_weight / 2 * squared_slope(discriminator, real)
        if self.r2_weight:
            penalty = penalty + self.r2_weight / 2 * squared_slope(discriminator, fake)
        return penalty


class Relativistic(StandardR1):
    """Real and generated images compared in pairs: RpGAN (Jolicoeur-Martineau 2018, arXiv 1807.00734, section 4.1).

    With R1 and R2 it is the loss of R3GAN (Huang et al. 2024, arXiv 2501.05441, section 2). D need only rank each real
    image above a generated one, so that no logit has a value of its own to reach, and G gains nothing from bringing all
    its images to the one side of a boundary on which D sees real ones, which is how modes are lost.
    """

    name = "relativistic"
    options = ("r1_weight", "r2_weight")

    def __init__(self, r1_weight: float = 1.0, r2_weight: float = 0.0) -> None:
        super().__init__(0.0, r1_weight, r2_weight)

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Mean softplus of fake minus real logits: the cross-entropy of telling which of two is real."""
        logits_real, logits_fake = logits_of(discriminator, real, fake)
        return F.softplus(logits_fake - logits_real).mean()

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """The same with real and generated images exchanged."""
        with torch.no_grad():
            logits_real = discriminator(real)
        return F.softplus(logits_real - discriminator(fake)).mean()


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
    gradient = slope(discriminator, alpha * real + (1 - alpha) * fake)
    # One norm per sample over all its pixels; vector_norm's derivative at 0 is 0, where a bare square root gives NaN.
    norm = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return ((norm - 1) ** 2).mean()


def squared_slope(discriminator: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Mean squared norm of D's gradient at the images: R1's on real, R2's on generated ones, without their weights.

    images: (N, C, H, W) float in [-1, 1]. Returns a scalar, float32 also under autocast. Mescheder et al. 2018,
    equations 9 and 10 (arXiv 1801.04406).
    """
    return slope(discriminator, images).square().sum((1, 2, 3)).mean()


def slope(discriminator: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """D's gradient at the images (N, C, H, W), of the same shape and with a graph, for a penalty is trained through."""
    images = images.detach().requires_grad_()
    logits = discriminator(images).sum()
    # Like every backward pass outside autocast, which would compute it in bf16 or fp16 even where D has float32.
    with torch.autocast(images.device.type, enabled=False):
        (gradient,) = torch.autograd.grad(logits, images, create_graph=True)
    return gradient


def logits_of(discriminator: Callable[[Tensor], Tensor], *batches: Tensor) -> tuple[Tensor, ...]:
    """The discriminator's logits (N,) for each batch of images.

    With a `per_image` discriminator all batches share one forward pass. With BatchNorm each has its own, because joint
    statistics of real and generated images would make them harder to tell apart.
    """
    if getattr(discriminator, "per_image", False):
        return discriminator(torch.cat(batches)).split([len(batch) for batch in batches])
    return tuple(discriminator(batch) for batch in batches)
