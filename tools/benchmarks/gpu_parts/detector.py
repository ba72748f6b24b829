"""Section `detector`: do both face detectors give the CPU's verdicts, and in what time?"""

import torch
from timing import took

from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics.afd import load_cascade
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.metrics.protocol import NotMeasured

from .context import CPU
from .results import NotRun

IMAGES = 1000  # real ones, as many generated ones, and as many of those with noise


def section(context, measure):
    images = None

    def on_images(find):
        nonlocal images
        detector = find()
        images = pictures(context) if images is None else images
        return compared(context, detector, images)

    measure("afd_kit", lambda: on_images(load_face_detector))
    measure("afd_strict", lambda: on_images(lambda: cascade(context)))


def cascade(context):
    """The detector of afd_strict; its file is fetched where none is named."""
    try:
        return load_cascade(context.cascade, context.folder)
    except NotMeasured as reason:
        raise NotRun(str(reason)) from reason


def pictures(context):
    """uint8 (N, 3, 64, 64): with faces, with blurred ones, and on the border between both."""
    count = 20 if context.quick else IMAGES
    generator, recipe = load_generator("shipped:faces")
    generated = generate(generator, sample_z(count, recipe.z_dim))
    chance = torch.Generator().manual_seed(0)
    disturbed = generated + 12 * torch.randn(generated.shape, generator=chance)
    real = context.faces().images[:count]
    return torch.cat([real, generated, disturbed.round().clamp(0, 255).to(torch.uint8)])


def compared(context, detector, images):
    """How many verdicts and confidences differ from the CPU's, and the seconds of both."""
    verdicts, confidences, seconds = [], [], []
    for device in (CPU, context.device):
        confidences.append(detector.confidence(images, device=device).float())
        seconds.append(
            round(
                took(lambda device=device: verdicts.append(detector.detect(images, device=device)), context.device), 3
            )
        )
    return {
        "images": len(images),
        "with a face": int(verdicts[0].sum()),
        "verdicts that differ": int((verdicts[0] != verdicts[1]).sum()),
        "largest difference": round((confidences[0] - confidences[1]).abs().max().item(), 4),
        "seconds on the CPU": seconds[0],
        "seconds": seconds[1],
    }
