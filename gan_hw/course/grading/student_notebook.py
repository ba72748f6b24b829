"""What a student's notebook holds: the answers, and what was done to its cells."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises import EXERCISES

MAX_BYTES = 50_000_000  # of a notebook; pictures are a few of them


@dataclass
class StudentNotebook:
    """number: "03". cells: the sources of its code cells, in order. findings: {exercise: what is unusual}."""

    number: str
    cells: list[str]
    findings: dict[str, str] = field(default_factory=dict)

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises that belong into this notebook."""
        return [exercise for exercise in EXERCISES.values() if exercise.notebook == self.number]

    def defining(self, name: str) -> list[str]:
        """The cells that define a function or class, or set a variable, of that name."""
        return [cell for cell in self.cells if name in defined_names(cell)]


def read_notebook(path: str | Path) -> StudentNotebook:
    """The student's notebook at `path`. Raises ValueError when it is none of the kit's, or can't be read."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(
                f"'{path}' has more than {MAX_BYTES // 1_000_000} MB: clear its outputs, and save it again"
            )
        cells = nbformat.read(path, as_version=4).cells
    except (
        OSError,
        UnicodeDecodeError,
        nbformat.reader.NotJSONError,
        nbformat.ValidationError,
        AttributeError,
    ) as error:
        raise ValueError(f"'{path}' can't be read as a notebook: {str(error).splitlines()[0][:200]}") from error
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    names = {cell.metadata.get("exercise") for cell in cells}.union(*map(defined_names, code))
    numbers = [exercise.notebook for exercise in EXERCISES.values() if exercise.name in names]
    if not numbers:
        raise ValueError(f"'{path}' holds no exercise of the course: is it one of its notebooks, 01 to 08?")
    notebook = StudentNotebook(max(sorted(set(numbers)), key=numbers.count), code)
    for exercise in notebook.exercises:
        finding = _finding(exercise, notebook)
        if finding:
            notebook.findings[exercise.name] = finding
    return notebook


def _finding(exercise: Exercise, notebook: StudentNotebook) -> str:
    name, count = exercise.name, len(notebook.defining(exercise.name))
    if count == 0:
        return "its cell was deleted, or defines another name"
    found = [f"it is defined in {count} cells, of which the last one counts"] if count > 1 else []
    calls = [cell for cell in notebook.cells if f'check("{name}"' in cell]
    if not any(f'check("{name}", {name})' in (line.strip() for line in cell.splitlines()) for cell in calls):
        found.append("its check cell was changed or deleted")
    return "; ".join(found)


def defined_names(source: str) -> set[str]:
    """The names that a cell defines at its top level; none when it is no valid Python."""
    names: set[str] = set()
    for node in _parsed(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def definitions(source: str) -> str:
    """Of a cell only imports, functions and classes: what an answer may need, without trainings and pictures."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return ast.unparse(ast.Module([node for node in _parsed(source).body if isinstance(node, kept)], []))


def imports_the_kit(source: str) -> bool:
    """Whether a cell imports from the kit, whose own functions are nobody's answer."""
    nodes = list(ast.walk(_parsed(source)))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return any(module.split(".")[0] == "gan_hw" for module in modules)


def _parsed(source: str) -> ast.Module:
    """A cell's syntax tree; an empty one when it is no valid Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
