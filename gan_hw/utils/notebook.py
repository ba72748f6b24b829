"""Between the kit and the notebook around it: where output is displayed, drop-down menus, and parameter checks."""

import ast
import html
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gan_hw.utils.messages import mark, say, use_language_of

PAPERMILL_HEADER = "# Parameters\n"  # first line of the cell that papermill inserts after the parameters
TYPE_DESCRIPTIONS = {
    "str": mark("text"), "int": mark("a whole number"), "float": mark("a number"), "bool": mark("True or False")
}  # fmt: skip
# Types of value accepted for a declared type; papermill turns the run name 2026 into a number.
ACCEPTED_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str, int, float), "int": (int,), "float": (int, float), "bool": (bool,)
}  # fmt: skip

Statement = TypeVar("Statement", bound=ast.stmt)


def output_mode() -> str:
    """Where output goes: 'notebook' (a person is watching), 'terminal', or 'log' (papermill, nbval, a file, a pipe)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        # A client that allows input requests has a person in front of it; papermill and nbval do not allow them.
        return "notebook" if getattr(kernel, "_allow_stdin", False) else "log"
    return "terminal" if sys.stderr.isatty() else "log"


def dropdown_menus(draw: Callable[..., Any], choices: dict[str, Iterable[Any]]) -> None:
    """Drop-down menus under a cell: each choice displays draw(**chosen), such as a picture, anew.

    choices: {argument of draw: its values}. Does nothing outside an interactive notebook, or without ipywidgets.
    """
    if output_mode() != "notebook":
        return
    try:
        from ipywidgets import interact
    except ImportError:
        return
    interact(draw, **choices)


def show_page(path: Path, height: int = 640) -> None:
    """Display a page (HTML) under a cell, `height` screen pixels high; where nobody is watching, print where it is."""
    if output_mode() != "notebook":
        print(say("To be opened in a browser: {path}", path=path))
        return
    from IPython.display import HTML, display

    source = html.escape(path.read_text(encoding="utf-8"), quote=True)
    frame = f'<iframe srcdoc="{source}" width="100%" height="{height}" style="border: 0"></iframe>'
    display(HTML(f"<div>{frame}</div>"))  # IPython would advise against a bare frame


def check_parameters(cells: Sequence[str]) -> None:
    """Begin a notebook: speak its language, and refuse parameters of papermill that it has not, or of another type.

    papermill itself sets any name and only warns, and `-p fid true` gives the string 'true'. cells: the sources of the
    executed cells, IPython's `In`; when a cell was executed again, its last version counts.
    Raises ValueError naming the parameter and what it may be.
    """
    use_language_of(cells)
    inserted = [cell for cell in cells if cell.startswith(PAPERMILL_HEADER)]
    declared = [types for cell in cells if (types := _declared_types(cell))]
    if not (inserted and declared):
        return
    types = declared[-1]
    for name, value in _assignments(inserted[-1]):
        if name not in types:
            raise ValueError(
                say("this notebook has no parameter {name!r}; it has {known}", name=name, known=", ".join(types))
            )
        _check_value(name, value, types[name])


def _check_value(name: str, expression: ast.expr, type_name: str) -> None:
    try:
        value = ast.literal_eval(expression)
    except ValueError:  # an expression such as float('inf'), as papermill writes it; make_plan checks its value
        return
    if not isinstance(value, ACCEPTED_TYPES[type_name]) or (isinstance(value, bool) and type_name != "bool"):
        raise ValueError(
            say(
                "the parameter {name}={value!r} is not {kind}",
                name=name,
                value=value,
                kind=say(TYPE_DESCRIPTIONS[type_name]),
            )
        )


def _declared_types(source: str) -> dict[str, str]:
    """{name: type} of the annotated assignments in a cell, as in the one tagged `parameters`."""
    return {
        statement.target.id: statement.annotation.id
        for statement in _statements(source, ast.AnnAssign)
        if isinstance(statement.target, ast.Name)
        and isinstance(statement.annotation, ast.Name)
        and statement.annotation.id in TYPE_DESCRIPTIONS
    }


def _assignments(source: str) -> list[tuple[str, ast.expr]]:
    """(name, expression) of each plain assignment in a cell."""
    return [
        (statement.targets[0].id, statement.value)
        for statement in _statements(source, ast.Assign)
        if isinstance(statement.targets[0], ast.Name)
    ]


def _statements(source: str, kind: type[Statement]) -> list[Statement]:
    try:
        return [statement for statement in ast.parse(source).body if isinstance(statement, kind)]
    except SyntaxError:  # a cell with !commands or %magic
        return []
