"""What images look like to a network: to Inception, as FID wants it, and to a small one that the kit trains itself.

The small one needs no download, and it knows faces rather than the thousand things of ImageNet. It learns from a data
set alone: to tell each image in two disguises (cropped, mirrored, in another light) from all others (Chen et al. 2020,
2002.05709), spoilt copies of itself among them, and to read the labels, where there are some. Its distances are in its
own units: never compare them with FID, nor with those of a network trained on other data.
"""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from gan_hw.data.images import random_flip, split, to_float
from gan_hw.metrics import cached_networks
from gan_hw.metrics.features import Features
from gan_hw.utils.progress import Progress

WIDTHS = (32, 64, 128, 256)  # of the small network's blocks
STEPS, BATCH = 400, 128  # of its training
LEARNING_RATE, TEMPERATURE = 2e-3, 0.2
SILENT = 0.01  # of the usual spread: a feature that varies less on real images is enlarged no more
CROP = 0.75  # of an image's side that a disguise shows at least
LIGHT = 0.25  # by which a disguise changes contrast and each colour at most
RECIPE = 1  # number of this way of training, for the files' names
FEWEST = 200  # images to learn from
STANDARD = 4000  # images whose features get mean 0 and variance 1


class FaceNetwork(nn.Module):
    """Images float (N, 3, H, W) in [-1, 1] -> features (N, 256), of mean 0 and variance 1 over the data set.

    Any size from 32 x 32 will do. The scale is set after training, by `standardise`.
    """

    def __init__(self):
        super().__init__()
        halving = (_block(before, after, 2) for before, after in zip((3, *WIDTHS), WIDTHS, strict=False))
        self.blocks = nn.Sequential(*halving, _block(WIDTHS[-1], WIDTHS[-1], 1))
        self.register_buffer("mean", torch.zeros(WIDTHS[-1]))
        self.register_buffer("spread", torch.ones(WIDTHS[-1]))

    def forward(self, images):
        return (self.blocks(images).mean((2, 3)) - self.mean) / self.spread

    def standardise(self, features):
        """Set mean and spread so that these features (N, 256) come out with mean 0 and variance 1."""
        spread = features.std(0)
        self.mean += features.mean(0) * self.spread
        self.spread *= spread.clamp(min=SILENT * spread.median())


def _block(before, after, stride):
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


def face_features(real, workspace, device="cpu", quiet=False):
    """The small network's features for the ImageSet `real`, trained on it at the first call and kept in the workspace.

    Two machines may train networks that differ a little; the name tells them apart.
    """
    side = real.images.shape[-1]
    path = Path(workspace) / "data" / f"features{RECIPE}-{real.name}-{real.fingerprint}-{side}.safetensors"
    facts = {"source": real.source, "fingerprint": real.fingerprint, "steps": STEPS, "batch": BATCH}
    network = cached_networks.trained_once(path, FaceNetwork, lambda: train(real, device, STEPS, quiet), facts, device)
    name = (
        f"the kit's face network, trained on {real.name} {real.fingerprint}, weights {cached_networks.digest(network)}"
    )
    return Features(network, name, to_float, device)


def train(real, device, steps, quiet=False):
    """A FaceNetwork trained for so many steps on the ImageSet `real`, but for what is held out of it."""
    network = FaceNetwork().to(device, memory_format=torch.channels_last)
    tell = nn.Sequential(nn.Linear(WIDTHS[-1], 256), nn.ReLU(), nn.Linear(256, 64)).to(device)
    read = nn.Linear(WIDTHS[-1], len(real.class_names) or 1).to(device)
    weights = [*network.parameters(), *tell.parameters(), *read.parameters()]
    known = split(len(real))[1]

    def loss_of_batch():
        rows = known[torch.randint(len(known), (BATCH,))]
        images = to_float(real.images[rows].to(device))
        share = CROP + (1 - CROP) * torch.rand(()).item()
        shown = torch.cat([disguised(part, share) for part in (images, images, spoilt(images))])
        with cached_networks.fast(device):
            seen = network(shown.to(memory_format=torch.channels_last))
        loss = telling_loss(tell(seen.float()), len(images))
        if real.labels is None:
            return loss
        labels = real.labels[rows].to(device).float().repeat(2, 1)
        return loss + F.binary_cross_entropy_with_logits(read(seen[: 2 * BATCH].float()), labels)

    progress = Progress("Learning what the pictures look like", quiet=quiet)
    cached_networks.fit(weights, loss_of_batch, steps, progress, LEARNING_RATE, weight_decay=1e-4, warm_up=0.1)
    network.eval()
    features = Features(network, "", to_float, device)(real.images[known[:STANDARD]])
    network.standardise(features.to(device))
    return network


def telling_loss(codes, count):
    """How badly each image's two codes are told from all other codes (Chen et al. 2020, equation 1).

    codes (M, D): first all images' first disguise, then their second, `count` each, then others, which are nobody's
    partners.
    """
    codes = F.normalize(codes, dim=1)
    likeness = codes[: 2 * count] @ codes.T / TEMPERATURE
    likeness[:, : 2 * count].fill_diagonal_(-torch.inf)
    partners = torch.arange(2 * count, device=codes.device).roll(count)
    return F.cross_entropy(likeness, partners)


def disguised(images, share):
    """Each image mirrored or not and in another light, all cropped to that share of their sides: none gets worse."""
    count, _, height, width = images.shape
    tall, wide = round(height * share), round(width * share)
    top, left = (torch.randint(0, whole - part + 1, ()).item() for whole, part in ((height, tall), (width, wide)))
    images = images[:, :, top : top + tall, left : left + wide]
    images = random_flip(images)
    contrast, light = (
        1 + LIGHT * (2 * torch.rand(count, channels, 1, 1, device=images.device) - 1) for channels in (1, 3)
    )
    return images * contrast + light - 1


def spoilt(images):
    """A copy of each image, made worse: blurred, noisy, or with two of its parts exchanged, a third of them each."""
    blurred, noisy, torn = (part.clone() for part in images.tensor_split(3))
    sigma = 0.6 + torch.rand(()).item()
    line = torch.exp(-(torch.arange(-3.0, 4.0, device=images.device) ** 2) / (2 * sigma**2))
    kernel = (line[:, None] * line / line.sum() ** 2).expand(3, 1, 7, 7)
    blurred = F.conv2d(F.pad(blurred, [3] * 4, mode="replicate"), kernel, groups=3)
    noisy = noisy + (0.05 + 0.2 * torch.rand(len(noisy), 1, 1, 1, device=images.device)) * torch.randn_like(noisy)
    side = images.shape[-1] // 4
    first, second = (torch.randint(0, images.shape[-1] - side + 1, (2,)).tolist() for _ in range(2))
    parts = [torn[:, :, y : y + side, x : x + side].clone() for y, x in (first, second)]
    for (y, x), part in zip((second, first), parts, strict=True):
        torn[:, :, y : y + side, x : x + side] = part
    return torch.cat([blurred, noisy, torn])
