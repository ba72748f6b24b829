"""Can anyone tell generated images from real ones? The classifier two-sample test (C2ST).

A small classifier learns to tell generated images from real ones, and is then asked about images of both kinds that it
has not seen. Its error is 0.5 when it can't tell, and near 0 when every image gives itself away. Lopez-Paz and Oquab
2017 (arXiv 1610.06545). Unlike AFD it does not saturate: a generator that a face detector takes for perfect is still
told from real images almost without error.

Both kinds pass through the same JPEG encoder, so that compression gives little away: real images that were JPEGs before
are compressed twice. The generator may have been
trained on the real images that are used here. If it copies them, its error is too good; near_copies shows whether it
does.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from gan_hw.data.images import random_flip, random_shift, to_float
from gan_hw.metrics import cached_networks
from gan_hw.metrics.afd import wilson_interval
from gan_hw.metrics.protocol import C2ST_LEARN_IMAGES, C2ST_TEST_IMAGES, NotMeasured
from gan_hw.utils.environment import usable_cores
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress
from gan_hw.utils.seeds import IsolatedRNG

C2ST_EPOCHS, C2ST_BATCH = 14, 64  # passes over the images to learn from; images per step, half of them generated
C2ST_LR, C2ST_SEED = 2e-3, 0
C2ST_CHANNELS = (32, 64, 96, 128)  # of the classifier's stages, each of half the side
C2ST_SHIFT_PIXELS = 2  # by which images are moved at most while learning
JPEG_QUALITY = 90
IMAGES_NEEDED = C2ST_LEARN_IMAGES + C2ST_TEST_IMAGES  # of each kind
C2ST_PROTOCOL = (
    f"{C2ST_LEARN_IMAGES} generated and {C2ST_LEARN_IMAGES} real images learned from, {C2ST_TEST_IMAGES} and "
    f"{C2ST_TEST_IMAGES} others asked about; JPEG quality {JPEG_QUALITY}; stages of {C2ST_CHANNELS} channels, "
    f"{C2ST_EPOCHS} epochs, batch {C2ST_BATCH}, AdamW {C2ST_LR}, seed {C2ST_SEED}"
)


class TwoSampleTest(NamedTuple):
    """The outcome of a classifier two-sample test.

    error: the share of unseen images that the classifier takes for the other kind, 0 to about 0.5. interval: its 95 %
    confidence interval. cross_entropy: mean of the unseen images, in nats; ln 2 = 0.693 when the classifier can't tell.
    It breaks the tie of errors whose intervals overlap: higher is better. real_probability: for each unseen generated
    image, the classifier's probability that it is real, float (C2ST_TEST_IMAGES,).
    """

    error: float
    interval: tuple[float, float]
    cross_entropy: float
    real_probability: Tensor


def two_sample_test(
    generated: Tensor, real: Tensor, device: str | torch.device = "cpu", quiet: bool = False
) -> TwoSampleTest:
    """The classifier two-sample test of generated against real images, uint8 (N, 3, H, W) each.

    The classifier learns from the first C2ST_LEARN_IMAGES of each kind, and is tested on the next C2ST_TEST_IMAGES.
    Equal images give equal results on one CPU with the same number of threads. The interval is that of sampling the
    tested images; another classifier, from another seed, would err a little differently. Raises
    NotMeasured when there are fewer images than that.
    """
    for kind, images in ((say("generated"), generated), (say("real"), real)):
        if len(images) < IMAGES_NEEDED:
            raise NotMeasured(
                say(
                    "it needs {least} {kind} images, and there are {count}",
                    least=IMAGES_NEEDED,
                    kind=kind,
                    count=len(images),
                )
            )
    both = [jpeg_copy(images[:IMAGES_NEEDED]) for images in (generated, real)]
    learned = torch.cat([images[:C2ST_LEARN_IMAGES] for images in both])
    unseen = torch.cat([images[C2ST_LEARN_IMAGES:] for images in both])
    with IsolatedRNG(C2ST_SEED, torch.device(device)):
        classifier = _train(learned, device, quiet)
    logits = _real_logits(classifier, unseen, device)
    is_real = torch.arange(len(unseen)) >= C2ST_TEST_IMAGES
    error = ((logits > 0) != is_real).double().mean().item()
    return TwoSampleTest(
        error,
        wilson_interval(error, len(unseen)),
        F.binary_cross_entropy_with_logits(logits, is_real.float()).item(),
        logits[:C2ST_TEST_IMAGES].sigmoid(),
    )


def jpeg_copy(images: Tensor) -> Tensor:
    """Images uint8 (N, 3, H, W) after a JPEG encoder of JPEG_QUALITY."""
    with ThreadPoolExecutor(usable_cores()) as threads:
        copies = list(threads.map(_jpeg_copy, images.permute(0, 2, 3, 1).contiguous().numpy()))
    return torch.as_tensor(np.stack(copies)).permute(0, 3, 1, 2).contiguous()


def _jpeg_copy(pixels: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Image.open(file))


def build_classifier() -> nn.Sequential:
    """An untrained classifier: images float (N, 3, H, W) in [-1, 1] -> logits (N, 1), positive for "real"."""
    layers: list[nn.Module] = []
    channels = (3, *C2ST_CHANNELS)
    for before, after in zip(channels, channels[1:], strict=False):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(4 * C2ST_CHANNELS[-1], 1)
    )


def _train(images: Tensor, device: str | torch.device, quiet: bool) -> nn.Sequential:
    """The classifier, trained on images of which the first half is generated, the second real."""
    classifier = build_classifier().to(device).to(memory_format=torch.channels_last)
    half, per_kind = len(images) // 2, C2ST_BATCH // 2
    steps_per_epoch = half // per_kind
    order: list[Tensor] = []

    def batch_loss() -> Tensor:
        if not order:
            shuffled = torch.stack([torch.randperm(half), half + torch.randperm(half)])
            order.extend(shuffled[:, : steps_per_epoch * per_kind].split(per_kind, dim=1))
        rows = order.pop().flatten()
        batch = random_shift(random_flip(to_float(images[rows].to(device))), C2ST_SHIFT_PIXELS)
        with cached_networks.autocast(device):
            logits = classifier(batch.contiguous(memory_format=torch.channels_last))
        is_real = (rows >= half).to(device).float()
        return F.binary_cross_entropy_with_logits(logits.float().squeeze(1), is_real)

    cached_networks.minimise(
        batch_loss, classifier.parameters(), steps=C2ST_EPOCHS * steps_per_epoch, lr=C2ST_LR, weight_decay=1e-2,
        warm_up=0.2, progress=Progress("Learning to tell generated from real", quiet=quiet),
    )  # fmt: skip
    return classifier.eval()


@torch.inference_mode()
def _real_logits(classifier: nn.Sequential, images: Tensor, device: str | torch.device) -> Tensor:
    """Logits (N,) on the CPU, positive for "real"."""
    parts = [classifier(to_float(batch.to(device))).squeeze(1).float().cpu() for batch in images.split(250)]
    return torch.cat(parts)
