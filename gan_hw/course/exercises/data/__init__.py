"""Exercises of notebooks 1 and 2: memory, steps in an epoch, pixels as numbers, and the mirror."""
