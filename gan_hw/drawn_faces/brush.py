"""Curves in face units, and the brush that puts them on a picture.

Face units: the origin lies between the eyes of a face seen from the front, x to the right, y down; the cheeks
are at x = -1 and 1, the chin is near y = 1.15 and the top of the hair near y = -1.7. Points: (n, 2) arrays.
"""

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

SUPERSAMPLE, FINEST = 3, 192  # drawn at three times the size and at least this large, then reduced
_T = np.linspace(0, 1, 7)[:-1]
_QUADRATIC = np.stack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2], axis=1)
_ROUND = np.linspace(0, 2 * np.pi, 31)[:-1]
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=1)


def curve(*points):
    """An open curve of quadratic pieces: points on it and beside it (control) in turn, the last on it."""
    p = np.array(points, dtype=float)
    pieces = np.empty((len(p) // 2, 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = p[:-1:2], p[1::2], p[2::2]
    return np.concatenate([(_QUADRATIC @ pieces).reshape(-1, 2), p[-1:]])


def blob(*points):
    """A closed smooth curve drawn inside the polygon of `points` (a quadratic B-spline)."""
    p = np.array(points + points[:2], dtype=float)
    pieces = np.empty((len(points), 3, 2))
    pieces[:, 0], pieces[:, 1], pieces[:, 2] = (p[:-2] + p[1:-1]) / 2, p[1:-1], (p[1:-1] + p[2:]) / 2
    return (_QUADRATIC @ pieces).reshape(-1, 2)


def ellipse(x, y, rx, ry):
    return _CIRCLE * (rx, ry) + (x, y)


def mirror(half):
    """A closed shape from its right half, given from the top to the bottom."""
    half = np.asarray(half, dtype=float)
    return np.concatenate([half, half[::-1] * (-1, 1)])


def lock(root, tip, width, bend=0.0):
    """A pointed lock of hair from `root` to `tip`, swinging to its left by `bend` of its length."""
    (x0, y0), (x1, y1) = root, tip
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    nx, ny = dy / length * width / 2, -dx / length * width / 2
    mx, my = x0 + 0.55 * dx + dy * bend, y0 + 0.55 * dy - dx * bend
    return curve((x0 + nx, y0 + ny), (mx + nx, my + ny), (x1, y1), (mx - nx, my - ny), (x0 - nx, y0 - ny))


def taper(points, width):
    """The outline of a stroke along an open curve: `width` in the middle, pointed at both ends."""
    along = np.empty_like(points)
    along[1:-1], along[0], along[-1] = (
        points[2:] - points[:-2],
        points[1] - points[0],
        points[-1] - points[-2],
    )
    along *= (_swell(len(points)) * width / np.hypot(along[:, 0], along[:, 1]))[:, None]
    side = along[:, ::-1] * (-1, 1)
    return np.concatenate([points + side, (points - side)[::-1]])


@lru_cache
def _swell(n):
    return np.sin(np.linspace(0, np.pi, n)) / 2


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
        cos, sin = math.cos(tilt), math.sin(tilt)
        self._matrix = np.array([[cos, sin], [-sin, cos]]) * self.unit
        self._origin = np.array([side * (0.5 + shift[0]), side * (0.5 + shift[1])])
        self._pose = np.array([[0.2 * turn, 0.15 * nod]]) @ self._matrix

    def place(self, points, depth=1.0):
        """Face units to picture coordinates, as the flat list that Pillow takes."""
        points = np.asarray(points)
        near = np.exp(-0.5 * (points * points).sum(axis=1, keepdims=True))
        return (points @ self._matrix + (near * depth) @ self._pose + self._origin).ravel().tolist()

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
        mask = Image.new("1", (x1 - x0, y1 - y0))
        ImageDraw.Draw(mask).polygon([v - (x0, y0)[i & 1] for i, v in enumerate(flat)], fill=1)
        self.image.paste(ramp(x1 - x0, y1 - y0, top, bottom), (x0, y0), mask)
        if line is not None:
            self.pen.line(flat + flat[:4], fill=line, width=self._thick(width), joint="curve")

    def finish(self):
        """The picture at its own size, with smooth edges."""
        return self.image.reduce(self._factor)

    def _thick(self, width):
        return max(1, round(width * self.ink * self.unit))


def ramp(width, height, top, bottom):
    """A picture that runs from the colour `top` down to `bottom`."""
    t = np.linspace(0, 1, height)[:, None]
    rows = (np.array(top) + np.subtract(bottom, top) * t).astype(np.uint8)
    return Image.fromarray(rows[:, None]).resize((width, height), Image.Resampling.NEAREST)
