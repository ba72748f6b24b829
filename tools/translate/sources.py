"""Every message of the kit, read from the same sources as the notebooks, the pages and the package.

A domain is one .po file, for one translator at a time:

    cells_NN, exercises_NN, questions_NN     what notebook NN shows; what several show is in cells_shared, …
    messages                                 what the package says: say("…"), mark("…"), titles of Progress
    printed                                  what cells of the notebooks print: say("…") in their code
    figures                                  words in figures: label("…")
    page_NAME                                README.md, and docs/learners/NAME.md
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

import build_notebooks

from gan_hw.course.exercises import EXERCISES
from gan_hw.course.questions import QUESTIONS
from translate.editions import PAGES, ROOT, SWITCH, domain_of
from translate.markdown import translate_markdown
from translate.notebooks import translate_notebook

NOTEBOOK_FAMILIES = ("cells", "exercises", "questions")
LETTERS = "abcdefgh"
TEXTS_OF = {"say": 1, "mark": 1, "pattern_of": 1, "label": 1, "Progress": 2}  # how many of a call's arguments are texts
CALLS = re.compile(rf"\b({'|'.join(TEXTS_OF)})\(")


@dataclass
class Source:
    """An English message: files that hold it, notes on where it is shown, and whether {names} in it are filled in."""

    text: str
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_places: bool = False


class Collector:
    """Messages by domain, in the order in which they were added."""

    def __init__(self):
        self.domains = defaultdict(dict)

    def add(self, domain, text, file, note, has_places=False):
        message = self.domains[domain].setdefault(text, Source(text))
        for values, value in ((message.files, file), (message.notes, note)):
            if value not in values:
                values.append(value)
        message.has_places |= has_places and "{" in text

    def share(self):
        """Move what several notebooks show into one domain of its family, so that it is translated once."""
        for family in NOTEBOOK_FAMILIES:
            names = sorted(name for name in self.domains if name.startswith(family))
            texts = [text for name in names for text in self.domains[name]]
            for text in dict.fromkeys(text for text in texts if texts.count(text) > 1):
                for name in names:
                    message = self.domains[name].pop(text, None)
                    if message:
                        self.add(f"{family}_shared", text, message.files[0], message.notes[0], message.has_places)


@cache
def collect():
    """{domain: {text: Source}} of the whole kit."""
    found = Collector()
    for source in sorted(build_notebooks.SOURCES.glob("*.py")):
        _from_notebook(found, source)
    for exercise in EXERCISES.values():
        _from_exercise(found, exercise)
    for question in QUESTIONS.values():
        _from_question(found, question)
    for path in sorted((ROOT / "gan_hw").rglob("*.py")):
        _from_module(found, path)
    for path in sorted((ROOT / "gan_hw").rglob("*.html")):
        _from_template(found, path)
    for domain, path in PAGES.items():
        _from_page(found, domain, path)
    found.share()
    return {name: messages for name, messages in sorted(found.domains.items()) if messages}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def _from_notebook(found, source):
    number = source.stem[:2]

    def note(words, kind, cell):
        file = relative(source)
        if "exercise" in cell.metadata:
            file = _module_of(EXERCISES[cell.metadata["exercise"]].solved_by)
        found.add(domain_of(cell, number), words, file, f"cell {cell.id}: {kind}")
        return words

    for edition in ("student", "solutions"):
        notebook = build_notebooks.without_outputs(source, edition)
        translate_notebook(notebook, note)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _from_code(found, cell.source, "printed", relative(source), f"cell {cell.id}")


def _from_exercise(found, exercise):
    domain, file = f"exercises_{exercise.notebook}", _module_of(exercise.solved_by)
    for number, hint in enumerate(exercise.hints, 1):
        found.add(domain, hint, file, f"{exercise.name}: hint {number}")
    for case in exercise.cases:
        found.add(domain, case.name, file, f'{exercise.name}: a case, behind "for"')
    for wrong in exercise.known_wrong:
        found.add(domain, wrong.sentence, file, f"{exercise.name}: what is wrong with an answer", has_places=True)


def _from_question(found, question):
    domain, file = f"questions_{question.notebook}", "gan_hw/course/questions"
    found.add(domain, question.text, file, f"{question.name}: the question")
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        right = "right" if choice.right else "wrong"
        found.add(domain, choice.text, file, f"{question.name}: choice {letter}, which is {right}")
        found.add(domain, choice.explanation, file, f"{question.name}: answer to whoever chose {letter}")


def _from_module(found, path):
    _from_code(found, path.read_text(encoding="utf-8"), "messages", relative(path), "")


def _from_template(found, path):
    """The texts of say("…") in a page's template."""
    for text, more in re.findall(r'\bsay\("([^"]*)"(,?)', path.read_text(encoding="utf-8")):
        found.add("messages", text, relative(path), "", has_places=bool(more))


def _from_code(found, code, domain, file, note):
    """The texts that code gives to say, mark, pattern_of and Progress, and to label those for figures.

    They stand in the call, or in a name that is given its text in the same file. Raises ValueError for an f-string,
    which is filled before anything could look it up.
    """
    if not CALLS.search(code):
        return
    tree = ast.parse(code)
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.IfExp))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        own = isinstance(node.func, ast.Name) or ast.unparse(node.func) == "figures.label"
        if called in TEXTS_OF and own:
            for argument in node.args[: TEXTS_OF[called]]:
                for text in _texts(argument, named, f"{file}:{node.lineno}"):
                    places = bool(node.keywords) or called == "mark"
                    found.add("figures" if called == "label" else domain, text, file, note, has_places=places)


def _texts(argument, named, where):
    if isinstance(argument, ast.JoinedStr):
        raise ValueError(f"{where}: an f-string can't be translated; name its places, as in say('{{n}} steps', n=n)")
    text = named.get(getattr(argument, "id", ""), argument)
    if isinstance(text, ast.IfExp):
        return [*_texts(text.body, named, where), *_texts(text.orelse, named, where)]
    return [text.value] if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value else []


def _from_page(found, domain, path):
    def note(words, kind):
        if not SWITCH.match(words):
            found.add(domain, words, relative(path), kind)
        return words

    translate_markdown(path.read_text(encoding="utf-8"), note)


def _module_of(function):
    return function.__module__.replace(".", "/") + ".py"
