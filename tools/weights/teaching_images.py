"""The images that the face detector learns from, with the cascade's answers: real, drawn, generated, and changed."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.data.images import ImageSet, held_out_split
from gan_hw.metrics.cascade import Cascade, WindowGrid, equalize_histogram, largest_group_sizes, to_grey, window_grid
from gan_hw.metrics.face_detector import DETECTOR_SIDE

DRAWN_FACES, DRAWN_SEED = 12_000, 1  # of another seed than the kit's data set of drawn faces
CHANGED_COPIES = {"real": 14, "drawn": 3, "generated": 1}  # changed copies of each image
CALIBRATION_IMAGES = 5000  # of each kind
CHUNK = 2000  # images changed and shown to the cascade at a time


def change(images: Tensor) -> Tensor:
    """Images uint8 (N, 3, H, W), each changed at random: moved, scaled, turned, mirrored, and a third of them blurred,
    noisy, torn, or made into something that is no face.
    """
    count, _, height, width = images.shape
    source = images.float() / 255
    small = torch.rand(count) < 0.5  # half of them are hardly moved
    amount = torch.where(small, 0.25, 1.0)
    scale = torch.exp((torch.rand(count) - 0.6) * amount * 0.7)
    angle = torch.randn(count) * 0.15 * amount
    shift = (torch.rand(count, 2) - 0.5) * 0.6 * amount[:, None]
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    theta = torch.stack(
        [torch.stack([cos * mirror, -sin, shift[:, 0]], 1), torch.stack([sin * mirror, cos, shift[:, 1]], 1)], 1
    )
    grid = F.affine_grid(theta, [count, 3, height, width], align_corners=False)
    source = F.grid_sample(source, grid, padding_mode="border", align_corners=False)
    kind = torch.rand(count)
    source = _where(kind < 0.12, _blurred, source)
    source = _where((kind >= 0.12) & (kind < 0.24), _noisy, source)
    source = _where((kind >= 0.24) & (kind < 0.28), _torn, source)
    source = _where((kind >= 0.28) & (kind < 0.30), lambda part: part.flip(2), source)
    source = _where((kind >= 0.30) & (kind < 0.34), _coarse_noise, source)
    return (source * 255).round().clamp(0, 255).to(torch.uint8)


def _where(chosen: Tensor, function: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    images = images.clone()
    if chosen.any():
        images[chosen] = function(images[chosen])
    return images


def _blurred(images: Tensor) -> Tensor:
    sigma = 0.4 + 1.8 * torch.rand(()).item()
    gaussian = torch.exp(-(torch.arange(-5.0, 6.0) ** 2) / (2 * sigma**2))
    kernel = (gaussian[:, None] * gaussian / gaussian.sum() ** 2).expand(3, 1, 11, 11)
    return F.conv2d(F.pad(images, [5] * 4, mode="replicate"), kernel, groups=3)


def _noisy(images: Tensor) -> Tensor:
    return images + 0.15 * torch.rand(len(images), 1, 1, 1) * torch.randn_like(images)


def _torn(images: Tensor) -> Tensor:
    """Cut into quarters that change places."""
    left, right = images.chunk(2, 3)
    parts = [*left.chunk(2, 2), *right.chunk(2, 2)]
    a, b, c, d = (parts[i] for i in torch.randperm(4))
    return torch.cat([torch.cat([a, b], 2), torch.cat([c, d], 2)], 3)


def _coarse_noise(images: Tensor) -> Tensor:
    side = int(2 ** torch.randint(1, 7, ()).item())
    return F.interpolate(torch.rand(len(images), 3, side, side), images.shape[2:], mode="bilinear")


class Lesson(NamedTuple):
    """What the detector learns: N images, and what the cascade says of them.

    inputs: uint8 (N, 1, 64, 64), brightness, its histogram equalised. counts: int (N,), windows in the largest group.
    windows: bool (N, P), which windows of `grid` pass.
    """

    inputs: Tensor
    counts: Tensor
    windows: Tensor
    grid: WindowGrid


def teaching_sets(real: ImageSet, generated: Iterable[Tensor]) -> dict[str, Tensor]:
    """The unchanged images by their kind; of the real ones those that are not held out."""
    drawn = torch.as_tensor(draw_faces(DRAWN_FACES, seed=DRAWN_SEED)[0])
    return {"real": real.images[held_out_split(len(real))[1]], "drawn": drawn, "generated": torch.cat(list(generated))}


def calibration_images(sets: dict[str, Tensor]) -> Tensor:
    """CALIBRATION_IMAGES of each kind, mirrored, so that the network has not learned the cascade's answers on them."""
    return torch.cat([part[torch.randperm(len(part))[:CALIBRATION_IMAGES]].flip(3) for part in sets.values()])


def teach(sets: dict[str, Tensor], cascade: Cascade) -> Lesson:
    """The lesson: all images as they are, and CHANGED_COPIES of each."""
    grid = window_grid(DETECTOR_SIDE, DETECTOR_SIDE, cascade.window)
    numbers = {tuple(box): number for number, box in enumerate(grid.boxes.tolist())}
    parts = []
    for name, images in sets.items():
        for copy in range(1 + CHANGED_COPIES[name]):
            for chunk in images.split(CHUNK):
                grey = equalize_histogram(to_grey(change(chunk) if copy else chunk))
                boxes, indices = cascade.search(grey)
                windows = torch.zeros(len(grey), len(numbers), dtype=torch.bool)
                windows[indices, torch.tensor([numbers[tuple(box)] for box in boxes.tolist()], dtype=torch.long)] = True
                counts = largest_group_sizes(boxes.double(), indices, len(grey))
                parts.append((grey[:, None].to(torch.uint8), counts, windows))
    return Lesson(*(torch.cat(columns) for columns in zip(*parts, strict=True)), grid)
