"""A pytest plugin: every worker that runs notebooks has a workspace of its own; two can't train in one run folder."""

import os
import shutil
import tempfile
from functools import cache

import nbformat
import pytest

from gan_hw.utils.messages import stated_language


def pytest_configure(config):
    """Set the workspace and smoke mode for the kernels of this process."""
    config.notebook_workspace = tempfile.mkdtemp(prefix="notebooks-")
    os.environ.update(GAN_HW_SMOKE="1", GAN_HW_WORKSPACE=config.notebook_workspace)


@pytest.hookimpl(tryfirst=True)  # before the notebook's kernel begins
def pytest_runtest_setup(item):
    """Speak the language in which a notebook's outputs are stored.

    The kit finds it in the cells that were run, IPython's `In`, which stays empty here: nbval keeps no history.
    """
    os.environ["GAN_HW_LANG"] = language_of(item.path)


@cache
def language_of(path):
    """The language of a notebook's file. Cached: each of its cells is an item of the test run."""
    return stated_language(cell.source for cell in nbformat.read(path, as_version=4).cells)


def pytest_unconfigure(config):
    """Remove it."""
    shutil.rmtree(config.notebook_workspace, ignore_errors=True)
