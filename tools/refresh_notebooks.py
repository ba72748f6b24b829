"""make notebooks: run every notebook in smoke mode and store what its compared cells print; strip all but pictures.

Also those in other languages, in notebooks/LANGUAGE.

    python tools/refresh_notebooks.py [NOTEBOOK ...]
    python tools/refresh_notebooks.py --pictures EXECUTED_NOTEBOOK ...

With --pictures nothing is run: the pictures of an executed copy, as `make run` leaves it in the run folder, are made
light and stored in the cells tagged `picture`. Look at the difference before committing it: a changed output is a
changed fact.
"""

import argparse
import base64
import io
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image
from translate.catalogues import languages
from translate.editions import code_of

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
WIDEST = 800  # pixels of a stored picture
HEAVIEST = 140_000  # characters that it may take in the notebook's file


def refresh(path):
    """Rewrite one notebook with the outputs of its compared cells and the pictures that it holds."""
    notebook = nbformat.read(path, as_version=4)
    executed = nbformat.read(path, as_version=4)
    # One output for all that a cell prints, however slowly the machine prints it.
    NotebookClient(executed, coalesce_streams=True, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    for cell, done in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            compared = "NBVAL_CHECK_OUTPUT" in cell.source
            if not is_picture(cell):
                cell.execution_count = done.execution_count if compared else None
                cell.outputs = done.outputs if compared else []
    write(notebook, path)


def store_pictures(executed):
    """Put the last picture of each `picture` cell of an executed copy into the notebook of the same name."""
    path = NOTEBOOKS / Path(executed).name
    notebook, done = (nbformat.read(file, as_version=4) for file in (path, executed))
    found = {cell.id: cell for cell in done.cells}
    for cell in filter(is_picture, notebook.cells):
        pictures = [
            output.data["image/png"] for output in found[cell.id].outputs if "image/png" in output.get("data", {})
        ]
        if not pictures:
            sys.exit(f"{executed}: cell {cell.id!r} made no picture; was the notebook executed to its end?")
        cell.execution_count = found[cell.id].execution_count  # nbval refuses outputs of a cell without one
        cell.outputs = [nbformat.v4.new_output("display_data", {"image/jpeg": light(pictures[-1])})]
    write(notebook, path)


def light(png):
    """A picture as base64 text, PNG of any size -> JPEG of at most WIDEST pixels and about HEAVIEST characters."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.thumbnail((WIDEST, 4 * WIDEST))
    for quality in (80, 65, 50, 35):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, optimize=True)
        text = base64.b64encode(file.getvalue()).decode()
        if len(text) < HEAVIEST:
            break
    return text


def is_picture(cell):
    return "picture" in cell.metadata.get("tags", [])


def write(notebook, path):
    notebook.metadata.pop("widgets", None)
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--pictures", action="store_true", help="take the pictures of executed notebooks")
    options = parser.parse_args()
    if options.pictures:
        for file in options.notebooks:
            store_pictures(file)
        return
    with tempfile.TemporaryDirectory() as workspace:
        os.environ.update(GAN_HW_SMOKE="1", GAN_HW_WORKSPACE=workspace)
        folders = [NOTEBOOKS, *(NOTEBOOKS / code_of(language) for language in languages())]
        for file in options.notebooks or [file for folder in folders for file in sorted(folder.glob("*.ipynb"))]:
            refresh(file)
            print(f"refreshed {file}")


if __name__ == "__main__":
    main()
