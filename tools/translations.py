"""make translations: the catalogues of the translated editions.

    python tools/translations.py extract           # bring every .po up to date with the sources; changed ones are fuzzy
    python tools/translations.py check [FILE ...]  # exit 1 when a translation is missing, fuzzy, or has lost something
    python tools/translations.py compile           # gan_hw.mo, which the package reads

docs/maintainers/translating.md says how to add a language.
"""

import argparse
import sys
from pathlib import Path

from translate import catalogues, checks, glossary


def extract():
    from translate.sources import collect  # all exercises, and torch with them

    sources = collect()
    for language in catalogues.languages():
        old = catalogues.read(language)
        memory = {}
        for catalogue in old.values():
            memory |= catalogues.translations(catalogue)
        for domain in old.keys() - sources.keys():
            (catalogues.folder(language) / f"{domain}.po").unlink()
        for domain, messages in sources.items():
            catalogue = catalogues.merged(messages, old.get(domain), memory)
            path = catalogues.folder(language) / f"{domain}.po"
            text = catalogues.text_of(catalogue, language)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path.relative_to(Path.cwd())}")


def check(files):
    """Print what is wrong in these .po files, or in all; returns the number of faults."""
    faults = 0
    for language in catalogues.languages():
        counts = dict.fromkeys(("messages", "translated", "fuzzy", "equal"), 0)
        terms, same = glossary.read_terms(language), checks.read_same(language)
        for domain, catalogue in catalogues.read(language).items():
            path = catalogues.folder(language) / f"{domain}.po"
            if files and path.resolve() not in files:
                continue
            for message in catalogue:
                if message.id:
                    counts["messages"] += 1
                    counts["translated"] += bool(message.string)
                    counts["fuzzy"] += message.fuzzy
                    counts["equal"] += message.string == message.id
                    for fault in checks.faults(message, terms, same, checks.RULES.get(language)):
                        faults += 1
                        print(f"{path.name}:{message.lineno}: {fault}\n    {message.id[:100]!r}")
        print(f"{language}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("extract", "check", "compile"))
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    if options.command == "extract":
        extract()
    if options.command == "check" and check([file.resolve() for file in options.files]):
        sys.exit(1)


if __name__ == "__main__":
    main()
