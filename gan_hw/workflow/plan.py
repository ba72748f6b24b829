"""Names and text -> a planned training: recipe, images, run folder and budget. For the command line and notebooks.

No torch before a plan is carried out, so that a wrong value is reported at once.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_hw.data.address import LABELS_OPTION, TORCHVISION_SETS
from gan_hw.data.sources import open_source
from gan_hw.metrics.cascade_file import known_cascade
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes import COLLECTIONS, DEFAULT, Recipe, get_recipe
from gan_hw.training.options import BEST_BY
from gan_hw.training.tracking import make_trackers
from gan_hw.utils.environment import DEVICES, PRECISIONS, is_smoke_run
from gan_hw.utils.hosts import find_attached_runs, find_workspace
from gan_hw.utils.messages import mark, say

if TYPE_CHECKING:
    from torch import nn

    from gan_hw.data.images import ImageSet
    from gan_hw.training.best import Score
    from gan_hw.training.trainer import Trainer

SMOKE_FIELDS = {"feature_dim": 4, "batch_size": 8}
SMOKE_FACES, SMOKE_STEPS = 64, 20
WHOLE_NUMBERS = ("steps", "keep_every")
BUDGETS = {
    "minutes": mark("{count:.10g} minutes"), "epochs": mark("{count:.10g} epochs"), "steps": mark("{count:.10g} steps")
}  # fmt: skip
MAX_RUN_NAME_LENGTH = 150  # characters
RUN_NAME_PATTERN = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Plan:
    """One training: what, on which images, where and for how long. `make_plan` makes it from names."""

    recipe: Recipe
    data: str
    workspace: Path
    run: str
    seed: int
    budget: dict[str, Any]  # minutes, epochs, steps, as for Trainer.train
    device: str
    precision: str
    quiet: bool
    best: str = "none"  # how the best generator is chosen, one of BEST_BY
    cascade: str | None = None  # path of the cascade's file, which the workspace remembers for judging
    keep_every: int = 0  # steps between checkpoints that are never deleted, 0 for none
    start: str | None = None  # a run's folder, or shipped:NAME, whose networks this one starts with
    beside: str | None = None  # the data set whose features choose the best, None for `data` itself
    track: str = ""  # a name from training.tracking.TRACKERS, empty for none

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.workspace / "runs" / self.run

    def images(self) -> "ImageSet":
        """The images, read from the cache if they were read before. Prints how many were left out."""
        images = self._load(self.data)
        if images.unreadable and not self.quiet:
            print(
                say(
                    "Left out: {count} pictures that can't be read, first {first}",
                    count=len(images.unreadable),
                    first=images.unreadable[0],
                )
            )
        if images.unlabelled_count and not self.quiet:
            print(say("Left out: {count} pictures that have no labels", count=images.unlabelled_count))
        return images

    def adopt_attached(self) -> bool:
        """Copy the run from what is attached to a Kaggle notebook, unless it is here. Returns whether it was copied."""
        from gan_hw.training.attached_runs import copy_attached_run

        return copy_attached_run(self.folder, find_attached_runs(self.run), self.quiet)

    def trainer(self, images: "ImageSet | None" = None, **keywords: Any) -> "Trainer":
        """The Trainer of this plan, resumed if the run folder, or an attached one, holds a training.

        images: in place of the plan's. keywords: arguments of Trainer that replace the plan's, such as your own
        networks and losses; `trackers` are added to that of `track`.
        """
        from gan_hw.metrics.afd import load_cascade
        from gan_hw.training.ranks import find_ranks
        from gan_hw.training.trainer import Trainer

        ranks = find_ranks()
        with ranks.in_turn():
            self.adopt_attached()
            if self.cascade:
                load_cascade(self.cascade, self.workspace)
            images = self.images() if images is None else images
            if "score" not in keywords:
                keywords["score"] = None if ranks.rank else self._score(images)
            if "feature_extractor" not in keywords:  # it may have to be trained first
                keywords["feature_extractor"] = self._feature_extractor(images)
        keywords["trackers"] = (*make_trackers(self.track), *keywords.get("trackers", ()))
        options = {
            "seed": self.seed, "device": self.device, "precision": self.precision, "keep_every": self.keep_every,
            "start": self.start, "quiet": self.quiet,
        }  # fmt: skip
        return Trainer(self.recipe, images, self.folder, **{**options, **keywords})

    def prepare(self) -> None:
        """Make what a training and its judging read in the workspace, so that many at a time need not make it each."""
        from gan_hw.metrics.afd import load_cascade
        from gan_hw.metrics.reference import face_reference

        images = self.images()
        self._score(images)
        with suppress(NotMeasured):
            load_cascade(self.cascade, self.workspace)
        with suppress(NotMeasured):
            face_reference(images, self.workspace, self.quiet)

    def _score(self, images: "ImageSet") -> "Score | None":
        """The score that chooses the best generator; None for 'none', and when it can't be measured here."""
        from gan_hw.training.selection import ClassScore, FaceScore, FeatureScore

        try:
            match self.best:
                case "afd":
                    return FaceScore(images)
                case "classes":
                    return ClassScore(images, self.workspace, self.quiet)
                case "features":
                    beside = self._load(self.beside) if self.beside else None
                    return FeatureScore(images, self.workspace, self.quiet, beside)
        except NotMeasured as reason:
            print(say("No best generator is kept: {reason}", reason=reason))
        return None

    def _feature_extractor(self, images: "ImageSet") -> "nn.Module | None":
        from gan_hw.training.perceptual_features import feature_extractor
        from gan_hw.utils.devices import choose_device

        device = choose_device(self.device).type
        return feature_extractor(self.recipe.content, images, self.workspace, device, self.quiet)

    def _load(self, data: str) -> "ImageSet":
        from gan_hw.data.images import load_images

        return load_images(data, self.workspace, self.recipe.size, self.quiet)

    def __str__(self) -> str:
        budget = {name: value for name, value in self.budget.items() if value is not None}
        limits = [say(BUDGETS[name], count=value) for name, value in (budget or {"epochs": self.recipe.epochs}).items()]
        return say(
            "{recipe} on {data} for {limits}, seed {seed} -> {folder}", recipe=self.recipe.name, data=self.data,
            limits=", ".join(limits), seed=self.seed, folder=self.folder,
        )  # fmt: skip


def make_plan(  # noqa: PLR0913 - a public entry point, whose options are keyword-only
    recipe: str = DEFAULT, data: str | Path = "drawn", *, minutes: Any = None, epochs: Any = None, steps: Any = None,
    workspace: str | Path | None = None, run: Any = None, seed: Any = 0, device: str = "auto", precision: str = "auto",
    overrides: Mapping[str, Any] | str | None = "", quiet: bool = False, best: str | None = None,
    cascade: str | None = None, keep_every: Any = 0, start: str | None = None, beside: str | None = None,
    track: str | None = None,
) -> Plan:  # fmt: skip
    """The Plan for these names; all of them are checked here, before any work is done.

    recipe: a name from RECIPES. overrides: its fields to change, as a dict or as text: 'n_critic=2 betas=0.0,0.9'.
    data: an address of images; see data/sources. minutes, epochs, steps: budgets, None or 0 for none. run: the folder's
    name, by default made of recipe, data and seed. best: how the run's best generator is chosen (see
    training/selection.py): by 'afd', 'classes', 'features' or 'none'; by default 'classes' for i-CLEVR, 'features' for
    torchvision's sets and with recipes for collections, else 'afd'. cascade: the cascade's file, for judging
    later: the workspace remembers it. keep_every: steps between checkpoints that are never deleted, 0 for none. start:
    folder of a run, or shipped:NAME, whose networks this one starts with. beside: another data set, whose features
    choose the best: for a small collection, data='...?take=N', the whole set that it is taken from. track:
    'tensorboard' writes its event files into the run folder.
    With GAN_HW_SMOKE set, the plan is reduced to a run of seconds. Raises ValueError for a value that is unknown or
    impossible, or whose package is missing.
    """
    make_trackers(track or "")
    chosen = get_recipe(recipe).replace(**read_fields(overrides))
    budget = {"minutes": minutes, "epochs": epochs, "steps": steps}
    budget = {name: _number(name, value) for name, value in budget.items()}
    other = open_source(beside) if beside else None
    best = best or ("features" if beside else _best_for(chosen, str(data).partition(":")[0]))
    if best not in BEST_BY:
        raise ValueError(say("best={best!r} is unknown; choose one of {known}", best=best, known=", ".join(BEST_BY)))
    if best == "classes" and not chosen.conditional:
        raise ValueError(
            say("best='classes' has no meaning with recipe={recipe!r}, which is not conditional", recipe=recipe)
        )
    if other and best != "features":
        raise ValueError(
            say(
                "beside={address!r} has no meaning with best={best!r}; it is for best='features'",
                address=other.address,
                best=best,
            )
        )
    known_cascade(cascade, find_workspace(workspace))  # reports a wrong path now, not an hour later
    if is_smoke_run():
        data = f"drawn:{SMOKE_FACES}" + (f"{LABELS_OPTION}hair,eyes" if chosen.conditional else "")
        chosen, budget = chosen.replace(**SMOKE_FIELDS), {"steps": SMOKE_STEPS}
        best, start = "none", None  # its networks are smaller than those of any other run
    _check_device(device, precision)
    source, seed = open_source(data), _seed(seed)
    _check_outside(source.address, find_workspace(workspace))
    suffix = f"-beside-{other.name}" if other else ""  # its scores can't be compared with those of other runs
    run = str(run or f"{recipe}-{source.name}-s{seed}{suffix}")  # papermill turns the name 2026 into a number
    if not RUN_NAME_PATTERN.fullmatch(run):
        raise ValueError(
            say("run={run!r} must be a plain name of letters, digits, '-', '_' and '.', not a path", run=run)
        )
    if len(run) > MAX_RUN_NAME_LENGTH:
        raise ValueError(say("run={run!r}... is longer than {most} characters", run=run[:30], most=MAX_RUN_NAME_LENGTH))
    return Plan(
        chosen, source.address, find_workspace(workspace), run, seed, budget, device, precision, quiet,
        best, cascade, _number("keep_every", keep_every) or 0, start, other.address if other else None,
        track or "",
    )  # fmt: skip


def _check_outside(address: str, workspace: Path) -> None:
    """Raise ValueError for a folder of pictures that holds the workspace: what is generated would be trained on."""
    folder = Path(address.partition("?")[0])
    if folder.is_dir() and workspace.resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            say(
                "data={address!r} contains the workspace '{workspace}', whose generated images would become training "
                "images: name a folder of pictures alone",
                address=address,
                workspace=workspace,
            )
        )


def _check_device(device: str, precision: str) -> None:
    """Raise ValueError for a name that is unknown, or that does not work here; only the latter needs torch."""
    for name, value, known in (("device", device, DEVICES), ("precision", precision, PRECISIONS)):
        if value not in known:
            raise ValueError(
                say(
                    "{name}={value!r} is unknown; choose one of {known}", name=name, value=value, known=", ".join(known)
                )
            )
    if (device, precision) != ("auto", "auto"):
        from gan_hw.utils.devices import choose_device, choose_precision

        choose_precision(precision, choose_device(device))


def _best_for(recipe: Recipe, kind: str) -> str:
    if recipe.conditional and kind == "iclevr":
        return "classes"
    for_collections = recipe.name in {other.name for other in COLLECTIONS}
    return "features" if for_collections or kind.partition("?")[0] in TORCHVISION_SETS else "afd"


def read_fields(overrides: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """A recipe's overrides, a dict or text such as 'n_critic=2 betas=0.0,0.9', as {field: value}. Raises ValueError."""
    if isinstance(overrides, Mapping):
        return dict(overrides)
    text = str(overrides or "").strip()
    words = re.split(r"\s+(?=\w+\s*=)", text) if text else []
    for word in words:
        if "=" not in word:
            raise ValueError(say("{word!r} is not of the form field=value, as in n_critic=2", word=word))
    return {name.strip(): value for name, value in (word.split("=", 1) for word in words)}


def _number(name: str, value: Any) -> Any:
    """A budget as papermill or a person writes it -> a positive number, or None for none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf") or (name in WHOLE_NUMBERS and number != int(number)):
        kind = say("a whole number") if name in WHOLE_NUMBERS else say("a number")
        raise ValueError(say("{name}={value!r} is not {kind} of 0 or more", name=name, value=value, kind=kind))
    return (int(number) if name in WHOLE_NUMBERS else number) or None


def _seed(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number < 2**32 or number != float(value):
        raise ValueError(say("seed={value!r} is not a whole number from 0 to 2**32 - 1", value=value))
    return number
