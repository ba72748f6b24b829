"""Exercises of notebook 3: the gradient penalty in three parts (mix, slope, norm), and R1."""
