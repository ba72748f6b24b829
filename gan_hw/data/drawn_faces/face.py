"""The random attributes of one face: every number about it, drawn from (seed, index) alone. No torch here."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from .palette import EYES, HAIR, SKINS, Colour, hsv, mix

HAIR_COLOURS = tuple(HAIR)
EYE_COLOURS = tuple(EYES)
HAIR_STYLES = (
    "long", "hime", "wavy", "bob", "short", "spiky", "ponytail", "twin tails", "buns", "braids", "drills",
    "fluffy",
)  # fmt: skip
EXPRESSIONS = ("calm", "smile", "laugh", "surprised", "wink", "pout", "shy", "cat")
ATTRIBUTES = {"hair": HAIR_COLOURS, "eyes": EYE_COLOURS, "style": HAIR_STYLES, "expression": EXPRESSIONS}

FRINGES = ("spikes", "swept", "parted", "choppy")  # the styles "hime" and "fluffy" have their own
BACKDROPS = ("plain", "glow", "stripes", "dots", "bokeh", "stars", "rays", "checks", "petals", "clouds")
CLOTHES = ("sailor", "shirt", "hoodie", "dress", "kimono")
ACCESSORIES = (
    "nothing", "nothing", "nothing", "bow", "hairpin", "flower", "glasses", "headphones", "cat ears", "beret",
    "hairband", "star", "tiara",
)  # fmt: skip


T = TypeVar("T")


@dataclass(frozen=True)
class Face:
    """The four labelled attributes of a face and all its other properties. Numbers without a range are in [-1, 1]."""

    hair: str
    eyes: str
    style: str
    expression: str
    hair_shift: tuple[float, float, float]
    eye_shift: tuple[float, float, float]
    skin: Colour
    cloth: Colour
    trim: Colour
    backdrop_top: Colour
    backdrop_bottom: Colour
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
    line_weight: float  # 0..1, from thin to thick lines
    blush: float  # 0..1
    eye_size: float
    eye_gap: float
    eye_slant: float
    gaze: float
    jaw: float
    cowlick: bool
    brightness: float
    warmth: float
    noise: tuple[float, ...]  # 24 numbers that vary the strands of hair and the backdrop


def sample_face(seed: int, index: int) -> Face:
    """The `Face` of that seed and index. Uses `random.Random.random` only, whose values Python guarantees."""
    uniform = random.Random(f"{seed}/{index}").random  # in [0, 1)

    def choice(options: Sequence[T]) -> T:
        return options[int(uniform() * len(options))]

    def triangular() -> float:
        """From -1 to 1, most often near 0."""
        return uniform() + uniform() - 1

    def uniform_triple() -> tuple[float, float, float]:
        return (2 * uniform() - 1, 2 * uniform() - 1, 2 * uniform() - 1)

    def colour(saturation: tuple[float, float], value: tuple[float, float]) -> Colour:
        """Any hue, with saturation and value between these bounds."""
        (s0, s1), (v0, v1) = saturation, value
        return hsv(uniform(), s0 + (s1 - s0) * uniform(), v0 + (v1 - v0) * uniform() ** 0.7)

    def backdrop_colour() -> Colour:
        """A hue near the backdrop's: dark and saturated at night, light by day."""
        hue_shift = 0.22 * uniform()
        if night:
            return hsv(0.48 + 0.4 * hue + hue_shift, 0.5 + 0.4 * uniform(), night + 0.2 * uniform())
        return hsv(hue + hue_shift, 0.65 * uniform(), 0.82 + 0.18 * uniform())

    skin = uniform() ** 2.2 * (len(SKINS) - 1)
    hue = uniform()
    night = 0.15 + 0.35 * uniform() if uniform() < 0.3 else 0.0  # the backdrop's least value; 0 by day
    return Face(
        hair=choice(HAIR_COLOURS),
        eyes=choice(EYE_COLOURS),
        style=choice(HAIR_STYLES),
        expression=choice(EXPRESSIONS),
        hair_shift=uniform_triple(),
        eye_shift=uniform_triple(),
        skin=mix(SKINS[int(skin)], SKINS[int(skin) + 1], skin % 1),
        cloth=colour((0.1, 0.8), (0.35, 1.0)),
        trim=colour((0.45, 0.85), (0.7, 1.0)),
        backdrop_top=backdrop_colour(),
        backdrop_bottom=backdrop_colour(),
        fringe=choice(FRINGES),
        backdrop=choice(BACKDROPS),
        clothes=choice(CLOTHES),
        accessory=choice(ACCESSORIES),
        side=choice((-1, 1)),
        turn=triangular(),
        nod=triangular(),
        tilt=triangular(),
        zoom=triangular(),
        shift=(triangular(), triangular()),
        line_weight=uniform(),
        blush=uniform(),
        eye_size=triangular(),
        eye_gap=triangular(),
        eye_slant=triangular(),
        gaze=triangular(),
        jaw=triangular(),
        cowlick=uniform() < 0.25,
        brightness=triangular(),
        warmth=triangular(),
        noise=tuple(2 * uniform() - 1 for _ in range(24)),
    )
