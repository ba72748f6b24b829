"""The exercises of the notebooks, one file for each: a record with its solution, wrong answers and hints.

They lie in folders by topic, and are found by themselves; within a notebook they are listed by their files' names.
"""

import importlib
import pkgutil

from gan_hw.course.exercise import Exercise

EXERCISES: dict[str, Exercise] = {
    value.name: value
    for module in pkgutil.walk_packages(__path__, f"{__name__}.")
    for value in vars(importlib.import_module(module.name)).values()
    if isinstance(value, Exercise)
}
