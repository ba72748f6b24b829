"""Allowed values of training options, and a run's lock; no torch, so that the command line checks them at once."""

from pathlib import Path

BEST_BY = ("afd", "classes", "features", "none")  # what the best generator of a run is chosen by; see selection.py
RUN_LOCK = Path("checkpoints", ".lock")  # in a run folder, held while it is trained
