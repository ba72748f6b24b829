"""A training described in names and words -> recipe, images, run folder and budget; for command line and notebooks.

No torch before a plan is carried out, so that wrong words are answered at once.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_hw.data.address import LABELS, TORCHVISION_SETS
from gan_hw.data.sources import open_source
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes import COLLECTIONS, DEFAULT, Recipe, get_recipe
from gan_hw.training.options import BEST_BY
from gan_hw.utils.environment import DEVICES, PRECISIONS, smoke
from gan_hw.utils.hosts import attached_runs, find_workspace

if TYPE_CHECKING:
    from torch import nn

    from gan_hw.data.images import ImageSet
    from gan_hw.training.best import Score
    from gan_hw.training.trainer import Trainer

SMOKE_FIELDS = {"feature_dim": 4, "batch_size": 8}
SMOKE_FACES, SMOKE_STEPS = 64, 20
WHOLE_NUMBERS = ("steps", "keep_every")
MAX_NAME_LENGTH = 150  # letters of a run's name
PLAIN_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Plan:
    """One training: what, on which images, where, for how long. `make_plan` makes it from names."""

    recipe: Recipe
    data: str
    workspace: Path
    run: str
    seed: int
    budget: dict[str, Any]  # minutes, epochs, steps as Trainer.train takes them
    device: str
    precision: str
    quiet: bool
    best: str = "none"  # what the best generator is chosen by, one of BEST_BY
    cascade: str | None = None  # the face detector's file
    keep_every: int = 0  # steps whose checkpoints are kept for good
    start: str | None = None  # folder of a run whose networks the training starts with
    beside: str | None = None  # the data set whose features the best is chosen by, where it is not `data` itself

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.workspace / "runs" / self.run

    def images(self) -> "ImageSet":
        """The images, from the cache when they were read before. Prints how many were left out."""
        images = self._load(self.data)
        if images.left_out and not self.quiet:
            print(f"Left out: {len(images.left_out)} pictures that can't be read, first {images.left_out[0]}")
        if images.unlabelled and not self.quiet:
            print(f"Left out: {images.unlabelled} pictures that have no labels")
        return images

    def adopt_attached(self) -> bool:
        """Copy the run from what is attached to a Kaggle notebook, where it is not here yet."""
        from gan_hw.training.attached_runs import adopt

        return adopt(self.folder, attached_runs(self.run), self.quiet)

    def trainer(self, images: "ImageSet | None" = None, **own: Any) -> "Trainer":
        """The Trainer of this plan, resumed where the run folder, or an attached one, holds a training.

        own: keywords of Trainer that replace the plan's, such as networks and losses of one's own.
        """
        from gan_hw.training.trainer import Trainer

        self.adopt_attached()
        images = self.images() if images is None else images
        if "score" not in own:
            own["score"] = self._score(images)
        options = {
            "seed": self.seed, "device": self.device, "precision": self.precision, "keep_every": self.keep_every,
            "start": self.start, "feature_extractor": self._feature_extractor(images), "quiet": self.quiet,
        }  # fmt: skip
        return Trainer(self.recipe, images, self.folder, **{**options, **own})

    def _score(self, images: "ImageSet") -> "Score | None":
        """What chooses the best generator, or None: also where that can't be measured on these images."""
        from gan_hw.training.selection import ClassScore, FaceScore, FeatureScore

        try:
            match self.best:
                case "afd":
                    return FaceScore(images, self.workspace, self.cascade)
                case "classes":
                    return ClassScore(images, self.workspace, self.quiet)
                case "features":
                    beside = self._load(self.beside) if self.beside else None
                    return FeatureScore(images, self.workspace, self.quiet, beside)
        except NotMeasured as reason:
            print(f"No best generator is kept: {reason}")
        return None

    def _feature_extractor(self, images: "ImageSet") -> "nn.Module | None":
        from gan_hw.training.perceptual import feature_extractor
        from gan_hw.utils.devices import choose_device

        device = choose_device(self.device).type
        return feature_extractor(self.recipe.content, images, self.workspace, device, self.quiet)

    def _load(self, data: str) -> "ImageSet":
        from gan_hw.data.images import load_images

        return load_images(data, self.workspace, self.recipe.size, self.quiet)

    def __str__(self) -> str:
        limits = ", ".join(f"{value:g} {name}" for name, value in self.budget.items() if value is not None)
        limits = limits or f"{self.recipe.epochs} epochs"
        return f"{self.recipe.name} on {self.data} for {limits}, seed {self.seed} -> {self.folder}"


def make_plan(
    recipe: str = DEFAULT, data: str | Path = "drawn", *, minutes: Any = None, epochs: Any = None, steps: Any = None,
    workspace: str | Path | None = None, run: Any = None, seed: Any = 0, device: str = "auto", precision: str = "auto",
    overrides: Mapping[str, Any] | str | None = "", quiet: bool = False, best: str | None = None,
    cascade: str | None = None, keep_every: Any = 0, start: str | None = None, beside: str | None = None,
) -> Plan:  # fmt: skip
    """The Plan for these names; all of them are checked here, before any work is done.

    recipe: a name from RECIPES. overrides: fields of it to change, as a dict or as text: 'n_critic=2 betas=0.0,0.9'.
    data: an address of images; see data/sources. minutes, epochs, steps: budgets, None or 0 for none. run: the folder's
    name, by default made of recipe, data, seed. best: what the best generator of the run is chosen by (see
    training/selection.py): 'afd', 'classes', 'features' or 'none'; by default by classes of i-CLEVR, by features of
    torchvision's sets and with recipes for collections, else by afd. cascade: the face detector's file; see
    find_cascade. keep_every: keep the checkpoint of each such step, 0 for none. start: folder of a run whose networks
    this one starts with. beside: another data set, whose features the best is chosen by: for a small collection,
    data='...?take=N', the whole of which it is a part.
    With GAN_HW_SMOKE set, the plan is cut down to a run of seconds. Raises ValueError for what can't be.
    """
    chosen = get_recipe(recipe).replace(**read_fields(overrides))
    budget = {"minutes": minutes, "epochs": epochs, "steps": steps}
    budget = {name: _number(name, value) for name, value in budget.items()}
    other = open_source(beside) if beside else None
    best = best or ("features" if beside else _best_for(chosen, str(data).partition(":")[0]))
    if best not in BEST_BY:
        raise ValueError(f"best={best!r} is unknown; choose one of {', '.join(BEST_BY)}")
    if best == "classes" and not chosen.conditional:
        raise ValueError(f"best='classes' has no meaning with recipe={recipe!r}, which is told no classes")
    if other and best != "features":
        raise ValueError(f"beside={other.address!r} has no meaning with best={best!r}; it is for best='features'")
    if best == "afd" and (cascade or os.environ.get("GAN_HW_CASCADE")):
        find_cascade(cascade, find_workspace(workspace))  # a wrong path should not be found out an hour later
    if smoke():
        data = f"drawn:{SMOKE_FACES}" + (f"{LABELS}hair,eyes" if chosen.conditional else "")
        chosen, budget = chosen.replace(**SMOKE_FIELDS), {"steps": SMOKE_STEPS}
        best = "none"
    _check_device(device, precision)
    source, seed = open_source(data), _seed(seed)
    suffix = f"-beside-{other.name}" if other else ""  # scores of another measure: another run
    run = str(run or f"{recipe}-{source.name}-s{seed}{suffix}")  # papermill turns the name 2026 into a number
    if not PLAIN_NAME.fullmatch(run):
        raise ValueError(f"run={run!r} must be a plain name of letters, digits, '-', '_' and '.', not a path")
    if len(run) > MAX_NAME_LENGTH:
        raise ValueError(f"run={run[:30]!r}... is longer than {MAX_NAME_LENGTH} letters")
    return Plan(
        chosen, source.address, find_workspace(workspace), run, seed, budget, device, precision, quiet,
        best, cascade, _number("keep_every", keep_every) or 0, start, other.address if other else None,
    )  # fmt: skip


def _check_device(device: str, precision: str) -> None:
    """Raise ValueError for names that are unknown, or for what does not work here; only that needs torch."""
    for name, value, known in (("device", device, DEVICES), ("precision", precision, PRECISIONS)):
        if value not in known:
            raise ValueError(f"{name}={value!r} is unknown; choose one of {', '.join(known)}")
    if (device, precision) != ("auto", "auto"):
        from gan_hw.utils.devices import choose_device, choose_precision

        choose_precision(precision, choose_device(device))


def _best_for(recipe: Recipe, kind: str) -> str:
    if recipe.conditional and kind == "iclevr":
        return "classes"
    for_collections = recipe.name in {other.name for other in COLLECTIONS}
    return "features" if for_collections or kind.partition("?")[0] in TORCHVISION_SETS else "afd"


def read_fields(overrides: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """{field: value} of a recipe's overrides, a dict, or text like 'n_critic=2 betas=0.0,0.9'. Raises ValueError."""
    if isinstance(overrides, Mapping):
        return dict(overrides)
    text = str(overrides or "").strip()
    words = re.split(r"\s+(?=\w+\s*=)", text) if text else []
    for word in words:
        if "=" not in word:
            raise ValueError(f"{word!r} is not of the form field=value, as in n_critic=2")
    return {name.strip(): value for name, value in (word.split("=", 1) for word in words)}


def _number(name: str, value: Any) -> Any:
    """A budget as papermill or a person writes it: a positive number, or None for none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf") or (name in WHOLE_NUMBERS and number != int(number)):
        raise ValueError(f"{name}={value!r} is not a number of 0 or more")
    return (int(number) if name in WHOLE_NUMBERS else number) or None


def _seed(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number < 2**32 or number != float(value):
        raise ValueError(f"seed={value!r} is not a whole number from 0 to 2**32 - 1")
    return number
