"""Section `launches`: launches and kernels of a step, and how long the card computes in it.

From PyTorch's profiler, which slows a step down: the busy share is the kernels' time over the step's time in section
`speed`.
"""

import json
import tempfile
from pathlib import Path

from timing import synchronise
from torch.profiler import ProfilerActivity, profile

from .context import WAYS, period, run, warm_up_steps
from .results import NotRun

LAUNCHES = ("cudaLaunch", "cuLaunch", "cudaGraphLaunch", "cuGraphLaunch", "cudaMemcpy", "cudaMemset")  # beginnings
ON_THE_CARD = ("kernel", "gpu_memcpy", "gpu_memset")  # categories of the trace
CALLS = ("cuda_runtime", "cuda_driver")


def section(context, measure):
    for name in context.core():
        for way in WAYS:
            measure(f"{name}, {way}", lambda name=name, way=way: profiled(context, name, way))


def profiled(context, name, way):
    """{"launches", "kernels", "busy seconds"} of a step, means over a period."""
    recipe = context.recipe(name)
    trainer = context.trainer(recipe, f"launches-{name}-{way}", replay=way == "replayed")
    run(trainer, warm_up_steps(recipe))
    if way == "replayed" and trainer.runner.reason:
        raise NotRun(trainer.runner.reason)
    steps = period(recipe)
    activities = [ProfilerActivity.CUDA] if context.is_cuda else [ProfilerActivity.CPU]
    synchronise(context.device)
    with profile(activities=activities) as profiler:
        run(trainer, steps)
        synchronise(context.device)
    trainer.runner.discard()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    context.need_cuda()
    row = counted(events, steps)
    if not row["kernels"]:
        raise NotRun("the profiler recorded no kernels here")
    return row


def counted(events, steps):
    """The row from a trace's events, dicts with cat, name, ts and dur in microseconds."""
    computed = [event for event in events if event.get("cat") in ON_THE_CARD]
    calls = [event for event in events if event.get("cat") in CALLS and event["name"].startswith(LAUNCHES)]
    return {
        "launches": round(len(calls) / steps, 1),
        "kernels": round(sum(event["cat"] == "kernel" for event in computed) / steps, 1),
        "copies": round(sum(event["cat"] != "kernel" for event in computed) / steps, 1),
        "busy seconds": covered((event["ts"], event["ts"] + event.get("dur", 0)) for event in computed) / steps / 1e6,
    }


def covered(intervals):
    """Length of the union of (start, end): what runs at the same time counts once."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
