"""Curves in face units, and the brush that puts them on a picture.

Face units: the origin lies between the eyes of a face seen from the front, x to the right, y down; the cheeks
are at x = -1 and 1, the chin is near y = 1.15 and the top of the hair near y = -1.7. Shapes: (n, 2) arrays.
"""

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

SUPERSAMPLE, FINEST = 3, 192  # drawn at three times the size and at least this large, then reduced
_T = np.linspace(0, 1, 7)[:-1]
_QUADRATIC = np.stack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2], axis=1)
_ROUND = np.linspace(0, 2 * np.pi, 27)[:-1]
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=1)


def _shared(points):
    """Read-only, since most shapes are the same on every face and come from the cache."""
    points.flags.writeable = False
    return points


@lru_cache(2048)
def curve(*points):
    """An open curve of quadratic pieces: points on it and beside it (control) in turn, the last on it."""
    p = np.array(points, dtype=float)
    pieces = np.empty((len(p) // 2, 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = p[:-1:2], p[1::2], p[2::2]
    return _shared(np.concatenate([(_QUADRATIC @ pieces).reshape(-1, 2), p[-1:]]))


@lru_cache(2048)
def blob(*points):
    """A closed smooth curve drawn inside the polygon of `points` (a quadratic B-spline)."""
    p = np.array(points + points[:2], dtype=float)
    pieces = np.empty((len(points), 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = (p[:-2] + p[1:-1]) / 2, p[1:-1], (p[1:-1] + p[2:]) / 2
    return _shared((_QUADRATIC @ pieces).reshape(-1, 2))


def ellipse(x, y, rx, ry):
    return _CIRCLE * (rx, ry) + (x, y)


def mirror(half):
    """A closed shape from its right half, given from the top to the bottom."""
    half = np.asarray(half, dtype=float)
    return np.concatenate([half, half[::-1] * (-1, 1)])


def flip(s, *points):
    """Points of the right half (s = 1) as they are, or of the left half (s = -1) as in a mirror."""
    return [(s * x, y) for x, y in points]


def lock(root, tip, width, bend=0.0):
    """A pointed lock of hair from `root` to `tip`, swinging to its left by `bend` of its length."""
    (x0, y0), (x1, y1) = root, tip
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    nx, ny = dy / length * width / 2, -dx / length * width / 2
    mx, my = x0 + 0.55 * dx + dy * bend, y0 + 0.55 * dy - dx * bend
    return curve((x0 + nx, y0 + ny), (mx + nx, my + ny), (x1, y1), (mx - nx, my - ny), (x0 - nx, y0 - ny))


def blade(start, bend, end, width):
    """A stroke from `start` to `end` by way of the control point `bend`, pointed at both ends."""
    (x0, y0), (x, y), (x1, y1) = start, bend, end
    across = width / math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y1 - y0) * across, (x0 - x1) * across
    return curve(start, (x + dx, y + dy), end, (x - dx, y - dy), start)


def taper(points, width):
    """The outline of a stroke along an open curve: `width` in the middle, pointed at both ends."""
    along = np.empty_like(points)
    along[1:-1] = points[2:] - points[:-2]
    along[0], along[-1] = points[1] - points[0], points[-1] - points[-2]
    along *= (_swell(len(points)) * width / np.hypot(along[:, 0], along[:, 1]))[:, None]
    side = along[:, ::-1] * (-1, 1)
    return np.concatenate([points + side, (points - side)[::-1]])


@lru_cache
def _swell(n):
    return np.sin(np.linspace(0, np.pi, n)) / 2


@lru_cache
def _steps(n):
    return np.linspace(0, 1, n)[:, None, None]


class Brush:
    """Draws shapes in face units on a square picture; the pose of the face decides where they land.

    `depth` of a call says how far in front of the head's axis a shape lies: what lies in front moves with the
    turn and the nod of the face, what lies behind (negative) moves against them.
    """

    def __init__(self, size, *, turn=0.0, nod=0.0, tilt=0.0, zoom=1.0, shift=(0.0, 0.0), ink=1.0):
        self._factor = max(SUPERSAMPLE, -(-FINEST // size))
        side = size * self._factor
        self.image = Image.new("RGB", (side, side))
        self.side = side
        self.unit = side * 0.292 * zoom
        self.ink = ink
        self.pen = ImageDraw.Draw(self.image)
        self._spin = complex(math.cos(tilt), math.sin(tilt)) * self.unit
        self._origin = side * complex(0.5 + shift[0], 0.5 + shift[1])
        self._pose = complex(0.2 * turn, 0.15 * nod) * self._spin

    def place(self, points, depth=1.0):
        """Face units to picture coordinates, as the flat list that Pillow takes."""
        z = np.ascontiguousarray(points, dtype=float).view(complex)[:, 0]  # x + iy: one product turns and scales
        near = np.exp(-0.5 * np.abs(z) ** 2)
        return (z * self._spin + near * (depth * self._pose) + self._origin).view(float).tolist()

    def fill(self, points, colour, line=None, width=0.03, depth=1.0):
        """A closed shape, outlined in the colour `line` when one is given."""
        flat = self.place(points, depth)
        self.pen.polygon(flat, fill=colour)
        if line is not None:
            self.pen.line(flat + flat[:4], fill=line, width=self._thick(width), joint="curve")

    def stroke(self, points, colour, width=0.03, depth=1.0):
        """An open line of even width."""
        self.pen.line(self.place(points, depth), fill=colour, width=self._thick(width), joint="curve")

    def shade(self, points, top, bottom, line=None, width=0.03, depth=1.0):
        """A closed shape whose colour runs from `top` to `bottom` down the picture."""
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
            self.pen.line(flat + flat[:4], fill=line, width=self._thick(width), joint="curve")

    def finish(self):
        """The picture at its own size, with smooth edges."""
        return self.image.reduce(self._factor)

    def _thick(self, width):
        return max(1, round(width * self.ink * self.unit))


def ramp(width, height, top, bottom):
    """A picture that runs from the colour `top` down to `bottom`."""
    rows = (_steps(height) * np.subtract(bottom, top) + top).astype(np.uint8)
    return Image.fromarray(rows).resize((width, height), Image.Resampling.NEAREST)
