"""Is there a face? A cascade of local binary patterns, read from OpenCV's file and evaluated by torch.

It finds what OpenCV 4's CascadeClassifier.detectMultiScale finds, without OpenCV, in many images at once and on any
device. Cascades: Viola and Jones 2001. Multi-block local binary patterns: Liao et al. 2007.

An image becomes a pyramid of ever smaller ones, so that faces of any size fit the detector's window. The window is laid
over a grid of positions in each. A stage of the cascade adds up a number for each of its patterns, and the windows
whose sum is large enough pass on to the next stage: few pass them all. A face is where many of those lie together.
"""

import os
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

SCALE_FACTOR = 1.1  # from one image of the pyramid to the next
MIN_NEIGHBOURS = 5  # a face is where more windows than this lie together:
SAME_FACE = 0.2  # their sides are no further apart than this share of the smaller window
TOLERANCE = 1e-5  # by which a stage's sum may miss its threshold
LARGEST_WINDOW = 33  # pixels: the sum of a block, a third as wide and high, must fit 16 bits
CODES = 256  # of a pattern: eight blocks, each at least as bright as the centre or not
BITS = (128, 64, 32, 1, 0, 16, 2, 4, 8)  # of the nine blocks, row by row
GREY = (9798, 19235, 3735)  # weights of red, green and blue, of 2^15
IMAGES = 250  # at a time, so that memory stays small whatever their number
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
NOTHING = (torch.zeros(0, 3), torch.zeros(0, dtype=torch.long))  # boxes and whose they are
STRIPE = 32  # positions beside each other at full size that make another stripe of rows
CORNERS = 1 << 19  # looked up at a time: what fits into a processor's cache


@dataclass(frozen=True)
class Stage:
    """blocks int (K, 4): x, y, width and height of the first of each pattern's 3 x 3 blocks, within the window.

    values (K, CODES): what each pattern adds for each code it may show. threshold: the smallest sum that passes.
    """

    blocks: torch.Tensor
    values: torch.Tensor
    threshold: float


@dataclass(frozen=True)
class Grid:
    """Where the windows lie in images of one size.

    layers: (height, width) of each image of the pyramid; their integral images lie below each other, `stride` wide.
    cells (P,): the upper left of each window there, layer by layer and row by row. shapes: (rows, columns) of windows
    in each layer.
    boxes (P, 3): x, y and side of each window in the original image.
    """

    layers: tuple
    stride: int
    cells: torch.Tensor
    shapes: tuple
    boxes: torch.Tensor


class Cascade:
    """The detector in the file at `path`. Raises ValueError when that is no cascade of local binary patterns."""

    def __init__(self, path):
        try:
            root = ElementTree.parse(path).getroot().find("cascade")
            sides = {int(root.findtext("width")), int(root.findtext("height"))}
            (self.window,) = sides
            self.stages = _read_stages(root, self.window)
            if not self.stages:
                raise ValueError("no stages")
        except (ElementTree.ParseError, AttributeError, TypeError, ValueError, IndexError, RuntimeError) as error:
            raise ValueError(f"cascade='{path}' is not a cascade file of square local binary patterns") from error

    def found(self, images, padding=0, device="cpu"):
        """Which images hold a face, bool (N,): those with more than MIN_NEIGHBOURS neighbours."""
        return self.neighbours(images, padding, device) > MIN_NEIGHBOURS

    def neighbours(self, images, padding=0, device="cpu"):
        """How many windows lie together on the clearest face of each image, int (N,), on the CPU.

        images: uint8 (N, 3, H, W). padding: pixels of replicated border, which helps with faces that fill the picture.
        """
        parts = torch.as_tensor(images).split(IMAGES) if len(images) else ()
        # Looking up does not get faster by torch's own threads, but by several parts at a time it does.
        with ThreadPoolExecutor(CORES if torch.device(device).type == "cpu" else 1) as threads:
            counts = threads.map(lambda part: self._neighbours(part.to(device), padding), parts)
            return torch.cat([torch.zeros(0, dtype=torch.long), *counts])

    @torch.no_grad()
    def _neighbours(self, images, padding):
        grey = equalised(padded(to_grey(images), padding))
        passed = self._search(grey) if min(grey.shape[1:]) >= self.window else NOTHING
        boxes, owners = (values.cpu() for values in passed)
        return largest_groups(boxes.double(), owners, len(images))

    def _search(self, grey):
        """The windows that pass every stage, as (boxes (S, 3), numbers of their images (S,)); grey int (N, H, W)."""
        count = len(grey)
        grid = windows(*grey.shape[1:], self.window)
        cells = grid.cells.to(grey.device)
        sums = integrals(grey, grid)
        first, *others = self.stages
        # A row of `sums` holds one cell of all images: the first stage, which sees every window, reads whole rows.
        dense = [_passes(first, sums, part, grid.stride) for part in _parts(cells, first, count)]
        passed = _visited(torch.cat(dense), grid.shapes).flatten().nonzero().squeeze(1)
        for stage in others:
            at = cells[passed // count] * count + passed % count
            verdicts = [_passes(stage, sums.flatten(), part, grid.stride, count) for part in _parts(at, stage)]
            passed = passed[torch.cat([passed[:0].bool(), *verdicts])]
        return grid.boxes.to(grey.device)[passed // count], passed % count


def _read_stages(root, window):
    blocks = torch.tensor([[int(word) for word in rect.text.split()] for rect in root.iterfind("features/_/rect")])
    if (blocks < 0).any() or (blocks[:, :2] + 3 * blocks[:, 2:] > window).any() or window > LARGEST_WINDOW:
        raise ValueError("a pattern reaches out of the window, or its blocks are too large")
    stages = []
    for stage in root.iterfind("stages/_"):
        weak = stage.find("weakClassifiers")
        nodes = [[int(word) for word in node.text.split()] for node in weak.iterfind("_/internalNodes")]
        leaves = [[float(word) for word in leaf.text.split()] for leaf in weak.iterfind("_/leafValues")]
        # A node: two leaves' places, the pattern's number, and a bit for each code, 32 to a word, that leads left.
        _, _, patterns, *words = torch.tensor(nodes).T
        bits = (torch.stack(words, 1)[:, :, None] >> torch.arange(32)) & 1
        left, right = torch.tensor(leaves).T[:, :, None]
        values = torch.where(bits.reshape(len(nodes), CODES) == 1, left, right)
        threshold = float(np.float32(stage.findtext("stageThreshold"))) - TOLERANCE
        stages.append(Stage(blocks[patterns], values, threshold))
    return stages


def to_grey(images):
    """uint8 (N, 3, H, W) -> brightness, int32 (N, H, W) of 0..255."""
    red, green, blue = images.int().unbind(1)
    return (red * GREY[0] + green * GREY[1] + blue * GREY[2] + (1 << 14)) >> 15


def padded(grey, padding):
    """(N, H, W) with `padding` pixels more on each side, like the outermost ones."""
    height, width = (torch.arange(-padding, side + padding).clamp(0, side - 1) for side in grey.shape[1:])
    return grey[:, height.to(grey.device)[:, None], width.to(grey.device)]


def equalised(grey):
    """Each image's values spread so that all are about equally frequent; int32 (N, H, W) of 0..255 to the same."""
    count, pixels = len(grey), grey[0].numel()
    flat = grey.reshape(count, pixels).long()
    places = flat + torch.arange(count, device=grey.device)[:, None] * 256
    histogram = torch.bincount(places.flatten(), minlength=count * 256).view(count, 256)
    lowest = histogram.gather(1, flat.amin(1, keepdim=True))
    others = (pixels - lowest).float().clamp(min=1)
    spread = torch.full_like(others, 255) / others
    table = ((histogram.cumsum(1) - lowest).float() * spread).round().clamp(0, 255).int()
    table = torch.where(lowest == pixels, torch.arange(256, device=grey.device, dtype=torch.int32), table)
    return table.gather(1, flat).view(grey.shape)


@lru_cache(maxsize=8)
def windows(height, width, window):
    """The Grid for images of height x width and a detector whose window has `window` pixels a side."""
    layers, cells, shapes, boxes = [], [], [], []
    stride, top, factor, stripes = width + 1, 0, 1.0, 0
    while round(window * factor) <= min(height, width):
        scale = np.float32(factor)
        layer = tuple(int(np.rint(np.float32(side) / scale)) for side in (height, width))
        step = 1 if scale >= 2 else 2
        tall, wide = (max(side + 1 - window, 0) for side in layer)
        stripes = stripes or -(-wide // STRIPE)
        y, x = torch.arange(0, _searched(tall, stripes, step), step), torch.arange(0, wide, step)
        y, x = torch.broadcast_tensors(y[:, None], x)
        cells.append(((top + y) * stride + x).flatten())
        side = torch.full(x.shape, float(np.rint(window * scale)))
        boxes.append(torch.stack([(x * float(scale)).round(), (y * float(scale)).round(), side], 2).flatten(0, 1))
        shapes.append(x.shape)
        layers.append(layer)
        top += layer[0] + 1
        factor *= SCALE_FACTOR
    return Grid(tuple(layers), stride, torch.cat(cells), tuple(shapes), torch.cat(boxes))


def _searched(tall, stripes, step):
    """Of `tall` positions below each other, those that are searched.

    OpenCV cuts them into stripes for its threads, and rounds so that the last row may belong to none.
    """
    return min(stripes * max((tall // step + stripes - 1) // stripes, 1) * step, tall)


def integrals(grey, grid):
    """The pyramid of int32 (N, H, W) as integral images, int16 (cells, N): sums of all pixels above and to the left.

    The sums overflow; the differences that are taken of them, the sums of a window's blocks, do not.
    """
    images = grey.permute(1, 2, 0).contiguous()
    stack = []
    for height, width in grid.layers:
        layer = resized(images, height, width).cumsum(0, dtype=torch.int32).cumsum(1, dtype=torch.int32)
        space = images.new_zeros(height + 1, grid.stride, images.shape[2])
        space[1:, 1 : width + 1] = layer
        stack.append(space.flatten(0, 1))
    return torch.cat(stack).short()


def resized(images, height, width):
    """int32 (H, W, N) to (height, width, N), bilinear in OpenCV's exact arithmetic of 8 binary places."""
    (top, bottom, down), (left, right, along) = (
        _between(old, new, images.device) for old, new in zip(images.shape, (height, width), strict=False)
    )
    along, down = along[:, None], down[:, None, None]
    rows = images[:, left] * (256 - along) + images[:, right] * along
    return (rows[top] * (256 - down) + rows[bottom] * down + (1 << 15)) >> 16


def _between(old, new, device):
    """For each of `new` pixels: the two of `old` that it lies between, and its distance from the first in 1/256."""
    place = (np.arange(new) + 0.5) * (old / new) - 0.5
    first = np.floor(place).astype(np.int64)
    share = np.where((first >= 0) & (first < old - 1), np.rint((place - first) * 256), 0).astype(np.int32)
    sides = (first, first + 1, share)
    first, second, share = (torch.from_numpy(values).to(device) for values in sides)
    return first.clamp(0, old - 1), second.clamp(0, old - 1), share


def _parts(at, stage, images=1):
    return at.split(max(1, CORNERS // (16 * len(stage.blocks) * images)))


def _passes(stage, sums, at, stride, count=1):
    """Which windows pass the stage; `at`: their upper left in `sums`, where neighbouring cells are `count` apart."""
    x, y, width, height = stage.blocks.to(at.device).T[:, :, None]
    four = torch.arange(4, device=at.device)
    offsets = ((y + height * four)[:, :, None] * stride + (x + width * four)[:, None]) * count
    corners = sums.index_select(0, (offsets.flatten()[:, None] + at).flatten()).view(
        len(x), 4, 4, len(at), *sums.shape[1:]
    )
    down = corners[:, 1:] - corners[:, :-1]
    blocks = (down[:, :, 1:] - down[:, :, :-1]).flatten(1, 2)
    brighter = (blocks >= blocks[:, 4:5]).view(torch.uint8)
    codes = sum(brighter[:, block] * bit for block, bit in enumerate(BITS) if bit)
    values = stage.values.to(at.device).gather(1, codes.flatten(1).long()).sum(0)
    return (values >= stage.threshold).view(len(at), *sums.shape[1:])


def _visited(passed, shapes):
    """Of the windows that pass the first stage, bool (P, N), those that the search looks at.

    Going along a row, it leaves out the window after one that fails: there is hardly ever a face.
    """
    layers = []
    for rows, columns in shapes:
        layer, passed = passed[: rows * columns].clone(), passed[rows * columns :]
        visited = torch.ones(rows, passed.shape[1], dtype=torch.bool, device=passed.device)
        for column in layer.view(rows, columns, -1).unbind(1):
            passes = column.clone()
            column &= visited
            visited = ~visited | passes
        layers.append(layer)
    return torch.cat(layers)


def largest_groups(boxes, owners, count):
    """The size of the largest group of like boxes in each image, int (count,).

    boxes (S, 3): x, y and side. owners (S,): the number of each box's image. Boxes are in one group that are alike, or
    joined by others that are.
    """
    order = owners.argsort(stable=True)
    boxes, owners = boxes[order], owners[order]
    number = torch.bincount(owners, minlength=count)
    place = torch.arange(len(owners), device=owners.device) - (number.cumsum(0) - number)[owners]
    most = int(number.max())
    table = boxes.new_full((count, most, 3), torch.nan)  # unlike everything, itself included
    table[owners, place] = boxes
    start, side = table[..., :2], table[..., 2]
    reach = SAME_FACE * torch.minimum(side[:, :, None], side[:, None])[..., None]
    end = start + side[..., None]
    alike = (((p[:, :, None] - p[:, None]).abs() <= reach).all(-1) for p in (start, end))
    alike = torch.logical_and(*alike)
    groups = torch.arange(most, device=boxes.device).expand(count, most)
    while True:  # every box takes the lowest number among its like, until nothing changes
        lowest = torch.where(alike, groups[:, None], most).amin(2) if most else groups
        if torch.equal(lowest, groups):
            break
        groups = lowest
    sizes = torch.zeros(count, most + 1, dtype=torch.long, device=boxes.device)
    sizes.scatter_add_(1, groups, alike.diagonal(dim1=1, dim2=2).long())
    return sizes.amax(1)
