"""What images look like to a network: Inception's features, as FID needs them, or any other network's."""

from pathlib import Path

import torch
from torch import nn

from gan_hw.data import downloads

INCEPTION_URL = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"
)
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_FEATURES = "2048"  # of the last pooling, as in Heusel et al. 2017
AT_ONCE = 200  # images in one forward pass


class Features:
    """A network that gives features, and the name under which its numbers can be compared.

    network: images -> features, of which `convert` makes its input from uint8 (N, 3, H, W).
    """

    def __init__(self, network, name, convert, device="cpu"):
        self.network, self.name, self.convert, self.device = network.to(device).eval(), name, convert, device

    @torch.inference_mode()
    def __call__(self, images, progress=None):
        """Features float32 (N, D) on the CPU of images uint8 (N, 3, H, W)."""
        parts = []
        for part in torch.as_tensor(images).split(AT_ONCE):
            parts.append(self.network(self.convert(part.to(self.device))).float().cpu())
            if progress is not None:
                progress.update(sum(map(len, parts)), len(images))
        return torch.cat(parts)


def inception(workspace, device="cpu"):
    """Inception's features, as torch-fidelity computes them (bilinear as in TensorFlow 1, 299 x 299).

    Its weights are fetched once into the workspace, checked by their hash. Raises downloads.DownloadFailed.
    """
    path = Path(workspace) / "data" / INCEPTION_URL.rsplit("/", 1)[1]
    downloads.from_address(INCEPTION_URL, INCEPTION_SHA256, path)
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3("inception", [INCEPTION_FEATURES], feature_extractor_weights_path=str(path))
    name = f"torch-fidelity's InceptionV3, features {INCEPTION_FEATURES}, weights {INCEPTION_SHA256[:8]}"
    return Features(_First(network), name, lambda images: images, device)


class _First(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images)[0]
