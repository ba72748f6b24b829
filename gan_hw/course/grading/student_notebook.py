"""What a student's notebook holds: the answers, what they use, and what was done to its cells. Nothing is run here."""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_hw.course.checking import PACKAGE
from gan_hw.course.comparing import printable
from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises import EXERCISES

MAX_BYTES = 50_000_000  # of a notebook; pictures are a few of them
MAX_CODE_CHARACTERS = 1_000_000  # of all code cells together
CELL_MAGIC = re.compile(r"\A(\s*)%%(?=(?:time|timeit|capture|prun)\b)")  # those that run the cell as Python
LINE_MAGIC = re.compile(
    r"^([ \t]*)(?:(?:\w+[ \t]*=[ \t]*)?(?:%\w|!(?!=))|\?{1,2}[\w.]).*$|^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.MULTILINE
)

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
IMPORTS = ast.Import | ast.ImportFrom
ASSIGNMENTS = ast.Assign | ast.AnnAssign


@dataclass(eq=False)
class Cell:
    """source: as it stands in the notebook. code: the same as plain Python. error: why it is none, with the line."""

    source: str
    code: str = ""
    error: str = ""
    body: list[ast.stmt] = field(default_factory=list)

    def binds(self, name: str, kinds: Any) -> bool:
        """Whether a statement of these kinds binds the name, at the top level or in the body of an `if` or `try`."""
        return any(isinstance(node, kinds) and name in bound_names(node) for node in flat(self.body))


@dataclass
class StudentNotebook:
    """number: "03". cells: its code cells, in order. findings: {exercise: what is unusual}. note: of the whole file."""

    number: str
    cells: list[Cell]
    findings: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises that belong into this notebook."""
        return [exercise for exercise in EXERCISES.values() if exercise.notebook == self.number]

    def defining(self, name: str) -> list[Cell]:
        """The cells that define a function or class of that name, or if there are none, that assign it."""
        defined = [cell for cell in self.cells if cell.binds(name, FUNCTIONS)]
        return defined or [cell for cell in self.cells if cell.binds(name, ASSIGNMENTS)]

    def broken(self, name: str) -> str:
        """Why the cell that was to define the name is no Python; empty if there is no such cell."""
        attempt = re.compile(rf"\b(?:def|class)\s+{name}\b")
        errors = [cell.error for cell in self.cells if cell.error and attempt.search(cell.source)]
        return errors[-1] if errors else ""

    def kit_name_used(self, name: str) -> str:
        """A name of the kit that an exercise's answer uses, itself or in a function that it calls; empty if none."""
        answers = [self.defining(exercise.name)[-1] for exercise in self.exercises if self.defining(exercise.name)]
        own = self.defining(name)[-1]
        bindings: dict[str, list[ast.stmt]] = {}
        for cell in [*(cell for cell in self.cells if cell is not own), own]:  # as the worker runs them
            for node in flat(cell.body if cell in answers else definitions(cell.body)):
                for bound in bound_names(node):
                    earlier = [] if isinstance(node, FUNCTIONS | IMPORTS) else bindings.get(bound, [])
                    bindings[bound] = [*earlier, node]
        pending, seen = [name], {name}
        while pending:
            current = pending.pop()
            for node in bindings.get(current, []):
                if _is_of_the_kit(node):
                    return current
                for part in ast.walk(node):
                    if _is_of_the_kit(part):
                        return min(bound_names(part))
                fresh = _loaded(node) - seen
                seen |= fresh
                pending += fresh
        return ""


def read_notebook(path: str | Path, number: str = "") -> StudentNotebook:
    """The student's notebook at `path`. number: which one it is ("03"), by default that of most of its exercises.

    Raises ValueError when it is none of the kit's, can't be read, or there is no notebook of that number.
    """
    path = Path(path)
    numbers = sorted({exercise.notebook for exercise in EXERCISES.values()})
    if number and number not in numbers:
        raise ValueError(f"there is no notebook '{number}' with exercises: they are {', '.join(numbers)}")
    cells, marked = _code_cells(path)
    if sum(len(cell) for cell in cells) > MAX_CODE_CHARACTERS:
        raise ValueError(f"'{path}' has more than {MAX_CODE_CHARACTERS} characters of code: it is none of the course's")
    code = [read_cell(source) for source in cells]
    nodes = [node for cell in code for node in flat(cell.body) if isinstance(node, FUNCTIONS | ASSIGNMENTS)]
    names = marked.union(*map(bound_names, nodes))
    found = [exercise.notebook for exercise in EXERCISES.values() if exercise.name in names]
    if not found:
        raise ValueError(
            f"'{path}' holds no exercise of the course: is it one of its notebooks, {numbers[0]} to {numbers[-1]}?"
        )
    notebook = StudentNotebook(number or max(sorted(set(found)), key=found.count), code)
    named = re.match(r"(\d\d)(?!\d)", path.name)
    if named and named[1] in numbers and named[1] != notebook.number:
        notebook.note = f"the file's name begins with {named[1]}, and what was graded is notebook {notebook.number}"
    for exercise in notebook.exercises:
        finding = _finding(exercise, notebook)
        if finding:
            notebook.findings[exercise.name] = finding
    return notebook


def _code_cells(path: Path) -> tuple[list[str], set[str]]:
    """The sources of a notebook's code cells, and the exercises that its cells' metadata name."""
    if not path.is_file():
        raise ValueError(f"'{path}' is missing, or no ordinary file")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"'{path}' has more than {MAX_BYTES // 1_000_000} MB: clear its outputs, and save it again")
    try:
        cells = [cell for cell in json.loads(path.read_text(encoding="utf-8-sig"))["cells"] if isinstance(cell, dict)]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f"{type(error).__name__}: {printable(str(error))}"
        raise ValueError(f"'{path}' can't be read as a notebook ({reason})") from error
    code, marked = [], set()
    for cell in cells:
        source, metadata = cell.get("source"), cell.get("metadata")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str) and cell.get("cell_type") == "code":
            code.append(source)
        exercise = metadata.get("exercise") if isinstance(metadata, dict) else None
        if isinstance(exercise, str):
            marked.add(exercise)
    return code, marked


def _finding(exercise: Exercise, notebook: StudentNotebook) -> str:
    name, count = exercise.name, len(notebook.defining(exercise.name))
    if count == 0:
        return "" if notebook.broken(name) else "its cell was deleted, or defines another name"
    found = [f"it is defined in {count} cells, of which the last one counts"] if count > 1 else []
    calls = [cell.source for cell in notebook.cells if f'check("{name}"' in cell.source]
    if not any(f'check("{name}", {name})' in (line.strip() for line in call.splitlines()) for call in calls):
        found.append("its check cell was changed or deleted")
    return "; ".join(found)


def read_cell(source: str) -> Cell:
    """A code cell. IPython's own lines (`%magic`, `!command`, `name?`) do nothing in its code."""
    cell = Cell(source)
    if re.match(r"\s*%%", source) and not CELL_MAGIC.match(source):  # another language, or a file's text
        return cell
    code = CELL_MAGIC.sub(r"\1#", source)
    for attempt in (code, LINE_MAGIC.sub(lambda line: f"{line[1] or line[2] or ''}pass", code)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cell.body = ast.parse(attempt).body
        except SyntaxError as error:
            cell.error = cell.error or f"line {error.lineno}: {printable(str(error.msg))}"
        except (ValueError, RecursionError, MemoryError) as error:
            cell.error = cell.error or printable(str(error)) or type(error).__name__
        else:
            cell.code, cell.error = attempt, ""
            break
    return cell


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements one after another, with those in the bodies of `if` and `try` in place of these."""
    pending = [*body][::-1]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If | ast.Try):
            handled = [part for handler in getattr(node, "handlers", ()) for part in handler.body]
            pending += [*node.body, *handled, *node.orelse, *getattr(node, "finalbody", ())][::-1]
        else:
            yield node


def definitions(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """What an answer may need of another cell, without trainings and pictures.

    Imports, functions, classes, and assignments that call nothing; `if` and `try` whole where they hold nothing else.
    """
    for node in body:
        parts = [*flat([node])]
        kept = [part for part in parts if _is_definition(part)]
        yield from [node] if len(kept) == len(parts) else kept


def _is_definition(node: ast.stmt) -> bool:
    if not isinstance(node, ASSIGNMENTS):
        return isinstance(node, FUNCTIONS | IMPORTS | ast.Pass)
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Call | ast.comprehension | ast.Await):
            return False
        if not isinstance(part, ast.Lambda):
            pending += ast.iter_child_nodes(part)
    return True


def bound_names(node: ast.AST) -> set[str]:
    """The names that a statement binds."""
    if isinstance(node, FUNCTIONS):
        return {node.name}
    if isinstance(node, ast.Import):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        names = {alias.asname or alias.name for alias in node.names}
        return _public_names(node.module or "") if names == {"*"} and _is_of_the_kit(node) else names
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}


def _public_names(module: str) -> set[str]:
    """What a module of the kit defines or imports, and so gives to `import *`; read, not imported."""
    place = PACKAGE.parent.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            nodes = flat(ast.parse(path.read_text(encoding="utf-8")).body)
            return {"*"}.union(*(bound_names(node) for node in nodes if not isinstance(node, ast.Expr)))
    return {"*"}


def _loaded(node: ast.AST) -> set[str]:
    """The names that a statement takes from outside; those that a function binds itself are its own."""
    loaded: set[str] = set()
    own: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            (loaded if isinstance(part.ctx, ast.Load) else own).add(part.id)
        elif isinstance(part, ast.arg):
            own.add(part.arg)
        elif part is not node and isinstance(part, FUNCTIONS | IMPORTS):
            own |= bound_names(part)
    return loaded - own if isinstance(node, FUNCTIONS) else loaded


def _is_of_the_kit(node: ast.AST) -> bool:
    """Whether a node imports from the kit, whose own functions are nobody's answer."""
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return any(module.split(".")[0] == PACKAGE.name for module in modules)
