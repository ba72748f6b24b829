"""Run the five notebooks unattended through papermill; every way in which one can fail becomes an error."""

import io
import itertools
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import nbformat
import papermill
from traitlets.config import Config

from gan_hw.utils.messages import language, mark, matcher_of, say
from gan_hw.utils.progress import format_duration, is_progress_line

STAGES = {
    "01_environment": mark("what this machine can do"),
    "02_dataset": mark("the images, drawn or read once"),
    "03_model": mark("both networks, and one step by hand"),
    "04_train": mark("the training"),
    "05_inference": mark("1000 generated images and their scores"),
}
NOTICE = re.compile(
    r"\[FAIL\]|Step \d+:|Resuming |Skipped |The (environment|cached|network in) |No best |Left out: |Note: |Stop"
)  # how lines begin that the package prints because something needs attention
INDENT = " " * 6
PAPERMILL_TAGS = {"injected-parameters", "papermill-error-cell-tag"}  # of cells that it adds
CELL_TIMEOUT_S = 24 * 3600  # a cell that trains may take a whole night


class NotebookFailed(RuntimeError):
    """A notebook did not run to its end; the message says which cell failed and why."""


def notebooks_folder() -> Path:
    """The folder of the notebooks, in the checkout or in the installed package, in the reader's language if they are.

    Raises FileNotFoundError when they are in neither.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "notebooks", package / "notebooks"):
        for edition in (folder / language().replace("_", "-"), folder):
            if (edition / f"{next(iter(STAGES))}.ipynb").exists():
                return edition
    raise FileNotFoundError(
        say("the notebooks are neither beside '{package}' nor in it; run from a checkout", package=package)
    )


def run_notebooks(folder: str | Path, parameters: Mapping[str, Any], quiet: bool = False) -> None:
    """Execute the STAGES in order, and write the executed copies to folder/notebooks.

    Each notebook gets those of `parameters` that it declares. Of what the cells print, only progress and notices are
    shown here; the executed copies hold everything. Raises ValueError for a parameter that no notebook declares,
    NotebookFailed when a notebook does not run to its end.
    """
    notebooks = {stage: notebooks_folder() / f"{stage}.ipynb" for stage in STAGES}
    declared = {stage: papermill.inspect_notebook(path).keys() for stage, path in notebooks.items()}
    unknown = [name for name in parameters if not any(name in names for names in declared.values())]
    if unknown:
        raise ValueError(say("no notebook has a parameter {unknown}", unknown=", ".join(unknown)))
    stdout = None if quiet else ProgressFilter(sys.stdout)
    for number, (stage, path) in enumerate(notebooks.items(), 1):
        if not quiet:
            print(f"[{number}/{len(notebooks)}] {stage}: {say(STAGES[stage])}", flush=True)
        started = time.monotonic()
        accepted = {name: value for name, value in parameters.items() if name in declared[stage]}
        execute(path, Path(folder) / "notebooks" / path.name, accepted, stdout)
        if not quiet:
            print(INDENT + say("done in {duration}", duration=format_duration(time.monotonic() - started)), flush=True)


class ProgressFilter(io.TextIOBase):
    """A stream that passes on lines of progress and notices, indented, and drops what else a notebook prints."""

    def __init__(self, target: TextIO) -> None:
        self.target, self.rest, self.notices = target, "", matcher_of(NOTICE)

    def write(self, text: str) -> int:
        """Pass on those of the lines completed by `text` that a person waits for."""
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            if is_progress_line(line) or self.notices.match(line):
                print(INDENT + line, file=self.target, flush=True)
        return len(text)


def _keep_changed_copy(notebook: Path, output: Path) -> None:
    """Rename an executed copy whose cells are not the notebook's: somebody may have worked in it."""
    if not output.exists() or _cells(output) == _cells(notebook):
        return
    kept = next(
        path for number in itertools.count(1) if not (path := output.with_stem(f"{output.stem}-kept{number}")).exists()
    )
    output.rename(kept)
    print(say("'{path}' has other cells than the notebook, so it is kept as '{kept}'.", path=output, kept=kept))


def _cells(path: Path) -> list[tuple[str, str]] | None:
    """The types and texts of a notebook's cells, without those that papermill adds; None when it can't be read."""
    try:
        return [
            (cell["cell_type"], cell["source"])
            for cell in nbformat.read(path, as_version=4).cells
            if not PAPERMILL_TAGS & set(cell.metadata.get("tags", []))
        ]
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def execute(notebook: Path, output: Path, parameters: Mapping[str, Any], stdout: io.TextIOBase | None = None) -> None:
    """Run one notebook to its end, and write the executed copy to `output`, also when it fails.

    stdout: gets what the cells print, and standard error what they print there; None for neither.
    Raises ValueError for a parameter that the notebook does not declare, NotebookFailed when a cell fails or does not
    finish. papermill itself counts a cell that calls sys.exit() as a success.
    """
    unknown = parameters.keys() - papermill.inspect_notebook(notebook).keys()
    if unknown:
        raise ValueError(
            say("{name} has no parameter {unknown}", name=notebook.name, unknown=", ".join(sorted(unknown)))
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    _keep_changed_copy(notebook, output)
    streams = {} if stdout is None else {"stdout_file": stdout, "stderr_file": sys.stderr}
    try:
        with tempfile.TemporaryDirectory(prefix="gan_hw") as sockets:
            executed = papermill.execute_notebook(
                str(notebook), str(output), dict(parameters), kernel_name="python3", progress_bar=False,
                execution_timeout=CELL_TIMEOUT_S, config=_kernel_config(Path(sockets)), **streams,
            )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        cause = f"cell {error.cell_index}: {error.ename}: {error.evalue}"
        raise NotebookFailed(
            say("{name}, {cause}; see {output}", name=notebook.name, cause=cause, output=output)
        ) from error
    except (RuntimeError, TimeoutError) as error:
        raise NotebookFailed(
            say("{name}: {error}; see {output}", name=notebook.name, error=error, output=output)
        ) from error
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.metadata.papermill.status != "completed":
            raise NotebookFailed(
                say(
                    "{name} ended before cell {index} was done (sys.exit?); see {output}",
                    name=notebook.name,
                    index=index,
                    output=output,
                )
            )


def _kernel_config(sockets: Path) -> Config:
    """Kernels communicate through Unix sockets in the folder `sockets`: anyone on the machine could listen to TCP."""
    if os.name == "nt":  # Windows has no such sockets
        return Config()
    return Config(KernelManager={"transport": "ipc", "ip": str(sockets / "kernel")})
