"""Allowed values of training options; no torch, so that the command line checks them at once."""

BEST_BY = ("afd", "classes", "features", "none")  # what the best generator of a run is chosen by; see selection.py
