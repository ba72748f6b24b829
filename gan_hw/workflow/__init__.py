"""Whole jobs: plan, train, submit, score, report, compare, prepare a collection, run the notebooks."""
