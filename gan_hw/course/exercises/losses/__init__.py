"""Exercises on losses: GAN and Wasserstein in notebook 3, least squares in 4, relativistic in 6."""
