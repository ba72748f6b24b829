"""Exercises of notebook 4: the optimisers of each method, D's step, G's step, and the whole training step."""
