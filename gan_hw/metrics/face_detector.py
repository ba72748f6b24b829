"""Is there a face? The kit's own detector: a small network that has learned to answer as the cascade does.

Its weights ship with the kit, so that it works on every machine, offline. Its answers are not the cascade's: the share
of images in which it finds a face is called afd_kit, and is never ranked with afd_strict. weights/face_detector.md says
what it was trained on and how often the two agree.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_hw.metrics.cached_networks import network_hash
from gan_hw.metrics.cascade import equalize_histogram, to_grey
from gan_hw.metrics.shipped_networks import load_shipped

DETECTOR_SIDE = 64  # pixels: images of other sizes are resized to it
DETECTOR_CHANNELS = (24, 48, 80, 96)  # of the feature maps of 32, 16, 8 and 4 pixels a side
HEAD_CHANNELS = 48
PYRAMID_LAYERS = 11  # of the cascade on such images: as many sizes of its window
# What the network says of an image: whether the cascade's largest group has more windows than each of these. Learning
# all of them teaches more than the verdict alone.
GROUP_SIZES = (0, 1, 2, 3, 4, 5, 6, 8, 11, 15)
FACE_OUTPUT = GROUP_SIZES.index(5)  # the cascade's own threshold, cascade.MIN_NEIGHBOURS
IMAGES_PREPARED = 1000  # at a time, so that memory stays small whatever the number of images
IMAGES_PER_PASS = 100  # in one forward pass: what a processor's cache holds


class FaceDetectorNetwork(nn.Module):
    """Brightness float (N, 1, 64, 64) in [-1, 1], its histogram equalised -> logits (N, len(GROUP_SIZES)).

    Feature maps get smaller and larger again (as in a U-Net, Ronneberger et al. 2015) and become maps of the cascade's
    windows; a head sums these up. Both parts are trained, each to say what the cascade says.
    """

    face_threshold: Tensor  # logit of FACE_OUTPUT from which an image counts as a face; set after training

    def __init__(self) -> None:
        super().__init__()
        side_32, side_16, side_8, side_4 = DETECTOR_CHANNELS
        self.to_16 = nn.Sequential(
            *_conv(1, side_32, 2, kernel=5), *_conv(side_32, side_16, 2), *_conv(side_16, side_16)
        )
        self.to_8 = nn.Sequential(*_conv(side_16, side_8, 2), *_conv(side_8, side_8))
        self.to_4 = nn.Sequential(*_conv(side_8, side_4, 2))
        self.up_8, self.merge_8 = nn.Conv2d(side_4, side_8, 1), nn.Sequential(*_conv(side_8, side_8))
        self.up_16, self.merge_16 = nn.Conv2d(side_8, side_16, 1), nn.Sequential(*_conv(side_16, side_16))
        self.windows = nn.Conv2d(side_16, 4 * PYRAMID_LAYERS, 1)
        self.head = nn.Sequential(*_conv(4 * PYRAMID_LAYERS, HEAD_CHANNELS, 2), *_conv(HEAD_CHANNELS, HEAD_CHANNELS, 2))
        self.output = nn.Linear(16 * HEAD_CHANNELS, len(GROUP_SIZES))
        self.register_buffer("face_threshold", torch.zeros(()))

    def forward(self, grey: Tensor) -> Tensor:
        """Logits (N, len(GROUP_SIZES)) of brightness (N, 1, 64, 64)."""
        return self.group_logits(self.window_maps(grey))

    def window_maps(self, grey: Tensor) -> Tensor:
        """Logits (N, 4 * PYRAMID_LAYERS, 16, 16): whether a window of that size, centred there, passes the cascade.

        pixel_shuffle(maps, 2) has one map of 32 x 32 for each layer of the pyramid.
        """
        maps_16 = self.to_16(grey)
        maps_8 = self.to_8(maps_16)
        maps_8 = self.merge_8(maps_8 + F.interpolate(self.up_8(self.to_4(maps_8)), scale_factor=2.0))
        return self.windows(self.merge_16(maps_16 + F.interpolate(self.up_16(maps_8), scale_factor=2.0)))

    def group_logits(self, window_maps: Tensor) -> Tensor:
        """Logits (N, len(GROUP_SIZES)) of window maps."""
        return self.output(self.head(window_maps.sigmoid()).flatten(1))


def _conv(in_channels: int, out_channels: int, stride: int = 1, kernel: int = 3) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(out_channels), nn.ReLU()


def network_input(images: Tensor) -> Tensor:
    """Images uint8 (N, 3, H, W) as the network sees them, float (N, 1, 64, 64) in [-1, 1]."""
    if images.shape[2:] != (DETECTOR_SIDE, DETECTOR_SIDE):
        side = (DETECTOR_SIDE, DETECTOR_SIDE)
        resized = F.interpolate(images.float(), side, mode="bilinear", antialias=True, align_corners=False)
        images = resized.round().clamp(0, 255).to(torch.uint8)
    return (equalize_histogram(to_grey(images)).float() / 127.5 - 1)[:, None]


class FaceDetector:
    """The kit's face detector. As with the cascade, `metric` is the name of the share of images with a face."""

    metric = "afd_kit"

    def __init__(self, network: FaceDetectorNetwork) -> None:
        self.weights = f"weights {network_hash(network)}"
        self.network = network.to(memory_format=torch.channels_last)  # the faster layout

    @torch.inference_mode()
    def confidence(self, images: Tensor | np.ndarray, device: str | torch.device = "cpu") -> Tensor:
        """How sure the detector is of a face in each image, float (N,) on the CPU: a logit, positive for a face.

        images: uint8 (N, 3, H, W).
        """
        self.network.to(device)
        parts = [torch.zeros(0)]
        for chunk in torch.as_tensor(images).split(IMAGES_PREPARED) if len(images) else ():
            grey = network_input(chunk.to(device)).contiguous(memory_format=torch.channels_last)
            logits = [self.network(batch)[:, FACE_OUTPUT] for batch in grey.split(IMAGES_PER_PASS)]
            parts.append((torch.cat(logits) - self.network.face_threshold).cpu())
        return torch.cat(parts)

    def detect(self, images: Tensor | np.ndarray, device: str | torch.device = "cpu") -> Tensor:
        """Whether each image contains a face, bool (N,)."""
        return self.confidence(images, device) > 0


@lru_cache(maxsize=1)
def load_face_detector() -> FaceDetector:
    """The detector with the weights that ship with the kit."""
    return FaceDetector(load_shipped("face_detector", FaceDetectorNetwork))
