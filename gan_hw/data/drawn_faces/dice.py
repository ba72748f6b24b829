"""What one face is made of: every number about it, rolled from (seed, index) alone."""

import random
from dataclasses import dataclass

from .palette import EYES, HAIR, SKINS, hsv, mix

HAIR_COLOURS = tuple(HAIR)
EYE_COLOURS = tuple(EYES)
HAIR_STYLES = (
    "long", "hime", "wavy", "bob", "short", "spiky", "ponytail", "twin tails", "buns", "braids", "drills",
    "fluffy",
)  # fmt: skip
EXPRESSIONS = ("calm", "smile", "laugh", "surprised", "wink", "pout", "shy", "cat")
ATTRIBUTES = {"hair": HAIR_COLOURS, "eyes": EYE_COLOURS, "style": HAIR_STYLES, "expression": EXPRESSIONS}

FRINGES = ("spikes", "swept", "parted", "choppy")  # "hime" and "fluffy" bring their own
BACKDROPS = ("plain", "glow", "stripes", "dots", "bokeh", "stars", "rays", "checks", "petals", "clouds")
CLOTHES = ("sailor", "shirt", "hoodie", "dress", "kimono")
ACCESSORIES = (
    "nothing", "nothing", "nothing", "bow", "hairpin", "flower", "glasses", "headphones", "cat ears", "beret",
    "hairband", "star", "tiara",
)  # fmt: skip


@dataclass(frozen=True)
class Face:
    """The four attributes of a face and its free variation. Numbers without a range below lie in [-1, 1]."""

    hair: str
    eyes: str
    style: str
    expression: str
    hair_shift: tuple[float, float, float]
    eye_shift: tuple[float, float, float]
    skin: tuple[int, int, int]
    cloth: tuple[int, int, int]
    trim: tuple[int, int, int]
    backdrop_top: tuple[int, int, int]
    backdrop_bottom: tuple[int, int, int]
    fringe: str
    backdrop: str
    clothes: str
    accessory: str
    side: int  # -1 or 1: where the parting, the ponytail, the hairpin and the closed eye are
    turn: float
    nod: float
    tilt: float
    zoom: float
    shift: tuple[float, float]
    ink: float  # 0..1, the weight of the lines
    blush: float  # 0..1
    eye_size: float
    eye_gap: float
    eye_slant: float
    gaze: float
    jaw: float
    cowlick: bool
    brightness: float
    warmth: float
    locks: tuple[float, ...]  # 24 numbers that make no two heads of hair alike


def roll_face(seed, index):
    """The `Face` of that seed and index. Uses `random.Random.random` only, whose values Python guarantees."""
    dice = random.Random(f"{seed}/{index}").random

    def pick(options):
        return options[int(dice() * len(options))]

    def swing():
        return dice() + dice() - 1

    def colour(saturation, value):
        (s0, s1), (v0, v1) = saturation, value
        return hsv(dice(), s0 + (s1 - s0) * dice(), v0 + (v1 - v0) * dice() ** 0.7)

    def sky():
        """Clean colours for behind the face: deep ones at night, fresh ones by day."""
        turn = 0.22 * dice()
        if night:
            return hsv(0.48 + 0.4 * hue + turn, 0.5 + 0.4 * dice(), night + 0.2 * dice())
        return hsv(hue + turn, 0.65 * dice(), 0.82 + 0.18 * dice())

    def triple():
        return (2 * dice() - 1, 2 * dice() - 1, 2 * dice() - 1)

    skin = dice() ** 2.2 * (len(SKINS) - 1)
    hue = dice()
    night = 0.15 + 0.35 * dice() if dice() < 0.3 else 0.0
    return Face(
        hair=pick(HAIR_COLOURS),
        eyes=pick(EYE_COLOURS),
        style=pick(HAIR_STYLES),
        expression=pick(EXPRESSIONS),
        hair_shift=triple(),
        eye_shift=triple(),
        skin=mix(SKINS[int(skin)], SKINS[int(skin) + 1], skin % 1),
        cloth=colour((0.1, 0.8), (0.35, 1.0)),
        trim=colour((0.45, 0.85), (0.7, 1.0)),
        backdrop_top=sky(),
        backdrop_bottom=sky(),
        fringe=pick(FRINGES),
        backdrop=pick(BACKDROPS),
        clothes=pick(CLOTHES),
        accessory=pick(ACCESSORIES),
        side=pick((-1, 1)),
        turn=swing(),
        nod=swing(),
        tilt=swing(),
        zoom=swing(),
        shift=(swing(), swing()),
        ink=dice(),
        blush=dice(),
        eye_size=swing(),
        eye_gap=swing(),
        eye_slant=swing(),
        gaze=swing(),
        jaw=swing(),
        cowlick=dice() < 0.25,
        brightness=swing(),
        warmth=swing(),
        locks=tuple(2 * dice() - 1 for _ in range(24)),
    )
