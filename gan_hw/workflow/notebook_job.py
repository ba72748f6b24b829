"""python -m gan_hw.workflow.notebook_job NOTEBOOK OUTPUT PARAMETERS DATA: one notebook, in a process of its own.

NOTEBOOK runs in its own folder, as in Jupyter, with PARAMETERS, a JSON object; the executed copy is OUTPUT. DATA is the
folder of cached data that the notebook's workspace, GAN_HW_WORKSPACE, shares. The notebook's code is not isolated.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Execute the notebook. Returns the exit status; the last line on standard error says what failed, and where."""
    notebook, output, parameters, data = arguments
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workspace = os.environ.get("GAN_HW_WORKSPACE")
    if workspace:
        Path(data).mkdir(parents=True, exist_ok=True)
        Path(workspace).mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # it is there, or this system has no links: then the data are read once more
            (Path(workspace) / "data").symlink_to(data, target_is_directory=True)
    os.chdir(Path(notebook).parent)
    from gan_hw.workflow.notebooks import NotebookFailed, ProgressFilter, execute

    try:
        execute(Path(notebook), Path(output), json.loads(parameters), ProgressFilter(sys.stdout))
    except (NotebookFailed, OSError, ValueError) as error:
        print(f"gan_hw: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
