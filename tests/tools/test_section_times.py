"""The times of sections: what papermill measured, summed under each heading of the second level."""

import subprocess
import sys

import nbformat
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from section_times import section_times


def executed():
    def code(seconds):
        return new_code_cell("pass", metadata={"papermill": {"duration": seconds}})

    texts = {
        "first": new_markdown_cell("# Title\n\nwords\n\n## First\n\nmore"),
        "deeper": new_markdown_cell("### not a section"),
        "second": new_markdown_cell("## Second"),
    }
    never_run = new_code_cell("pass")
    cells = [code(2.5), texts["first"], code(60.0), texts["deeper"], code(1.0), texts["second"], code(0.2), never_run]
    return new_notebook(cells=cells)


def test_cells_count_for_the_heading_above_them():
    assert section_times(executed()) == [("start", 2.5), ("First", 61.0), ("Second", 0.2)]


def test_the_table_names_the_machine_and_rounds_to_seconds(tmp_path):
    nbformat.write(executed(), tmp_path / "00_made_up.ipynb")
    command = [
        sys.executable,
        str(ROOT / "tools" / "section_times.py"),
        "--executed",
        str(tmp_path / "00_made_up.ipynb"),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert " cores, " in printed and "PyTorch" in printed
    assert "| 00_made_up | First | 1:01 |" in printed
    assert "| 00_made_up | Second | under a second |" in printed
