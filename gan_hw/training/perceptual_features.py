"""Networks whose features a perceptual loss compares."""

from pathlib import Path

import torch
from torch import Tensor, nn

from gan_hw.data import downloads
from gan_hw.data.images import ImageSet
from gan_hw.metrics import classifier

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of pixels in 0..1, which weights expect


class ToImageNet(nn.Module):
    """Images float (N, 3, H, W) in [-1, 1] -> ImageNet's mean and standard deviation.

    torchvision's Normalize makes tensors of its numbers in every call, for which a GPU waits.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """The images, scaled."""
        return ((images + 1) / 2 - self.mean) / self.std


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
        features = nn.Sequential(ToImageNet(), downloads.from_torchvision("vgg16").features)
    return features.to(device).eval().requires_grad_(False)
