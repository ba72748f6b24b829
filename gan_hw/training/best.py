"""The best generator of a run: the averaged one of the moment that scored highest."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from gan_hw.inference.generator_files import GENERATOR_FILES
from gan_hw.inference.weights import read_metadata, save_generator
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.recipes.recipe import Recipe
from gan_hw.utils.messages import say

Score = Callable[[nn.Module, int], dict[str, float]]


class BestGenerator:
    """Scores generators, and keeps the file of the best one in the run folder.

    score: score(generator, z_dim) -> {"score": ..., further numbers}, higher is better; see selection.py. None: no
    generator is scored.
    """

    def __init__(self, folder: Path, recipe: Recipe, score: Score | None, say: Callable[[str], None]) -> None:
        self.path, self.recipe, self.score, self.say = folder / GENERATOR_FILES["best"], recipe, score, say

    def update(self, generator: nn.Module, step: int, seen: int) -> dict[str, float]:
        """Score a generator and save it when it is the best so far. Returns the score's columns for the history."""
        if self.score is None:
            return {}
        try:
            scores = self.score(generator, self.recipe.z_dim)
        except (NotMeasured, ValueError, OSError) as reason:  # a score that fails must not end the training
            self.score = None
            self.say(say("No best generator is kept: {reason}", reason=reason))
            return {}
        measure = getattr(self.score, "measure", "")
        if scores["score"] > max(self._best(measure), 0.0):  # a score of 0, no faces at all, is never the best
            facts: dict[str, Any] = {"step": step, "seen": seen, "measure": measure, **scores}
            save_generator(self.path, generator, self.recipe, facts)
        return {name: round(value, 6) for name, value in scores.items() if name != "diversity"}  # the monitor has it

    def _best(self, measure: str) -> float:
        """The best score so far; minus infinity when there is none by this measure, or its file is damaged."""
        try:
            facts = read_metadata(self.path)
            return facts["score"] if facts.get("measure", measure) == measure else -math.inf
        except (FileNotFoundError, ValueError, KeyError):
            return -math.inf
