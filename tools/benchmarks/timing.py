"""Times on any device: a GPU computes later than it is told to, so that a clock has to wait for it."""

import time

import torch


def synchronise(device):
    """Wait until the device has computed all that it was told to."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def took(work, device):
    """Seconds of one call, what it started on the device included."""
    synchronise(device)
    start = time.perf_counter()
    work()
    synchronise(device)
    return time.perf_counter() - start


class Stopwatch:
    """A block whose `seconds` are those of the device: by CUDA events on a GPU, elsewhere by the processor's clock."""

    def __init__(self, device):
        self.device = device

    def __enter__(self):
        synchronise(self.device)
        if self.device.type == "cuda":
            self.start, self.end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            self.start.record()
        else:
            self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        if self.device.type == "cuda":
            self.end.record()
            self.end.synchronize()  # only then is there a time to read
            self.seconds = self.start.elapsed_time(self.end) / 1000
        else:
            self.seconds = time.perf_counter() - self.start


def gemm_peak(dtype, device, seconds=1.0, side=None):
    """GFLOP/s of products of square matrices, the best of many. side: 2048, on a GPU 8192."""
    side = side or (8192 if device.type == "cuda" else 2048)
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        with Stopwatch(device) as watch:
            a @ b
        best = min(best, watch.seconds)
    return 2 * side**3 / best / 1e9
