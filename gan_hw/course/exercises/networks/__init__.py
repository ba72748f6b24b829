"""Exercises of notebook 3 on the networks: sides of maps, the blocks of G and D, and the number of weights."""
