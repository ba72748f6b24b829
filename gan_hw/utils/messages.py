"""Sentences that the kit says to a student, looked up in a catalogue of their language."""

import gettext
import os
from functools import lru_cache
from pathlib import Path

CATALOGUES = Path(__file__).with_name("locale")  # LANGUAGE/LC_MESSAGES/gan_hw.mo


def say(template: str, **values: object) -> str:
    """The template in the language of GAN_HW_LANG, with its {named} places filled; English where nothing is found.

    Without values it is a text, whose braces stay as they are.
    """
    text = _catalogue(os.environ.get("GAN_HW_LANG", "")).gettext(template)
    return text.format(**values) if values else text


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("gan_hw", CATALOGUES, [language], fallback=True)
