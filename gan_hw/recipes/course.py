"""The progression of homework 6: each recipe is the one before with a few fields replaced.

`differences(GAN, GAN_LONGER)` and so on show what changes. The fields are documented in recipe.py, the objectives in
losses.py. The course's sample code trains for one epoch; its hints recommend 50.
"""

from gan_hw.recipes.recipe import Recipe

GAN = Recipe("gan")

GAN_LONGER = GAN.replace(name="gan_longer", n_critic=2, epochs=50)

WGAN = GAN_LONGER.replace(
    name="wgan",
    objective="wasserstein",
    clip_value=0.01,
    n_critic=5,
    optimiser="rmsprop",
    lr_g=5e-5,
    lr_d=5e-5,
)

WGAN_GP = WGAN.replace(
    name="wgan_gp",
    objective="wasserstein_gp",
    clip_value=None,
    gp_weight=10.0,
    d_norm="instance",
    optimiser="adam",
    lr_g=1e-4,
    lr_d=1e-4,
    betas=(0.0, 0.9),
)
