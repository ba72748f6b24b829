"""What is wrong with a translation: something is lost, is in no translation's place, or reads like another language."""

import re
from collections import Counter
from string import Formatter

from translate import glossary
from translate.catalogues import LOCALES
from translate.markdown import LINK, PARSER, PLACE, TARGET, VERBATIM, has_words

PARTS = {
    "code": r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)",
    "formula": r"\$\$.+?\$\$|\$[^$]+\$",
    "link": LINK.pattern,
    "address": r"https?://[\w./~#?=&%-]*[\w/]",
    "HTML tag": r"</?[a-zA-Z][^<>]*>",
}
CJK = r"\u3400-\u4dbf\u4e00-\u9fff"
FULL_WIDTH = "，。、；：？！（）「」『』《》〈〉…—"
# A word of these alone is a name, which stays: WGAN-GP, BatchNorm, DiffAugment, KL, R1, i-CLEVR, arXiv.
NAME = re.compile(r"[^\W\d_]*(?:[A-Z0-9][^\W_]*){2,}|[a-z]+[A-Z]\w*|[A-Z]|\W+|[\d.,]+")


def faults(message, terms, same, rules):
    """Sentences on what is wrong with a message's translation; none where it is right."""
    text, translation = message.id, message.string
    if not translation:
        return ["not translated"]
    if message.fuzzy:
        return ["fuzzy: the source has changed since it was translated"]
    if translation == text:
        return [] if text in same or is_name(text) else ["the same as the source"]
    found = _lost(text, translation, "python-brace-format" in message.flags) + _structure(text, translation)
    found += glossary.faults(text, translation, terms)
    if rules:
        found += rules(text, translation)
    return found


def is_name(text):
    """Whether all of a text's words are names, code or numbers, so that a translation may equal it."""
    words = re.sub(r"[*()\[\]|,:/→×+–-]", " ", VERBATIM.sub(" ", text)).split()
    return all(NAME.fullmatch(word) for word in words)


def read_same(language):
    """Messages that may equal their source, one a line in same.txt."""
    path = LOCALES / language / "same.txt"
    return set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()


def places(text):
    """The {names} of a message that are filled in, with their formats."""
    return Counter(
        f"{{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
        for _, name, form, conversion in Formatter().parse(text)
        if name is not None
    )


def _lost(text, translation, has_places):
    found = []
    for kind, pattern in PARTS.items():
        before, after = (Counter(_parts(pattern, words)) for words in (text, translation))
        found += [f"{kind} lost: {part}" for part in before - after]
        found += [f"{kind} that the source has not: {part}" for part in after - before]
    if has_places:
        try:
            before, after = places(text), places(translation)
        except ValueError as error:
            return [*found, f"a brace is not closed: {error}"]
        found += [f"place lost: {part}" for part in before - after]
        found += [f"place that the source has not: {part}" for part in after - before]
    if _bold(text) != _bold(translation):
        found.append(f"{_bold(text)} bold parts became {_bold(translation)}")
    return found


def _parts(pattern, words):
    return [re.sub(r"\s+", " ", match.group()) for match in re.finditer(pattern, words, re.DOTALL)]


def _bold(text):
    return len(re.findall(r"\*\*", VERBATIM.sub("", text))) // 2


def _structure(text, translation):
    """Faults that would change the headings, lists, tables or emphasis around or in a message."""
    found = []
    if re.match(r"\s", translation) and not re.match(r"\s", text) or re.search(r"\s$", translation):
        found.append("white space at its beginning or end")
    if "\n\n" in translation and "\n\n" not in text:
        found.append("a blank line, which begins a new paragraph")
    if re.match(r"(#+|[-*+>]|\d+[.)])\s", translation) and not re.match(r"(#+|[-*+>]|\d+[.)])\s", text):
        found.append("begins like a heading or a list")
    if len(re.findall(r"(?<!\\)\|", translation)) != len(re.findall(r"(?<!\\)\|", text)):
        found.append("has other | than its source")
    plain = "".join(_plain_text(translation))
    if plain.count("*") > "".join(_plain_text(text)).count("*"):
        found.append("* that is no emphasis for Markdown: put a space or no punctuation beside it, as in **字** 或")
    return found


def _plain_text(text):
    for token in PARSER.parseInline(text)[0].children:
        if token.type == "text":
            yield token.content


def chinese(text, translation):
    """Faults of Traditional Chinese: simplified characters, half-width punctuation, missing spaces."""
    found = []
    odd = sorted({character for character in translation if _is_simplified(character)})
    if odd:
        found.append(f"not traditional: {' '.join(odd)}")
    # Code, formulae and addresses become one letter each, beside which a space belongs as beside any Latin one.
    words = VERBATIM.sub("x", re.sub(r"\]" + TARGET, "]", translation))
    words = PLACE.sub("□", words)
    bare = re.sub(r"!(?=\[)|[*\[\]]", "", words)
    if not re.search(f"[{CJK}]", bare):
        return found + (["no Chinese in it"] if has_words(text) and not is_name(text) else [])
    half = re.findall(f"[{CJK}][,;:?!](?![A-Za-z0-9])|[,;:?!] ?[{CJK}]|[{CJK}]\\.(?=\\s|$)", bare)
    half += [part for part in re.findall(r"\([^()]*\)", bare) if re.search(f"[{CJK}]", part)]
    found += [f"half-width punctuation: {part}" for part in half]
    found += [f'" beside Chinese, use 「」: {part}' for part in re.findall(f'[{CJK}]"|"[{CJK}]', bare)]
    tight = re.findall(f"[{CJK}][(A-Za-z0-9α-ωΑ-Ω]+|[)A-Za-z0-9α-ωΑ-Ω%]+[{CJK}]", bare)
    found += [f"no space between Chinese and Latin: {part}" for part in tight]
    loose = re.findall(f"[{CJK}] +[{CJK}]|[{CJK}\\w] +[，。、；：？！）」]|[，。、；：？！（「] +[{CJK}\\w]", bare)
    found += [f"a space that does not belong there: {part}" for part in loose]
    return found


def _is_simplified(character):
    """Whether a Chinese character is missing from Big5, the character set of Taiwan, which has no simplified ones."""
    if not re.match(f"[{CJK}]", character):
        return False
    try:
        character.encode("big5")
    except UnicodeEncodeError:
        return True
    return False


RULES = {"zh_TW": chinese}
