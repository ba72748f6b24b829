"""make notebooks: build the notebooks from their one source, and store what their compared cells print.

    python tools/build_notebooks.py            # notebooks/*.ipynb, solutions/ and nbgrader/ there, and translations
    python tools/build_notebooks.py --check    # change nothing; exit 1 when a file is not what its source gives

notebooks/src/*.py are jupytext's percent format: Markdown in comments, code as code, so that a review shows lines and
not JSON, and ruff reads them. Every cell has an `id`, which its stored output follows. Two kinds of cell are filled in
from the records in gan_hw/course:

    # %% exercise="slopes"        its task, its stub (in solutions/ the solution), and a check; nbgrader_form.py
    #                             says what nbgrader's form has instead
    # %% question="why_tanh"      a question with its choices

and `# %% shared="bootstrap"` stands for the code in notebooks/src/shared/bootstrap.py, the same in every notebook.

`alt` on a cell says in words what its picture shows.
A cell's stored picture or compared output stays as long as its id and, for compared ones, its source are the same.

From the catalogues in gan_hw/utils/locale (tools/translations.py) each language gets its student and solutions editions
in notebooks/LANGUAGE, with the same ids, parameters and code but for comments; and README and the learners' pages.
"""

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat
from nbgrader_form import HIDDEN_TEST, marked_solution
from nbgrader_form import metadata as nbgrader_metadata
from translate import catalogues
from translate.editions import Edition

from gan_hw.course.exercises import EXERCISES

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOURCES = NOTEBOOKS / "src"
EDITIONS = {
    "student": NOTEBOOKS,
    "solutions": NOTEBOOKS / "solutions",
    "nbgrader": NOTEBOOKS / "nbgrader" / "source" / "gan_course",
}
TRANSLATED = ("student", "solutions")  # what other languages have
KEPT_METADATA = ("accelerator", "colab", "kaggle", "kernelspec", "language_info")


def without_outputs(source, edition):
    read = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    metadata = {name: read.metadata[name] for name in KEPT_METADATA if name in read.metadata}
    notebook = nbformat.v4.new_notebook(metadata=metadata)
    for cell in read.cells:
        notebook.cells += expand(cell, edition, source.parent / "shared")
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


def take_over_outputs(notebook, stored, pictures):
    """Give cells the outputs that they had before, where these still belong to them; pictures: also pictures."""
    known = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"} if stored else {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.id not in known:
            continue
        before = known[cell.id]
        picture = pictures and "picture" in cell.metadata.get("tags", [])
        if picture or ("NBVAL_CHECK_OUTPUT" in cell.source and cell.source == before.source):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def text_of(notebook):
    return nbformat.writes(notebook, indent=1) + "\n"


def built(languages):
    """(path, text) of all files: notebooks in each edition, in English and in these languages, and their pages."""
    for source in sorted(SOURCES.glob("*.py")):
        name = f"{source.stem}.ipynb"
        # Outputs are stored in the student edition, from which the solutions take what is compared.
        outputs = {language: stored(language.folder("student") / name) for language in languages}
        outputs[None] = stored(NOTEBOOKS / name)
        for edition, folder in EDITIONS.items():
            english = without_outputs(source, edition)
            for language in languages if edition in TRANSLATED else ():
                notebook = language.notebook(english, name, edition)
                take_over_outputs(notebook, outputs[language], pictures=False)
                yield language.folder(edition) / name, text_of(notebook)
            take_over_outputs(english, outputs[None], pictures=edition == "student")  # in each they weigh 1.5 MB
            yield folder / name, text_of(english)
    for language in languages:
        yield from language.pages()


def stored(path):
    return nbformat.read(path, as_version=4) if path.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, and exit 1 when something would change")
    options = parser.parse_args()
    stale = []
    for path, text in built([Edition(language) for language in catalogues.languages()]):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(NOTEBOOKS.parent)))
            if not options.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"not what notebooks/src and the catalogues give: {', '.join(stale)}; run: make notebooks")
    for path in stale:
        print(f"built {path}")


if __name__ == "__main__":
    main()
