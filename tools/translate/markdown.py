"""Markdown as messages: each heading, paragraph, list item and table cell is one; code and displayed formulae are none.

The marks around a message (#, -, |) stay outside it, so that no translation can lose them.
"""

import re

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

PARSER = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
# Inline code, inline formulae, and targets of links and pictures: what a translation keeps letter for letter.
TARGET = r"\([^()\s]*(?:\([^()]*\)[^()\s]*)*\)"
VERBATIM = re.compile(rf"(`+)[^`]+?\1|\$\$.+?\$\$|\$[^$]+\$|(?<=\]){TARGET}|<[^>\s][^>]*>", re.DOTALL)
LINK = re.compile(rf"(?<=\]\(){TARGET[2:-2]}(?=\))")  # the target alone
PLACE = re.compile(r"\{[^{}]*\}")  # of a message: what the package fills in
BORDER = re.compile(r"(?<!\\)\|")  # between the cells of a table's row


def translate_markdown(text, lookup):
    """The text with each of its messages m replaced by lookup(m, kind); kind: heading, item, cell or paragraph."""
    lines = text.split("\n")
    containers, done = [], {}
    for token in PARSER.parse(text):
        if token.nesting == 1:
            containers.append(token.type)
        elif token.nesting == -1:
            containers.pop()
        elif token.type == "inline":
            first, last = token.map
            if containers[-1] in ("th_open", "td_open"):
                done.setdefault((first, last), _row)
            else:
                done[first, last] = _heading if "heading_open" in containers else _block
    replaced = {(first, last): replace(lines[first:last], lookup) for (first, last), replace in done.items()}
    for (first, last), new in reversed(replaced.items()):
        lines[first:last] = new
    return "\n".join(lines)


def headings(text):
    """The words of a page's headings, in their order, without marks of emphasis and code."""
    tokens = PARSER.parse(text)
    inline = [after for token, after in zip(tokens, tokens[1:], strict=False) if token.type == "heading_open"]
    return ["".join(child.content for child in token.children) for token in inline]


def has_words(text):
    """Whether there is something to translate: letters outside code, formulae, addresses and names_with_underscores.

    A line of badges is none.
    """
    return (
        not text.startswith("[![")
        and re.search(r"\b[^\W\d_]{2,}", re.sub(r"\w*_\w*", "", VERBATIM.sub("", text))) is not None
    )


def _row(lines, lookup):
    """A table's row, which is one line."""
    cells = BORDER.split(lines[0])
    for number, cell in enumerate(cells):
        words = cell.strip()
        if has_words(words):
            cells[number] = cell.replace(words, lookup(words, "cell"))
    return ["|".join(cells)]


def _heading(lines, lookup):
    mark, words = re.match(r"(\s*#+\s+)(.*)", lines[0]).groups()
    return [mark + lookup(words, "heading")] if has_words(words) else lines


def _block(lines, lookup):
    """A paragraph, also in a list or quotation, whose mark stands before its first line."""
    mark, first = re.match(r"(\s*(?:(?:[-*+>]|\d+[.)])\s+)*)(.*)", lines[0]).groups()
    indent = " " * len(mark)
    words = "\n".join([first, *(line.removeprefix(indent) for line in lines[1:])])
    if not has_words(words):
        return lines
    kind = "item" if mark.strip() else "paragraph"
    translated = lookup(words, kind).split("\n")
    return [mark + translated[0], *(indent + line for line in translated[1:])]
