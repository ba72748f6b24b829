"""The face network: a small convolutional network for features of images.

One network, trained on real and drawn anime faces, ships with the kit and serves every data set of such faces, so that
numbers compare between machines (weights/face_network.md). For other data the kit trains one on the data set itself,
whatever it shows.

Training is by contrastive learning (SimCLR, Chen et al. 2020, arXiv 2002.05709): of each image the network has to match
two augmented views (cropped, mirrored, with other colours) among the views of all other images and among corrupted
copies. Where there are labels, it also learns to classify them. Distances in its features are in units of their own:
never compare them with FID, nor with those of a network trained on other data.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_hw.data.images import ImageSet, held_out_split, random_flip, to_float
from gan_hw.metrics import cached_networks
from gan_hw.metrics.face_detector import DETECTOR_SIDE, load_face_detector
from gan_hw.metrics.features import FeatureExtractor
from gan_hw.metrics.shipped_networks import load_shipped
from gan_hw.utils.progress import Progress

FACE_CHANNELS = (32, 64, 128, 256)  # of the network's blocks; the last is the number of features
CONTRASTIVE_STEPS, CONTRASTIVE_BATCH = 400, 128  # steps, and images per step
CONTRASTIVE_LR, TEMPERATURE = 2e-3, 0.2
MIN_RELATIVE_STD = 0.01  # features that vary less than this share of the median one are not scaled up any further
MIN_CROP = 0.75  # of an image's side, in an augmented view
MAX_COLOR_JITTER = 0.25  # largest relative change of contrast, and of each colour's mean, in an augmented view
FACE_NETWORK_VERSION = 1  # in file names; to be raised when the training changes
MIN_TRAINING_IMAGES = 200
STANDARDISATION_IMAGES = 4000  # whose features get mean 0 and variance 1
CHECKED_IMAGES = 500  # of a data set, to see whether it shows anime faces:
MIN_FACE_SHARE = 0.5  # it does when the kit's detector finds a face in this share of them


class FaceNetwork(nn.Module):
    """Images float (N, 3, H, W) in [-1, 1] -> features (N, 256), with mean 0 and variance 1 over the data set.

    Any size from 32 x 32 on works. `standardise` sets the scale after training.
    """

    mean: Tensor
    spread: Tensor  # standard deviations; the name is a key in stored files

    def __init__(self) -> None:
        super().__init__()
        channels = (3, *FACE_CHANNELS)
        halving = (conv_block(channels[i], channels[i + 1], 2) for i in range(len(FACE_CHANNELS)))
        self.blocks = nn.Sequential(*halving, conv_block(FACE_CHANNELS[-1], FACE_CHANNELS[-1], 1))
        self.register_buffer("mean", torch.zeros(FACE_CHANNELS[-1]))
        self.register_buffer("spread", torch.ones(FACE_CHANNELS[-1]))

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, 256) of images (N, 3, H, W)."""
        return (self.blocks(images).mean((2, 3)) - self.mean) / self.spread

    def standardise(self, features: Tensor) -> None:
        """Set mean and spread so that these features (N, 256) come out with mean 0 and variance 1."""
        std = features.std(0)
        self.mean += features.mean(0) * self.spread
        self.spread *= std.clamp(min=MIN_RELATIVE_STD * std.median())


def conv_block(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    """A convolution with 3 x 3 weights, BatchNorm and ReLU."""
    convolution = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())


def face_feature_extractor(
    real: ImageSet, workspace: str | Path, device: str | torch.device = "cpu", quiet: bool = False
) -> FeatureExtractor:
    """The face network for the images of `real`: the shipped one where they show anime faces, else one trained on them.

    The latter is trained at the first call and cached in the workspace. Two machines may train networks that differ
    slightly; the extractor's name tells them apart.
    """
    if shows_anime_faces(real):
        network = load_shipped("face_network", FaceNetwork)
        name = f"the kit's face network for anime faces, weights {cached_networks.network_hash(network)}"
        return FeatureExtractor(network, name, to_float, device)
    size = real.images.shape[-1]
    file = f"features{FACE_NETWORK_VERSION}-{real.name}-{real.fingerprint}-{size}.safetensors"
    metadata = {
        "source": real.source, "fingerprint": real.fingerprint, "steps": CONTRASTIVE_STEPS, "batch": CONTRASTIVE_BATCH,
    }  # fmt: skip
    network = cached_networks.load_or_train(
        Path(workspace) / "data" / file, FaceNetwork, lambda: train(real, device, CONTRASTIVE_STEPS, quiet), metadata,
        device,
    )  # fmt: skip
    digest = cached_networks.network_hash(network)
    name = f"the kit's face network, trained on {real.name} {real.fingerprint}, weights {digest}"
    return FeatureExtractor(network, name, to_float, device)


def shows_anime_faces(real: ImageSet) -> bool:
    """Whether the kit's detector finds a face in at least MIN_FACE_SHARE of the images, which must be 64 x 64."""
    if real.images.shape[-1] != DETECTOR_SIDE:
        return False
    rows = torch.randperm(len(real), generator=torch.Generator().manual_seed(0))[:CHECKED_IMAGES]
    return load_face_detector().detect(real.images[rows]).double().mean().item() >= MIN_FACE_SHARE


def train(real: ImageSet, device: str | torch.device, steps: int, quiet: bool = False) -> FaceNetwork:
    """A FaceNetwork trained for so many steps on the images of `real` that are not held out."""
    network = FaceNetwork().to(device).to(memory_format=torch.channels_last)
    projection_head = nn.Sequential(nn.Linear(FACE_CHANNELS[-1], 256), nn.ReLU(), nn.Linear(256, 64)).to(device)
    classification_head = nn.Linear(FACE_CHANNELS[-1], len(real.class_names) or 1).to(device)
    parameters = [*network.parameters(), *projection_head.parameters(), *classification_head.parameters()]
    training_rows = held_out_split(len(real))[1]

    def batch_loss() -> Tensor:
        rows = training_rows[torch.randint(len(training_rows), (CONTRASTIVE_BATCH,))]
        images = to_float(real.images[rows].to(device))
        crop = MIN_CROP + (1 - MIN_CROP) * torch.rand(()).item()
        views = torch.cat([augmented_view(batch, crop) for batch in (images, images, corrupted(images))])
        with cached_networks.autocast(device):
            features = network(views.to(memory_format=torch.channels_last))
        loss = nt_xent_loss(projection_head(features.float()), len(images))
        if real.labels is None:
            return loss
        labels = real.labels[rows].to(device).float().repeat(2, 1)
        logits = classification_head(features[: 2 * CONTRASTIVE_BATCH].float())
        return loss + F.binary_cross_entropy_with_logits(logits, labels)

    cached_networks.minimise(
        batch_loss, parameters, steps=steps, lr=CONTRASTIVE_LR, weight_decay=1e-4, warm_up=0.1,
        progress=Progress("Training the face network", quiet=quiet),
    )  # fmt: skip
    network.eval()
    extractor = FeatureExtractor(network, "", to_float, device)
    network.standardise(extractor(real.images[training_rows[:STANDARDISATION_IMAGES]]).to(device))
    return network


def nt_xent_loss(projections: Tensor, count: int) -> Tensor:
    """NT-Xent: cross-entropy of finding each view's partner among all other projections, a scalar.

    projections (M, D): the first views of `count` images, then their second views in the same order, then any number
    of further negatives, which have no partner. Chen et al. 2020, equation 1.
    """
    projections = F.normalize(projections, dim=1)
    similarities = projections[: 2 * count] @ projections.T / TEMPERATURE
    similarities[:, : 2 * count].fill_diagonal_(-torch.inf)
    partners = torch.arange(2 * count, device=projections.device).roll(count)
    return F.cross_entropy(similarities, partners)


def augmented_view(images: Tensor, crop: float) -> Tensor:
    """Images (N, 3, H, W) augmented without loss of quality: (N, 3, crop * H, crop * W).

    All images are cropped to the same region, whose sides are the share `crop` of theirs; each is mirrored with
    probability 1/2 and gets another contrast and another mean of each colour.
    """
    count, _, height, width = images.shape
    crop_height, crop_width = round(height * crop), round(width * crop)
    top, left = (
        int(torch.randint(0, whole - part + 1, ()).item())
        for whole, part in ((height, crop_height), (width, crop_width))
    )
    images = images[:, :, top : top + crop_height, left : left + crop_width]
    images = random_flip(images)
    contrast, brightness = (
        1 + MAX_COLOR_JITTER * (2 * torch.rand(count, channels, 1, 1, device=images.device) - 1) for channels in (1, 3)
    )
    return images * contrast + brightness - 1


def corrupted(images: Tensor) -> Tensor:
    """A corrupted copy of each image (N, 3, H, W): a third blurred, a third noisy, a third with two patches swapped."""
    blurred, noisy, swapped = (part.clone() for part in images.tensor_split(3))
    sigma = 0.6 + torch.rand(()).item()
    gaussian = torch.exp(-(torch.arange(-3.0, 4.0, device=images.device) ** 2) / (2 * sigma**2))
    kernel = (gaussian[:, None] * gaussian / gaussian.sum() ** 2).expand(3, 1, 7, 7)
    blurred = F.conv2d(F.pad(blurred, [3] * 4, mode="replicate"), kernel, groups=3)
    noisy = noisy + (0.05 + 0.2 * torch.rand(len(noisy), 1, 1, 1, device=images.device)) * torch.randn_like(noisy)
    side = images.shape[-1] // 4
    first, second = (torch.randint(0, images.shape[-1] - side + 1, (2,)).tolist() for _ in range(2))
    patches = [swapped[:, :, y : y + side, x : x + side].clone() for y, x in (first, second)]
    for (y, x), patch in zip((second, first), patches, strict=True):
        swapped[:, :, y : y + side, x : x + side] = patch
    return torch.cat([blurred, noisy, swapped])
