"""The .po files: read, brought up to date with the sources, written, and compiled to what the package reads."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, unescape, write_po

LOCALES = Path(__file__).resolve().parents[2] / "gan_hw" / "utils" / "locale"
KEPT_HEADERS = re.compile(r'^"(?!Language:|MIME-Version|Content-T|Plural-Forms)[\w-]+: .*\n', re.MULTILINE)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
WHOLE = "gan_hw"  # the one file of a language that is not divided; and of what is compiled
SPOKEN = (WHOLE, "exercises_", "questions_", "messages", "printed", "figures")  # domains from which the package speaks


def languages():
    """Locales that have catalogues, such as zh_TW."""
    return sorted(path.parent.name for path in LOCALES.glob("*/LC_MESSAGES"))


def folder(language):
    return LOCALES / language / "LC_MESSAGES"


def draft(language):
    """The file whose presence says that a language is not finished."""
    return LOCALES / language / "draft"


def joined(sources):
    """{text: Source} of all domains; where a text stands in two, that whose places are filled."""
    whole = {}
    for messages in sources.values():
        for text, source in messages.items():
            if text not in whole or source.has_places:
                whole[text] = source
    return whole


def read(language):
    """{domain: Catalog} of a language."""
    catalogues = {}
    for path in sorted(folder(language).glob("*.po")):
        text = path.read_text(encoding="utf-8")
        catalogue = catalogues[path.stem] = read_po(io.StringIO(text), locale=language)
        flagged = _lines_flagged(text)
        for message in catalogue:
            _restore_earlier_text(message)
            message.flags.discard("python-format")
            if message.lineno not in flagged:
                message.flags.discard("python-brace-format")
    return catalogues


def _restore_earlier_text(message):
    """Babel reads the earlier text of a fuzzy message, `#| msgid "…"` in wrapped lines, as a translator's comment."""
    earlier = [comment[1:].strip() for comment in message.user_comments if comment.startswith("|")]
    message.user_comments = [comment for comment in message.user_comments if not comment.startswith("|")]
    if message.fuzzy and earlier:
        message.previous_id = ["".join(map(unescape, QUOTED.findall(" ".join(earlier))))]


def _lines_flagged(text):
    """Numbers of the lines in a .po at which messages with places begin; Babel takes braces of formulae for places."""
    found, flagged = set(), False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("#, "):
            flagged = "python-brace-format" in line
        elif line.startswith("msgid "):
            found |= {number} if flagged else set()
            flagged = False
    return found


def merged(messages, old, memory):
    """A catalogue of these messages with the translations of an older one; where the text has changed, fuzzy.

    messages: {text: Source}. old: the domain's Catalog, or None. memory: {text: translation} of other domains, for
    what has moved from there.
    """
    template = Catalog()
    for source in messages.values():
        notes = [note for note in source.notes if note]
        template.add(source.text, locations=[(file, None) for file in source.files], auto_comments=notes)
    if old:
        catalogue = old
        earlier = {message.id: message.previous_id for message in old}
        for text, translation in memory.items():
            if text in messages and text not in old:
                catalogue.add(text, translation)
        catalogue.update(template, update_creation_date=False)
        catalogue.obsolete.clear()
        for message in catalogue:
            message.previous_id = message.previous_id or earlier.get(message.id, [])
    else:
        catalogue = template
        for text, translation in memory.items():
            if text in messages:
                catalogue[text].string = translation
    for message in catalogue:
        if message.id:
            message.flags.discard("python-brace-format")
            message.flags.discard("python-format")
            if messages[message.id].has_places:
                message.flags.add("python-brace-format")
    return catalogue


def text_of(catalogue, language):
    """The .po file's text: a line for each message, and no dates, which would change without a translation's doing."""
    catalogue.locale = language
    catalogue.header_comment = "# Translation of the GAN course kit; see docs/maintainers/translating.md."
    catalogue.fuzzy = False
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_lineno=False, include_previous=True)
    header, empty_line, messages = file.getvalue().decode("utf-8").partition("\n\n")
    return KEPT_HEADERS.sub("", header + "\n") + empty_line[1:] + messages


def translations(catalogue):
    """{text: translation} of what is translated and not fuzzy."""
    return {message.id: message.string for message in catalogue if message.id and message.string and not message.fuzzy}


class Compiled(Catalog):
    """A catalogue whose compiled form has no dates and no version of the tool that made it."""

    mime_headers = (("Content-Type", "text/plain; charset=utf-8"),)


def compiled(catalogues):
    """gan_hw.mo of a language: all domains from which the package speaks. Raises ValueError for two translations."""
    whole = Compiled()
    for domain, catalogue in catalogues.items():
        if domain.startswith(SPOKEN):
            for text, translation in translations(catalogue).items():
                if text in whole and whole[text].string != translation:
                    raise ValueError(f"{domain}: {text!r} is translated in another way elsewhere")
                whole.add(text, translation)
    file = io.BytesIO()
    write_mo(file, whole)
    return file.getvalue()
