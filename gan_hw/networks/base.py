"""The parts that all generators share, those that all discriminators share, and the initial weights."""

from typing import TypeVar

import torch
from torch import Tensor, nn

from gan_hw.networks.options import OutputLayer

Network = TypeVar("Network", bound=nn.Module)


def init_weights(network: Network) -> Network:
    """DCGAN's initial weights, in place: weights N(0, 0.02²), normalisation weights N(1, 0.02²), biases 0.

    Radford et al. 2016, arXiv 1511.06434, section 4; the normalisation weights as in their code. Returns the network.
    """
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):
            nn.init.normal_(module.weight, 1.0, 0.02)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return network


def output_layer(kind: OutputLayer) -> nn.Module:
    """The last layer of a generator: `tanh` bounds its images to [-1, 1], `linear` leaves them unbounded."""
    return nn.Tanh() if kind == "tanh" else nn.Identity()


class GeneratorBody(nn.Module):
    """A generator: z (N, z_dim) -> images (N, 3, size, size), float32 also under autocast.

    `stem` turns z into the first feature map, `blocks` transform it, and `head` makes the image.
    """

    z_dim: int
    stem: nn.Sequential
    blocks: nn.Sequential
    head: nn.Sequential

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, 3, size, size) for z (N, z_dim)."""
        return self.head(self.blocks(self.stem(z))).to(next(self.head.parameters()).dtype)


class DiscriminatorBody(nn.Module):
    """A discriminator: images (N, C, size, size) -> logits (N,), float32 also under autocast.

    `stem` and `blocks` compute feature maps, and `head`, a convolution over a whole map, the logits. The head runs in
    float32, because bf16 numbers near 100 are 0.5 apart. (On GPUs with TF32 its inputs are rounded to 11 significant
    bits, a relative error of at most 0.0005, but sums and logits are float32.) `color_space` converts RGB to the colour
    space of D's input; see color.py. `per_image`: whether every logit depends on its own image alone, which is so
    without BatchNorm.
    """

    per_image: bool
    color_space: nn.Module
    stem: nn.Sequential
    blocks: nn.Sequential
    head: nn.Conv2d

    def __init__(self) -> None:
        super().__init__()
        self.color_space = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N,) of images (N, C, size, size)."""
        return self.logits(self.features(images))

    def features(self, images: Tensor) -> Tensor:
        """The last feature maps, (N, 8f, 4, 4) for a Discriminator."""
        return self.blocks(self.stem(self.color_space(images)))

    def logits(self, features: Tensor) -> Tensor:
        """Logits (N,) of the last feature maps."""
        with torch.autocast(features.device.type, enabled=False):
            return self.head(features.to(self.head.weight.dtype)).flatten()
