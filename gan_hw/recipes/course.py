"""The progression of homework 6: each recipe is the one before with a few fields replaced.

`differences(GAN, GAN_LONGER)` and so on show what changes. The fields are documented in recipe.py, the objectives in
losses.py. The course's sample code trains for one epoch; its hints recommend 50. The last two go beyond homework 6.
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

# The first loss again, with another penalty (Mescheder et al. 2018), and then logits compared in pairs (Huang et al.
# 2024). Chosen here: the weights, and InstanceNorm, which neither paper has, as before.
GAN_R1 = WGAN_GP.replace(
    name="gan_r1", objective="standard_r1", gp_weight=None, r1_weight=0.5, n_critic=1, betas=(0.0, 0.99)
)

R3GAN = GAN_R1.replace(name="r3gan", objective="relativistic", r1_weight=1.0, r2_weight=1.0)
