"""Features of images: those of Inception, as FID needs them, or of any other network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gan_hw.data import downloads
from gan_hw.utils.progress import Progress

INCEPTION_URL = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"
)
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_FEATURES = "2048"  # of the last pooling, as in Heusel et al. 2017
IMAGES_PER_PASS = 200  # in one forward pass


class FeatureExtractor:
    """A network's features of images, with a name that tells which numbers can be compared.

    network: maps what `preprocess` makes of images uint8 (N, 3, H, W) to features (N, D).
    """

    def __init__(
        self,
        network: nn.Module,
        name: str,
        preprocess: Callable[[Tensor], Tensor],
        device: str | torch.device = "cpu",
    ) -> None:
        self.network, self.name, self.preprocess, self.device = network.to(device).eval(), name, preprocess, device

    @torch.inference_mode()
    def __call__(self, images: Tensor | np.ndarray, progress: Progress | None = None) -> Tensor:
        """Features float32 (N, D) on the CPU of images uint8 (N, 3, H, W)."""
        parts: list[Tensor] = []
        for batch in torch.as_tensor(images).split(IMAGES_PER_PASS):
            parts.append(self.network(self.preprocess(batch.to(self.device))).float().cpu())
            if progress is not None:
                progress.update(sum(map(len, parts)), len(images))
        return torch.cat(parts)


def inception_feature_extractor(workspace: str | Path, device: str | torch.device = "cpu") -> FeatureExtractor:
    """Inception's features as torch-fidelity computes them (bilinear as in TensorFlow 1, 299 x 299).

    The weights are downloaded once into the workspace, and their hash is checked. Raises downloads.DownloadFailed,
    ImportError without torch-fidelity.
    """
    path = Path(workspace) / "data" / INCEPTION_URL.rsplit("/", 1)[1]
    downloads.from_url(INCEPTION_URL, INCEPTION_SHA256, path)
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3("inception", [INCEPTION_FEATURES], feature_extractor_weights_path=str(path))
    name = f"torch-fidelity's InceptionV3, features {INCEPTION_FEATURES}, weights {INCEPTION_SHA256[:8]}"
    return FeatureExtractor(_FirstOutput(network), name, lambda images: images, device)


class _FirstOutput(nn.Module):
    """The first of a network's several outputs."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images)[0]
