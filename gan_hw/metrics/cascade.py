"""Is there a face? A cascade of local binary patterns, read from OpenCV's file and evaluated by torch.

It finds what OpenCV 4's CascadeClassifier.detectMultiScale finds, without OpenCV, in many images at once and on any
device. Cascades: Viola and Jones 2001. Multi-block local binary patterns: Liao et al. 2007.

Each image becomes a pyramid of smaller and smaller ones, so that faces of any size fit the detector's window. The
window is evaluated on a grid of positions in each layer. A stage of the cascade adds up one number per pattern, and
the windows whose sum is large enough pass on to the next stage; few windows pass every stage. A face is where many of
those overlap.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import torch
from torch import Tensor

from gan_hw.utils.environment import usable_cores
from gan_hw.utils.files import file_hash

SCALE_FACTOR = 1.1  # from one layer of the pyramid to the next
MIN_NEIGHBOURS = 5  # a face is a group of more windows than this
GROUPING_TOLERANCE = 0.2  # windows are grouped when their sides differ by at most this share of the smaller window
THRESHOLD_TOLERANCE = 1e-5  # by which a stage's sum may miss its threshold
MAX_WINDOW_PIXELS = 33  # side of the window: the sum of a block, a third as wide and high, must fit 16 bits
LBP_CODES = 256  # of a pattern: eight blocks, each at least as bright as the central one or not
LBP_BITS = (128, 64, 32, 1, 0, 16, 2, 4, 8)  # value of each of the nine blocks in a code, row by row
GREY_WEIGHTS = (9798, 19235, 3735)  # of red, green and blue, in units of 2^-15
IMAGES_PER_SEARCH = 250  # so that memory stays small whatever the number of images
LOOKUPS_PER_BLOCK = 1 << 19  # values of the integral images gathered at a time: what fits a processor's cache
STRIPE_POSITIONS = 32  # OpenCV searches one more stripe of rows for each so many positions in a row
NO_WINDOWS = (torch.zeros(0, 3), torch.zeros(0, dtype=torch.long))  # boxes and image indices, as search returns


@dataclass(frozen=True)
class Stage:
    """One stage of a cascade, with K patterns of 3 x 3 blocks each.

    blocks: int (K, 4), x, y, width and height of each pattern's upper left block, within the window.
    values: (K, LBP_CODES), what each pattern adds for each code. threshold: the smallest sum that passes.
    """

    blocks: Tensor
    values: Tensor
    threshold: float


@dataclass(frozen=True)
class WindowGrid:
    """The positions of the P windows in images of one size.

    layers: (height, width) of each layer of the pyramid; their integral images lie below each other, `stride` wide.
    cells: int (P,), index of each window's upper left corner there, layer by layer and row by row.
    shapes: (rows, columns) of windows in each layer.
    boxes: (P, 3), x, y and side of each window in pixels of the original image.
    """

    layers: tuple[tuple[int, int], ...]
    stride: int
    cells: Tensor
    shapes: tuple[tuple[int, int], ...]
    boxes: Tensor


class Cascade:
    """The detector in the file at `path`.

    Raises FileNotFoundError, and ValueError when the file is not a cascade of local binary patterns.
    """

    metric = "afd_strict"  # the share of images in which it finds a face

    def __init__(self, path: str | Path) -> None:
        self.window: int  # side of the window in pixels
        try:
            root = _child(ElementTree.parse(path).getroot(), "cascade")
            (self.window,) = {int(_text(_child(root, side))) for side in ("width", "height")}
            self.stages = _read_stages(root, self.window)
            if not self.stages:
                raise ValueError("no stages")
        except (ElementTree.ParseError, TypeError, ValueError, IndexError, RuntimeError) as error:
            raise ValueError(f"cascade='{path}' is not a cascade file of square local binary patterns") from error
        self.weights = f"file {file_hash(path)[:8]}"

    def detect(self, images: Tensor | np.ndarray, padding: int = 0, device: str | torch.device = "cpu") -> Tensor:
        """Whether each image contains a face, bool (N,): a group of more than MIN_NEIGHBOURS windows."""
        return self.count_neighbours(images, padding, device) > MIN_NEIGHBOURS

    def confidence(self, images: Tensor | np.ndarray, device: str | torch.device = "cpu") -> Tensor:
        """How sure the detector is of a face in each image, int (N,): its count of neighbours."""
        return self.count_neighbours(images, device=device)

    def count_neighbours(
        self, images: Tensor | np.ndarray, padding: int = 0, device: str | torch.device = "cpu"
    ) -> Tensor:
        """Size of the largest group of overlapping windows in each image, int (N,), on the CPU.

        images: uint8 (N, 3, H, W). padding: pixels of replicated border, which helps with faces that fill the image.
        """
        batches = torch.as_tensor(images).split(IMAGES_PER_SEARCH) if len(images) else ()
        # Gathering does not get faster by torch's own threads, but by several batches at a time it does.
        with ThreadPoolExecutor(usable_cores() if torch.device(device).type == "cpu" else 1) as threads:
            counts = threads.map(lambda batch: self._count_neighbours(batch.to(device), padding), batches)
            return torch.cat([torch.zeros(0, dtype=torch.long), *counts])

    @torch.no_grad()
    def _count_neighbours(self, images: Tensor, padding: int) -> Tensor:
        grey = equalize_histogram(replicate_pad(to_grey(images), padding))
        found = self.search(grey) if min(grey.shape[1:]) >= self.window else NO_WINDOWS
        boxes, image_indices = (values.cpu() for values in found)
        return largest_group_sizes(boxes.double(), image_indices, len(images))

    def search(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        """The windows that pass every stage, as (boxes (S, 3), image indices (S,)); grey int (N, H, W)."""
        count = len(grey)
        grid = window_grid(grey.shape[1], grey.shape[2], self.window)
        cells = grid.cells.to(grey.device)
        sums = integral_images(grey, grid)
        first, *others = self.stages
        # A row of `sums` holds one cell of all images: the first stage, which sees every window, gathers whole rows.
        results = [_passes(first, sums, block, grid.stride) for block in _blocks(cells, first, count)]
        passed = _drop_skipped(torch.cat(results), grid.shapes).flatten().nonzero().squeeze(1)
        for stage in others:
            corners = cells[passed // count] * count + passed % count
            results = [_passes(stage, sums.flatten(), block, grid.stride, count) for block in _blocks(corners, stage)]
            passed = passed[torch.cat([passed[:0].bool(), *results])]
        return grid.boxes.to(grey.device)[passed // count], passed % count


def _child(element: Element, tag: str) -> Element:
    child = element.find(tag)
    if child is None:
        raise ValueError(f"no element <{tag}>")
    return child


def _text(element: Element) -> str:
    if element.text is None:
        raise ValueError(f"nothing in element <{element.tag}>")
    return element.text


def _rows(element: Element, path: str, number: Callable[[str], float]) -> Tensor:
    """The numbers in each element at `path`, one row for each."""
    return torch.tensor([[number(word) for word in _text(item).split()] for item in element.iterfind(path)])


def _read_stages(root: Element, window: int) -> list[Stage]:
    blocks = _rows(root, "features/_/rect", int)
    if (blocks < 0).any() or (blocks[:, :2] + 3 * blocks[:, 2:] > window).any() or window > MAX_WINDOW_PIXELS:
        raise ValueError("a pattern reaches out of the window, or its blocks are too large")
    stages = []
    for stage in root.iterfind("stages/_"):
        weak = _child(stage, "weakClassifiers")
        # A node: two leaves' places, the pattern's index, and one bit for each code, 32 to a word: 1 leads left.
        _, _, patterns, *words = _rows(weak, "_/internalNodes", int).T
        bits = (torch.stack(words, 1)[:, :, None] >> torch.arange(32)) & 1
        left, right = _rows(weak, "_/leafValues", float).T[:, :, None]
        values = torch.where(bits.reshape(len(patterns), LBP_CODES) == 1, left, right)
        threshold = float(np.float32(_text(_child(stage, "stageThreshold")))) - THRESHOLD_TOLERANCE
        stages.append(Stage(blocks[patterns], values, threshold))
    return stages


def to_grey(images: Tensor) -> Tensor:
    """uint8 (N, 3, H, W) -> brightness, int32 (N, H, W) in 0..255."""
    red, green, blue = images.int().unbind(1)
    return (red * GREY_WEIGHTS[0] + green * GREY_WEIGHTS[1] + blue * GREY_WEIGHTS[2] + (1 << 14)) >> 15


def replicate_pad(grey: Tensor, padding: int) -> Tensor:
    """Images (N, H, W) with `padding` more pixels on each side, copies of the outermost ones."""
    rows, columns = (torch.arange(-padding, side + padding).clamp(0, side - 1) for side in grey.shape[1:])
    return grey[:, rows.to(grey.device)[:, None], columns.to(grey.device)]


def equalize_histogram(grey: Tensor) -> Tensor:
    """Each image with its histogram equalised, as OpenCV's equalizeHist does; int32 (N, H, W) in 0..255 to the same."""
    count, pixels = len(grey), grey[0].numel()
    flat = grey.reshape(count, pixels).long()
    bins = flat + torch.arange(count, device=grey.device)[:, None] * 256
    histogram = torch.bincount(bins.flatten(), minlength=count * 256).view(count, 256)
    lowest = histogram.gather(1, flat.amin(1, keepdim=True))
    others = (pixels - lowest).float().clamp(min=1)
    scale = torch.full_like(others, 255) / others
    table = ((histogram.cumsum(1) - lowest).float() * scale).round().clamp(0, 255).int()
    table = torch.where(lowest == pixels, torch.arange(256, device=grey.device, dtype=torch.int32), table)
    return table.gather(1, flat).view(grey.shape)


@lru_cache(maxsize=8)
def window_grid(height: int, width: int, window: int) -> WindowGrid:
    """The WindowGrid for images of height x width and a detector whose window has `window` pixels a side."""
    layers, cells, shapes, boxes = [], [], [], []
    stride, top, factor, stripes = width + 1, 0, 1.0, 0
    while round(window * factor) <= min(height, width):
        scale = np.float32(factor)
        layer_height, layer_width = (int(np.rint(np.float32(side) / scale)) for side in (height, width))
        step = 1 if scale >= 2 else 2
        rows, columns = (max(side + 1 - window, 0) for side in (layer_height, layer_width))
        stripes = stripes or -(-columns // STRIPE_POSITIONS)
        y, x = torch.arange(0, _searched_rows(rows, stripes, step), step), torch.arange(0, columns, step)
        y, x = torch.broadcast_tensors(y[:, None], x)
        cells.append(((top + y) * stride + x).flatten())
        side = torch.full(x.shape, float(np.rint(window * scale)))
        boxes.append(torch.stack([(x * float(scale)).round(), (y * float(scale)).round(), side], 2).flatten(0, 1))
        shapes.append((x.shape[0], x.shape[1]))
        layers.append((layer_height, layer_width))
        top += layer_height + 1
        factor *= SCALE_FACTOR
    return WindowGrid(tuple(layers), stride, torch.cat(cells), tuple(shapes), torch.cat(boxes))


def _searched_rows(rows: int, stripes: int, step: int) -> int:
    """How many of `rows` rows of positions OpenCV searches.

    It cuts them into stripes for its threads, and rounds so that the last row may belong to none.
    """
    return min(stripes * max((rows // step + stripes - 1) // stripes, 1) * step, rows)


def integral_images(grey: Tensor, grid: WindowGrid) -> Tensor:
    """The pyramid of int32 (N, H, W) as integral images, int16 (cells, N): sums of all pixels above and to the left.

    The sums overflow; their differences that give the sums of a window's blocks do not.
    """
    images = grey.permute(1, 2, 0).contiguous()
    layers = []
    for height, width in grid.layers:
        sums = images.new_zeros(height + 1, grid.stride, images.shape[2])
        sums[1:, 1 : width + 1] = (
            resize(images, height, width).cumsum(0, dtype=torch.int32).cumsum(1, dtype=torch.int32)
        )
        layers.append(sums.flatten(0, 1))
    return torch.cat(layers).short()


def resize(images: Tensor, height: int, width: int) -> Tensor:
    """int32 (H, W, N) to (height, width, N), bilinear in OpenCV's exact arithmetic of 8 binary places."""
    top, bottom, down = _interpolation(images.shape[0], height, images.device)
    left, right, along = _interpolation(images.shape[1], width, images.device)
    along, down = along[:, None], down[:, None, None]
    rows = images[:, left] * (256 - along) + images[:, right] * along
    return (rows[top] * (256 - down) + rows[bottom] * down + (1 << 15)) >> 16


def _interpolation(old: int, new: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """For each of `new` pixels: the two of `old` that it lies between, and its distance from the first in 1/256."""
    position = (np.arange(new) + 0.5) * (old / new) - 0.5
    before = np.floor(position).astype(np.int64)
    inside = (before >= 0) & (before < old - 1)
    distance = np.where(inside, np.rint((position - before) * 256), 0).astype(np.int32)
    first, second, weight = (torch.from_numpy(values).to(device) for values in (before, before + 1, distance))
    return first.clamp(0, old - 1), second.clamp(0, old - 1), weight


def _blocks(corners: Tensor, stage: Stage, images: int = 1) -> tuple[Tensor, ...]:
    return corners.split(max(1, LOOKUPS_PER_BLOCK // (16 * len(stage.blocks) * images)))


def _passes(stage: Stage, sums: Tensor, corners: Tensor, stride: int, count: int = 1) -> Tensor:
    """Whether each window passes the stage, bool.

    corners: the windows' upper left in `sums`, where neighbouring cells are `count` apart.
    """
    x, y, width, height = stage.blocks.to(corners.device).T[:, :, None]
    four = torch.arange(4, device=corners.device)
    offsets = ((y + height * four)[:, :, None] * stride + (x + width * four)[:, None]) * count
    values = sums.index_select(0, (offsets.flatten()[:, None] + corners).flatten()).view(
        len(x), 4, 4, len(corners), *sums.shape[1:]
    )
    strips = values[:, 1:] - values[:, :-1]
    blocks = (strips[:, :, 1:] - strips[:, :, :-1]).flatten(1, 2)
    brighter = (blocks >= blocks[:, 4:5]).view(torch.uint8)
    codes = torch.zeros_like(brighter[:, 0])
    for block, bit in enumerate(LBP_BITS):
        if bit:
            codes += brighter[:, block] * bit
    votes = stage.values.to(corners.device).gather(1, codes.flatten(1).long()).sum(0)
    return (votes >= stage.threshold).view(len(corners), *sums.shape[1:])


def _drop_skipped(passed: Tensor, shapes: tuple[tuple[int, int], ...]) -> Tensor:
    """Of the windows that pass the first stage, bool (P, N), those that OpenCV's search does not skip.

    In each row it skips the window after one that fails, because faces there are rare.
    """
    layers = []
    for rows, columns in shapes:
        layer, passed = passed[: rows * columns].clone(), passed[rows * columns :]
        visited = torch.ones(rows, passed.shape[1], dtype=torch.bool, device=passed.device)
        for column in layer.view(rows, columns, -1).unbind(1):
            passes = column.clone()
            column.logical_and_(visited)
            visited = ~visited | passes
        layers.append(layer)
    return torch.cat(layers)


def largest_group_sizes(boxes: Tensor, image_indices: Tensor, count: int) -> Tensor:
    """The size of the largest group of similar boxes in each of `count` images, int (count,).

    boxes (S, 3): x, y and side. image_indices (S,): each box's image. A group is a connected component: its boxes are
    similar directly, or through others of the group.
    """
    order = image_indices.argsort(stable=True)
    boxes, image_indices = boxes[order], image_indices[order]
    number = torch.bincount(image_indices, minlength=count)
    position = torch.arange(len(image_indices), device=boxes.device) - (number.cumsum(0) - number)[image_indices]
    most = int(number.max())
    table = boxes.new_full((count, most, 3), torch.nan)  # NaN is similar to nothing, not even to itself
    table[image_indices, position] = boxes
    start, side = table[..., :2], table[..., 2]
    tolerance = GROUPING_TOLERANCE * torch.minimum(side[:, :, None], side[:, None])[..., None]
    end = start + side[..., None]
    near_start, near_end = (((p[:, :, None] - p[:, None]).abs() <= tolerance).all(-1) for p in (start, end))
    similar = near_start & near_end
    groups = torch.arange(most, device=boxes.device).expand(count, most)
    while True:  # every box takes the lowest group number among the boxes similar to it, until nothing changes
        lowest = torch.where(similar, groups[:, None], most).amin(2) if most else groups
        if torch.equal(lowest, groups):
            break
        groups = lowest
    sizes = torch.zeros(count, most + 1, dtype=torch.long, device=boxes.device)
    sizes.scatter_add_(1, groups, similar.diagonal(dim1=1, dim2=2).long())
    return sizes.amax(1)
