"""The sections of gpu.py: each measures one kind of claim about GPUs; page.py makes a page of what they found."""
