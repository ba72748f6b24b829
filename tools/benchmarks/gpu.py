"""Everything that the kit claims about GPUs, measured on this one, with a page of it; ten minutes at most a call.

    python tools/benchmarks/gpu.py --data faces.zip [--cascade FILE]     all of it; again: what is missing
    python tools/benchmarks/gpu.py --again speed                         a section anew; failed: whatever failed
    python tools/benchmarks/gpu.py --device cpu                          a rehearsal: every line runs, at small sizes
    python tools/benchmarks/gpu.py --book                                into the book: docs/results/gpu.md

Correct in every precision, no step that waits, replayed steps that are those computed one by one, resuming, images/s
and memory beside homework 6's own loop, launches and busy share, the detectors' verdicts, seconds to faces. Without
--data the sections that need real faces are left out. Written to workspace/gpu after every row, as a JSON file named
after the card, and gpu.md, a page made of it. What raises an error, or ends its process, is a line of the page, and the
rest goes on. In Colab: `!python tools/benchmarks/gpu.py`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGUN = time.monotonic()  # importing PyTorch alone can take half a minute
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # so that it runs from a clone, without an installation

from gpu_parts.page import render  # noqa: E402
from gpu_parts.results import DeviceLost, OutOfTime, Results  # noqa: E402
from gpu_parts.sections import SECTIONS, environment, groups  # noqa: E402

BOOK_PAGE, BOOK_RESULTS = ROOT / "docs" / "results" / "gpu.md", ROOT / "docs" / "results" / "gpu"
DONE, OUT_OF_TIME, LOST = 0, 75, 76  # how a worker ends
ROW_LIMIT_S = 300  # a row that takes longer hangs
GRACE_S = 20  # after the time is up, for the row in hand
SEND = """
To share these results: open an issue or a pull request in the kit's repository with
  {file}
(of a fork: copy it to docs/results/gpu/, run python tools/benchmarks/gpu.py --book, and commit both files)."""


def options_of(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--data", help="real faces, as faces.zip; without them drawn ones, where that is possible")
    parser.add_argument("--cascade", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--again", nargs="+", choices=(*SECTIONS, "failed"), metavar="SECTION", default=[])
    parser.add_argument("--minutes", type=float, default=9.0, help="no row begins after them (default 9)")
    parser.add_argument("--quick", action="store_true", help="a rehearsal's sizes, as on the CPU")
    parser.add_argument("--out", type=Path, default=Path("workspace/gpu"))
    parser.add_argument("--book", action="store_true", help="measure nothing; put what --out holds into the book")
    parser.add_argument("--worker", nargs="+", choices=SECTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main():
    options = options_of()
    if options.worker:
        return work(options)
    if options.book:
        return into_the_book(options.out)
    from gan_hw.utils.devices import choose_device
    from gan_hw.utils.environment import machine

    device = choose_device(options.device)
    device = device if device.type == "cuda" else choose_device("cpu")
    quick = options.quick or device.type != "cuda"
    name = str(machine(device)["name"] if device.type == "cuda" else "CPU") + (", a rehearsal" if quick else "")
    file = options.out / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-').lower()}.json"
    results = Results(file)
    results.content["about"] |= {"name": name, "device": device.type, "rehearsal": quick}
    results.settle()
    results.drop(options.again)
    print(f"{name} -> {file}", flush=True)
    end = BEGUN + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        finished = all(
            measured(group, options, device.type, quick, file, end, folder)
            for group in groups(options.only or list(SECTIONS))
        )
    page = options.out / "gpu.md"
    page.write_text(render([Results(file).content]), encoding="utf-8")
    if not finished:
        print("The time is up; the same command goes on where it stopped.")
    print(f"-> {page}")
    if not quick:
        print(SEND.format(file=file))
    return None


def measured(names, options, device, quick, file, end, folder):
    """Run a group of sections in processes of their own; False when the time is up."""
    while not all(Results(file).finished(name) for name in names):
        before, left = Results(file).progress(), end - time.monotonic()
        if left <= 0:
            return False
        command = [sys.executable, __file__, "--device", device, "--file", file, "--seconds", left, "--folder", folder]
        for option in ("data", "cascade"):
            if value := getattr(options, option):
                command += [f"--{option}", value]
        command += ["--quick"] * quick + ["--worker", *names]
        worker = subprocess.Popen([str(word) for word in command], env=environment(names) | python_path())
        try:
            status, hung = watched(worker, file, end)
        except BaseException:
            worker.kill()
            worker.wait()
            Results(file).settle()
            raise
        results = Results(file)
        if status == OUT_OF_TIME or (status < 0 and not hung and time.monotonic() > end):
            results.settle()
            return False
        if status not in (DONE, LOST):
            results.settle(f"it took longer than {ROW_LIMIT_S} seconds" if hung else f"its process ended ({status})")
        if results.progress() == before and status != DONE:
            print(f"{', '.join(names)}: the process ended with {status}, and nothing was measured", file=sys.stderr)
            return True  # with the other groups
    return True


def watched(worker, file, end):
    """(exit status, whether a row took too long) of a worker, which is killed where it hangs or its time is up."""
    begun = time.monotonic()
    while (status := worker.poll()) is None:
        time.sleep(0.2)
        now = time.monotonic()
        quiet = now - begun if not file.exists() else min(now - begun, time.time() - file.stat().st_mtime)
        hung = quiet > ROW_LIMIT_S
        if hung or now > end + GRACE_S:
            worker.kill()
            return worker.wait(), hung
    return status, False


def python_path():
    """The kit of this clone for all processes that are started."""
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])}


def work(options):
    """Run sections in this process, and end it with how that went."""
    import torch
    from gpu_parts.context import Context

    device = torch.device(options.device)

    parent = os.getppid()

    def alive():
        if os.getppid() != parent:  # it was killed, and another call may write the same file
            raise ProcessLookupError("the process that started this one is gone")
        if device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.empty_cache()  # which fails after some recordings that failed, and all later ones would, too

    results = Results(options.file, time.monotonic() + options.seconds, alive)
    context = Context(device, options.quick, options.data, options.cascade, options.folder)
    try:
        for name in options.worker:
            if not results.finished(name):
                print(f"{name}", flush=True)
            results.run(name, SECTIONS[name].run, context)
    except OutOfTime:
        sys.exit(OUT_OF_TIME)
    except DeviceLost:
        sys.exit(LOST)


def into_the_book(out):
    """Copy what was measured on GPUs to docs/results/gpu, and make the page of all that is there."""
    BOOK_RESULTS.mkdir(exist_ok=True)
    for file in sorted(out.glob("*.json")):
        if not Results(file).content["about"].get("rehearsal"):
            shutil.copy(file, BOOK_RESULTS / file.name)
    BOOK_PAGE.write_text(render(book_results()), encoding="utf-8")
    print(f"-> {BOOK_PAGE}")


def book_results():
    """The contents of docs/results/gpu, in the order of their names."""
    return [Results(file).content for file in sorted(BOOK_RESULTS.glob("*.json"))]


if __name__ == "__main__":
    main()
