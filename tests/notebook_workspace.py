"""A pytest plugin: every worker that runs notebooks has a workspace of its own; two can't train in one run folder."""

import os
import shutil
import tempfile


def pytest_configure(config):
    """Set the workspace and smoke mode for the kernels of this process."""
    config.notebook_workspace = tempfile.mkdtemp(prefix="notebooks-")
    os.environ.pop("GAN_HW_LANG", None)  # a notebook says which language its outputs are stored in
    os.environ.update(GAN_HW_SMOKE="1", GAN_HW_WORKSPACE=config.notebook_workspace)


def pytest_unconfigure(config):
    """Remove it."""
    shutil.rmtree(config.notebook_workspace, ignore_errors=True)
