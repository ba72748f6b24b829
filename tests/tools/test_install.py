"""The installation's one line of progress hides nothing that matters."""

import re
import subprocess
import sys

from conftest import ROOT


def install(*arguments):
    command = [sys.executable, str(ROOT / "tools" / "install.py"), "--no-index", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_failed_installation_shows_what_pip_said_and_fails():
    done = install("no-such-package-of-the-kit")
    assert done.returncode == 1
    assert "no-such-package-of-the-kit" in done.stdout


def test_a_log_gets_a_line_for_what_was_done():
    done = install("pip")  # which is there already
    assert done.returncode == 0
    assert re.fullmatch(r"Installed 0 packages in \d+:\d\d", done.stdout.splitlines()[-1])
