"""Neck and clothes, head, eyes, brows, nose and mouth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .brush import Brush, Point, Shape, blade, blob, curve, ellipse, flip, mirror, taper
from .face import Face
from .palette import INK, MOUTH, TONGUE, WHITE, Colour, mix, tones

FACE_OUTLINE = [  # right half, from the forehead to the chin
    (0, -1.35),
    (0.75, -1.3),
    (1.02, -0.6),
    (1.0, 0.1),
    (0.95, 0.55),
    (0.55, 0.95),
    (0.17, 1.2),
    (0, 1.2),
]
STYLES_OVER_EARS = ("long", "hime", "wavy", "bob", "fluffy")


@dataclass(frozen=True)
class ExpressionShape:
    """How an expression changes the eyes and brows: opening, size of the iris, height and slant of the brows."""

    open: float = 1.0
    iris: float = 1.0
    brow: float = 0.0
    slant: float = 0.0


EXPRESSION_SHAPES = {
    "calm": ExpressionShape(open=0.86, brow=0.02, slant=-0.03),
    "smile": ExpressionShape(),
    "laugh": ExpressionShape(open=1.04, brow=-0.06, slant=-0.04),
    "surprised": ExpressionShape(open=1.16, iris=0.76, brow=-0.14, slant=-0.06),
    "wink": ExpressionShape(brow=-0.03),
    "pout": ExpressionShape(open=0.9, brow=0.08, slant=0.14),
    "shy": ExpressionShape(open=0.92, brow=-0.04, slant=-0.12),
    "cat": ExpressionShape(open=1.04, brow=-0.04, slant=0.03),
}


def body(brush: Brush, face: Face) -> None:
    """Neck, shoulders and one of five kinds of clothes."""
    _, skin, shadow, line = tones(face.skin)
    light, cloth, dark, seam = tones(face.cloth)
    shoulders = mirror(curve((0, 1.42), (0.3, 1.42), (0.45, 1.46), (1.25, 1.55), (1.5, 2.1), (1.6, 3), (1.6, 3.4)))
    brush.fill(mirror([(0, 0.8), (0.27, 0.8), (0.29, 1.75), (0, 1.8)]), skin, line, depth=0.2)
    brush.fill(mirror(curve((0, 0.8), (0.2, 0.8), (0.27, 0.9), (0.24, 1.38), (0, 1.42))), shadow, depth=0.3)
    brush.fill(shoulders, skin, line, depth=0)
    GARMENTS[face.clothes](brush, face, light, cloth, dark, seam)


def garment(brush: Brush, colour: Colour, seam: Colour, *neckline: Point) -> None:
    """A garment over the shoulders; the right half of its neckline is given, ending on the shoulder."""
    brush.fill(mirror(curve(*neckline, (1.5, 2.1), (1.6, 3), (1.6, 3.4))), colour, seam, depth=0)


def sailor(brush: Brush, face: Face, light: Colour, cloth: Colour, dark: Colour, seam: Colour) -> None:
    garment(brush, mix(cloth, WHITE, 0.85), seam, (0, 1.95), (0.3, 1.6), (0.36, 1.36), (1.25, 1.5))
    for s in (-1, 1):
        collar = flip(s, (0, 2.0), (0.36, 1.34), (0.7, 1.42), (0.95, 1.75), (0.3, 2.2))
        brush.fill(collar, cloth, seam, depth=0)
        brush.stroke(flip(s, (0.62, 1.5), (0.8, 1.74), (0.2, 2.06)), WHITE, 0.035, depth=0)
        brush.fill(blob((0, 1.9), (s * 0.4, 1.7), (s * 0.4, 2.15)), face.trim, seam, depth=0)


def shirt(brush: Brush, face: Face, light: Colour, cloth: Colour, dark: Colour, seam: Colour) -> None:
    garment(brush, cloth, seam, (0, 1.5), (0.3, 1.4), (0.4, 1.42), (1.3, 1.52))
    for s in (-1, 1):
        collar = flip(s, (0, 1.62), (0.33, 1.3), (0.5, 1.45), (0.3, 1.85))
        brush.fill(collar, light, seam, depth=0)
    brush.fill([(-0.09, 1.6), (0.09, 1.6), (0.14, 2.6), (-0.14, 2.6)], face.trim, seam, depth=0)


def hoodie(brush: Brush, face: Face, light: Colour, cloth: Colour, dark: Colour, seam: Colour) -> None:
    garment(brush, cloth, seam, (0, 1.6), (0.3, 1.55), (0.4, 1.42), (1.4, 1.5))
    for s in (-1, 1):
        outer = flip(s, (0.28, 1.15), (0.7, 1.1), (0.98, 1.45), (0.6, 1.8), (0.2, 2.1))
        roll = blob(*flip(s, (0.02, 1.95), (0.2, 1.5)), *outer)
        brush.fill(roll, mix(cloth, light, 0.5), seam, depth=0)
        brush.stroke(curve((s * 0.24, 1.95), (s * 0.3, 2.1), (s * 0.26, 2.5)), face.trim, 0.06, depth=0)


def dress(brush: Brush, face: Face, light: Colour, cloth: Colour, dark: Colour, seam: Colour) -> None:
    garment(brush, cloth, seam, (0, 1.9), (0.55, 1.9), (0.75, 1.55), (1.3, 1.6))
    choker = curve((0, 1.28), (0.2, 1.27), (0.28, 1.2), (0.29, 1.28), (0.29, 1.33), (0.2, 1.42), (0, 1.43))
    brush.fill(mirror(choker), face.trim, seam, depth=0.1)
    brush.fill(ellipse(0, 1.46, 0.075, 0.085), light, seam, depth=0.1)


def kimono(brush: Brush, face: Face, light: Colour, cloth: Colour, dark: Colour, seam: Colour) -> None:
    garment(brush, cloth, seam, (0, 1.9), (0.3, 1.6), (0.38, 1.34), (1.2, 1.45))
    for s in (-1, 1):
        lapel = flip(s, (0.3, 1.28), (0.56, 1.36), (-0.3, 2.5), (-0.56, 2.4))
        brush.fill(lapel, mix(face.trim, WHITE, 0.3 + 0.2 * s), seam, depth=0)


GARMENTS: dict[str, Callable[[Brush, Face, Colour, Colour, Colour, Colour], None]] = {
    "sailor": sailor,
    "shirt": shirt,
    "hoodie": hoodie,
    "dress": dress,
    "kimono": kimono,
}


def head(brush: Brush, face: Face) -> None:
    """Ears and face, with blush on the cheeks."""
    light, skin, shadow, line = tones(face.skin)
    for s in () if face.style in STYLES_OVER_EARS else (-1, 1):
        brush.fill(ellipse(s * 1.0, 0.2, 0.15, 0.24), skin, line, depth=0)
        brush.stroke(curve((s * 1.02, 0.08), (s * 1.1, 0.15), (s * 1.0, 0.28)), shadow, depth=0)
    half = [(x * (1 + 0.06 * face.jaw if y > 0.4 else 1), y) for x, y in FACE_OUTLINE]
    brush.fill(blob(*half, *flip(-1, *half[::-1])), skin, line, 0.035)
    shy = face.expression == "shy"
    glow = mix(face.skin, (255, 96, 110), 0.5 if shy else 0.12 + 0.28 * face.blush)
    for s in (-1, 1):
        brush.fill(ellipse(s * 0.6, 0.6, 0.24, 0.11), mix(skin, glow, 0.5))
        brush.fill(ellipse(s * 0.6, 0.6, 0.18, 0.08), glow)
        if shy or face.blush > 0.75:
            for x in (0.52, 0.6, 0.68):
                mark = np.array([(s * x + 0.03, 0.55), (s * x - 0.03, 0.65)])
                brush.stroke(mark, mix(glow, (200, 30, 50), 0.5), 0.02)


def eyes(brush: Brush, face: Face, colour: Colour) -> None:
    """Both eyes; a wink closes the one on the side of the parting."""
    shape = EXPRESSION_SHAPES[face.expression]
    for s in (-1, 1):
        x = s * (0.475 + 0.03 * face.eye_gap)
        if face.expression == "wink" and s == face.side:
            closed_eye(brush, face, s, x)
        else:
            open_eye(brush, face, s, x, colour, shape)


def open_eye(brush: Brush, face: Face, s: int, x: float, colour: Colour, shape: ExpressionShape) -> None:
    size, lash = 1 + 0.08 * face.eye_size, mix(INK, tones(colour)[3], 0.25)
    o = shape.open

    slant = -0.14 * face.eye_slant * size
    frame = np.array([[s * size, slant], [0, size]])

    def at(points: Shape) -> Shape:
        return points @ frame + (x, 0.2)

    lid = curve((-0.28, 0.08), (-0.23, -0.28 * o), (0.02, -0.29 * o), (0.25, -0.29 * o), (0.3, 0.03))
    low = curve((0.3, 0.03), (0.27, 0.31), (0.03, 0.32), (-0.2, 0.32), (-0.28, 0.08))
    brush.fill(at(np.concatenate([lid, low])), WHITE)
    brush.fill(at(np.concatenate([lid, lid[::-1] * (0.97, 1) + (0, 0.09)])), (204, 198, 222))
    gaze = 1.6 * face.side if face.expression == "shy" else face.gaze
    iris(brush, at, s, gaze, lid, colour, shape)
    outer = lid * (1.05, 1) + (0, -0.09) * (1 + lid[:, :1])
    brush.fill(at(np.concatenate([outer, [(0.4, -0.08), (0.33, 0.1)], lid[::-1]])), lash)
    brush.stroke(at(low[2:9]), lash, 0.025)
    crease = curve((-0.2, -0.3 * o - 0.08), (0.02, -0.42 * o - 0.06), (0.27, -0.26 * o - 0.1))
    brush.stroke(at(crease), tones(face.skin)[3], 0.02)


def iris(
    brush: Brush, at: Callable[[Shape], Shape], s: int, gaze: float, lid: Shape, colour: Colour, shape: ExpressionShape
) -> None:
    """Ring, body, shadow under the lid, light at the bottom, pupil and two highlights, all of them below the lid.

    at: from the eye's coordinates to face units.
    """
    light, base, dark, line = tones(colour)

    discs = (
        (0, 0.01, 0.23, 0.315, line),
        (0, 0.02, 0.2, 0.28, base),
        (0, -0.13, 0.19, 0.17, mix(dark, line, 0.55)),
        (0, 0.17, 0.14, 0.105, light),
        (0, 0.0, 0.095, 0.145, mix(line, INK, 0.75)),
        (-0.085, -0.1, 0.085, 0.1, WHITE),
        (0.095, 0.13, 0.045, 0.055, WHITE),
    )
    outlines = [ellipse(s * (0.035 * gaze + x), y, rx * shape.iris, ry * shape.iris) for x, y, rx, ry, _ in discs]
    points = np.concatenate(outlines)
    points[:, 1] = np.maximum(points[:, 1], np.interp(points[:, 0], lid[:, 0], lid[:, 1]))
    for outline, disc in zip(np.split(at(points), len(discs)), discs, strict=True):
        brush.fill(outline, disc[-1])


def closed_eye(brush: Brush, face: Face, s: int, x: float) -> None:
    arc = curve((-0.3, 0.16), (-0.18, -0.14), (0.02, -0.12), (0.22, -0.12), (0.32, 0.14)) * (s, 1) + (x, 0.2)
    brush.fill(taper(arc, 0.12), INK)
    for end in ((0.38, 0.18), (0.42, 0.26)):
        brush.stroke(np.array([(0.24, end[1] + 0.02), end]) * (s, 1) + (x, 0), INK, 0.03)


def brows(brush: Brush, face: Face, hair: Colour) -> None:
    shape = EXPRESSION_SHAPES[face.expression]
    for s in (-1, 1):
        y = -0.34 + shape.brow
        start, bend, end = flip(s, (0.22, y + shape.slant), (0.48, y - 0.13), (0.74, y + 0.04 - shape.slant * 0.4))
        brush.fill(blade(start, bend, end, 0.06), tones(hair)[3])


def nose(brush: Brush, face: Face) -> None:
    brush.fill([(0.0, 0.5), (0.035, 0.555), (-0.025, 0.56)], tones(face.skin)[3], depth=1.4)


def mouth(brush: Brush, face: Face) -> None:
    line = mix(tones(face.skin)[3], MOUTH, 0.5)
    MOUTHS[face.expression](brush, face.side, line)


def calm(brush: Brush, s: int, line: Colour) -> None:
    brush.stroke(curve((-0.1, 0.8), (0, 0.82), (0.1, 0.8)), line, 0.04)


def smile(brush: Brush, s: int, line: Colour) -> None:
    brush.stroke(curve((-0.25, 0.71), (-0.13, 0.86), (0, 0.86), (0.13, 0.86), (0.25, 0.71)), line, 0.045)


def laugh(brush: Brush, s: int, line: Colour) -> None:
    opening = curve((-0.27, 0.68), (0, 0.75), (0.27, 0.68), (0.24, 1.0), (0, 1.0), (-0.24, 1.0), (-0.27, 0.68))
    brush.fill(opening, MOUTH)
    brush.fill(ellipse(0, 0.93, 0.13, 0.06), TONGUE)
    brush.fill(curve((-0.22, 0.7), (0, 0.75), (0.22, 0.7), (0, 0.82), (-0.22, 0.7)), WHITE)
    brush.stroke(opening, line, 0.03)


def surprised(brush: Brush, s: int, line: Colour) -> None:
    brush.fill(ellipse(0, 0.83, 0.11, 0.14), MOUTH, line)
    brush.fill(ellipse(0, 0.9, 0.065, 0.05), TONGUE)


def tongue_out(brush: Brush, s: int, line: Colour) -> None:
    brush.fill(blob((0, 0.78), (s * 0.2, 0.78), (s * 0.17, 1.02), (s * 0.03, 1.0)), TONGUE, line)
    brush.stroke(curve((-0.24, 0.74), (-0.1, 0.86), (0.02, 0.83), (0.14, 0.84), (0.24, 0.7)), line, 0.045)


def pout(brush: Brush, s: int, line: Colour) -> None:
    brush.stroke(curve((-0.18, 0.88), (-0.1, 0.77), (0, 0.77), (0.1, 0.77), (0.18, 0.88)), line, 0.05)


def wavy_mouth(brush: Brush, s: int, line: Colour) -> None:
    x = np.linspace(-0.2, 0.2, 17)
    brush.stroke(np.stack([x, 0.8 - 0.035 * np.sin(10 * np.pi * x)], axis=1), line, 0.045)


def cat(brush: Brush, s: int, line: Colour) -> None:
    brush.fill(blob((-0.16, 0.82), (0.16, 0.82), (0.12, 1.04), (-0.12, 1.04)), TONGUE, line, 0.03)
    for side in (-1, 1):
        lip = flip(side, (0.28, 0.72), (0.25, 0.88), (0.14, 0.86), (0.02, 0.84), (0, 0.74))
        brush.stroke(curve(*lip), line, 0.045)


MOUTHS: dict[str, Callable[[Brush, int, Colour], None]] = {
    "calm": calm,
    "smile": smile,
    "laugh": laugh,
    "surprised": surprised,
    "wink": tongue_out,
    "pout": pout,
    "shy": wavy_mouth,
    "cat": cat,
}
