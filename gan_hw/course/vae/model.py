"""A variational autoencoder (VAE) on the bodies of the kit's networks (Kingma and Welling 2014).

An encoder turns an image into a normal distribution of z, a decoder turns z into an image. Both maximise the evidence
lower bound (ELBO), a lower bound of log p(image), arXiv 1312.6114, equation 3:

    ELBO = E[log p(image | z)] - KL(q(z | image) || N(0, I)),   z drawn from q(z | image)

The noise of the pixels has one standard deviation, sigma, which is learned with the networks (Rybkin et al. 2021, arXiv
2006.13202), so the two terms need no weight.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_hw.course.laboratory.game import PointGenerator
from gan_hw.networks.dcgan import Discriminator, Generator


class Bound(NamedTuple):
    """The ELBO's KL term, and an estimate of its other term from one z, for each image: (N,) each, in nats."""

    log_likelihood: Tensor
    kl: Tensor

    @property
    def elbo(self) -> Tensor:
        """An unbiased estimate of the bound, (N,): what training makes large."""
        return self.log_likelihood - self.kl


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) for each row, (N, z_dim) -> (N,) in nats.

    Kingma and Welling 2014, arXiv 1312.6114, appendix B. At least 0, and 0 only for the standard normal distribution.
    """
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)


def gaussian_log_likelihood(images: Tensor, decoded: Tensor, log_sigma: Tensor) -> Tensor:
    """Log N(images; decoded, sigma² I) for each image, (N, ...) -> (N,) in nats: the sum over all of its numbers."""
    squares = ((images - decoded) ** 2).flatten(1)
    numbers = squares.shape[1]
    return -0.5 * squares.sum(1) / (2 * log_sigma).exp() - numbers * (log_sigma + 0.5 * math.log(2 * math.pi))


class VAE(nn.Module):
    """encoder: images (N, ...) -> (N, 2 z_dim), means and logarithms of variances. decoder: z (N, z_dim) -> images.

    The decoder alone is a generator like any other of the kit. sigma, exp(log_sigma), is the standard deviation of the
    pixels around the decoded image.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, sigma: float = 1.0) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.log_sigma = nn.Parameter(torch.tensor(math.log(sigma)))

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | image), (N, z_dim) each, in float32."""
        mean, log_variance = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_variance

    def reconstruct(self, images: Tensor) -> Tensor:
        """The decoded means: what the VAE keeps of the images."""
        return self.decoder(self.encode(images)[0])

    def bound(self, images: Tensor) -> Bound:
        """The ELBO's two terms for one z of each image, drawn with the global generator."""
        mean, log_variance = self.encode(images)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)  # differentiable in both: reparameterised
        decoded = self.decoder(z).float()
        log_likelihood = gaussian_log_likelihood(images.float(), decoded, self.log_sigma)
        return Bound(log_likelihood, kl_to_standard_normal(mean, log_variance))


class ImageEncoder(nn.Module):
    """The body of the kit's discriminator with a head of 2 z_dim numbers in place of one logit.

    It has BatchNorm: InstanceNorm, which `gan_r1_quick` has in D, would take an image's brightness and contrast away.
    """

    def __init__(self, z_dim: int, feature_dim: int, size: int) -> None:
        super().__init__()
        self.body = Discriminator(feature_dim, size, d_norm="batch")
        last = self.body.head
        self.body.head = nn.Conv2d(last.in_channels, 2 * z_dim, last.kernel_size[0])

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, 3, size, size) in [-1, 1] -> means and log variances, (N, 2 z_dim)."""
        return self.body.head(self.body.features(images)).flatten(1)


def face_vae(z_dim: int = 100, feature_dim: int = 16, size: int = 64) -> VAE:
    """A VAE of images: the decoder is the generator of `gan_r1_quick`, the encoder an ImageEncoder."""
    return VAE(ImageEncoder(z_dim, feature_dim, size), Generator(z_dim, feature_dim, size, g_up="nearest"))


def point_vae(z_dim: int = 2, width: int = 64, sigma: float = 0.1) -> VAE:
    """A VAE of points (N, 2, 1, 1) whose decoder is the laboratory's generator. sigma: at the start.

    With a sigma above the standard deviation of the points' coordinates, 0.57 for the ring, the log-likelihood gains so
    little from z that the KL term wins: every q(z | x) becomes N(0, I), and the decoder draws one point (posterior
    collapse).
    """
    encoder = nn.Sequential(
        *(nn.Flatten(), nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()),
        nn.Linear(width, 2 * z_dim),
    )
    return VAE(encoder, PointGenerator(z_dim, width), sigma)
