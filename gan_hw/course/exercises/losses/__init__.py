"""Exercises on losses: GAN, least squares and Wasserstein in notebook 3, relativistic in 6."""
