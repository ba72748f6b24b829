"""Conditional networks: labels beside z for the generator, and beside the image for the discriminator.

They wrap the ordinary networks, so that each body can be conditioned in each way. Labels are multi-hot (N, K).
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_hw.networks.base import DiscriminatorBody
from gan_hw.networks.options import Condition

STORED_ROWS = 1000  # how many label rows of its data set a generator stores
Z_SUM_FACTOR = 1e4  # makes the fraction of z's sum, which selects a label row, independent of all else in z


class ConditionalGenerator(nn.Module):
    """z (N, z_dim), labels (N, K) -> images (N, 3, size, size) in [-1, 1].

    body: a generator whose z has z_dim + condition_dim numbers. Without `labels`, each z selects one of the stored
    label rows. The choice depends on z alone, so that the same z gives the same image in any batch.
    """

    def __init__(self, body: nn.Module, classes: int, condition_dim: int = 256) -> None:
        super().__init__()
        self.body = body
        self.embed = nn.Sequential(nn.Linear(classes, condition_dim), nn.ReLU())
        self.rows: Tensor
        self.register_buffer("rows", torch.zeros(STORED_ROWS, classes, dtype=torch.uint8))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, 3, size, size) for z (N, z_dim) and labels (N, K)."""
        labels = self.labels_for(z) if labels is None else labels
        return self.body(torch.cat([z, self.embed(labels.to(z.dtype))], 1))

    def labels_for(self, z: Tensor) -> Tensor:
        """The stored label rows (N, K) selected by z (N, z_dim). Nearby vectors may select different rows."""
        fraction = (z.detach().cpu().double().sum(1) * Z_SUM_FACTOR) % 1  # on the CPU: Apple's GPUs have no float64
        rows = (fraction * STORED_ROWS).long().clamp(max=STORED_ROWS - 1)
        return self.rows[rows.to(self.rows.device)]

    @torch.no_grad()
    def store_labels(self, labels: Tensor, seed: int) -> None:
        """Store STORED_ROWS rows of the data set's labels (M, K), drawn at random with that seed."""
        generator = torch.Generator().manual_seed(seed)
        self.rows.copy_(labels[torch.randint(len(labels), (STORED_ROWS,), generator=generator)])


class ConditionalDiscriminator(nn.Module):
    """Images (N, C, size, size), labels (N, K) -> logits (N,), higher for real images that show those classes.

    body: a discriminator. condition: how the labels enter. `plane`: as a further channel, computed from them by a
    linear layer (Mirza & Osindero 2014, arXiv 1411.1784, for images). `projection`: the logit grows by the product of
    the labels' embedding with the features (Miyato & Koyama 2018, arXiv 1802.05637, equation 3). `none`: not at all.
    classifies: with a second head, an auxiliary classifier of the image (ACGAN, Odena et al. 2017, arXiv 1610.09585).
    Without labels all of them count as 0.
    Projection and classifier use the last feature maps whole: InstanceNorm gives every map mean 0 and variance 1, so
    that the means of the maps say little.
    """

    def __init__(
        self, body: DiscriminatorBody, classes: int, size: int, condition: Condition = "none", classifies: bool = False
    ) -> None:
        super().__init__()
        self.body, self.classes, self.condition, self.size = body, classes, condition, size
        features = body.head.in_channels * body.head.kernel_size[0] ** 2
        if condition == "plane":
            self.plane = nn.Linear(classes, size * size)
        elif condition == "projection":
            self.embed = nn.Linear(classes, features, bias=False)
        # Called `reader` because checkpoints store its weights under this name.
        self.reader = nn.Linear(features, classes) if classifies else None

    @property
    def per_image(self) -> bool:
        """Whether every logit depends on its own image alone."""
        return self.body.per_image

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits (N,) of images (N, C, size, size) with labels (N, K)."""
        labels = images.new_zeros(len(images), self.classes) if labels is None else labels.to(images.dtype)
        if self.condition == "plane":
            plane = self.plane(labels).reshape(-1, 1, self.size, self.size)
            images = torch.cat([images, plane.to(images.dtype)], 1)
        features = self.body.features(images)
        logits = self.body.logits(features)
        if self.condition == "projection":
            with torch.autocast(features.device.type, enabled=False):
                return logits + (self.embed(labels.to(logits.dtype)) * features.flatten(1).to(logits.dtype)).sum(1)
        return logits

    def clipped_parameters(self) -> Iterator[nn.Parameter]:
        """The weights that decide the slope in the image: neither the label plane's nor the classifier's."""
        return (w for name, w in self.named_parameters() if name.split(".")[0] not in ("plane", "reader"))

    def classify(self, images: Tensor) -> Tensor:
        """Class logits (N, K) of the auxiliary classifier, which exists only with `classifies`."""
        assert self.reader is not None, "classify needs classifies=True"
        features = self.body.features(images)
        with torch.autocast(features.device.type, enabled=False):
            return self.reader(features.flatten(1).to(self.reader.weight.dtype))


class LabelBoundDiscriminator:
    """A conditional discriminator with the labels (N, K) of a batch bound to it, since a loss passes images only.

    Given k times N images, as where real and generated ones share a forward pass, it repeats the labels k times.
    """

    def __init__(self, discriminator: ConditionalDiscriminator, labels: Tensor) -> None:
        self.discriminator, self.labels = discriminator, labels
        self.per_image = getattr(discriminator, "per_image", False)

    def __call__(self, images: Tensor) -> Tensor:
        """Logits of images with the bound labels."""
        return self.discriminator(images, self._labels_of(images))

    def classification_loss(self, *batches: Tensor) -> Tensor:
        """Mean binary cross-entropy of the auxiliary classifier over batches and classes, a scalar."""
        if self.per_image:
            batches = (torch.cat(batches),)
        losses = [
            F.binary_cross_entropy_with_logits(self.discriminator.classify(images), self._labels_of(images).float())
            for images in batches
        ]
        return sum(losses[1:], losses[0]) / len(losses)

    def _labels_of(self, images: Tensor) -> Tensor:
        return self.labels.repeat(len(images) // len(self.labels), 1)
