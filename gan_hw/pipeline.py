"""The five notebooks, run unattended through papermill, and the steps that the command line shares with them."""

import json
import os
import sys
from pathlib import Path

import papermill
from traitlets.config import Config

from gan_hw import checkpoints
from gan_hw.datasets import load_images
from gan_hw.generation import generate, load_generator, sample_z
from gan_hw.judging import judge
from gan_hw.runs import read_identity
from gan_hw.runtime import find_workspace
from gan_hw.submission import COUNT, read_submission, write_submission

STAGES = ("01_environment", "02_dataset", "03_model", "04_train", "05_inference")
# Without this, a kernel listens on TCP ports and warns about it; Windows has no such sockets.
KERNEL = Config() if os.name == "nt" else Config(KernelManager={"transport": "ipc"})
CELL_TIMEOUT_S = 24 * 3600  # a cell that trains may well take a night


class NotebookFailed(RuntimeError):
    """A notebook did not run to its end; the message says which cell and why."""


def notebooks_folder():
    """Where the notebooks lie: in the checkout, or beside the installed package's modules."""
    package = Path(__file__).resolve().parent
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if (folder / f"{STAGES[0]}.ipynb").exists():
            return folder
    raise FileNotFoundError(f"the notebooks lie neither beside nor in '{package}'; run from a checkout")


def run_notebooks(folder, parameters, stages=STAGES, quiet=False):
    """Execute the stages in order, each with those of `parameters` that it declares; copies go to folder/notebooks.

    Raises ValueError for a parameter that no stage declares, NotebookFailed when a stage does not reach its end.
    """
    notebooks = {stage: notebooks_folder() / f"{stage}.ipynb" for stage in stages}
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
        executed = papermill.execute_notebook(
            str(notebook), str(copy), parameters, kernel_name="python3", progress_bar=False,
            execution_timeout=CELL_TIMEOUT_S, config=KERNEL, **outputs,
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        cause = f"cell {error.cell_index}: {error.ename}: {error.evalue}"
        raise NotebookFailed(f"{notebook.name}, {cause}; see {copy}") from error
    except (RuntimeError, TimeoutError) as error:
        raise NotebookFailed(f"{notebook.name}: {error}; see {copy}") from error
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.metadata.papermill.status != "completed":
            raise NotebookFailed(f"{notebook.name} ended before cell {index} was done (sys.exit?); see {copy}")


def submit(folder, seed=0, quiet=False):
    """Generate the run's 1000 images from `seed` and write images/ and submission.tgz. Returns the archive's path."""
    archive, size, quality = write_submission(_from_seed(folder, seed), folder)
    if not quiet:
        print(f"{archive}: {COUNT} images from seed {seed}, JPEG quality {quality}, {size} bytes")
    return archive


def score(archive, data=None, cascade=None, workspace=None, seed=0, quiet=False):
    """Judge a submission against the data set `data`, or against the run's own, and write scores.json beside it.

    In a run folder the raw generator's images from `seed` are judged beside the averaged one's. Returns the scores.
    Raises ValueError when the archive would be refused, or no data set is known.
    """
    archive, workspace = Path(archive), find_workspace(workspace)
    images = read_submission(archive)
    data = data or read_identity(archive.parent)["data"]["source"]
    real = load_images(data, workspace, images.shape[-1], quiet)
    raw = archive.parent / "generator_raw.safetensors"
    of_run = {"beside": {"raw": _from_seed(raw, seed)}, "recipe": load_generator(raw)[1]} if raw.exists() else {}
    scores = judge(images, real, workspace, cascade, **of_run)
    checkpoints.write_text(archive.parent / "scores.json", json.dumps(scores, indent=2) + "\n")
    return scores


def _from_seed(path, seed):
    generator, recipe = load_generator(path)
    return generate(generator, sample_z(COUNT, recipe.z_dim, seed))
