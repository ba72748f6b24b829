"""make notebooks: run every notebook in smoke mode and store what its compared cells print; strip all the rest.

Look at the difference before committing it: a changed output is a changed fact.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def refresh(path):
    """Rewrite one notebook with the outputs of its compared cells alone."""
    notebook = nbformat.read(path, as_version=4)
    executed = nbformat.read(path, as_version=4)
    NotebookClient(executed, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    for cell, done in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            compared = "NBVAL_CHECK_OUTPUT" in cell.source
            cell.execution_count = done.execution_count if compared else None
            cell.outputs = done.outputs if compared else []
    notebook.metadata.pop("widgets", None)
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as workspace:
        os.environ.update(GAN_HW_SMOKE="1", GAN_HW_WORKSPACE=workspace)
        for file in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")):
            refresh(file)
            print(f"refreshed {file.name}")
