"""Exercises of notebook 7: labels as rows of zeros and ones, three places where they enter, and the score."""
