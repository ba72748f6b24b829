"""Exercises of notebook 5: ways between noise vectors, truncation, the archive's size, and two kinds of score."""
