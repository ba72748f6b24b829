"""Words in figures: in the reader's language where a font has its characters, else in English."""

from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from gan_hw.utils.messages import Said, language, say

# How files of fonts with Chinese characters begin, the one with Taiwan's shapes of them first: Debian and Colab
# (fonts-noto-cjk), Windows, macOS, older Linux. Matplotlib's own font has the letters of Europe.
FONT_FILES = (
    "NotoSansTC", "NotoSansCJKtc", "NotoSansCJK", "SourceHanSans", "msjh", "PingFang", "STHeiti", "Arial Unicode",
    "wqy", "uming", "DroidSansFallback",
)  # fmt: skip


def label(template: str, **values: object) -> str:
    """What `say` makes of the template, for a figure: see `drawable`."""
    return drawable(say(template, **values))


def drawable(text: str) -> str:
    """The text, or where `say` made it and no installed font can draw it, the same in English.

    The font that was found becomes matplotlib's second choice, for characters that its first one lacks. Where there is
    none, one line says how to get it, once.
    """
    if not isinstance(text, Said) or not text.translated or _can_draw(frozenset(text)):
        return text
    _advise(language())
    return text.english


def use_found_fonts(figure: Figure) -> None:
    """Let texts that were begun before a font was found use it too."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(mpl.rcParams["font.family"])


@lru_cache
def _can_draw(characters: frozenset[str]) -> bool:
    """Whether matplotlib has a font for each of these characters; the one that has what is missing is added to it."""
    properties = [font_manager.FontProperties(family=[family]) for family in mpl.rcParams["font.family"]]
    known = [_characters_of(font_manager.findfont(font)) for font in properties]
    missing = characters.difference(*known)
    if not missing:
        return True
    for path in _installed_fonts():
        if missing <= _characters_of(path):
            font_manager.fontManager.addfont(path)
            name = font_manager.get_font(path).family_name
            mpl.rcParams["font.family"] = [*mpl.rcParams["font.family"], name]
            return True
    return False


@lru_cache
def _installed_fonts() -> list[str]:
    """Files of the system's fonts that FONT_FILES names, in its order, regular ones before bold ones."""
    files = [Path(path) for path in font_manager.findSystemFonts()]
    found = [
        (place, "-" in file.stem and "Regular" not in file.stem, str(file))
        for file in files
        for place, beginning in enumerate(FONT_FILES)
        if file.stem.startswith(beginning)
    ]
    return [path for _, _, path in sorted(found)]


@lru_cache
def _characters_of(path: str) -> frozenset[str]:
    return frozenset(map(chr, font_manager.get_font(path).get_charmap()))


@lru_cache
def _advise(name: str) -> None:
    print(
        say(
            "Figures keep their English words: no font with the characters of {language} was found. To have one, run "
            "apt-get install fonts-noto-cjk (Debian, Ubuntu, Colab), and restart.",
            language=name,
        )
    )
