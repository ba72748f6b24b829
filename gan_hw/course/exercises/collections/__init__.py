"""Exercises of notebook 8: DiffAugment's rule, a differentiable translation, square pictures, and copies."""
