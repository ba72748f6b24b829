"""Exercises of notebook 9: modes, distances, slopes and rates of GANs in the plane."""
