"""The five notebooks, run unattended through papermill; every way in which one can fail becomes an error."""

import os
import sys
import tempfile
from pathlib import Path

import papermill
from traitlets.config import Config

STAGES = ("01_environment", "02_dataset", "03_model", "04_train", "05_inference")
CELL_TIMEOUT_S = 24 * 3600  # a cell that trains may well take a night


class NotebookFailed(RuntimeError):
    """A notebook did not run to its end; the message says which cell and why."""


def notebooks_folder():
    """Where the notebooks lie: in the checkout, or beside the installed package's modules."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if (folder / f"{STAGES[0]}.ipynb").exists():
            return folder
    raise FileNotFoundError(f"the notebooks lie neither beside nor in '{package}'; run from a checkout")


def run_notebooks(folder, parameters, quiet=False):
    """Execute the STAGES in order, each with those of `parameters` that it declares; copies go to folder/notebooks.

    Raises ValueError for a parameter that no stage declares, NotebookFailed when a stage does not reach its end.
    """
    notebooks = {stage: notebooks_folder() / f"{stage}.ipynb" for stage in STAGES}
    declared = {stage: papermill.inspect_notebook(path).keys() for stage, path in notebooks.items()}
    unknown = [name for name in parameters if not any(name in names for names in declared.values())]
    if unknown:
        raise ValueError(f"no notebook has a parameter {', '.join(unknown)}")
    for stage, path in notebooks.items():
        if not quiet:
            print(f"\n== {stage} ==", flush=True)
        wanted = {name: value for name, value in parameters.items() if name in declared[stage]}
        execute(path, Path(folder) / "notebooks" / path.name, wanted, quiet)


def execute(notebook, copy, parameters, quiet=False):
    """Run one notebook to its end and keep the executed copy, also of a failed run.

    Raises ValueError for a parameter that the notebook does not declare, NotebookFailed otherwise: papermill itself
    counts a cell that calls sys.exit() as a success.
    """
    unknown = parameters.keys() - papermill.inspect_notebook(notebook).keys()
    if unknown:
        raise ValueError(f"{notebook.name} has no parameter {', '.join(sorted(unknown))}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    outputs = {} if quiet else {"stdout_file": sys.stdout, "stderr_file": sys.stderr}
    try:
        with tempfile.TemporaryDirectory(prefix="gan_hw") as sockets:
            executed = papermill.execute_notebook(
                str(notebook), str(copy), parameters, kernel_name="python3", progress_bar=False,
                execution_timeout=CELL_TIMEOUT_S, config=_kernel_config(sockets), **outputs,
            )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        cause = f"cell {error.cell_index}: {error.ename}: {error.evalue}"
        raise NotebookFailed(f"{notebook.name}, {cause}; see {copy}") from error
    except (RuntimeError, TimeoutError) as error:
        raise NotebookFailed(f"{notebook.name}: {error}; see {copy}") from error
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.metadata.papermill.status != "completed":
            raise NotebookFailed(f"{notebook.name} ended before cell {index} was done (sys.exit?); see {copy}")


def _kernel_config(sockets):
    """Let kernels speak over files in the folder `sockets`: over TCP, anyone on the machine could listen."""
    if os.name == "nt":  # Windows has no such sockets
        return Config()
    return Config(KernelManager={"transport": "ipc", "ip": str(Path(sockets) / "kernel")})
