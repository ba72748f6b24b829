"""Exercises of notebook 10: the two terms of a variational autoencoder, why it blurs, and directions of z."""
