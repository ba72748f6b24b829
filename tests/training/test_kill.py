"""A training that is killed loses nothing; `python tests/faults.py` tries more points than this."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_killed_training_goes_on_as_if_it_had_not_been(capsys):
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "faults.py", "--points", "3"], capture_output=True, text=True, check=False
    )
    with capsys.disabled():
        print(f"\n{done.stdout}", end="")
    assert done.returncode == 0, done.stdout + done.stderr
