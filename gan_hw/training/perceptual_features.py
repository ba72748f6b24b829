"""Networks whose features a perceptual loss compares."""

from pathlib import Path

from torch import nn
from torchvision.transforms import Normalize

from gan_hw.data import downloads
from gan_hw.data.images import ImageSet
from gan_hw.metrics import classifier

# From [-1, 1] to ImageNet's mean and standard deviation, as torchvision's weights expect.
TO_IMAGENET = Normalize([2 * m - 1 for m in (0.485, 0.456, 0.406)], [2 * s for s in (0.229, 0.224, 0.225)])


def feature_extractor(
    kind: str, real: ImageSet, workspace: str | Path, device: str, quiet: bool = False
) -> nn.Module | None:
    """The network of a perceptual loss: images float (N, 3, H, W) in [-1, 1] -> features. None for "none".

    kind: "resnet", the classifier of the images of `real` (a ResNet-18, for drawn faces the shipped one) up to its last
    layer; it is not the one that evaluates, but classifier.LOSS_SEED's. "vgg16", torchvision's, trained on ImageNet, up
    to its last feature maps. Raises ValueError without labels, downloads.DownloadFailed when VGG-16 can't be fetched.
    """
    if kind == "none":
        return None
    if kind == "resnet":
        network = classifier.load_or_train(real, workspace, device, classifier.LOSS_SEED, quiet).network
        features = nn.Sequential(*list(network.children())[:-1])
    else:
        features = nn.Sequential(TO_IMAGENET, downloads.from_torchvision("vgg16").features)
    return features.to(device).eval().requires_grad_(False)
