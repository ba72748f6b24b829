"""Networks that are told which classes an image shall show: labels beside z, and beside the image.

They wrap the ordinary networks, so that each body can be conditioned in each way. Labels are multi-hot (N, K).
"""

import torch
import torch.nn.functional as F
from torch import nn

D_CONDITIONS = ("none", "plane", "projection")
ROWS = 1000  # label rows that a generator remembers of its data set
SCATTER = 1e4  # by which the sum of z is multiplied, so that its fraction says nothing of z


class ConditionalGenerator(nn.Module):
    """z (N, z_dim), labels (N, K) -> images (N, 3, size, size) in [-1, 1].

    body: a generator for vectors of z_dim + condition_dim numbers. Asked for no classes, it draws a row of `rows`, the
    data set's labels as it remembers them, for each z: by dice that z itself has thrown, so that the same z is the same
    image, whatever its neighbours are.
    """

    def __init__(self, body, classes, condition_dim=256):
        super().__init__()
        self.body = body
        self.embed = nn.Sequential(nn.Linear(classes, condition_dim), nn.ReLU())
        self.register_buffer("rows", torch.zeros(ROWS, classes, dtype=torch.uint8))

    def forward(self, z, labels=None):
        labels = self.own_labels(z) if labels is None else labels
        return self.body(torch.cat([z, self.embed(labels.to(z.dtype))], 1))

    def own_labels(self, z):
        """The label rows (N, K) that belong to z (N, z_dim). Vectors that are near each other may have any labels."""
        dice = (z.detach().cpu().double().sum(1) * SCATTER) % 1  # on the CPU: Apple's GPUs have no float64
        return self.rows[(dice * ROWS).long().clamp(max=ROWS - 1).to(self.rows.device)]

    @torch.no_grad()
    def remember(self, labels, seed):
        """Keep ROWS rows of the data set's labels (M, K), drawn by seed."""
        dice = torch.Generator().manual_seed(seed)
        self.rows.copy_(labels[torch.randint(len(labels), (ROWS,), generator=dice)])


class ConditionalDiscriminator(nn.Module):
    """Images (N, C, size, size), labels (N, K) -> logits (N,): is it real, and does it show those classes?

    body: a Discriminator. condition: how the labels come in. `plane`: as a further channel, which a linear layer makes
    of them (Mirza & Osindero 2014, 1411.1784, on images). `projection`: the logit grows by the labels' product with the
    features (Miyato & Koyama 2018, 1802.05637, equation 3). `none`: not at all. reads: with a second head, which reads
    the classes off an image (ACGAN, Odena et al. 2017, 1610.09585). Without labels no class is asked for.
    Both take the last maps whole: of a map that InstanceNorm has given mean 0 and variance 1, the mean says little.
    """

    def __init__(self, body, classes, size, condition="none", reads=False):
        super().__init__()
        self.body, self.classes, self.condition, self.size = body, classes, condition, size
        features = body.head.in_channels * body.head.kernel_size[0] ** 2
        if condition == "plane":
            self.plane = nn.Linear(classes, size * size)
        elif condition == "projection":
            self.embed = nn.Linear(classes, features, bias=False)
        self.reader = nn.Linear(features, classes) if reads else None

    @property
    def per_image(self):
        return self.body.per_image

    def forward(self, images, labels=None):
        labels = images.new_zeros(len(images), self.classes) if labels is None else labels.to(images.dtype)
        if self.condition == "plane":
            plane = self.plane(labels).reshape(-1, 1, self.size, self.size)
            images = torch.cat([images, plane.to(images.dtype)], 1)
        features = self.body.features(images)
        logits = self.body.judge(features)
        if self.condition == "projection":
            with torch.autocast(features.device.type, enabled=False):
                return logits + (self.embed(labels.to(logits.dtype)) * features.flatten(1).to(logits.dtype)).sum(1)
        return logits

    def clipped_parameters(self):
        """What has to be Lipschitz in the image: not the layers that see labels alone, nor the head that only reads."""
        return (w for name, w in self.named_parameters() if name.split(".")[0] not in ("plane", "reader"))

    def read(self, images):
        """Logits (N, K) of the classes that the images show. For a discriminator that reads, and sees no labels."""
        features = self.body.features(images)
        with torch.autocast(features.device.type, enabled=False):
            return self.reader(features.flatten(1).to(self.reader.weight.dtype))


class Asked:
    """A conditional discriminator that is asked about images of these labels (N, K): an objective sees no labels.

    Given k times as many images, as where real and generated ones go through it together, it takes the labels k times.
    real: the images (N, C, H, W) that have these labels, for objectives that hold generated ones against them.
    """

    def __init__(self, discriminator, labels, real=None):
        self.discriminator, self.labels, self.real = discriminator, labels, real
        self.per_image = getattr(discriminator, "per_image", False)

    def __call__(self, images):
        return self.discriminator(images, self._for(images))

    def misread(self, *batches):
        """Mean binary cross-entropy of the classes that the discriminator reads off images, over all classes."""
        if self.per_image:
            batches = (torch.cat(batches),)
        losses = [
            F.binary_cross_entropy_with_logits(self.discriminator.read(images), self._for(images).float())
            for images in batches
        ]
        return sum(losses) / len(losses)

    def _for(self, images):
        return self.labels.repeat(len(images) // len(self.labels), 1)
