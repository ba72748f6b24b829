"""What a person asked for, in words -> recipe, images, run folder and budget. Command line and notebooks share it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gan_hw.data.images import load_images
from gan_hw.data.sources import open_source
from gan_hw.data.sources.modified import LABELS
from gan_hw.data.sources.torchvision_sets import KINDS as TORCHVISION
from gan_hw.metrics.afd import find_cascade
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes import COLLECTIONS, DEFAULT, Recipe, get_recipe
from gan_hw.training.attached_runs import adopt
from gan_hw.training.perceptual import feature_extractor
from gan_hw.training.selection import NAMES, ClassScore, FaceScore, FeatureScore
from gan_hw.training.trainer import Trainer
from gan_hw.utils.devices import choose_device, choose_precision
from gan_hw.utils.environment import smoke
from gan_hw.utils.hosts import attached_runs, find_workspace

SMOKE_FIELDS = {"feature_dim": 4, "batch_size": 8}
SMOKE_FACES, SMOKE_STEPS = 64, 20
WHOLE = ("steps", "keep_every")
LONGEST = 150  # letters of a run's name
PLAIN_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Plan:
    """One training: what, on which images, where, for how long. `make_plan` makes it from names."""

    recipe: Recipe
    data: str
    workspace: Path
    run: str
    seed: int
    budget: dict  # minutes, epochs, steps as Trainer.train takes them
    device: str
    precision: str
    quiet: bool
    best: str = "none"  # what the best generator is chosen by, one of choosing.NAMES
    cascade: str | None = None  # the face detector's file
    keep_every: int = 0  # steps whose checkpoints are kept for good
    start: str | None = None  # folder of a run whose networks the training begins with
    beside: str | None = None  # the data set whose features the best is chosen by, where it is not `data` itself

    @property
    def folder(self):
        """The run folder."""
        return self.workspace / "runs" / self.run

    def images(self):
        """The ImageSet, from the cache when it was read before. What was left out of it is said."""
        images = load_images(self.data, self.workspace, self.recipe.size, self.quiet)
        if images.left_out and not self.quiet:
            print(f"Left out: {len(images.left_out)} pictures that can't be read, first {images.left_out[0]}")
        if images.unlabelled and not self.quiet:
            print(f"Left out: {images.unlabelled} pictures that have no labels")
        return images

    def adopt_attached(self):
        """Copy the run from what is attached to a Kaggle notebook, where it is not here yet."""
        return adopt(self.folder, attached_runs(self.run), self.quiet)

    def trainer(self, images=None, **own):
        """The Trainer of this plan, resumed where the run folder, or an attached one, holds a training.

        `own` networks and losses as it takes.
        """
        self.adopt_attached()
        images = self.images() if images is None else images
        if "score" not in own:
            own["score"] = self._score(images)
        options = {
            "seed": self.seed, "device": self.device, "precision": self.precision, "keep_every": self.keep_every,
            "start": self.start, "feature_extractor": self._feature_extractor(images), "quiet": self.quiet,
        }  # fmt: skip
        return Trainer(self.recipe, images, self.folder, **{**options, **own})

    def _score(self, images):
        """What chooses the best generator, or None: also where that can't be measured on these images."""
        ways = {
            "afd": lambda: FaceScore(images, self.workspace, self.cascade),
            "classes": lambda: ClassScore(images, self.workspace, self.quiet),
            "features": lambda: FeatureScore(images, self.workspace, self.quiet, self._beside()),
            "none": lambda: None,
        }
        try:
            return ways[self.best]()
        except NotMeasured as reason:
            print(f"No best generator is kept: {reason}")
            return None

    def _beside(self):
        return load_images(self.beside, self.workspace, self.recipe.size, self.quiet) if self.beside else None

    def _feature_extractor(self, images):
        return feature_extractor(
            self.recipe.content, images, self.workspace, choose_device(self.device).type, self.quiet
        )

    def __str__(self):
        limits = ", ".join(f"{value:g} {name}" for name, value in self.budget.items() if value is not None)
        limits = limits or f"{self.recipe.epochs} epochs"
        return f"{self.recipe.name} on {self.data} for {limits}, seed {self.seed} -> {self.folder}"


def make_plan(
    recipe=DEFAULT, data="drawn", minutes=None, epochs=None, steps=None, workspace=None, run=None, seed=0,
    device="auto", precision="auto", overrides="", quiet=False, best=None, cascade=None, keep_every=0,
    start=None, beside=None,
):  # fmt: skip
    """The Plan for these names; all of them are checked here, before any work is done.

    recipe: a name from RECIPES. overrides: fields of it to change, as a dict or as text: 'n_critic=2 betas=0.0,0.9'.
    minutes, epochs, steps: budgets, None or 0 for none. run: the folder's name, by default made of recipe, data, seed.
    best: what the best generator of the run is chosen by (see choosing): 'afd', 'classes', 'features' or 'none'; by
    default by classes of i-CLEVR, by features of torchvision's sets and with recipes for collections, else by afd.
    cascade: the face detector's file, as for judging.find_cascade. keep_every: keep the checkpoint of each such step, 0
    for none. start: folder of a run whose networks this one begins with. beside: another data set, whose features the
    best is chosen by: for a small collection, data='...?take=N', the whole of which it is a part.
    With GAN_HW_SMOKE set, the plan is cut down to a run of seconds. Raises ValueError for what can't be.
    """
    chosen = get_recipe(recipe).replace(**read_fields(overrides))
    budget = {"minutes": minutes, "epochs": epochs, "steps": steps}
    budget = {name: _budget(name, value) for name, value in budget.items()}
    other = open_source(beside) if beside else None
    best = best or ("features" if beside else _best_for(chosen, str(data).partition(":")[0]))
    if best not in NAMES:
        raise ValueError(f"best={best!r} is unknown; choose one of {', '.join(NAMES)}")
    if best == "classes" and not chosen.conditional:
        raise ValueError(f"best='classes' has no meaning with recipe={recipe!r}, which is told no classes")
    if beside and best != "features":
        raise ValueError(f"beside={other.address!r} has no meaning with best={best!r}; it is for best='features'")
    if best == "afd" and (cascade or os.environ.get("GAN_HW_CASCADE")):
        find_cascade(cascade, workspace)  # a wrong path should not be found out an hour later
    if smoke():
        data = f"drawn:{SMOKE_FACES}" + (f"{LABELS}hair,eyes" if chosen.conditional else "")
        chosen, budget = chosen.replace(**SMOKE_FIELDS), {"steps": SMOKE_STEPS}
        best = "none"
    choose_precision(precision, choose_device(device))
    source, seed = open_source(data), _seed(seed)
    apart = f"-beside-{other.name}" if other else ""  # scores of another measure: another run
    run = str(run or f"{recipe}-{source.name}-s{seed}{apart}")  # papermill turns the name 2026 into a number
    if not PLAIN_NAME.fullmatch(run):
        raise ValueError(f"run={run!r} must be a plain name of letters, digits, '-', '_' and '.', not a path")
    if len(run) > LONGEST:
        raise ValueError(f"run={run[:30]!r}... is longer than {LONGEST} letters")
    return Plan(
        chosen, source.address, find_workspace(workspace), run, seed, budget, device, precision, quiet,
        best, cascade, _budget("keep_every", keep_every) or 0, start, other and other.address,
    )  # fmt: skip


def _best_for(recipe, kind):
    if recipe.conditional and kind == "iclevr":
        return "classes"
    for_collections = recipe.name in {other.name for other in COLLECTIONS}
    return "features" if for_collections or kind.partition("?")[0] in TORCHVISION else "afd"


def read_fields(overrides):
    """{field: value} of a recipe's overrides, a dict, or text like 'n_critic=2 betas=0.0,0.9'. Raises ValueError."""
    if isinstance(overrides, dict):
        return overrides
    text = str(overrides or "").strip()
    overrides = re.split(r"\s+(?=\w+\s*=)", text) if text else []
    for override in overrides:
        if "=" not in override:
            raise ValueError(f"{override!r} is not of the form field=value, as in n_critic=2")
    return {name.strip(): value for name, value in (override.split("=", 1) for override in overrides)}


def _budget(name, value):
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf") or (name in WHOLE and number != int(number)):
        raise ValueError(f"{name}={value!r} is not a number of 0 or more")
    return (int(number) if name in WHOLE else number) or None


def _seed(value):
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number < 2**32 or number != float(value):
        raise ValueError(f"seed={value!r} is not a whole number from 0 to 2**32 - 1")
    return number
