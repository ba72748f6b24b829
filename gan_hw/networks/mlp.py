"""Fully connected bodies: what a GAN is without convolutions, to compare with."""

from itertools import pairwise

from torch import nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody, initialise, output_layer


class MLPGenerator(GeneratorBody):
    """z (N, z_dim) -> images (N, 3, size, size): layers of 4f, 8f and 16f numbers, then all pixels.

    g_norm: `batch` or `layer`, over a layer's numbers, or `none`. Raises ValueError for another one.
    """

    def __init__(self, z_dim=100, feature_dim=64, size=64, g_norm="batch", g_output="tanh"):
        super().__init__()
        self.z_dim = z_dim
        widths = [z_dim, 4 * feature_dim, 8 * feature_dim, 16 * feature_dim]
        stages = [_stage(narrow, wide, g_norm) for narrow, wide in pairwise(widths)]
        self.stem, self.blocks = stages[0], nn.Sequential(*stages[1:])
        self.head = nn.Sequential(
            nn.Linear(widths[-1], 3 * size**2), nn.Unflatten(1, (3, size, size)), output_layer(g_output)
        )
        initialise(self)


class MLPDiscriminator(DiscriminatorBody):
    """Images (N, channels, size, size) -> logits (N,): layers of 8f and 4f numbers. The features are (N, 4f, 1, 1)."""

    def __init__(self, feature_dim=64, size=64, d_norm="batch", channels=3):
        super().__init__()
        self.per_image = d_norm != "batch"
        self.stem = nn.Sequential(nn.Flatten(), *_stage(channels * size**2, 8 * feature_dim, "none"))
        self.blocks = nn.Sequential(
            _stage(8 * feature_dim, 4 * feature_dim, d_norm), nn.Unflatten(1, (4 * feature_dim, 1, 1))
        )
        self.head = nn.Conv2d(4 * feature_dim, 1, 1)
        initialise(self)


def _stage(narrow, wide, norm):
    if norm not in ("batch", "layer", "none"):
        raise ValueError(f"norm {norm!r} needs maps, and a fully connected layer has none; use batch, layer or none")
    norms = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "none": lambda _: nn.Identity()}
    return nn.Sequential(nn.Linear(narrow, wide), norms[norm](wide), nn.LeakyReLU(0.2, inplace=True))
