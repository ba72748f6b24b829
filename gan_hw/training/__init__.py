"""Training: one step, the loop around it, and all that a run folder records."""
