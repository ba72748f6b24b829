"""The questions of the notebooks, one module for each notebook; every module here is found by itself."""

import importlib
import pkgutil

from gan_hw.course.question import Question

_MODULES = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]

QUESTIONS: dict[str, Question] = {question.name: question for module in _MODULES for question in module.QUESTIONS}
