"""Grading what a whole class handed in: archives of faces, and notebooks.

handed_in.py finds what belongs to whom, archives.py reads and measures one archive, copying.py compares students with
one another, grade_class.py does all of it as Dask jobs that can be interrupted, and tables.py writes the results.
A stranger's archive is parsed, and a stranger's notebook run, in processes of their own with bounded time and memory.
"""
