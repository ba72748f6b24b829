"""Terms of a language: what a translation must call things, and what it must not.

glossary.tsv beside a language's catalogues has a line for each term, with "/" between alternatives. `forbidden` are
words that a translation must not hold, `unless` the English ones that permit them. The translation of a `required` term
must appear wherever the term does. (zh-CN, in the Taiwanese glossary, is what mainland China says where that differs.)
"""

import csv
import re
from dataclasses import dataclass

from translate.catalogues import LOCALES
from translate.markdown import PLACE, VERBATIM


@dataclass(frozen=True)
class Term:
    english: str
    translations: tuple[str, ...]
    forbidden: tuple[str, ...]
    unless: tuple[str, ...]
    required: bool

    @property
    def pattern(self):
        plural = "(?:s|es)?" if not self.english.endswith("y") else ""
        spelled = re.escape(self.english).removesuffix("y") + ("(?:y|ies)" if self.english.endswith("y") else plural)
        return rf"\b{spelled}\b"


def read_terms(language):
    """The language's terms; none where it has no glossary."""
    path = LOCALES / language / "glossary.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key: value or "" for key, value in row.items()} for row in csv.DictReader(file, delimiter="\t")]
    return [
        Term(
            row["English"],
            _alternatives(row["translation"]),
            _alternatives(row["forbidden"]),
            _alternatives(row["unless"]),
            row["required"] == "yes",
        )
        for row in rows
    ]


def faults(text, translation, terms):
    """What a translation does to the terms, as sentences."""
    for kept in re.findall(r"\[([^\[\]]+)\]\(", translation):  # titles of papers stay in English
        text = text.replace(f"[{kept}](", "[](")
    english, words = PLACE.sub(" ", VERBATIM.sub(" ", text)), VERBATIM.sub("", translation)
    found = []
    for term in terms:
        if not any(re.search(rf"\b{permits}", english, re.IGNORECASE) for permits in term.unless):
            right = f"{'/'.join(term.translations)} ({term.english})"
            found += [f"{wrong}: say {right}" for wrong in term.forbidden if wrong in words]
    for term in sorted(terms, key=lambda term: -len(term.english)):  # "random number generator" before "generator"
        english, count = re.subn(term.pattern, " ", english, flags=re.IGNORECASE)
        if count and term.required and not any(right in words for right in term.translations):
            found.append(f"{term.english} is not called {'/'.join(term.translations)}")
    return found


def _alternatives(value):
    return tuple(part for part in value.split("/") if part)
