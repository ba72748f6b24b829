"""Kill a training at many points, go on, and compare with the same training left alone.

    python tests/faults.py --points 12      # of each kind; ends with a table, and exits 1 when anything was lost

Each training runs in a forked process of its own, and is killed by SIGKILL: at a step's beginning or middle, with half
a checkpoint written, before or after a file is flushed or put in its place, when an old one is removed, or at any time.
Halfway it diverges and goes back to what was saved last, so that some of the points lie in and after that. Afterwards
another process resumes the run. Every byte of its state must then be what it would have been: networks, average and
best, optimisers, random numbers, history (but for seconds) and samples.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path

import torch
from conftest import image_set, small

from gan_hw.training import history, run_folder, schedule
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer
from gan_hw.utils import files

STEPS, LOOK, DIVERGES = 12, 4, 7
KINDS = ("step begins", "step half done", "write", "fsync", "before rename", "after rename", "unlink", "any time")
WHILE_SAVING = KINDS[2:7]


class KillPoint:
    """Counts the calls of one kind and kills this process at the given one; at none, it only counts."""

    def __init__(self, kind, number=None):
        self.kind, self.number, self.counts = kind, number, Counter()

    def passed(self, kind, before_dying=None):
        self.counts[kind] += 1
        if kind == self.kind and self.counts[kind] == self.number:
            if before_dying:
                before_dying()
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self):
        """Put the counting into everything that writes."""
        write, fsync, replace, unlink = files._HashingWriter.write, os.fsync, os.replace, Path.unlink

        def half_write(hashed, data):
            def half():
                hashed.file.write(bytes(data)[: len(data) // 2])
                hashed.file.flush()

            self.passed("write", half)
            return write(hashed, data)

        def noted_fsync(handle):
            self.passed("fsync")
            fsync(handle)

        def noted_replace(source, target):
            self.passed("before rename")
            replace(source, target)
            self.passed("after rename")

        def noted_unlink(path, missing_ok=False):
            self.passed("unlink")
            unlink(path, missing_ok)

        files._HashingWriter.write, os.fsync, os.replace, Path.unlink = (
            half_write,
            noted_fsync,
            noted_replace,
            noted_unlink,
        )

    def step(self, gan, real):
        """The loop body, with two places to die in."""
        self.passed("step begins")
        after = gan.objective.after_discriminator_step

        def between(discriminator):
            self.passed("step half done")
            after(discriminator)

        gan.objective.after_discriminator_step = between
        try:
            losses = training_step(gan, real)
            if gan.step == DIVERGES and not self.trainer.state.halvings:
                with torch.no_grad():
                    next(gan.discriminator.parameters()).fill_(float("nan"))
            return losses
        finally:
            gan.objective.after_discriminator_step = after


def train(folder, point):
    """The training that is killed or not, in this process; completed saves are noted beside the folder.

    Returns the step it went on from and the digest of its end, as text.
    """
    schedule.SAVE_EVERY_S, schedule.LOG_EVERY_STEPS, schedule.MONITOR_EVERY_STEPS = 0.0, 2, LOOK
    save = run_folder.RunFolder.save_checkpoint

    def noted_save(run, step, *rest):
        save(run, step, *rest)
        with open(f"{folder}.saved", "a") as file:
            file.write(f"{step}\n")

    run_folder.RunFolder.save_checkpoint = noted_save
    point.install()
    recipe = small("wgan_gp", n_critic=2, flip=True)
    trainer = Trainer(recipe, image_set(), folder, device="cpu", quiet=True, step=point.step, score=score)
    point.trainer = trainer
    resumed_at = trainer.step
    trainer.train(steps=STEPS)
    return f"{resumed_at} {state_of(folder)}"


def score(generator, z_dim):
    """A number that depends on the weights alone, between 0 and 1."""
    value = sum(weight.double().abs().sum().item() for weight in generator.parameters()) % 1
    return {"score": value, "afd_strict": value}


def warm_up(folder):
    """Let PyTorch import what it needs once, for all forked processes; with one thread, since threads don't fork."""
    torch.set_num_threads(1)
    Trainer(small("wgan_gp"), image_set(), folder, device="cpu", quiet=True).train(steps=1)


def state_of(folder):
    """A digest of all that a run is, but for the time it took."""
    digest = hashlib.sha256()
    state = run_folder.RunFolder(folder).load_checkpoint()
    add(digest, {name: value for name, value in state.items() if name != "seconds"})
    digest.update((folder / "history.csv").read_text().splitlines()[0].encode())
    for row in history.read_history(folder):
        digest.update(repr({name: value for name, value in row.items() if name != "seconds"}).encode())
    for path in sorted(
        [*folder.glob("*.safetensors"), *folder.glob("samples/*.png"), *folder.glob("checkpoints/*.pt")]
    ):
        digest.update(path.name.encode())
        digest.update(b"" if path.suffix == ".pt" else path.read_bytes())
    return digest.hexdigest()


def add(digest, value):
    """Add nested dicts, lists, tensors and plain values."""
    if isinstance(value, dict):
        for name in sorted(value, key=str):
            digest.update(str(name).encode())
            add(digest, value[name])
    elif isinstance(value, (list, tuple)):
        for part in value:
            add(digest, part)
    elif isinstance(value, torch.Tensor):
        digest.update(value.contiguous().numpy().tobytes())
    else:
        digest.update(repr(value).encode())


def in_child(work, kill_after=None):
    """Run work() in a forked process; what it returns as text, or None when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            os.write(writing, str(work()).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as file:
        said = file.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        raise RuntimeError("a training failed of itself; see above")
    return said


def whole_run(folder):
    """(digest of a training left alone, {kind: how often it passes that point}, its seconds)."""
    start = time.monotonic()

    def work():
        point = KillPoint(None)
        _, digest = train(folder, point).split()
        return json.dumps({**point.counts, "digest": digest})

    counts = json.loads(in_child(work))
    return counts.pop("digest"), counts, time.monotonic() - start


def try_point(folder, kind, number, seconds, expected):
    """None when nothing was lost by the kill at this point, else what was."""
    point = KillPoint(kind, number)
    if (
        in_child(lambda: train(folder, point), seconds if kind == "any time" else None) is not None
        and kind != "any time"
    ):
        return "it was not killed"
    saved = Path(f"{folder}.saved")
    promised = max(map(int, saved.read_text().split()), default=0) if saved.exists() else 0
    resumed_at, digest = in_child(lambda: train(folder, KillPoint(None))).split()
    if int(resumed_at) < promised:
        return f"step {promised} was saved, and it went on from {resumed_at}"
    if digest != expected:
        return f"after going on from step {resumed_at} the end is another"
    if list(folder.rglob(".*.part")):
        return "half a file was left behind"
    return None


def numbers(kind, counts, points, rng, seconds):
    """Which calls of a kind to die at: spread over the run; for any time, after how many seconds."""
    if kind == "any time":
        return [rng.uniform(0, seconds) for _ in range(points)]
    count = counts[kind]
    return sorted({1 + round(k * (count - 1) / max(points - 1, 1)) for k in range(points)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=8, help="of each kind (default 8)")
    points = parser.parse_args().points
    rng = random.Random(0)
    tried, lost = Counter(), []
    with tempfile.TemporaryDirectory() as scratch:
        warm_up(Path(scratch) / "warm")
        expected, counts, seconds = whole_run(Path(scratch) / "whole")
        for kind in KINDS:
            for number in numbers(kind, counts, points, rng, seconds):
                folder = Path(tempfile.mkdtemp(dir=scratch)) / "run"
                loss = try_point(folder, kind, number, number, expected)
                tried[kind] += 1
                if loss:
                    lost.append(f"{kind} {number}: {loss}")
    for kind in KINDS:
        print(f"{kind:15} {tried[kind]:4}  {'#' * tried[kind]}")
    total, saving = sum(tried.values()), sum(tried[kind] for kind in WHILE_SAVING)
    print(f"{total} kill points tried, {saving} of them while saving; lost: {len(lost)}")
    print("\n".join(lost))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
