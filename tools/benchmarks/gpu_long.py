"""The long trainings that need a GPU, one after the other: what time there is left is used, and nothing is lost.

    python tools/benchmarks/gpu_long.py --faces faces.zip --iclevr iclevr.zip --cifar cifar10_images.zip --cascade FILE
    python tools/benchmarks/gpu_long.py … --minutes 9 --carry 15     with a limit, and to go on on another machine

In this order: the best face recipe for ten minutes, with its scores, a grid, and weights as a shipped generator has
them; i-CLEVR's seven recipes for their 200 epochs; `collection_wgan_gp` on 300 faces for its 3000 epochs and as many
again; CIFAR-10's recipe and those with batches of 512. Data that are not named are named in the table, and skipped.

Everything is done by the kit's own commands, in run folders below --workspace. The same command resumes: a training
that is complete is not touched again, one that was stopped goes on. --out gets long.json, long.md and pictures. With
--carry MB it also gets what the training in hand needs to go on, in files of at most so many MB: copy --out to the next
machine, and the same command there takes them up. That is the newest checkpoint and the networks that measure: about 30
MB for the faces, and 300 to 400 for a scene recipe; the size is printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from gpu_parts.results import reason_of  # noqa: E402

from gan_hw.metrics.cascade_file import known_cascade  # noqa: E402
from gan_hw.metrics.protocol import METRICS  # noqa: E402
from gan_hw.recipes.published import ICLEVR  # noqa: E402
from gan_hw.training.history import read_history  # noqa: E402
from gan_hw.training.recovery import Diverged  # noqa: E402
from gan_hw.utils.environment import machine  # noqa: E402
from gan_hw.utils.files import write_text  # noqa: E402
from gan_hw.workflow.conditional_evaluation import evaluate  # noqa: E402
from gan_hw.workflow.export import draw  # noqa: E402
from gan_hw.workflow.plan import make_plan  # noqa: E402
from gan_hw.workflow.score import score  # noqa: E402
from gan_hw.workflow.submit import submit  # noqa: E402

FEW, REQUESTS = "?take=300", ("test.json", "new_test.json")
QUICK_STEPS = 16
RESERVE_S = 60  # for scores, within --minutes
SHIP = ROOT / "tools" / "weights" / "ship_generator.py"


@dataclass(frozen=True)
class Job:
    """One training and what is measured of it. data: the option that names it, and what is added to the address.

    after(plan, options): a dict for the table, when the training is complete. run: the run folder's name.
    """

    name: str
    recipe: str
    data: str
    budget: dict
    after: Callable
    suffix: str = ""
    beside: bool = False
    run: str = ""


def jobs(options):
    """All of them, in their order; with --quick for a few steps each."""
    found = [
        Job("faces", options.recipe, "faces", {"minutes": options.face_minutes}, of_faces),
        *(Job(recipe.name, recipe.name, "iclevr", {"epochs": recipe.epochs}, of_scenes) for recipe in ICLEVR),
        Job("300 faces", "collection_wgan_gp", "faces", {"epochs": 3000}, of_few, FEW, True, "300-faces"),
        Job("300 faces, beyond", "collection_wgan_gp", "faces", {"epochs": 6000}, of_few, FEW, True, "300-faces"),
        Job("cifar10_wgan_gp", "cifar10_wgan_gp", "cifar", {"epochs": 1200}, of_any),
        Job("anime_wgan_gp", "anime_wgan_gp", "faces", {"epochs": 54}, of_any),
        Job("celeba_wgan_gp", "celeba_wgan_gp", "celeba", {"epochs": 20}, of_any),
        Job("flowers_wgan_gp", "flowers_wgan_gp", "flowers", {"epochs": 694}, of_any),
    ]
    return [job for job in found if not options.only or job.name in options.only]


def of_faces(plan, options):
    """The scores of a submission, and the weights as those of a shipped generator, with a card, in --out."""
    archive = submit(plan.folder, cascade=options.cascade, workspace=plan.workspace, quiet=True)
    scores = score(archive, cascade=options.cascade, workspace=plan.workspace, quiet=True)
    write_text(options.out / "faces-scores.json", json.dumps(scores, indent=1))
    if cascade := known_cascade(options.cascade, plan.workspace):
        words = {"described": "real anime faces, mirrored at random", "licence": "unknown"}
        words["command"] = (
            f"python tools/benchmarks/gpu_long.py --faces faces.zip --face-minutes {options.face_minutes:g}"
        )
        command = [sys.executable, SHIP, plan.folder, "faces", "--cascade", cascade, "--data", plan.data]
        for name, text in words.items():
            command += [f"--{name}", text]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "GAN_HW_WORKSPACE": str(plan.workspace)}
        subprocess.run([*map(str, command), "--target", str(options.out / "weights")], check=True, env=environment)
    return {name: scores[name]["value"] for name in METRICS if "value" in scores.get(name, {})}


def of_scenes(plan, _options):
    """The share of i-CLEVR's requests that are drawn as asked, mean and standard deviation over ten draws."""
    found = {}
    for requests in REQUESTS:
        result = evaluate(plan.folder, requests, workspace=plan.workspace, quiet=True)
        found[requests] = result["classes"]["generated"]
    return found


def of_any(plan, _options):
    """What the history says: the last distance and the best one."""
    rows = [row for row in read_history(plan.folder) if "face_kernel" in row]
    if not rows:
        return {}
    best = min(rows, key=lambda row: row["face_kernel"])
    return {"face_kernel": rows[-1]["face_kernel"], "its best": best["face_kernel"], "after epochs": best["epoch"]}


def of_few(plan, options):
    """The same, with the diversity, and when the monitor found what."""
    rows, first = read_history(plan.folder), {}
    for row in rows:
        for finding in str(row.get("findings") or "").split():
            first.setdefault(finding, row["epoch"])
    diversity = [row["diversity"] for row in rows if isinstance(row.get("diversity"), float)]
    last = {"diversity": diversity[-1], "its least": min(diversity)} if diversity else {}
    return of_any(plan, options) | last | {"found first at epoch": first}


def plan_of(job, options):
    """The job's Plan; None where its data are not named."""
    address = getattr(options, job.data)
    if not address:
        return None
    data = f"iclevr:{address}" if job.data == "iclevr" else f"{address}{job.suffix}"
    budget = {"steps": QUICK_STEPS} if options.quick else job.budget
    small = {"feature_dim": 8, "batch_size": 8} if options.quick else ""
    return make_plan(
        job.recipe, data, **budget, workspace=options.workspace, run=f"long-{job.run or job.name}",
        device=options.device, beside=address if job.beside and not options.quick else None, overrides=small,
        best="none" if options.quick else None, quiet=True,
    )  # fmt: skip


def train(plan, end):
    """Train to the plan's budget, or until the time is up. Returns the trainer, and facts for the table."""
    trainer = plan.trainer()
    left = max(0.0, end - time.monotonic()) / 60
    minutes = min(plan.budget.get("minutes") or float("inf"), trainer.seconds / 60 + left)
    budget = {**plan.budget, "minutes": None if minutes == float("inf") else minutes}
    facts = {}
    try:
        trainer.train(**budget)
    except Diverged as error:
        facts["given up"] = str(error)
    last = trainer.schedule.last_step(plan.budget.get("epochs"), plan.budget.get("steps"))
    by_time = plan.budget.get("minutes") and trainer.seconds >= 60 * plan.budget["minutes"]
    facts |= {
        "complete": bool(trainer.step >= last or by_time or "given up" in facts),
        "steps": trainer.step, "epochs": round(trainer.step / trainer.steps_per_epoch, 1), "seen": trainer.seen,
        "minutes": round(trainer.seconds / 60, 2), "halvings": trainer.state.halvings, "precision": trainer.precision,
        "machine": machine(trainer.device)["name"], "steps that were replayed": trainer.runner.replayed,
    }  # fmt: skip
    return facts


def run(job, options, end):
    """One row of the table: facts of the training, and what is measured of it when it is complete."""
    plan = plan_of(job, options)
    if plan is None:
        return {"not run": f"name its data with --{job.data}"}
    unpack(options.out, plan)
    row = train(plan, end)
    if options.carry:
        pack(plan, options.out, options.carry)  # before anything else can fail or be stopped
    if row["complete"]:
        draw(plan.folder, options.out / f"{job.name.replace(', ', '-').replace(' ', '-')}.png")
        row["scores"] = job.after(plan, options)
        if not job.run:  # no other job goes on with it
            for part in parts_of(options.out, plan):
                part.unlink()
    return row


def pack(plan, out, megabytes):
    """Write what a run needs to go on to out/RUN.tar.0, .1 and so on.

    That is its newest checkpoint, its best generator and its history, and of the workspace the networks that measure:
    one that is trained anew on another machine is another one, and the run would not be the same.
    """
    whole = out / f".{plan.folder.name}.tar"
    newest = sorted((plan.folder / "checkpoints").glob("[0-9]*.pt"))[-1]
    facts = [path for path in plan.folder.iterdir() if path.suffix in (".json", ".csv") or "_best" in path.name]
    measuring = [*(plan.workspace / "data").glob("*.safetensors")]
    with tarfile.open(whole, "w") as archive:
        for path in (newest, *facts, *measuring):
            archive.add(path, path.relative_to(plan.workspace))
    old, size = parts_of(out, plan), int(megabytes * 1e6)
    fresh = []
    with whole.open("rb") as file:
        while content := file.read(size):
            fresh.append(whole.with_name(f"{whole.name}.{len(fresh)}"))
            fresh[-1].write_bytes(content)
    whole.unlink()
    for part in fresh:
        part.replace(out / part.name[1:])
    for part in old[len(fresh) :]:
        part.unlink()
    print(f"  to carry: {len(fresh)} files, {sum(part.stat().st_size for part in parts_of(out, plan)) / 1e6:.0f} MB")


def parts_of(out, plan):
    """The files that `pack` wrote of this run, in their order."""
    return sorted(out.glob(f"{plan.folder.name}.tar.*"), key=lambda path: int(path.suffix[1:]))


def unpack(out, plan):
    """Put back what `pack` wrote of this run, unless the run is there."""
    parts = parts_of(out, plan)
    if not parts or (plan.folder / "recipe.json").exists():
        return
    plan.workspace.mkdir(parents=True, exist_ok=True)
    whole = plan.workspace / ".packed.tar"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    with tarfile.open(whole) as archive:
        archive.extractall(plan.workspace, filter="data")
    whole.unlink()


def table(rows):
    """The rows as Markdown."""
    lines = ["| training | epochs | steps | images seen | minutes | halvings | measured |", "|---" * 7 + "|"]
    for name, row in rows.items():
        if "steps" not in row:
            reason = next(f"{state}: {row[state]}" for state in ("failed", "not run") if state in row)
            lines.append(f"| {name} | | | | | | {reason} |")
            continue
        scores = row.get("scores", {"not complete": "the same command goes on"})
        words = row.get("given up") or ", ".join(f"{key} {shown(value)}" for key, value in scores.items())
        numbers = f"{row['epochs']:g} | {row['steps']:,} | {row['seen']:,} | {row['minutes']:.1f} | {row['halvings']}"
        lines.append(f"| {name} | {numbers} | {words} |")
    return "\n".join(lines) + "\n"


def shown(value):
    """A number, or what a dict or list of them holds, as text."""
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {shown(part)}" for key, part in value.items()) + ")"
    if isinstance(value, list):
        return " ± ".join(map(shown, value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("faces", "iclevr", "cifar", "celeba", "flowers"):
        parser.add_argument(f"--{name}", help="address of the data set")
    parser.add_argument("--cascade", help="the face detector's file (default: GAN_HW_CASCADE, or fetched)")
    parser.add_argument("--recipe", default="gan_r1_wide", help="of the faces (default gan_r1_wide)")
    parser.add_argument("--face-minutes", type=float, default=10.0)
    parser.add_argument("--only", nargs="+", metavar="TRAINING")
    parser.add_argument(
        "--again", nargs="+", metavar="TRAINING", default=[], help="measure anew, or go on after a failure"
    )
    parser.add_argument("--minutes", type=float, help="of this call; what is in hand then goes on the next time")
    parser.add_argument("--carry", type=float, metavar="MB", help="write what is needed to go on elsewhere to --out")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quick", action="store_true", help="a rehearsal: small networks, a few steps")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    parser.add_argument("--out", type=Path, default=Path("workspace/gpu_long"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
    file = options.out / "long.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for job in jobs(options):
        row = rows.get(job.name, {})
        settled = row.get("complete") or "failed" in row
        if settled and job.name not in options.again:
            continue
        if time.monotonic() > end - RESERVE_S:
            print("The time is up; the same command goes on.")
            break
        print(f"{job.name}: {job.recipe}", flush=True)
        try:
            rows[job.name] = run(job, options, end - RESERVE_S)
        except Exception as error:
            rows[job.name] = {"failed": reason_of(error)}
        write_text(file, json.dumps(rows, indent=1) + "\n")
        write_text(options.out / "long.md", table(rows))
        print(f"  {rows[job.name]}", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
