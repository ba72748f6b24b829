"""Sentences that the kit says to a student, looked up in a catalogue of their language.

A sentence is one message with {named} places, never parts that are put together: so it is translated as a whole, or
not at all. The catalogues are package data, made by `tools/translations.py`; docs/maintainers/translating.md says how.
"""

import gettext
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

CATALOGUES = Path(__file__).with_name("locale")  # LANGUAGE/LC_MESSAGES/gan_hw.mo
ENGLISH = "en"
# A comment in a translated notebook, which IPython hands over with the cells that were run.
STATED = re.compile(r"^# language: ([\w-]+)$", re.MULTILINE)


class Said(str):
    """A sentence in the reader's language. english: the same in English. translated: whether these may differ."""

    english: str
    translated: bool


class _Notebook:
    """What the notebook around this process states."""

    language = ENGLISH


class _Missing(gettext.NullTranslations):
    """What answers for messages that a catalogue has not."""

    def gettext(self, message: str) -> str:  # noqa: ARG002
        return ""


def language() -> str:
    """The language in which the kit speaks: GAN_HW_LANG, else the notebook's own, else English ("en")."""
    return os.environ.get("GAN_HW_LANG") or _Notebook.language


def stated_language(cells: Iterable[str]) -> str:
    """The language that a notebook states in a comment, `# language: zh-TW`, else English. cells: their sources."""
    return next((found[1] for cell in cells if (found := STATED.search(cell))), ENGLISH)


def use_language_of(cells: Iterable[str]) -> None:
    """Speak the language that a notebook states; GAN_HW_LANG goes before it. cells: those executed, IPython's `In`."""
    _Notebook.language = stated_language(cells)


def say(template: str, **values: object) -> str:
    """The template in the reader's language, with its {named} places filled; English where it has no translation.

    Without values it is a text, whose braces stay as they are. What `say` returned may fill a place: where one of the
    two has no translation, both are English. Said once more, it stays as it is.
    """
    if isinstance(template, Said):
        return template
    values = {name: _message_of(value) for name, value in values.items()}
    parts = [value for value in values.values() if isinstance(value, Said)]
    found = template and _catalogue(language()).gettext(template)
    english = {name: value.english if isinstance(value, Said) else value for name, value in values.items()}
    in_english = template.format(**english) if values else template
    translated = bool(found) and all(part.translated for part in parts)
    said = Said((found.format(**values) if values else found) if translated else in_english)
    said.english, said.translated = in_english, translated
    return said


def mark(text: str) -> str:
    """The text itself, which `say` is called with elsewhere: so that it stands in the catalogues."""
    return text


def pattern_of(template: str) -> str:
    """A regular expression for all that `say` makes of the template, whatever fills its places."""
    return ".*".join(map(re.escape, re.split(r"\{[^{}]*\}", say(template))))


def matcher_of(english: re.Pattern[str]) -> re.Pattern[str]:
    """Like `english`, and for the same sentences as `say` says them: it matches how those begin."""
    known = getattr(_catalogue(language()), "_catalog", {})
    said = [re.split(r"\{[^{}]*\}", text)[0] for source, text in known.items() if source and english.match(source)]
    return re.compile("|".join([english.pattern, *(re.escape(beginning) for beginning in said if beginning)]))


def _message_of(value: object) -> object:
    """What an exception says, where it says one sentence of the kit's; else the value itself."""
    if isinstance(value, Exception) and len(value.args) == 1 and isinstance(value.args[0], Said):
        return value.args[0]
    return value


@lru_cache
def _catalogue(name: str) -> gettext.NullTranslations:
    catalogue = gettext.translation("gan_hw", CATALOGUES, [name.replace("-", "_")], fallback=True)
    catalogue.add_fallback(_Missing())
    return catalogue
