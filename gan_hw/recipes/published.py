"""Recipes with the settings of published experiments; docs/results says where each comes from.

"Chosen here" marks what the source does not say. So are n_critic, where it says nothing, and the moving average.
"""

import warnings

from gan_hw.recipes.course import GAN, WGAN, WGAN_GP

# The six experiments of NYCU's conditional lab on i-CLEVR, and a corrected version of the one that failed. Chosen here:
# Adam's betas, the weight of the auxiliary classifier, and RMSprop with the clip.
ICLEVR_CGAN = GAN.replace(
    name="iclevr_cgan",
    conditional=True,
    d_condition="plane",
    g_body="shallow",
    g_up="nearest",
    feature_dim=128,
    lr_d=4e-4,
    repeats=4,
    epochs=200,
)
ICLEVR_ACGAN = ICLEVR_CGAN.replace(name="iclevr_acgan", d_condition="none", auxiliary_weight=1.0)
ICLEVR = (
    ICLEVR_CGAN,
    ICLEVR_CGAN.replace(name="iclevr_cgan_content", content="resnet"),
    ICLEVR_CGAN.replace(name="iclevr_cgan_wgan", objective="wasserstein", optimiser="rmsprop", clip_value=0.01),
    ICLEVR_ACGAN,
    # The source weights classes 0.2 and everything else 0.8, a ratio of 1 to 4.
    ICLEVR_ACGAN.replace(name="iclevr_acgan_content", content="resnet", auxiliary_weight=0.25),
    ICLEVR_CGAN.replace(
        name="iclevr_cgan_srgan", g_body="srgan_as_tried", g_output="linear", d_body="srgan", feature_dim=64
    ),
    ICLEVR_ACGAN.replace(name="iclevr_acgan_srgan", g_body="srgan", d_body="srgan", feature_dim=64),
)

CIFAR10_WGAN_GP = WGAN_GP.replace(
    name="cifar10_wgan_gp", size=32, feature_dim=128, z_dim=128, d_norm="none", betas=(0.5, 0.9), epochs=1200
)

with warnings.catch_warnings():  # BatchNorm with a penalty, as published: the warning comes when one is chosen
    warnings.simplefilter("ignore")
    # Chosen here: learning rates, betas and feature_dim. The sources trained for 20, 54 and 694 epochs.
    CELEBA_WGAN_GP = WGAN_GP.replace(
        name="celeba_wgan_gp", g_up="transposed4", d_norm="batch", as_published=True, batch_size=512, epochs=20
    )
    ANIME_WGAN_GP = CELEBA_WGAN_GP.replace(name="anime_wgan_gp", epochs=54)
    FLOWERS_WGAN_GP = CELEBA_WGAN_GP.replace(name="flowers_wgan_gp", epochs=694)
    # Chosen here: feature_dim and size.
    COLLECTION_WGAN_GP = WGAN_GP.replace(
        name="collection_wgan_gp",
        g_up="transposed4",
        d_norm="batch",
        as_published=True,
        depth=3,
        feature_dim=32,
        batch_size=32,
        lr_g=5e-3,
        lr_d=5e-3,
        epochs=3000,
    )

# Chosen here: feature_dim.
COLLECTION_WGAN = WGAN.replace(
    name="collection_wgan",
    g_up="transposed4",
    d_norm="layer",
    size=32,
    z_dim=512,
    batch_size=8,
    lr_g=2e-5,
    lr_d=2e-5,
    epochs=10_000,
)
