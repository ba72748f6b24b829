"""Fully connected generator and discriminator: GANs without convolutions, for comparison."""

from collections.abc import Callable
from itertools import pairwise

from torch import nn

from gan_hw.networks.base import DiscriminatorBody, GeneratorBody, init_weights, output_layer
from gan_hw.networks.options import Norm, OutputLayer


class MLPGenerator(GeneratorBody):
    """z (N, z_dim) -> images (N, 3, size, size): hidden layers of 4f, 8f and 16f units, then all pixels.

    g_norm: `batch` or `layer`, over the units of a layer, or `none`. Raises ValueError for any other.
    """

    def __init__(
        self, z_dim: int = 100, feature_dim: int = 64, size: int = 64, g_norm: Norm = "batch",
        g_output: OutputLayer = "tanh",
    ) -> None:  # fmt: skip
        super().__init__()
        self.z_dim = z_dim
        widths = [z_dim, 4 * feature_dim, 8 * feature_dim, 16 * feature_dim]
        layers = [_hidden_layer(units_in, units_out, g_norm) for units_in, units_out in pairwise(widths)]
        self.stem, self.blocks = layers[0], nn.Sequential(*layers[1:])
        self.head = nn.Sequential(
            nn.Linear(widths[-1], 3 * size**2), nn.Unflatten(1, (3, size, size)), output_layer(g_output)
        )
        init_weights(self)


class MLPDiscriminator(DiscriminatorBody):
    """Images (N, channels, size, size) -> logits (N,): hidden layers of 8f and 4f units. Features: (N, 4f, 1, 1).

    d_norm: `batch` or `layer`, over the units of the second layer, or `none`. Raises ValueError for any other.
    """

    def __init__(self, feature_dim: int = 64, size: int = 64, d_norm: Norm = "batch", channels: int = 3) -> None:
        super().__init__()
        self.per_image = d_norm != "batch"
        self.stem = nn.Sequential(nn.Flatten(), *_hidden_layer(channels * size**2, 8 * feature_dim, "none"))
        self.blocks = nn.Sequential(
            _hidden_layer(8 * feature_dim, 4 * feature_dim, d_norm), nn.Unflatten(1, (4 * feature_dim, 1, 1))
        )
        self.head = nn.Conv2d(4 * feature_dim, 1, 1)
        init_weights(self)


def _hidden_layer(units_in: int, units_out: int, norm: Norm) -> nn.Sequential:
    norms: dict[str, Callable[[int], nn.Module]] = {
        "batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "none": lambda _: nn.Identity()
    }  # fmt: skip
    if norm not in norms:
        raise ValueError(f"norm {norm!r} needs maps, and a fully connected layer has none; use batch, layer or none")
    return nn.Sequential(nn.Linear(units_in, units_out), norms[norm](units_out), nn.LeakyReLU(0.2, inplace=True))
