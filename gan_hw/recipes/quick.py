"""Recipes tuned for a CPU or a small GPU.

Networks and batches are small, because early in training the number of updates matters most. There are no transposed
convolutions, whose checkerboard artefacts take long to disappear. G's learning rate is twice D's: with equal rates D
soon recognises every fake and leaves G without a useful gradient.
"""

from typing import Any

from gan_hw.recipes.course import GAN, WGAN_GP

QUICK: dict[str, Any] = {
    "feature_dim": 16,
    "batch_size": 32,
    "lr_g": 4e-4,
    "lr_d": 2e-4,
    "g_up": "nearest",
    "flip": True,
    "epochs": 20,
}
GAN_QUICK = GAN.replace(name="gan_quick", **QUICK)
WGAN_GP_QUICK = WGAN_GP.replace(name="wgan_gp_quick", n_critic=2, ema_images=50_000, **QUICK)

# The same networks with the GAN's own loss and R1: one discriminator step for each of the generator's, and a penalty in
# every eighth step alone. Without InstanceNorm in D the variety is lost. With this penalty equal learning rates work.
GAN_R1_QUICK = WGAN_GP_QUICK.replace(
    name="gan_r1_quick",
    objective="standard_r1",
    gp_weight=None,
    r1_weight=0.25,
    penalty_every=8,
    n_critic=1,
    lr_d=4e-4,
    betas=(0.0, 0.99),
)

# The same at twice the side: one more doubling, and half the feature maps on each.
GAN_R1_128 = GAN_R1_QUICK.replace(name="gan_r1_128", size=128, feature_dim=8, epochs=50)

# Twice as wide: the best faces, from 20 minutes of two CPU cores on.
WGAN_GP_WIDE = WGAN_GP_QUICK.replace(name="wgan_gp_wide", feature_dim=32, epochs=100)

# The same with R1, for an hour. On real faces a generator that learns half as fast as D keeps more of the variety.
GAN_R1_WIDE = GAN_R1_QUICK.replace(name="gan_r1_wide", feature_dim=32, lr_g=2e-4, epochs=100)

# For a small collection: less prone to overfitting.
COLLECTION_QUICK = WGAN_GP_QUICK.replace(name="collection_quick", augment=True, epochs=500)

# Conditional on labels: by projection, by an auxiliary classifier, and by both with twice the learning rates, because
# eyes are small and are learned late.
CGAN_QUICK = WGAN_GP_QUICK.replace(name="cgan_quick", conditional=True, d_condition="projection")
ACGAN_QUICK = WGAN_GP_QUICK.replace(name="acgan_quick", conditional=True, auxiliary_weight=20.0)
CONDITIONAL_QUICK = CGAN_QUICK.replace(name="conditional_quick", auxiliary_weight=20.0, lr_g=8e-4, lr_d=4e-4)
