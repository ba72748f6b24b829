"""Terms that can be added to any loss: an auxiliary classifier, a brightness penalty, a perceptual loss.

Two more wrappers are in training/: ConditionalLoss (gan.py) binds labels, AugmentedLoss (augment.py) augments what D
sees. For images and discriminators see losses.py.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_hw.losses import Loss


class LossWrapper(Loss):
    """Changes another loss, `objective`; a subclass overrides some methods, the others call the wrapped loss."""

    def __init__(self, objective: Loss) -> None:
        self.objective = objective

    def discriminator_loss(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """The wrapped discriminator loss, unchanged."""
        return self.objective.discriminator_loss(discriminator, real, fake)

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """The wrapped generator loss, unchanged."""
        return self.objective.generator_loss(discriminator, fake, real)

    def penalty(self, discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor | None:
        """The wrapped loss's penalty, unchanged."""
        return self.objective.penalty(discriminator, real, fake)

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

    def generator_loss(self, discriminator: Any, fake: Tensor, real: Tensor) -> Tensor:
        """The wrapped loss plus weight * classification loss of the fakes (the paper maximises L_C - L_S)."""
        return self.objective.generator_loss(
            discriminator, fake, real
        ) + self.weight * discriminator.classification_loss(fake)


class Brightness(LossWrapper):
    """Any loss plus weight * (mean of generated pixels - brightness)²; brightness: the real images' mean in [-1, 1].

    A critic can for a while reward images that are brighter or darker than any real one, so that brightness drifts;
    this penalty limits it. The mean is taken over a batch, so that G is also rewarded a little for less variety of
    brightness.
    """

    def __init__(self, objective: Loss, brightness: float, weight: float) -> None:
        super().__init__(objective)
        self.brightness, self.weight = brightness, weight

    def generator_loss(self, discriminator: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor) -> Tensor:
        """The wrapped loss plus weight * (mean of all pixels of the batch - brightness)²."""
        difference = fake.float().mean() - self.brightness
        return self.objective.generator_loss(discriminator, fake, real) + self.weight * difference**2


class PerceptualLoss(LossWrapper):
    """SRGAN's generator loss: generated images are compared with real ones, in pixels and in a network's features.

    Ledig et al. 2017 (arXiv 1609.04802, equations 3 to 6) with both content terms, which are alternatives there, total
    variation as in public code, and the weights of NYCU's conditional lab. feature_extractor: images -> features of any
    shape. perceptual_weight: 0.1 for the lab's ResNet-18, 0.006 for VGG-16.
    The real images of a step have the labels that the generated ones were made for.

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

    def generator_loss(self, discriminator: Any, fake: Tensor, real: Tensor) -> Tensor:
        """Pixel MSE + 1e-3 wrapped loss + perceptual_weight feature MSE + 2e-8 total variation."""
        with torch.no_grad():
            target = self.feature_extractor(real)
        return (
            F.mse_loss(fake, real)
            + self.adversarial_weight * self.objective.generator_loss(discriminator, fake, real)
            + self.perceptual_weight * F.mse_loss(self.feature_extractor(fake).float(), target.float())
            + self.tv_weight * total_variation(fake)
        )


def total_variation(images: Tensor) -> Tensor:
    """2 * (mean squared difference of vertical neighbours + that of horizontal neighbours); a scalar.

    images: (N, C, H, W). The form that goes with SRGAN's weight of 2e-8 in public code; smooth images have little
    (Mahendran & Vedaldi 2015, arXiv 1412.0035, section 2, with the exponent 2).
    """
    rows, columns = images[:, :, 1:] - images[:, :, :-1], images[..., 1:] - images[..., :-1]
    return 2 * ((rows**2).mean() + (columns**2).mean())
