"""The colours of the drawn faces, and the arithmetic on them. A colour is a tuple of three ints, 0..255."""

from functools import lru_cache

Colour = tuple[int, int, int]

HAIR: dict[str, Colour] = {
    "blonde": (252, 220, 112), "brown": (124, 72, 40), "black": (40, 36, 50), "blue": (52, 92, 214),
    "pink": (252, 152, 192), "purple": (140, 76, 194), "aqua": (88, 216, 214), "green": (66, 166, 80),
    "gray": (146, 150, 162), "red": (206, 38, 46), "white": (242, 242, 248), "orange": (246, 138, 42),
}  # fmt: skip
EYES: dict[str, Colour] = {
    "blue": (40, 104, 236), "red": (220, 32, 44), "brown": (126, 70, 32), "green": (38, 164, 66),
    "purple": (138, 56, 196), "aqua": (52, 212, 212), "yellow": (250, 214, 36), "pink": (250, 112, 176),
    "orange": (244, 130, 24), "black": (34, 32, 42), "gray": (146, 150, 158),
}  # fmt: skip
SKINS = ((255, 236, 222), (255, 226, 206), (252, 214, 188), (242, 198, 166), (222, 168, 132), (184, 128, 96))
WHITE, INK, MOUTH, TONGUE = (255, 255, 255), (44, 26, 36), (150, 44, 56), (244, 130, 136)


@lru_cache(4096)
def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` (0..1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """The colour of that hue, saturation and value, each in 0..1; a hue outside wraps around."""
    sector = hue % 1 * 6
    ramps = (abs(sector - 3) - 1, 2 - abs(sector - 2), 2 - abs(sector - 4))
    red, green, blue = (round(255 * value * (1 - saturation + saturation * min(max(r, 0), 1))) for r in ramps)
    return red, green, blue


@lru_cache(4096)
def tones(colour: Colour) -> tuple[Colour, Colour, Colour, Colour]:
    """(light, base, dark, line) of one colour: for highlights, surfaces, shadows and outlines."""
    r, g, b = colour
    dark = (round(0.82 * r), round(0.72 * g), round(0.84 * b))
    line = (round(0.44 * r) + 14, round(0.33 * g) + 8, round(0.46 * b) + 16)
    return mix(colour, WHITE, 0.42), colour, dark, line
