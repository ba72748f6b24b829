"""The translated editions: notebooks and pages made from the English ones and a language's catalogues.

A language's folder of catalogues is called zh_TW, its notebooks and pages zh-TW, as in addresses of the web.
"""

import os
import re
from pathlib import Path

from mdit_py_plugins.anchors.index import slugify

from translate import catalogues
from translate.markdown import LINK, headings, translate_markdown
from translate.notebooks import translate_notebook

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS, LEARNERS = ROOT / "notebooks", ROOT / "docs" / "learners"
PAGES = {"page_README": ROOT / "README.md"}
PAGES |= {f"page_{path.stem}": path for path in sorted(LEARNERS.glob("*.md"))}
SWITCH = re.compile(r"^English( · \[.+?\]\(.+?\))+$", re.MULTILINE)  # the line that leads to a page's other languages

BADGES = re.compile(r"^\[!\[Open In .*", re.MULTILINE)  # what tools/publish.py stamps


def code_of(language):
    """The language's name in addresses: zh_TW -> zh-TW."""
    return language.replace("_", "-")


class Edition:
    """One language's notebooks and pages. What is not translated, or whose source has changed since, stays English."""

    def __init__(self, language):
        self.code = code_of(language)
        self.known = {name: catalogues.translations(catalogue) for name, catalogue in catalogues.read(language).items()}
        self.all = {text: translation for messages in self.known.values() for text, translation in messages.items()}

    def translation(self, domain, text):
        """Of one message, first as its own file has it, then as the file of its family's shared ones, then as any."""
        for name in (domain, f"{domain.split('_')[0]}_shared"):
            if text in self.known.get(name, ()):
                return self.known[name][text]
        return self.all.get(text, text)

    def folder(self, edition):
        """Where the notebooks of an edition ("student", "solutions") stand."""
        return NOTEBOOKS / self.code / ("" if edition == "student" else edition)

    def notebook(self, notebook, name, edition):
        """A copy of a notebook, whose file is called `name`, in this language."""
        number, source = name[:2], NOTEBOOKS / name

        def lookup(words, _kind, cell):
            return self.translation(domain_of(cell, number), words)

        translated = translate_notebook(notebook, lookup)
        for cell in translated.cells:
            if cell.id == "bootstrap":
                cell.source = f"# language: {self.code}\n{cell.source}"
            elif cell.cell_type == "markdown":
                cell.source = self.relinked(cell.source, source, self.folder(edition) / name)
        return translated

    def pages(self):
        """(path, text) of README and the learners' pages."""
        for domain, source in PAGES.items():
            target = self.path_of(source)
            text = self.relinked(self.page(domain, source), source, target)
            yield target, SWITCH.sub(lambda line, target=target: self._switch(line.group(), target), text)

    def page(self, domain, source):
        def lookup(words, _kind):
            return words if SWITCH.match(words) else self.translation(domain, words)

        return translate_markdown(source.read_text(encoding="utf-8"), lookup)

    def path_of(self, path):
        """Where this language's version of a page or notebook stands; the path itself where there is none."""
        if path == ROOT / "README.md":
            return ROOT / f"README.{self.code}.md"
        if path.parent == LEARNERS:
            return ROOT / "docs" / self.code / "learners" / path.name
        if path.parent == NOTEBOOKS and path.suffix == ".ipynb":
            return NOTEBOOKS / self.code / path.name
        return path

    def relinked(self, text, source, target):
        """Markdown of `source` whose relative links work from `target`, and lead to this language's pages."""

        def relink(link):
            place, hash_mark, anchor = link.group().partition("#")
            if re.match(r"[a-z]+:", place):
                return link.group()
            led_to = Path(os.path.normpath(source.parent / place)) if place else source
            new = self.path_of(led_to)
            if led_to.parent == source.parent == NOTEBOOKS and led_to.suffix == ".ipynb":
                new = target.parent / led_to.name  # solutions lead to solutions
            if new != led_to and anchor and led_to.suffix == ".md":
                anchor = self._anchor(led_to, anchor)
            return (os.path.relpath(new, target.parent) if place else "") + hash_mark + anchor

        text = BADGES.sub(lambda line: line.group().replace("/notebooks/", f"/notebooks/{self.code}/"), text)
        return LINK.sub(relink, text)

    def _anchor(self, page, anchor):
        """The translated heading's anchor in place of the English one's."""
        domain = next(name for name, path in PAGES.items() if path == page)
        english, own = (headings(text) for text in (page.read_text(encoding="utf-8"), self.page(domain, page)))
        anchors = {slugify(before): slugify(after) for before, after in zip(english, own, strict=True)}
        return anchors[anchor]

    def _switch(self, line, target):
        """The line of languages, in which another one than English is the page's own."""
        parts = ["[English](README.md)"]
        for part in line.split(" · ")[1:]:
            name, place = re.fullmatch(r"\[(.+)\]\((.+)\)", part).groups()
            parts.append(name if place == target.name else part)
        return " · ".join(parts)


def domain_of(cell, number):
    """The domain of what a cell of notebook `number` shows."""
    return f"{'exercises' if 'exercise' in cell.metadata else 'cells'}_{number}"
