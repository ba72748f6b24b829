"""The surroundings of the face: the backdrop, accessories, and the lighting of the whole picture."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from .brush import Brush, blade, blob, curve, ellipse, flip, mirror, ramp
from .face import Face
from .hair import bow_tie
from .palette import INK, WHITE, Colour, mix, tones


def backdrop(brush: Brush, face: Face) -> None:
    """A gradient with one of ten patterns, which does not move with the face."""
    top, bottom = face.backdrop_top, face.backdrop_bottom
    brush.image.paste(ramp(brush.side, brush.side, top, bottom))
    BACKDROP_PATTERNS[face.backdrop](Canvas(brush), face, mix(top, WHITE, 0.35), mix(bottom, INK, 0.25))


class Canvas:
    """The picture as a unit square, for shapes that do not move with the face."""

    def __init__(self, brush: Brush) -> None:
        self._pen, self._side = brush.pen, brush.side

    def fill(self, points: ArrayLike, colour: Colour) -> None:
        """A polygon."""
        self._pen.polygon((np.asarray(points) * self._side).ravel().tolist(), fill=colour)

    def disc(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """An ellipse with its centre at (x, y)."""
        box = [v * self._side for v in (x - rx, y - ry, x + rx, y + ry)]
        self._pen.ellipse(box, fill=colour)


def scatter(face: Face, n: int) -> np.ndarray:
    """Rows (x, y, size) of n <= 14 pseudo-random points, all numbers in 0..1, made from the face's noise."""
    spots = np.array(face.noise[:21]).reshape(7, 3)
    return (np.concatenate([spots, -spots[:, [1, 0, 2]]])[:n] + 1) / 2


def plain(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    pass


def glow(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for i, r in enumerate((0.62, 0.48)):
        canvas.disc(0.5, 0.45, r, r, mix(face.backdrop_top, WHITE, 0.25 + 0.25 * i))


def stripes(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    lean = 0.5 * face.noise[0]
    for x in np.arange(-0.6, 1.6, 0.24):
        canvas.fill([(x, 0), (x + 0.12, 0), (x + 0.12 + lean, 1), (x + lean, 1)], light)


def dots(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for i in range(5):
        for j in range(5):
            canvas.disc(0.25 * i + 0.125 * (j % 2), 0.24 * j + 0.05, 0.055, 0.055, light)


def bokeh(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for x, y, r in scatter(face, 12):
        canvas.disc(x, y, 0.05 + 0.12 * r, 0.05 + 0.12 * r, mix(face.backdrop_bottom, light, r))


def stars(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    spin = np.arange(10) * np.pi / 5
    points = np.stack([np.sin(spin), -np.cos(spin)], 1) * np.array([1, 0.42] * 5)[:, None]
    for x, y, r in scatter(face, 12):
        canvas.fill(points * (0.04 + 0.07 * r) + (x, y), mix(light, (255, 244, 160), 0.6))


def rays(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for a in np.arange(0, 2 * np.pi, np.pi / 7):
        canvas.fill(
            [
                (0.5, 0.5),
                (0.5 + np.cos(a), 0.5 + np.sin(a)),
                (0.5 + np.cos(a + 0.22), 0.5 + np.sin(a + 0.22)),
            ],
            light,
        )


def checks(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for i in range(6):
        for j in range(i % 2, 6, 2):
            x, y = i / 6, j / 6
            canvas.fill([(x, y), (x + 1 / 6, y), (x + 1 / 6, y + 1 / 6), (x, y + 1 / 6)], light)


def petals(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for x, y, r in scatter(face, 14):
        size = 0.07 + 0.06 * r
        petal = blob((x - size, y), (x - 0.2 * size, y - size), (x + size, y + size * r), (x, y + 0.8 * size))
        canvas.fill(petal, mix((255, 190, 214), light, 0.3))


def clouds(canvas: Canvas, face: Face, light: Colour, dark: Colour) -> None:
    for x, y, r in scatter(face, 5):
        for dx, dy, s in ((0, 0, 1), (0.12, 0.03, 0.8), (-0.12, 0.03, 0.75)):
            canvas.disc(x + dx, y + dy, 0.11 * s + 0.04 * r, 0.08 * s, mix(light, WHITE, 0.5))


BACKDROP_PATTERNS: dict[str, Callable[[Canvas, Face, Colour, Colour], None]] = {
    "plain": plain,
    "glow": glow,
    "stripes": stripes,
    "dots": dots,
    "bokeh": bokeh,
    "stars": stars,
    "rays": rays,
    "checks": checks,
    "petals": petals,
    "clouds": clouds,
}


# --- accessories --------------------------------------------------------------------------------------------


def accessory(brush: Brush, face: Face, hair: Colour) -> None:
    if face.accessory != "nothing":
        ACCESSORY_FUNCTIONS[face.accessory](brush, face, hair, *tones(face.trim))


def bow(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    bow_tie(brush, face, 0.55 * face.side, -1.3, 0.3)


def hairpin(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    s = face.side
    for y in (-0.62, -0.48):
        bar = flip(s, (0.55, y), (0.9, y + 0.1), (0.88, y + 0.18), (0.53, y + 0.08))
        brush.fill(bar, light, line, 0.025)


def flower(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    x, y = 0.8 * face.side, -0.85
    for a in np.arange(5) * 2 * np.pi / 5:
        brush.fill(ellipse(x + 0.16 * np.sin(a), y - 0.16 * np.cos(a), 0.125, 0.125), base, line, 0.025)
    brush.fill(ellipse(x, y, 0.09, 0.09), (255, 224, 110), line, 0.025)


def glasses(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    for s in (-1, 1):
        rim = ellipse(s * 0.48, 0.22, 0.41, 0.38)
        brush.stroke(np.concatenate([rim, rim[:2]]), mix(dark, INK, 0.3), 0.035, depth=1.2)
    brush.stroke(curve((-0.09, 0.16), (0, 0.1), (0.09, 0.16)), mix(dark, INK, 0.3), 0.035, depth=1.3)


def headphones(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    arc = np.linspace(-0.1, np.pi + 0.1, 20)
    brush.stroke(np.stack([1.24 * np.cos(arc), -0.3 - 1.42 * np.sin(arc)], 1), base, 0.13, depth=0)
    for s in (-1, 1):
        brush.fill(ellipse(s * 1.2, 0.05, 0.2, 0.36), base, line, depth=0)
        brush.fill(ellipse(s * 1.24, 0.05, 0.11, 0.22), light, line, depth=0)


def cat_ears(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    _, base, _, line = tones(hair)
    for s in (-1, 1):
        ear = curve(*flip(s, (0.42, -1.4), (0.6, -1.68), (1.06, -1.86), (1.22, -1.4), (1.12, -0.95)))
        brush.fill(ear, base, line, depth=0.4)
        inside = curve(*flip(s, (0.62, -1.36), (0.74, -1.58), (1.0, -1.68), (1.1, -1.4), (1.04, -1.12)))
        brush.fill(inside, (255, 176, 186), depth=0.4)


def beret(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    s = face.side
    crown = flip(s, (-1.3, -0.92), (-1.15, -1.5), (0.2, -1.9), (1.4, -1.6))
    brush.shade(blob(*crown, *flip(s, (1.5, -0.85), (0.6, -1.15), (-0.5, -1.15))), light, base, line, depth=0.5)
    start, bend, end = flip(s, (-0.6, -1.3), (0.3, -1.65), (1.0, -1.2))
    brush.fill(blade(start, bend, end, 0.07), light, depth=0.5)


def tiara(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    half = [(0, -1.25), (0.2, -1.45), (0.36, -1.2), (0.62, -1.3), (0.6, -0.98), (0, -1.1)]
    brush.fill(mirror(half), (255, 214, 84), (142, 88, 18), 0.03, depth=0.6)
    brush.fill(ellipse(0, -1.19, 0.07, 0.08), base, line, 0.02, depth=0.6)


def hairband(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    arc = np.linspace(0.12, np.pi - 0.12, 20)
    outer = np.stack([-1.2 * np.cos(arc), -0.4 - 1.0 * np.sin(arc)], 1)
    brush.fill(np.concatenate([outer, (outer + (0, 0.15))[::-1]]), base, line, depth=0.8)


def star(brush: Brush, face: Face, hair: Colour, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    spin = np.arange(10) * np.pi / 5
    points = np.stack([np.sin(spin), -np.cos(spin)], 1) * np.array([1, 0.45] * 5)[:, None]
    brush.fill(points * 0.24 + (0.72 * face.side, -0.72), (255, 226, 92), (150, 96, 20))


ACCESSORY_FUNCTIONS: dict[str, Callable[[Brush, Face, Colour, Colour, Colour, Colour, Colour], None]] = {
    "bow": bow,
    "hairpin": hairpin,
    "flower": flower,
    "glasses": glasses,
    "headphones": headphones,
    "cat ears": cat_ears,
    "beret": beret,
    "hairband": hairband,
    "star": star,
    "tiara": tiara,
}


PIXEL_LEVELS = np.linspace(0, 1, 256, dtype=np.float32)[:, None]


def apply_lighting(picture: Image.Image, face: Face) -> Image.Image:
    """The finished picture made brighter or darker, warmer or colder, and a little brighter on one side."""
    gammas = [1.28**-face.brightness * 1.1 ** (-tint * face.warmth) for tint in (1, 0, -1)]
    tables = 255 * PIXEL_LEVELS ** np.array(gammas, dtype=np.float32)
    pixels = np.asarray(picture)
    graded = np.stack([tables[:, c][pixels[:, :, c]] for c in range(3)], axis=2)
    slope = np.linspace(1 + 0.06 * face.side, 1 - 0.06 * face.side, picture.width, dtype=np.float32)
    lit = np.minimum(graded * slope[:, None], 255)
    return Image.fromarray(lit.astype(np.uint8))
