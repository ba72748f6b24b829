"""How long each section of the notebooks takes on this machine, as Markdown.

    python tools/section_times.py 01 02 09 --workspace workspace/times        # runs them with papermill, then prints
    python tools/section_times.py --executed workspace/times/*.ipynb          # prints those that have been run

A section is what stands under a heading of the second level; a cell's time is papermill's. Exercises and questions take
no time there: what a student needs for them is not measured. Run it with nothing beside it.
"""

import argparse
from pathlib import Path

import nbformat
import papermill
import torch

from gan_hw.utils.environment import machine, versions
from gan_hw.utils.progress import format_duration

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SHORT_S = 1.0  # sections below it are printed together


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", metavar="NN", help="notebooks to run, such as 01 02")
    parser.add_argument("--workspace", type=Path, default=Path("workspace/times"))
    parser.add_argument("--executed", nargs="+", type=Path, default=[])
    options = parser.parse_args()
    if bool(options.numbers) == bool(options.executed):
        parser.error("name either notebooks to run, or executed ones")
    executed = options.executed or [execute(number, options.workspace) for number in options.numbers]
    facts = machine(torch.device("cpu"))
    print(f"{facts['cores']} cores, {facts['name']}, PyTorch {versions()['torch']}\n")
    print("| notebook | section | time |\n|---|---|---|")
    for path in executed:
        for section, seconds in section_times(nbformat.read(path, 4)):
            print(
                f"| {path.stem} | {section} | {format_duration(seconds) if seconds >= SHORT_S else 'under a second'} |"
            )


def execute(number, workspace):
    """Run a notebook of the student edition with its default parameters; the executed file."""
    (source,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    workspace.mkdir(parents=True, exist_ok=True)
    place = workspace.resolve()
    names = {parameter["name"] for parameter in papermill.inspect_notebook(str(source)).values()}
    given = {"workspace": str(place)} if "workspace" in names else {}
    papermill.execute_notebook(str(source), str(place / source.name), given, cwd=str(NOTEBOOKS), progress_bar=False)
    return place / source.name


def section_times(notebook):
    """[(heading, seconds)] of an executed notebook in its order; the cells before the first heading are the start."""
    times, heading = {}, "start"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = [line.removeprefix("## ") for line in cell.source.splitlines() if line.startswith("## ")]
            heading = headings[-1] if headings else heading
        else:
            times[heading] = times.get(heading, 0.0) + (cell.metadata.get("papermill", {}).get("duration") or 0.0)
    return list(times.items())


if __name__ == "__main__":
    main()
