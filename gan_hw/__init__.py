"""GAN, WGAN and WGAN-GP on 64x64 anime faces: the package behind the course's notebooks."""

__version__ = "0.1.0"
