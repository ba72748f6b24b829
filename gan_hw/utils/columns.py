"""Text in columns of a terminal or notebook, where a Chinese character is as wide as two Latin ones."""

import re
import textwrap
import unicodedata

WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffee"
CLOSING, OPENING = "，。、；：？！）」』", "（「『"
# What stays together on a line: a word with the spaces behind it, or one wide character with the punctuation beside it.
PIECE = re.compile(rf"[{OPENING}]*(?:[^{WIDE}\s{CLOSING}{OPENING}]+|[{WIDE}])?[{CLOSING}]*\s*")


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def left(text: str, columns: int) -> str:
    """The text at the left of so many columns."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """The text at the right of so many columns."""
    return " " * (columns - width(text)) + text


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, broken at spaces, or between characters that stand for words."""
    if width(text) == len(text):
        return textwrap.wrap(text, columns)
    lines = [""]
    for piece in PIECE.findall(text):
        if width((lines[-1] + piece).rstrip()) > columns:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]
