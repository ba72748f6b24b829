"""make translations: the catalogues of the translated editions.

    python tools/translations.py begin LANGUAGE    # one file to translate: LANGUAGE/LC_MESSAGES/gan_hw.po
    python tools/translations.py extract           # bring every .po up to date with the sources; changed ones are fuzzy
    python tools/translations.py compile           # gan_hw.mo, which the package reads
    python tools/translations.py check [FILE ...]  # exit 1 when a translation is missing, fuzzy, or has lost something

With --check, extract and compile change nothing, and exit 1 when they would. A language is a draft while a file of that
name lies in its folder: `check` then only counts. docs/maintainers/translating.md says how to add a language.
"""

import argparse
import sys
from pathlib import Path

from translate import catalogues, checks, glossary


def begin(language):
    """The file of a new language, to which extract adds all messages."""
    path = catalogues.folder(language) / f"{catalogues.WHOLE}.po"
    if path.parent.exists():
        sys.exit(f"{path.parent} exists")
    path.parent.mkdir(parents=True)
    catalogues.draft(language).touch()
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n', encoding="utf-8")


def extracted():
    """{path: text} of every catalogue as the sources give it; None for one that nothing belongs to any more."""
    from translate.sources import collect  # all exercises, and torch with them

    sources, files = collect(), {}
    for language in catalogues.languages():
        old, memory = catalogues.read(language), {}
        wanted = {catalogues.WHOLE: catalogues.joined(sources)} if catalogues.WHOLE in old else sources
        for catalogue in old.values():
            memory |= catalogues.translations(catalogue)
        for domain in old.keys() | wanted.keys():
            path = catalogues.folder(language) / f"{domain}.po"
            if domain in wanted:
                catalogue = catalogues.merged(wanted[domain], old.get(domain), memory)
                files[path] = catalogues.text_of(catalogue, language).encode()
            else:
                files[path] = None
    return files


def compiled():
    return {
        catalogues.folder(language) / f"{catalogues.WHOLE}.mo": catalogues.compiled(catalogues.read(language))
        for language in catalogues.languages()
    }


def stale(files):
    """Those of the files {path: content} that are not so."""
    return {path: made for path, made in files.items() if (path.read_bytes() if path.exists() else None) != made}


def write(files):
    for path, made in stale(files).items():
        if made is None:
            path.unlink()
        else:
            path.write_bytes(made)
        print(f"wrote {path}" if made is not None else f"removed {path}")


def check(files):
    """Print what is wrong in these .po files, or in all; returns the number of faults that a language may not have."""
    faults = 0
    for language in catalogues.languages():
        counts = dict.fromkeys(("messages", "translated", "fuzzy", "equal", "faults"), 0)
        is_draft = catalogues.draft(language).exists()
        for path, line, text, found, message in checked(language, files):
            counts["messages"] += 1
            counts["translated"] += bool(message.string)
            counts["fuzzy"] += message.fuzzy
            counts["equal"] += message.string == message.id
            counts["faults"] += len(found)
            for fault in found if files or not is_draft else ():
                print(f"{path.name}:{line}: {fault}\n    {text[:100]!r}")
        faults += counts["faults"] if files or not is_draft else 0
        state = " (a draft)" if is_draft else ""
        print(f"{language}{state}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return faults


def checked(language, files=()):
    """(path, line, text, faults, message) of each message in these .po files, or in all."""
    terms, same = glossary.read_terms(language), checks.read_same(language)
    for domain, catalogue in catalogues.read(language).items():
        path = catalogues.folder(language) / f"{domain}.po"
        if files and path.resolve() not in files:
            continue
        for message in catalogue:
            if message.id:
                found = checks.faults(message, terms, same, checks.RULES.get(language))
                yield path, message.lineno, message.id, found, message


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("begin", "extract", "compile", "check"))
    parser.add_argument("arguments", nargs="*", help="the language to begin, or files to check")
    parser.add_argument("--check", action="store_true", help="change nothing, and exit 1 when something would change")
    options = parser.parse_args()
    if options.command == "begin":
        for language in options.arguments:
            begin(language)
    if options.command in ("begin", "extract", "compile"):
        files = compiled() if options.command == "compile" else extracted()
        if options.check and stale(files):
            sys.exit(f"out of date: {', '.join(path.name for path in stale(files))}; run: make translations")
        if not options.check:
            write(files)
    if options.command == "check" and check([Path(file).resolve() for file in options.arguments]):
        sys.exit(1)


if __name__ == "__main__":
    main()
