"""Hair: a part behind the head and a part in front for each style, and the fringe."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from .brush import Brush, Shape, blade, blob, curve, ellipse, flip, lock, mirror, taper
from .face import Face
from .palette import Colour, mix, tones


def back_hair(brush: Brush, face: Face, colour: Colour) -> None:
    STYLE_PARTS[face.style][0](brush, face, *tones(colour))


def front_hair(brush: Brush, face: Face, colour: Colour) -> None:
    shades = tones(colour)
    STYLE_PARTS[face.style][1](brush, face, *shades)
    top_hair(brush, face, *shades)
    if face.style in TIED_PARTS:
        TIED_PARTS[face.style](brush, face, *shades)


FRINGE_DEPTH = 0.65  # in front of the head's axis, in face units; see Brush


# --- behind the head ----------------------------------------------------------------------------------------


@lru_cache
def dome(width: float) -> Shape:
    """The right half of the top of the head, from the crown to (width, -0.4)."""
    t = np.linspace(0, np.pi / 2, 11)
    return np.stack([width * np.sin(t), -0.4 - 1.3 * np.cos(t)], axis=1)


def straight_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Straight hair down to the bottom of the picture."""
    w = 0.08 * face.noise[0]
    side = curve((1.25, -0.4), (1.27, 0.3), (1.36 + w, 1.0), (1.44 + w, 1.6), (1.4, 3.2))
    brush.shade(mirror(np.concatenate([dome(1.25), side])), base, dark, line, depth=-0.3)
    for s in (-1, 1):
        for x in (0.98, 1.12):
            strand = blade((s * x, -0.1), (s * (x + 0.05), 0.8), (s * (x + 0.16), 2.4), 0.06)
            brush.fill(strand, line, depth=-0.3)


def wavy_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Long hair with a wavy outline."""
    y = np.linspace(-0.35, 3.2, 36)
    swell = 0.15 * np.clip((y + 0.4) / 0.6, 0, 1) * np.sin(4.8 * (y + 0.45 + 0.15 * face.noise[0]))
    x = 1.26 + 0.06 * (y + 0.4) + swell
    brush.shade(mirror(np.concatenate([dome(1.25), np.stack([x, y], 1)])), base, dark, line, depth=-0.3)
    for s in (-1, 1):
        for i, inset in enumerate((0.16, 0.36)):
            strand = np.stack([s * (x - inset), y + 0.12 * i], 1)[4:30]
            brush.fill(taper(strand, 0.07), line, depth=-0.3)


def bob_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Hair down to the jaw, with its ends turned inwards."""
    w = 0.05 * face.noise[0]
    ends = [(1.4 + w, 0.6), (1.38 + w, 1.05), (0.78, 1.1), (0.6, 0.9), (0, 0.9)]
    side = curve((1.26, -0.4), (1.4 + w, 0.15), *ends)
    brush.shade(mirror(np.concatenate([dome(1.26), side])), base, dark, line, depth=-0.2)
    for s in (-1, 1):
        strand = blade((s * 1.14, -0.1), (s * 1.3, 0.6), (s * 1.02, 1.02), 0.06)
        brush.fill(strand, line, depth=-0.2)


def short_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Hair that is tied up or cut close: little of it is visible behind the face."""
    side = curve((1.2, -0.4), (1.22, 0.1), (1.05, 0.5), (0.85, 0.85), (0.5, 0.95), (0.3, 1.0), (0, 1.0))
    brush.shade(mirror(np.concatenate([dome(1.2), side])), base, dark, line, depth=-0.2)


def tufted_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Short hair whose ends stick out behind the ears."""
    for s in (-1, 1):
        for i, y in enumerate((0.86, 0.52)):
            tip = (s * (1.3 + 0.08 * face.noise[i + s]), y)
            brush.fill(lock((s * 0.85, -0.1), tip, 0.5, -s * 0.12), mix(base, dark, 0.5), line, depth=-0.2)
    short_back(brush, face, light, base, dark, line)


def spiky_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Spiky hair: points all round the head, leaning to one side."""
    short_back(brush, face, light, base, dark, line)
    n, lean = 10, -0.2 * face.side
    valley = np.linspace(-0.75, np.pi + 0.75, n + 1)
    points = []
    for i in range(n):
        tip = (valley[i] + valley[i + 1]) / 2 + lean
        reach = 1.66 + 0.16 * face.noise[i]
        middle, next_middle = (valley[i] + tip) / 2, (valley[i + 1] + tip) / 2
        polar = [(1.12, valley[i]), (1.42, middle), (reach, tip), (1.3, next_middle)]
        points += [(r * np.cos(a), -0.42 - r * np.sin(a)) for r, a in polar]
    edge = curve(*points, (1.12 * np.cos(valley[-1]), -0.42 - 1.12 * np.sin(valley[-1])))
    brush.shade(edge, base, mix(base, dark, 0.7), line, depth=-0.1)


def fluffy_back(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Fluffy hair: a cloud of curls."""
    angle = np.linspace(-0.95, np.pi + 0.95, 14)
    for i in (*range(0, 14, 2), *range(1, 14, 2)):
        r = 0.4 + 0.06 * face.noise[i]
        x, y = 1.14 * np.cos(angle[i]), -0.28 - 1.1 * np.sin(angle[i])
        brush.shade(ellipse(x, y, r, r), base, mix(base, dark, 0.8), line, depth=-0.2)
        curl = blade((x - 0.5 * r, y), (x - 0.2 * r, y - 0.8 * r), (x + 0.5 * r, y - 0.2 * r), 0.06)
        brush.fill(curl, dark, depth=-0.2)
    brush.fill(mirror(dome(1.15)), base, depth=-0.2)


def cheek_curls(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """Three curls down each cheek."""
    for s in (-1, 1):
        for i, y in enumerate((0.62, 0.3, -0.05)):
            r = 0.23 + 0.03 * i
            brush.fill(ellipse(s * 1.08, y, r, r), base if i % 2 else mix(base, dark, 0.4), line, depth=0.4)


def ponytail(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """A ponytail tied high on one side."""
    short_back(brush, face, light, base, dark, line)
    s, w = face.side, 0.1 * face.noise[0]
    outer = flip(s, (0.7, -1.3), (1.0, -1.75), (1.5, -1.72), (1.78, -1.0), (1.72 + w, 0.2), (1.8, 1.0))
    inner = flip(s, (1.55, 2.0), (1.45, 1.0), (1.22 + w, 0.4), (1.3, -0.4), (1.1, -1.0))
    tail = blob(*outer, *inner)
    brush.shade(tail, base, dark, line, depth=-0.4)
    for dx in (0, 0.14):
        start, bend, end = flip(s, (1.2 + dx, -1.4), (1.6 + dx, -0.8), (1.42 + dx, 0.7))
        brush.fill(blade(start, bend, end, 0.06), line, depth=-0.4)


def twin_tails(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    short_back(brush, face, light, base, dark, line)
    for s in (-1, 1):
        w = 0.1 * face.noise[s]
        outer = flip(s, (0.95, -0.95), (1.1, -1.4), (1.55, -1.35), (1.8, -0.6), (1.75 + w, 0.5), (1.85, 1.3))
        inner = flip(s, (1.55, 2.2), (1.5, 1.2), (1.22 + w, 0.5), (1.3, -0.2), (1.12, -0.6))
        tail = blob(*outer, *inner)
        brush.shade(tail, base, dark, line, depth=-0.3)
        start, bend, end = flip(s, (1.25, -1.05), (1.62, -0.4), (1.5, 1.0))
        brush.fill(blade(start, bend, end, 0.06), line, depth=-0.3)


def buns(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    short_back(brush, face, light, base, dark, line)
    for s in (-1, 1):
        brush.shade(ellipse(s * 0.98, -1.28, 0.46, 0.43), base, dark, line, depth=-0.2)
        outside = flip(s, (0.72, -1.2), (0.9, -1.6), (1.18, -1.4), (1.3, -1.1))
        swirl = curve(*outside, *flip(s, (1.02, -1.08), (0.86, -1.15), (0.98, -1.3)))
        brush.stroke(swirl, line, 0.03, depth=-0.2)


# --- in front of the head ------------------------------------------------------------------------------------------


def side_locks(
    brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour,
    length: float = 0.95, width: float = 0.34,
) -> None:  # fmt: skip
    """A lock in front of each ear, its tip moved a little at random."""
    for s in (-1, 1):
        j = face.noise[4 + s]
        tip = (s * (0.98 + 0.06 * j), length + 0.12 * j)
        brush.fill(lock((s * 0.9, -0.6), tip, width, -s * 0.08), base, line, depth=0.5)
        strand = blade((s * 0.92, -0.4), (s * 1.06, 0.2), (tip[0], length - 0.15), 0.05)
        brush.fill(strand, line, depth=0.5)


def short_locks(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    side_locks(brush, face, light, base, dark, line, length=0.3, width=0.36)


def long_locks(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    side_locks(brush, face, light, base, dark, line, length=1.5, width=0.42)


def blunt_locks(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """The cheek-length locks of the hime cut, cut straight."""
    for s in (-1, 1):
        inner = flip(s, (0.8, -0.6), (0.78, 0.0), (0.76, 0.82), (0.98, 0.86))
        panel = curve(*inner, *flip(s, (1.2, 0.82), (1.22, 0.0), (1.08, -0.6)))
        brush.fill(panel, base, line, depth=0.5)
        for x in (0.9, 1.05):
            brush.stroke(np.array([(s * x, -0.2), (s * x, 0.78)]), dark, 0.035, depth=0.5)


def wavy_locks(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    for s in (-1, 1):
        y = np.linspace(-0.55, 1.7, 24)
        x = 0.9 + 0.14 * np.clip(y + 0.55, 0, 1) + 0.09 * np.sin(4.8 * (y + 0.55))
        width = 0.2 * np.clip((1.75 - y) / 0.9, 0, 1)
        panel = np.concatenate([np.stack([s * (x - width), y], 1), np.stack([s * (x + width), y], 1)[::-1]])
        brush.fill(panel, base, line, depth=0.5)
        brush.fill(taper(np.stack([s * x, y], 1)[4:20], 0.06), line, depth=0.5)


_TOP_ANGLES = np.linspace(0.1, np.pi - 0.1, 24)
HAIR_TOP = np.stack([-1.14 * np.cos(_TOP_ANGLES), -0.36 - 1.32 * np.sin(_TOP_ANGLES)], axis=1)
_HIGHLIGHT_ANGLES = np.linspace(0.5, np.pi - 0.5, 19)
HIGHLIGHT_ARC = np.stack([-1.0 * np.cos(_HIGHLIGHT_ANGLES), -0.3 - 0.72 * np.sin(_HIGHLIGHT_ANGLES)], axis=1)
# By how much each tooth of the highlight's lower edge hangs down.
HIGHLIGHT_TEETH = np.resize((0.04, 0.22), 19)[:, None] * np.sin(_HIGHLIGHT_ANGLES)[:, None] ** 2 * (0, 1)


def top_hair(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    """The top of the head down to the fringe, with strands and a highlight."""
    edge = fringe_edge(face)
    brush.shade(np.concatenate([HAIR_TOP, edge]), base, mix(base, light, 0.3), depth=FRINGE_DEPTH)
    brush.stroke(edge, line, 0.035, depth=FRINGE_DEPTH)
    highlight(brush, face, light)
    x0, y0 = 0.25 * face.side, -1.55
    for i, (x, y) in enumerate(edge[12:-1:12].tolist()):
        if y < -0.9:
            continue  # the parting itself reaches the crown
        reach = 0.5 + 0.25 * face.noise[i]
        end = (x + reach * (x0 - x), y + reach * (y0 - y))
        strand = blade((x, y), (0.56 * (x + end[0]), 0.5 * (y + end[1])), end, 0.045)
        brush.fill(strand, line if i % 2 else dark, depth=FRINGE_DEPTH)
    for x in (-0.5, -0.12, 0.3):
        strand = blade((x0, y0), (x0 + x, y0), (x0 + 1.7 * x, y0 + 0.25 + 0.3 * abs(x)), 0.04)
        brush.fill(strand, dark, depth=FRINGE_DEPTH)
    if face.cowlick:
        s = face.side
        root, bow, tip = (0.1 * s, -1.62), (0.22 * s, -2.0), (0.62 * s, -1.72)
        brush.fill(curve(root, bow, tip, (0.36 * s, -1.8), (0.26 * s, -1.6)), base, line, depth=0.2)


def highlight(brush: Brush, face: Face, light: Colour) -> None:
    """The reflection of light on the hair: a thin arc with a ragged lower edge."""
    teeth = 0.2 + np.abs(np.resize(face.noise[3:12], (19, 1)))
    lower = HIGHLIGHT_ARC * (0.97, 1) + teeth * HIGHLIGHT_TEETH
    brush.fill(np.concatenate([HIGHLIGHT_ARC, lower[::-1]]), light, depth=FRINGE_DEPTH)


@lru_cache(1)
def fringe_edge(face: Face) -> Shape:
    """The lower edge of the fringe from right to left, (n, 2): valley and tip in turn, 6 points apart."""
    kind = {"hime": "blunt", "fluffy": "curls"}.get(face.style, face.fringe)
    n = {"blunt": 7, "curls": 5, "spikes": 6, "swept": 5, "parted": 6, "choppy": 8}[kind]
    fullness = {"curls": 1.0, "parted": 0.3}.get(kind, 0.55)
    jitter = np.array(face.noise[8 : 8 + n])
    valleys = np.linspace(1.08, -1.08, n + 1)
    tips = (valleys[1:] + valleys[:-1]) / 2
    low, high = np.full(n, -0.12) + 0.09 * jitter, np.full(n + 1, -0.6)
    if kind == "blunt":
        low, high = np.full(n, -0.2) + 0.02 * jitter, np.full(n + 1, -0.27)
    elif kind == "curls":
        low, high = low - 0.06, np.full(n + 1, -0.42)
    elif kind == "swept":
        tips = tips - face.side * 0.24
        low = low + 0.18 * np.sign(tips) * -face.side * np.abs(tips)
    elif kind == "parted":
        high = -0.55 - 0.5 * np.exp(-((valleys / 0.3) ** 2))
        tips, low = tips + 0.12 * np.sign(tips), low + 0.22 * np.abs(tips) - 0.22 * (np.abs(tips) < 0.3)
    elif kind == "choppy":
        low, high = np.full(n, -0.2) + 0.1 * jitter, np.full(n + 1, -0.42)
    high[0] = high[-1] = 0.05
    points = [(valleys[0], high[0])]
    for x, y, v, h in zip(tips, low, valleys[1:], high[1:], strict=True):
        x0, y0 = points[-1]
        points += [(x0, y0 + fullness * (y - y0)), (x, y), (v, h + fullness * (y - h)), (v, h)]
    return curve(*points)


def fringe_shadow(brush: Brush, face: Face) -> None:
    """The shadow of the fringe on the forehead."""
    edge = fringe_edge(face) + (0.05 * face.side, 0.12)
    inside = np.clip(edge, (-0.93, -2), (0.93, 2))
    brush.fill(np.concatenate([inside, [(-0.9, -1.0), (0.9, -1.0)]]), tones(face.skin)[2], depth=0.8)


# --- bows, braids and drills, in front ---------------------------------------------------------------------


def twin_bows(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    for s in (-1, 1):
        bow_tie(brush, face, s * 1.08, -1.05, 0.2)


def ponytail_bow(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    bow_tie(brush, face, face.side * 0.92, -1.4, 0.24)


def bow_tie(brush: Brush, face: Face, x: float, y: float, size: float) -> None:
    """A bow in the trim's colour: two loops, and a knot at (x, y)."""
    light, base, dark, line = tones(face.trim)
    for s in (-1, 1):
        loop = blob((x, y), (x + s * size * 1.6, y - size * 1.2), (x + s * size * 1.6, y + size * 1.1))
        brush.fill(loop, base, line, depth=0.3)
    brush.fill(ellipse(x, y, size * 0.4, size * 0.45), light, line, depth=0.3)


def braids(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    for s in (-1, 1):
        for i in range(8):
            x, y, t = s * (1.08 + 0.02 * i), 0.62 + 0.21 * i, (-1) ** i
            lump = [
                (x - t * 0.24, y - 0.2),
                (x + t * 0.3, y - 0.14),
                (x + t * 0.34, y + 0.2),
                (x - t * 0.14, y + 0.34),
            ]
            brush.fill(blob(*lump), mix(base, dark, 0.5 * (i % 2)), line, depth=0.2)
        bow_tie(brush, face, s * 1.06, 0.46, 0.15)


def drills(brush: Brush, face: Face, light: Colour, base: Colour, dark: Colour, line: Colour) -> None:
    for s in (-1, 1):
        for i, r in enumerate((0.13, 0.2, 0.26, 0.3, 0.32, 0.32, 0.29, 0.22)):
            x, y = s * (1.3 - 0.03 * i) + 0.03 * face.noise[i], 1.72 - 0.27 * i
            coil = blob((x - r * 1.25, y - 0.08), (x + r, y - 0.26), (x + r * 1.25, y + 0.08), (x - r, y + 0.3))
            brush.fill(coil, base, line, depth=0.2)
            shine = blade((x - r * 0.6, y + 0.06), (x, y + 0.06), (x + r * 0.5, y - 0.08), 0.09)
            brush.fill(shine, light, depth=0.2)


HairPart = Callable[..., None]  # brush, face and the hair's light, base, dark and line colours
STYLE_PARTS: dict[str, tuple[HairPart, HairPart]] = {  # behind the head, in front of it
    "long": (straight_back, long_locks),
    "hime": (straight_back, blunt_locks),
    "wavy": (wavy_back, wavy_locks),
    "bob": (bob_back, side_locks),
    "short": (tufted_back, short_locks),
    "spiky": (spiky_back, short_locks),
    "ponytail": (ponytail, side_locks),
    "twin tails": (twin_tails, side_locks),
    "buns": (buns, side_locks),
    "braids": (short_back, short_locks),
    "drills": (short_back, short_locks),
    "fluffy": (fluffy_back, cheek_curls),
}
TIED_PARTS: dict[str, HairPart] = {
    "ponytail": ponytail_bow,
    "twin tails": twin_bows,
    "braids": braids,
    "drills": drills,
}
