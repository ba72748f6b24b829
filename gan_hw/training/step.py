"""One training step, the same for every method: what they differ in is the loss and the recipe."""

from torch import Tensor

from gan_hw.training.gan import GAN


def training_step(gan: GAN, real: Tensor) -> dict[str, Tensor]:
    """One discriminator step and, every n_critic-th time, one generator step. Returns the losses by name.

    real: float (N, 3, size, size) in [-1, 1] on the GAN's device. Goodfellow et al. 2014, algorithm 1; Arjovsky et al.
    2017 and Gulrajani et al. 2017, algorithm 1. To change what a step does, pass a function like this one as
    Trainer(..., step=...); all that it needs is on the GAN.
    """
    losses = discriminator_step(gan, real)
    if gan.step % gan.recipe.n_critic == 0:
        losses |= generator_step(gan, real)
    return {name: loss.detach() for name, loss in losses.items()}  # whoever keeps them keeps no graph


def discriminator_step(gan: GAN, real: Tensor) -> dict[str, Tensor]:
    """Tell real images from generated ones. Returns `loss_d`, and `penalty` in the steps that have one.

    A penalty in some steps only is from Karras et al. 2020 (arXiv 1912.04958, section 3.1); here it is added to that
    step's loss, and Adam's settings are not adjusted.
    """
    losses = {}
    with gan.autocast():
        fake = gan.sample_for_discriminator(len(real))
        losses["loss_d"] = gan.objective.discriminator_loss(gan.discriminator, real, fake)
        loss = losses["loss_d"]
        if gan.step % gan.recipe.penalty_every == 0:  # some losses have a penalty that a few steps are enough for
            penalty = gan.objective.penalty(gan.discriminator, real, fake)
            if penalty is not None:
                losses["penalty"] = penalty
                loss = loss + gan.recipe.penalty_every * penalty
    gan.update(gan.optimiser_d, loss)
    gan.objective.after_discriminator_step(gan.discriminator)
    return losses


def generator_step(gan: GAN, real: Tensor) -> dict[str, Tensor]:
    """Draw images that the discriminator takes for real. Returns `loss_g`."""
    with gan.autocast():
        fake = gan.sample(len(real))
        loss = gan.objective.generator_loss(gan.discriminator, fake, real)
    gan.update(gan.optimiser_g, loss)
    gan.update_ema()
    return {"loss_g": loss}
