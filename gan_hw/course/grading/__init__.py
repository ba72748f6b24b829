"""Grading one student's notebook: what it answers, run apart from everything else, compared here.

student_notebook.py reads the answers out of the file, worker.py runs them in a process of its own (isolation.py puts it
where it sees neither the network nor other files), grade.py compares what they gave and writes points and feedback. The
verdict is never computed where a student's code runs: the worker only sends back what each answer returned.
"""
