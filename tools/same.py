"""Does this checkout compute what another commit computes? Prints one line for each thing that is compared.

    make same BASE=<commit>                      everything; about a quarter of an hour on two cores
    python tools/same.py BASE --quick            without the judge, whose face network takes most of the time
    python tools/same.py BASE --only wgan_gp     the cases whose name contains this

BASE is checked out into a work tree of its own. Both trees are driven through `python -m gan_hw` and through the files
that it writes, because the names inside the package may differ. Every command computes on one thread, and two of them
run at a time: the result does not depend on how many cores there are. What BASE computed is kept in the work folder,
so that the next comparison with the same commit takes half as long.

Exit status: 0 when all is equal, 1 when something differs, 2 when a command failed.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open

ROOT = Path(__file__).resolve().parent.parent
STEPS, HALF = 25, 12
SMALL = {"feature_dim": 8, "batch_size": 16}
FACES = "drawn:200"

# name: (options of `train`). Networks and batches are small; all else is the recipe's.
TRAININGS = {
    "gan": {"recipe": "gan"},
    "gan_longer": {"recipe": "gan_longer"},
    "wgan": {"recipe": "wgan"},
    "wgan_gp": {"recipe": "wgan_gp"},
    "wgan_gp_quick": {"recipe": "wgan_gp_quick"},
    "augmented": {"recipe": "collection_quick"},
    "conditional": {"recipe": "conditional_quick", "labels": "hair,eyes"},
    "acgan": {"recipe": "acgan_quick", "labels": "hair,eyes"},
    "cifar10": {"recipe": "cifar10_wgan_gp"},
    "published": {"recipe": "collection_wgan_gp"},
    "layer_norm": {"recipe": "collection_wgan"},
    "hsi_brightness": {"recipe": "wgan_gp_quick", "set": {"d_input": "hsi", "brightness_weight": 10.0}},
    "dense": {"recipe": "wgan_gp_quick", "set": {"g_body": "dense", "d_body": "dense", "d_norm": "none"}},
    "drift": {"recipe": "wgan_gp", "set": {"drift_weight": 0.001}},
    "augmented_conditional": {"recipe": "acgan_quick", "labels": "hair,eyes", "set": {"augment": True}},
    "iclevr_plane": {"recipe": "iclevr_cgan", "data": "iclevr"},
    "iclevr_wgan": {"recipe": "iclevr_cgan_wgan", "data": "iclevr"},
    "iclevr_content": {"recipe": "iclevr_acgan_content", "data": "iclevr"},
    "iclevr_srgan": {"recipe": "iclevr_acgan_srgan", "data": "iclevr"},
}
BF16 = ("gan", "wgan", "wgan_gp", "wgan_gp_quick", "augmented", "conditional", "cifar10", "iclevr_plane")
# A learning rate with which the critic's loss overflows, as it does with half of it, but not with a quarter.
ROLLBACK = {
    "recipe": "wgan",
    "set": {"optimiser": "adam", "d_norm": "none", "n_critic": 1, "clip_value": 1e30, "lr_d": 2e6},
}
PARTS = {
    "weights": ("generator", "discriminator"),
    "EMA": ("ema",),
    "optimisers": ("optimiser_g", "optimiser_d"),
    "random state": ("random",),
    "counters": ("step", "halvings"),
}


def main(arguments=None):
    """Compare, print a line for each case, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="BASE", help="the commit to compare with")
    parser.add_argument("--quick", action="store_true", help="leave out the judge, which trains the face network")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name contains it")
    parser.add_argument("--cascade", default=os.environ.get("GAN_HW_CASCADE"), help="the face detector's file")
    parser.add_argument("--work", default=ROOT / "workspace" / "same", type=Path, help="folder for both trees' runs")
    args = parser.parse_args(arguments)
    args.cascade = str(Path(args.cascade).resolve()) if args.cascade else None  # commands run in other folders
    commit = subprocess.check_output(["git", "rev-parse", "--verify", f"{args.base}^{{commit}}"], cwd=ROOT, text=True)
    base = args.work.resolve() / commit.strip()[:12]
    check_out(commit.strip(), base / "tree")
    make_scenes(args.work.resolve() / "iclevr.zip")
    head = args.work.resolve() / "head"
    shutil.rmtree(head, ignore_errors=True)
    for name in ("gan_hw", "notebooks"):  # a copy, so that the checkout may be edited meanwhile
        shutil.copytree(ROOT / name, head / "tree" / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    there, here = Side(base / "tree", base, args), Side(head / "tree", head, args)
    cases = [name for name in case_names(args) if args.only in name]
    if not cases:
        parser.error(f"no case's name contains {args.only!r}")
    with ThreadPoolExecutor(2) as threads:
        found = threads.map(lambda name: (name, there.result(name), here.result(name, base)), cases)
        worst = max([report(name, old, new) for name, old, new in found], default=0)
    print(f"{len(cases)} cases compared with {commit.strip()[:12]}: {'all equal' if worst == 0 else 'NOT equal'}")
    return worst


def case_names(args):
    """The cases in the order in which they are run, the slow ones first."""
    names = [] if args.quick else ["judged"]
    names += ["asked", *TRAININGS]
    names += [f"{name} bf16" for name in BF16] if has_bf16() else []
    names += ["resume", "resume of BASE's run", "rollback", "start", "drawn faces", "submission", "log and export"]
    return names + (["best by afd"] if args.cascade else [])


def has_bf16():
    """Whether the processor multiplies bfloat16 in hardware."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, lambda: False)() for check in checks)


def report(name, old, new):
    """Print the line of one case; 0 equal, 1 different, 2 failed."""
    for side, result in (("BASE", old), ("HEAD", new)):
        if "failed" in result:
            print(f"FAILED   {name}: {side}: {result['failed']}", flush=True)
            return 2
    different = [key for key in old.keys() | new.keys() if old.get(key) != new.get(key)]
    if different:
        print(f"DIFFERS  {name}: {', '.join(sorted(different))}", flush=True)
        return 1
    words = ", ".join(f"{key} {value}" if len(str(value)) < 10 else key for key, value in old.items())
    print(f"equal    {name}: {words}", flush=True)
    return 0


def check_out(commit, tree):
    """A work tree of `commit` at `tree`, made once."""
    if (tree / "gan_hw" / "__init__.py").exists():
        return
    tree.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
    subprocess.run(
        ["git", "worktree", "add", "--quiet", "--detach", "--force", str(tree), commit], cwd=ROOT, check=True
    )


def make_scenes(path, count=64):
    """A small archive in i-CLEVR's layout: squares of up to three of four colours, and the names of what is shown."""
    if path.exists():
        return
    names = {"red cube": (200, 40, 40), "green cube": (40, 200, 40), "blue cube": (40, 40, 200), "grey cube": (90,) * 3}
    chance, labels = random.Random(0), {}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            shown = chance.sample(sorted(names), chance.randint(1, 3))
            pixels = np.full((64, 64, 3), 180, np.uint8)
            for place, name in enumerate(shown):
                row = chance.randint(0, 44)
                pixels[row : row + 18, 20 * place + 2 : 20 * place + 20] = names[name]
            labels[f"{number}.png"] = shown
            with archive.open(f"images/{number}.png", "w") as file:
                Image.fromarray(pixels).save(file, format="PNG")
        archive.writestr("train.json", json.dumps(labels))
        archive.writestr("objects.json", json.dumps({name: index for index, name in enumerate(names)}))


class Side:
    """One of the two trees, and the folder in which its runs lie."""

    def __init__(self, tree, folder, args):
        self.tree, self.folder, self.args = tree, folder, args
        self.scenes = args.work.resolve() / "iclevr.zip"

    def result(self, name, base=None):
        """{what: hash or number} of a case, or {"failed": reason}; BASE's come from its file where they are known."""
        settings = (
            f"{STEPS} {HALF} {FACES} {SMALL} {TRAININGS} {ROLLBACK} {PARTS} {torch.__version__} {self.args.cascade}"
        )
        known = self.folder / "results" / f"{name.replace(' ', '_')}-{short_hash(settings.encode())}.json"
        if known.exists():
            return json.loads(known.read_text())
        try:
            found = self.compute(name, base)
        except subprocess.CalledProcessError as error:
            return {"failed": (error.stderr or error.stdout or str(error)).strip()[-500:]}
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(json.dumps(found))
        return found

    def compute(self, name, base):
        """Run what the case needs, and read what it wrote."""
        workspace = self.folder / name.replace(" ", "_").replace("'", "")
        shutil.rmtree(workspace, ignore_errors=True)
        training, _, precision = name.partition(" ")
        if training in TRAININGS:
            return self.trained(workspace, TRAININGS[training], STEPS, precision or "fp32")
        special = {
            "resume": self.case_resume, "resume of BASE's run": lambda place: self.case_takeover(place, base),
            "rollback": self.case_rollback, "start": self.case_start, "drawn faces": self.case_drawn,
            "submission": self.case_submission, "log and export": self.case_log, "asked": self.case_ask,
            "judged": self.case_judge, "best by afd": self.case_best,
        }  # fmt: skip
        return special[name](workspace)

    def gan_hw(self, *words):
        """Run a command of the kit in this tree; returns what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GAN_HW_")}
        environment |= {"PYTHONPATH": str(self.tree), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "gan_hw", *map(str, words)]
        done = subprocess.run(command, cwd=self.tree, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def train(self, workspace, options, steps, precision="fp32", extra=()):
        """Train for so many steps; returns the run folder."""
        data = f"iclevr:{self.scenes}" if options.get("data") == "iclevr" else FACES
        fields = {**SMALL, **({"size": 32} if "cifar10" in options["recipe"] else {}), **options.get("set", {})}
        labels = ["--labels", options["labels"]] if "labels" in options else []
        best = [] if "--best" in extra else ["--best", "none"]
        self.gan_hw(
            "train", "--recipe", options["recipe"], "--data", data, "--steps", steps, "--run", "run", "--device", "cpu",
            "--workspace", workspace, "--precision", precision, *labels, *best, "--quiet", *extra,
            *(word for field, value in fields.items() for word in ("--set", f"{field}={value}")),
        )  # fmt: skip
        return workspace / "runs" / "run"

    def trained(self, workspace, options, steps, precision="fp32", extra=()):
        """Hashes of everything that a training wrote."""
        return state_of(self.train(workspace, options, steps, precision, extra))

    def case_resume(self, workspace):
        """A run that is interrupted and resumed."""
        self.train(workspace, TRAININGS["wgan_gp_quick"], HALF)
        return self.trained(workspace, TRAININGS["wgan_gp_quick"], STEPS)

    def case_takeover(self, workspace, base):
        """A run that BASE began, continued by this tree."""
        begun = (base or self.folder) / "begun"
        if not base:
            shutil.rmtree(begun, ignore_errors=True)
            self.train(begun, TRAININGS["conditional"], HALF)
        shutil.copytree(begun, workspace)
        return self.trained(workspace, TRAININGS["conditional"], STEPS)

    def case_rollback(self, workspace):
        """One that diverges, and goes on with half its learning rates."""
        found = self.trained(workspace, ROLLBACK, HALF)
        return found if found["halvings"] else {"failed": "the training did not diverge; change ROLLBACK"}

    def case_start(self, workspace):
        """One that begins with another run's networks."""
        other = self.train(workspace / "other", TRAININGS["gan"], HALF)
        return self.trained(workspace, TRAININGS["gan"], STEPS, extra=("--start", other))

    def case_drawn(self, workspace):
        """The drawn faces and their labels, as the kit caches them."""
        self.train(workspace, TRAININGS["gan"], 1)
        (cache,) = (workspace / "data").glob("drawn*.pt")
        stored = torch.load(cache, weights_only=True)
        return {name: digest(stored[name]) for name in ("images", "labels", "class_names")} | {"file": cache.name}

    def case_submission(self, workspace):
        """A submission's bytes, as generated and with z truncated."""
        folder = self.train(workspace, TRAININGS["wgan_gp_quick"], STEPS)
        found = {}
        for name, extra in (("as generated", ()), ("truncated", ("--truncation", 1.5))):
            self.gan_hw("submit", folder, "--quiet", *extra)
            found[name] = short_hash((folder / "submission.tgz").read_bytes())
        return found | {"chosen": json.loads((folder / "submission.json").read_text())["truncation"]}

    def case_log(self, workspace):
        """The lines of `log`, and the files of `export`."""
        folder = self.train(workspace, TRAININGS["gan_longer"], STEPS)
        self.gan_hw("export", folder, workspace / "pictures", "--n", 20, "--quiet")
        pictures = sorted((workspace / "pictures").glob("*.png"))
        return {
            "log": short_hash(self.gan_hw("log", folder).encode()),
            "pictures": short_hash(b"".join(np.asarray(Image.open(path)).tobytes() for path in pictures)),
        }

    def case_ask(self, workspace):
        """What the evaluator says of a conditional run."""
        folder = self.train(workspace, TRAININGS["conditional"], STEPS)
        self.gan_hw("ask", folder, "--workspace", workspace, "--quiet")
        return {"classes.json": short_hash((folder / "classes.json").read_bytes())}

    def case_judge(self, workspace):
        """scores.json of a submission, the face network's numbers included."""
        folder = self.train(workspace, TRAININGS["wgan_gp_quick"], STEPS)
        self.gan_hw("submit", folder, "--quiet")
        cascade = ["--cascade", self.args.cascade] if self.args.cascade else []
        self.gan_hw("judge", folder / "submission.tgz", "--workspace", workspace, "--quiet", *cascade)
        scores = json.loads((folder / "scores.json").read_text())
        if not cascade:  # the reason that AFD was not measured may name a temporary file
            scores = {name: value for name, value in scores.items() if "not measured" not in str(value)}
        return {name: short_hash(json.dumps(value).encode()) for name, value in scores.items()}

    def case_best(self, workspace):
        """A longer training that looks at its samples, and keeps its best generator."""
        options = {"recipe": "wgan_gp_quick", "set": {"lr_g": 0.002, "lr_d": 0.001}}
        return self.trained(workspace, options, 300, extra=("--best", "afd", "--cascade", self.args.cascade))


def state_of(folder):
    """Hashes of what a run's files hold, except times, machine and versions."""
    newest = max((folder / "checkpoints").glob("[0-9]*.pt"))
    state = torch.load(newest, weights_only=True)
    found = {name: digest([state[key] for key in keys]) for name, keys in PARTS.items()}
    found["halvings"] = state["halvings"]
    with open(folder / "history.csv", newline="") as file:
        rows = [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    found["history"] = digest(rows)
    for path in sorted(folder.glob("generator*.safetensors")):
        found[path.stem] = of_safetensors(path)
    identity = json.loads((folder / "recipe.json").read_text())
    found["recipe.json"] = digest({name: identity.get(name) for name in ("recipe", "data", "seed", "begun_with")})
    found["samples"] = digest([np.asarray(Image.open(path)) for path in sorted((folder / "samples").glob("*.png"))])
    return found


def of_safetensors(path):
    """Hash of a file's tensors and its metadata."""
    with safe_open(path, "pt") as file:
        metadata = {name: json.loads(value) for name, value in (file.metadata() or {}).items()}
        return digest([metadata, {name: file.get_tensor(name) for name in sorted(file.keys())}])


def digest(value):
    """Hash of nested plain values, arrays and tensors; keys of dicts in any order."""
    found = hashlib.sha256()
    update_hash(value, found)
    return found.hexdigest()[:16]


def update_hash(value, found):
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            found.update(f"{key!r}:".encode())
            update_hash(value[key], found)
    elif isinstance(value, (list, tuple)):
        found.update(f"{len(value)}[".encode())
        for item in value:
            update_hash(item, found)
    elif isinstance(value, (torch.Tensor, np.ndarray)):
        array = value.contiguous().numpy() if isinstance(value, torch.Tensor) else np.ascontiguousarray(value)
        found.update(f"{array.dtype} {array.shape} ".encode() + array.tobytes())
    else:
        found.update(f"{value!r};".encode())


def short_hash(content):
    return hashlib.sha256(content).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
