"""A training's closed choices; no torch, so that the command line can check them at once."""

BEST_BY = ("afd", "classes", "features", "none")  # what the best generator of a run is chosen by; see selection.py
