"""Between the kit and the notebook around it: who reads our output, and who set the parameters."""

import ast
import sys

# papermill heads the cell that it inserts after the parameters with this.
INJECTED = "# Parameters\n"
KINDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "True or False"}
# What may be given where so much is declared; papermill turns the run name 2026 into a number.
ACCEPTED = {"str": (str, int, float), "int": (int,), "float": (int, float), "bool": (bool,)}


def shown_in():
    """Who reads our output: 'notebook' (a person at one), 'terminal', or 'log' (papermill, nbval, a file, a pipe)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        # A program that executes notebooks can't be asked for input, and says so; a person's front end can.
        return "notebook" if getattr(kernel, "_allow_stdin", False) else "log"
    return "terminal" if sys.stderr.isatty() else "log"


def menus(show, choices):
    """Drop-down menus under a cell: show(**chosen), a picture, is displayed anew with each choice.

    choices: {argument of show: its values}. For a person at a notebook, where ipywidgets is there; else nothing.
    """
    if shown_in() != "notebook":
        return
    try:
        from ipywidgets import interact
    except ImportError:
        return
    interact(show, **choices)


def check_parameters(cells):
    """Refuse parameters that papermill inserted and the notebook does not have, or has as another type.

    papermill itself sets any name and only warns, and `-p fid true` gives the word 'true'. cells: the sources of the
    cells that were run, IPython's `In`; of cells that were run again the last counts.
    Raises ValueError naming the parameter and what it may be.
    """
    inserted = [cell for cell in cells if cell.startswith(INJECTED)]
    declaring = [cell for cell in cells if _declared(cell)]
    if not (inserted and declaring):
        return
    declared = _declared(declaring[-1])
    for line in _lines(inserted[-1], ast.Assign):
        name = line.targets[0].id
        if name not in declared:
            raise ValueError(f"this notebook has no parameter {name!r}; it has {', '.join(declared)}")
        _check(name, line.value, declared[name])


def _check(name, expression, kind):
    try:
        value = ast.literal_eval(expression)
    except ValueError:  # an expression, as papermill writes float('inf'): the plan sees what it is
        return
    if not isinstance(value, ACCEPTED[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise ValueError(f"the parameter {name}={value!r} is not {KINDS[kind]}")


def _declared(source):
    """{name: type} of a cell that declares parameters with their types, as the cell tagged `parameters` does."""
    lines = _lines(source, ast.AnnAssign)
    return {line.target.id: line.annotation.id for line in lines if getattr(line.annotation, "id", None) in KINDS}


def _lines(source, kind):
    try:
        return [line for line in ast.parse(source).body if isinstance(line, kind)]
    except SyntaxError:  # a cell with !commands or %magic
        return []
