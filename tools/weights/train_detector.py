"""The training of the face detector that ships with the kit: it learns the cascade's answers, window by window."""

import torch
from teaching_images import Lesson
from torch import Tensor
from torch.nn import functional as F

from gan_hw.metrics import cached_networks
from gan_hw.metrics.cascade import Cascade, WindowGrid
from gan_hw.metrics.face_detector import FACE_OUTPUT, GROUP_SIZES, FaceDetectorNetwork, network_input
from gan_hw.utils.progress import Progress

EPOCHS, BATCH, LR, WEIGHT_DECAY, SEED = 3, 128, 4e-3, 0.02, 0
VERDICT_WEIGHT = 3.0  # of the output that decides, beside 1 of the others
WINDOW_WEIGHT = 0.1  # of the sum over an image's windows


def window_cells(grid: WindowGrid) -> Tensor:
    """Where each of the grid's windows stands in the network's maps of 32 x 32 cells, int (P,)."""
    layers = torch.cat([torch.full((rows * columns,), i) for i, (rows, columns) in enumerate(grid.shapes)])
    centre = (grid.boxes[:, :2] + grid.boxes[:, 2:] / 2) / 2  # a cell is two pixels wide
    return layers * 32 * 32 + centre[:, 1].long() * 32 + centre[:, 0].long()


def train(lesson: Lesson, epochs: float = EPOCHS) -> FaceDetectorNetwork:
    """A FaceDetectorNetwork trained on the lesson's images."""
    torch.manual_seed(SEED)
    network = FaceDetectorNetwork().to(memory_format=torch.channels_last)
    cells, group_sizes = window_cells(lesson.grid), torch.tensor(GROUP_SIZES)
    weights = torch.ones(len(GROUP_SIZES))
    weights[FACE_OUTPUT] = VERDICT_WEIGHT
    order: list[Tensor] = []

    def batch_loss() -> Tensor:
        if not order:
            order.extend(torch.randperm(len(lesson.inputs)).split(BATCH))
        rows = order.pop()
        grey = lesson.inputs[rows].float() / 127.5 - 1
        with cached_networks.autocast("cpu"):
            maps = network.window_maps(grey.contiguous(memory_format=torch.channels_last))
            logits = network.group_logits(maps)
        targets = (lesson.counts[rows, None] > group_sizes).float()
        verdicts = (F.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none") * weights).mean()
        found = F.pixel_shuffle(maps.float(), 2).flatten(1)[:, cells]
        windows = F.binary_cross_entropy_with_logits(found, lesson.windows[rows].float(), reduction="none")
        return verdicts + WINDOW_WEIGHT * windows.sum(1).mean()

    cached_networks.minimise(
        batch_loss, network.parameters(), steps=int(epochs * len(lesson.inputs) / BATCH), lr=LR,
        weight_decay=WEIGHT_DECAY, warm_up=0.15, progress=Progress("Training the face detector"),
    )  # fmt: skip
    return network.eval()


@torch.inference_mode()
def calibrate(network: FaceDetectorNetwork, images: Tensor, cascade: Cascade) -> None:
    """Set the threshold so that the network finds a face in as many of the images as the cascade does.

    images: uint8 (N, 3, 64, 64), not those that it was trained on: it has memorised many of them.
    """
    inputs = network_input(images).split(500)
    logits = torch.cat([network(part)[:, FACE_OUTPUT] for part in inputs])
    share = cascade.detect(images).double().mean().item()
    network.face_threshold.fill_(torch.quantile(logits.double(), 1 - share).item())
