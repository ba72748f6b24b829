"""Exercises of notebooks 1 and 2: memory, pixels as numbers, and the mirror; and of notebook 4: steps in an epoch."""
