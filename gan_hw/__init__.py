"""GAN, WGAN and WGAN-GP on 64x64 anime faces: the package behind the course's notebooks.

"Homework 6" is that of NTU's Machine Learning 2022; "the conditional lab" is that of NYCU's deep learning course.

The few names that people import are loaded when they are first used (PEP 562), because torch takes seconds to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_hw.data.images import load_images
    from gan_hw.inference.sampling import generate
    from gan_hw.inference.weights import load_generator
    from gan_hw.recipes import RECIPES
    from gan_hw.training.trainer import Trainer
    from gan_hw.workflow.plan import make_plan

__version__ = "0.2.0"
__all__ = ["RECIPES", "Trainer", "generate", "load_generator", "load_images", "make_plan"]

_MODULES = {
    "RECIPES": "gan_hw.recipes",
    "Trainer": "gan_hw.training.trainer",
    "generate": "gan_hw.inference.sampling",
    "load_generator": "gan_hw.inference.weights",
    "load_images": "gan_hw.data.images",
    "make_plan": "gan_hw.workflow.plan",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'gan_hw' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
