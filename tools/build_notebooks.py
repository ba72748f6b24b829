"""make notebooks: build the notebooks from their one source, and store what their compared cells print.

    python tools/build_notebooks.py            # notebooks/*.ipynb, and solutions/ and nbgrader/ there
    python tools/build_notebooks.py --check    # change nothing; exit 1 when a notebook is not what its source gives

notebooks/src/*.py are jupytext's percent format: Markdown in comments, code as code, so that a review shows lines and
not JSON, and ruff reads them. Every cell has an `id`, which its stored output follows. Two kinds of cell are filled in
from the records in gan_hw/course:

    # %% exercise="slopes"        its task, its stub (in solutions/ the solution), and a check; nbgrader_form.py
    #                             says what nbgrader's form has instead
    # %% question="why_tanh"      a question with its choices

and `# %% shared="bootstrap"` stands for the code in notebooks/src/shared/bootstrap.py, the same in every notebook.

`alt` on a cell says in words what its picture shows.
A cell's stored picture or compared output stays as long as its id and, for compared ones, its source are the same.
"""

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat
from nbgrader_form import HIDDEN_TEST, marked_solution
from nbgrader_form import metadata as nbgrader_metadata

from gan_hw.course.exercises import EXERCISES

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOURCES = NOTEBOOKS / "src"
EDITIONS = {
    "student": NOTEBOOKS,
    "solutions": NOTEBOOKS / "solutions",
    "nbgrader": NOTEBOOKS / "nbgrader" / "source" / "gan_course",
}
KEPT_METADATA = ("accelerator", "colab", "kaggle", "kernelspec", "language_info")


def build(source, edition, stored=None):
    """The notebook of a source in that edition; stored: an earlier version of it, whose outputs are taken over."""
    read = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    metadata = {name: read.metadata[name] for name in KEPT_METADATA if name in read.metadata}
    notebook = nbformat.v4.new_notebook(metadata=metadata)
    for cell in read.cells:
        notebook.cells += expand(cell, edition, source.parent / "shared")
    known = {cell.id: cell for cell in stored.cells} if stored else {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            take_over_output(cell, known.get(cell.id), edition)
    return notebook


def expand(cell, edition, shared):
    """The cells that one cell of the source stands for; shared: the folder of the code that is in every notebook."""
    if "shared" in cell.metadata:
        name = cell.metadata["shared"]
        return [code((shared / f"{name}.py").read_text(encoding="utf-8").rstrip("\n"), name)]
    if "exercise" in cell.metadata:
        return exercise_cells(EXERCISES[cell.metadata["exercise"]], edition)
    if "question" in cell.metadata:
        name = cell.metadata["question"]
        return [code(f'ask("{name}")', f"ask-{name}", question=name)]
    if "alt" in cell.metadata:  # nbconvert reads it where it stands, MyST-NB below its own name
        cell.metadata["mystnb"] = {"image": {"alt": cell.metadata["alt"]}}
    ident = cell.metadata.pop("id")
    made = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return [made(cell.source, id=ident, metadata=dict(cell.metadata))]


def exercise_cells(exercise, edition):
    """Task, answer and check of an exercise."""
    name, points = exercise.name, f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    task = " ".join(exercise.task.splitlines())
    solution = exercise.solution_source
    answers = {"student": exercise.stub, "solutions": solution, "nbgrader": marked_solution(solution)}
    imports = f"{exercise.imports}\n\n\n" if exercise.imports else ""
    text = nbformat.v4.new_markdown_cell(
        f"### Exercise: {exercise.title} ({points})\n\n{task}", id=f"{name}-task", metadata={"exercise": name}
    )
    answer = code(f"{imports}{answers[edition].rstrip()}", f"{name}-answer", exercise=name)
    help_line = f'# hint("{name}")  # without the first "#": the next of {len(exercise.hints)} hints'
    check = code(f'check("{name}", {name})\n{help_line}', f"{name}-check", exercise=name)
    if edition == "nbgrader":
        check.source += "\n" + HIDDEN_TEST.format(name=name)
        text.metadata["nbgrader"] = nbgrader_metadata(text.id, "markdown")
        answer.metadata["nbgrader"] = nbgrader_metadata(answer.id, "code", answer=True)
        check.metadata["nbgrader"] = nbgrader_metadata(check.id, "code", points=exercise.points)
    return [text, answer, check]


def code(source, ident, **metadata):
    return nbformat.v4.new_code_cell(source, id=ident, metadata=metadata)


def take_over_output(cell, known, edition):
    """Give a cell the output that it had before, if that still belongs to it. Only the student edition has pictures."""
    if known is None or known.cell_type != "code":
        return
    picture = "picture" in cell.metadata.get("tags", []) and edition == "student"  # in each edition they weigh 1.5 MB
    if picture or ("NBVAL_CHECK_OUTPUT" in cell.source and cell.source == known.source):
        cell.outputs, cell.execution_count = known.outputs, known.execution_count


def text_of(notebook):
    return nbformat.writes(notebook, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, and exit 1 when something would change")
    options = parser.parse_args()
    stale = []
    for source in sorted(SOURCES.glob("*.py")):
        for edition, folder in EDITIONS.items():
            path = folder / f"{source.stem}.ipynb"
            # Outputs are stored in the student edition, from which the solutions take what is compared.
            outputs = NOTEBOOKS / path.name
            before = nbformat.read(outputs, as_version=4) if outputs.exists() else None
            text = text_of(build(source, edition, before))
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(str(path.relative_to(NOTEBOOKS.parent)))
                if not options.check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"not what notebooks/src gives: {', '.join(stale)}; run: make notebooks")
    for path in stale:
        print(f"built {path}")


if __name__ == "__main__":
    main()
