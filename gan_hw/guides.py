"""Networks that help to train a generator: their features say how far it is from what it should draw."""

from torch import nn
from torchvision.transforms import Normalize

from gan_hw.data import downloads
from gan_hw.metrics import classifier

# From [-1, 1] to ImageNet's mean and standard deviation, as torchvision's weights expect.
TO_IMAGENET = Normalize([2 * m - 1 for m in (0.485, 0.456, 0.406)], [2 * s for s in (0.229, 0.224, 0.225)])


def perceiver(kind, real, workspace, device, quiet=False):
    """The network that a content loss looks with: images float (N, 3, H, W) in [-1, 1] -> features. None for "none".

    kind: "resnet", a ResNet-18 that reads the classes of the ImageSet `real`, up to its last means (N, 512, 1, 1). It
    is not the one that judges: evaluator.GUIDE. "vgg16", torchvision's, trained on ImageNet, up to its last maps.
    Raises ValueError without labels, downloads.DownloadFailed when VGG-16 can't be fetched.
    """
    if kind == "none":
        return None
    if kind == "resnet":
        network = classifier.trained(real, workspace, device, classifier.GUIDE, quiet).network
        features = nn.Sequential(*list(network.children())[:-1])
    else:
        features = nn.Sequential(TO_IMAGENET, downloads.from_torchvision("vgg16").features)
    return features.to(device).eval().requires_grad_(False)
