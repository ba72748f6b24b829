"""python -m gan_hw.data.drawn_faces N SEED SIZE FIRST STEP: write records of faces FIRST, FIRST + STEP, … below N."""

import sys

from .batch import record

n, seed, size, first, step = (int(v) for v in sys.argv[1:])
for index in range(first, n, step):
    sys.stdout.buffer.write(record(index, seed, size))
