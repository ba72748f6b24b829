"""How a stranger's code is run: without network, and without a sight of other files, where bubblewrap can be had."""

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives")


class NotIsolated(RuntimeError):
    """There is no way to isolate a stranger's code on this machine."""


def isolated(command: list[str], folder: Path, trust: bool) -> list[str]:
    """The command, to be run by bubblewrap: without network, and with only `folder` and Python's own files to be seen.

    trust: run it as it is where bubblewrap does not work. Raises NotIsolated there without it.
    """
    prefix = bubblewrap(folder)
    if works(prefix):
        return [*prefix, *command]
    if not trust:
        raise NotIsolated(
            "bubblewrap (bwrap) is missing or not allowed here, so a student's code would run unisolated, with your "
            "rights and your files: install bubblewrap, or add --trust"
        )
    return command


def bubblewrap(folder: Path) -> list[str]:
    """Bwrap with its options."""
    places = [*SYSTEM, sys.prefix, sys.base_prefix, *(entry for entry in sys.path if "site-packages" in entry)]
    options = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for place in dict.fromkeys(str(Path(place)) for place in places):
        options += ["--ro-bind-try", place, place]
    options += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", str(PACKAGE), str(PACKAGE)]
    options += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
    for name, value in environment(folder).items():
        options += ["--setenv", name, value]
    return options


def environment(folder: Path) -> dict[str, str]:
    """The variables of the process: none of the teacher's."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(PACKAGE.parent),
        "OMP_NUM_THREADS": "1",
        "GAN_HW_WORKSPACE": str(folder / "workspace"),
    }


def works(prefix: list[str]) -> bool:
    """Whether that bubblewrap command can run something here."""
    if shutil.which(prefix[0]) is None:
        return False
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
