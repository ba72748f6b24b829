"""How a stranger's code is run, and a stranger's file read: within limits, and apart from everything else.

Where bubblewrap can be had, that means without network, and without a sight of other files.

Also how the folder that it may write to is read, and deleted: whatever lies in there was put there by a stranger.
"""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
STARTED = b"started"
SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives")


class NotIsolated(RuntimeError):
    """There is no way to isolate a stranger's code on this machine."""


def is_available(trust: bool) -> bool:
    """Whether bubblewrap works here. Raises NotIsolated if not, unless `trust` says to do without it."""
    if works(bubblewrap(Path(tempfile.gettempdir()))):
        return True
    if not trust:
        raise NotIsolated(
            "bubblewrap (bwrap) is missing or not allowed here, so a student's code would run unisolated, with your "
            "rights and your files: install bubblewrap, or add --trust"
        )
    return False


def bubblewrap(folder: Path) -> list[str]:
    """What to put before a command so that bubblewrap runs it: no network, and only `folder` and Python to be seen."""
    places = [*SYSTEM, sys.prefix, sys.base_prefix, *(entry for entry in sys.path if "site-packages" in entry)]
    options = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    options += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # before the places, which may lie in /tmp
    for place in dict.fromkeys(str(Path(place)) for place in places):
        options += ["--ro-bind-try", place, place]
    options += ["--ro-bind", str(PACKAGE), str(PACKAGE), "--bind", str(folder), str(folder), "--chdir", str(folder)]
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


def apart(arguments: Sequence[str], folder: Path, isolated: bool) -> tuple[list[str], dict[str, str]]:
    """(command, environment) that run Python with these arguments, apart from the teacher's variables.

    isolated: by bubblewrap, with a sight of `folder` alone.
    """
    prefix = bubblewrap(folder) if isolated else []
    variables = {**os.environ, **environment(folder), "PATH": os.environ.get("PATH", "")}
    return [*prefix, sys.executable, *arguments], variables


def announce_start() -> None:
    """Tell whoever began this process, through its output, that Python and all imports work; then close its output.

    It is called before anything of a stranger is looked at, so that no stranger can say it, or take it back.
    """
    os.write(1, STARTED)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def check_started(output: bytes | None) -> None:
    """Raise OSError unless a process with this output has called announce_start."""
    if output != STARTED:
        raise OSError("Python could not start apart from other files, so nothing was graded; it is tried again")


def works(prefix: list[str]) -> bool:
    """Whether that bubblewrap command can run Python with the kit here."""
    if shutil.which(prefix[0]) is None:
        return False
    try:
        command = [*prefix, sys.executable, "-c", "import gan_hw.utils.isolation, numpy"]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def read_file(path: Path, largest: int) -> bytes | None:
    """The content of a file; None if it is missing, a link, pipe or folder, or has more than `largest` bytes."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(largest + 1)
    finally:
        os.close(descriptor)
    return content if len(content) <= largest else None


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder, deleted in the end with whatever it holds then."""
    top = Path(tempfile.mkdtemp(prefix="gan_hw_grading_"))
    try:
        (top / "work").mkdir()
        yield top / "work"
    finally:
        _flatten(top)
        shutil.rmtree(top, ignore_errors=True)


def _flatten(top: Path) -> None:
    """Move all folders within the one in `top` beside it: rmtree fails at a deep tree, and so does a long path."""
    pending, moved = [*top.iterdir()], 0
    while pending:
        folder = pending.pop()
        with contextlib.suppress(OSError):
            folder.chmod(0o700)  # the owner's right to look into it, and to move it
            with os.scandir(folder) as entries:
                inner = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
            for path in inner:
                moved += 1
                path.chmod(0o700)
                pending.append(path.rename(top / str(moved)))


def set_limits(limits: Mapping[str, int]) -> None:
    """Limit this process and its children, by the names of `resource`; nothing where the system has no such limit."""
    with contextlib.suppress(ImportError):
        import resource

        for name, limit in limits.items():
            with contextlib.suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (limit, limit))
