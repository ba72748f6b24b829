"""Exercises of notebook 6: luck or not, and gradients layer by layer; and of notebook 4: the average of the weights."""
