"""A variational autoencoder beside the GANs: a lab, no recipe trains with it.

model.py has the evidence lower bound and the networks, training.py the loop.
"""

from gan_hw.course.vae.model import VAE, Bound, face_vae, gaussian_log_likelihood, kl_to_standard_normal, point_vae
from gan_hw.course.vae.training import Training, face_batches

__all__ = [
    "VAE",
    "Bound",
    "Training",
    "face_batches",
    "face_vae",
    "gaussian_log_likelihood",
    "kl_to_standard_normal",
    "point_vae",
]
