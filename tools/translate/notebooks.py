"""A built notebook in another language: the same cells, with their Markdown, comments and descriptions translated."""

import copy

from translate.comments import translate_code
from translate.markdown import translate_markdown


def translate_notebook(notebook, lookup):
    """A copy of the notebook; lookup(words, kind, cell) gives the translation of one message."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:

        def of_cell(words, kind, cell=cell):
            return lookup(words, kind, cell)

        translate = translate_code if cell.cell_type == "code" else translate_markdown
        cell.source = translate(cell.source, of_cell)
        if "alt" in cell.metadata:
            cell.metadata["alt"] = of_cell(cell.metadata["alt"], "description of the picture")
            cell.metadata["mystnb"] = {"image": {"alt": cell.metadata["alt"]}}
    return notebook
