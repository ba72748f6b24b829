"""Curves in face units, and the brush that draws them on a picture.

Face units: the origin lies between the eyes of a face seen from the front, x to the right, y down; the cheeks
are at x = -1 and 1, the chin is near y = 1.15 and the top of the hair near y = -1.7. Shapes: (n, 2) arrays.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from .palette import Colour

Point = tuple[float, float]
Shape = np.ndarray  # float64 (n, 2)

SUPERSAMPLING, MIN_DRAWN_SIDE = 3, 192  # times the picture's side, and pixels at least; then reduced
_T = np.linspace(0, 1, 7)[:-1]
_QUADRATIC = np.stack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2], axis=1)
_ANGLES = np.linspace(0, 2 * np.pi, 27)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


def _read_only(points: Shape) -> Shape:
    """Made read-only, since most shapes are the same on every face and come from the cache."""
    points.flags.writeable = False
    return points


@lru_cache(2048)
def curve(*points: Point) -> Shape:
    """An open curve of quadratic pieces. points: on the curve and control points in turn, the last one on it."""
    p = np.array(points, dtype=float)
    pieces = np.empty((len(p) // 2, 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = p[:-1:2], p[1::2], p[2::2]
    return _read_only(np.concatenate([(_QUADRATIC @ pieces).reshape(-1, 2), p[-1:]]))


@lru_cache(2048)
def blob(*points: Point) -> Shape:
    """A closed smooth curve inside the polygon of `points` (a quadratic B-spline)."""
    p = np.array(points + points[:2], dtype=float)
    pieces = np.empty((len(points), 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = (p[:-2] + p[1:-1]) / 2, p[1:-1], (p[1:-1] + p[2:]) / 2
    return _read_only((_QUADRATIC @ pieces).reshape(-1, 2))


def ellipse(x: float, y: float, rx: float, ry: float) -> Shape:
    return _CIRCLE * (rx, ry) + (x, y)


def mirror(half: ArrayLike) -> Shape:
    """A closed symmetric shape from its right half, given from top to bottom."""
    right = np.asarray(half, dtype=float)
    return np.concatenate([right, right[::-1] * (-1, 1)])


def flip(s: int, *points: Point) -> list[Point]:
    """The points as they are for s = 1 (right half), mirrored for s = -1 (left half)."""
    return [(s * x, y) for x, y in points]


def lock(root: Point, tip: Point, width: float, bend: float = 0.0) -> Shape:
    """A pointed lock of hair from `root` to `tip`, bent to its left by `bend` times its length."""
    (x0, y0), (x1, y1) = root, tip
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    nx, ny = dy / length * width / 2, -dx / length * width / 2
    mx, my = x0 + 0.55 * dx + dy * bend, y0 + 0.55 * dy - dx * bend
    return curve((x0 + nx, y0 + ny), (mx + nx, my + ny), (x1, y1), (mx - nx, my - ny), (x0 - nx, y0 - ny))


def blade(start: Point, bend: Point, end: Point, width: float) -> Shape:
    """A stroke from `start` to `end` with the control point `bend`, pointed at both ends."""
    (x0, y0), (x, y), (x1, y1) = start, bend, end
    across = width / math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y1 - y0) * across, (x0 - x1) * across
    return curve(start, (x + dx, y + dy), end, (x - dx, y - dy), start)


def taper(points: Shape, width: float) -> Shape:
    """The outline of a stroke along an open curve, `width` wide in the middle and pointed at both ends."""
    along = np.empty_like(points)
    along[1:-1] = points[2:] - points[:-2]
    along[0], along[-1] = points[1] - points[0], points[-1] - points[-2]
    along *= (_taper_profile(len(points)) * width / np.hypot(along[:, 0], along[:, 1]))[:, None]
    side = along[:, ::-1] * (-1, 1)
    return np.concatenate([points + side, (points - side)[::-1]])


@lru_cache
def _taper_profile(n: int) -> np.ndarray:
    return np.sin(np.linspace(0, np.pi, n)) / 2


@lru_cache
def _ramp_weights(n: int) -> np.ndarray:
    return np.linspace(0, 1, n)[:, None, None]


class Brush:
    """Draws shapes given in face units on a square picture of size x size, in the pose of the face.

    turn, nod: of the head, -1..1. tilt: radians. zoom: factor. shift: of the face, in shares of the picture's side.
    line_weight: factor of all line widths. `depth` of a call says how far in front of the head's axis a shape lies:
    shapes in front move with the turn and the nod of the face, those behind (negative) against them.
    """

    def __init__(
        self, size: int, *, turn: float = 0.0, nod: float = 0.0, tilt: float = 0.0, zoom: float = 1.0,
        shift: tuple[float, float] = (0.0, 0.0), line_weight: float = 1.0,
    ) -> None:  # fmt: skip
        self._factor = max(SUPERSAMPLING, -(-MIN_DRAWN_SIDE // size))
        side = size * self._factor
        self.image = Image.new("RGB", (side, side))
        self.side = side
        self.unit = side * 0.292 * zoom
        self.line_weight = line_weight
        self.pen = ImageDraw.Draw(self.image)
        self._spin = complex(math.cos(tilt), math.sin(tilt)) * self.unit
        self._origin = side * complex(0.5 + shift[0], 0.5 + shift[1])
        self._pose = complex(0.2 * turn, 0.15 * nod) * self._spin

    def place(self, points: ArrayLike, depth: float = 1.0) -> list[float]:
        """Face units to picture coordinates, as the flat list that Pillow takes."""
        z = np.ascontiguousarray(points, dtype=float).view(complex)[:, 0]  # x + iy: one product turns and scales
        near = np.exp(-0.5 * np.abs(z) ** 2)
        return (z * self._spin + near * (depth * self._pose) + self._origin).view(float).tolist()

    def fill(
        self, points: ArrayLike, colour: Colour, line: Colour | None = None, width: float = 0.03, depth: float = 1.0
    ) -> None:
        """Draw a closed shape, with an outline of `width` in the colour `line` if one is given."""
        flat = self.place(points, depth)
        self.pen.polygon(flat, fill=colour)
        if line is not None:
            self.pen.line(flat + flat[:4], fill=line, width=self._line_pixels(width), joint="curve")

    def stroke(self, points: ArrayLike, colour: Colour, width: float = 0.03, depth: float = 1.0) -> None:
        """Draw an open line of constant width."""
        self.pen.line(self.place(points, depth), fill=colour, width=self._line_pixels(width), joint="curve")

    def shade(
        self, points: ArrayLike, top: Colour, bottom: Colour, line: Colour | None = None, width: float = 0.03,
        depth: float = 1.0,
    ) -> None:  # fmt: skip
        """Draw a closed shape with a vertical gradient from the colour `top` to `bottom`."""
        flat = self.place(points, depth)
        xs, ys = flat[::2], flat[1::2]
        x0, y0 = max(int(min(xs)), 0), max(int(min(ys)), 0)
        x1, y1 = min(int(max(xs)) + 1, self.side), min(int(max(ys)) + 1, self.side)
        if x1 <= x0 or y1 <= y0:
            return
        mask = Image.new("1", (self.side, self.side))
        ImageDraw.Draw(mask).polygon(flat, fill=1)
        box = (x0, y0, x1, y1)
        self.image.paste(ramp(x1 - x0, y1 - y0, top, bottom), box, mask.crop(box))
        if line is not None:
            self.pen.line(flat + flat[:4], fill=line, width=self._line_pixels(width), joint="curve")

    def finish(self) -> Image.Image:
        """The picture at its own size, with antialiased edges."""
        return self.image.reduce(self._factor)

    def _line_pixels(self, width: float) -> int:
        return max(1, round(width * self.line_weight * self.unit))


def ramp(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    """A vertical gradient from the colour `top` down to `bottom`."""
    rows = (_ramp_weights(height) * np.subtract(bottom, top) + top).astype(np.uint8)
    return Image.fromarray(rows).resize((width, height), Image.Resampling.NEAREST)
