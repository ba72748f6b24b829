"""What both pages are made of: scores, the run's recipe and place, templates."""

import base64
import io
import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from gan_hw.metrics.afd import afd_baseline
from gan_hw.recipes import RECIPES, Recipe
from gan_hw.workflow.submit import choice_words


def read_scores(folder):
    """The scores in a run's folder. Raises ValueError when it was not judged yet, or the file is damaged."""
    path = Path(folder) / "scores.json"
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
        if {"afd_strict", "diversity", "data", "protocol", "n"} <= scores.keys():
            return scores
        reason = "it lacks some scores"
    except FileNotFoundError:
        reason = "it is not there"
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        reason = f"it is damaged ({error})"
    raise ValueError(f"'{path}': {reason}; python -m gan_hw judge {Path(folder) / 'submission.tgz'} makes it")


def recipe_differences(fields):
    """(name, {field: value}) of a recipe: its name, and the fields in which it differs from the kit's one so named."""
    known = {name: value for name, value in fields.items() if name in Recipe.__dataclass_fields__}
    named = RECIPES.get(known.get("name"))
    if named is None:
        return known.get("name", "?"), known
    usual = json.loads(json.dumps(named.as_dict()))
    return named.name, {name: value for name, value in known.items() if usual[name] != value}


def chosen_words(scores):
    """How the submission was chosen, in words."""
    chosen = scores.get("submission", {})
    return choice_words(chosen) if "weights" in chosen else "chosen elsewhere"


def place_words(identity):
    """Where the run was trained, {name: value}."""
    parts = (identity.get(part) for part in ("machine", "versions"))
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    return {"precision": identity.get("precision", "?"), **known}


def baseline_reached(scores):
    afd = scores["afd_strict"].get("value")
    return None if afd is None else afd_baseline(afd)


def data_address(picture):
    """A PIL image or a matplotlib figure as a data address, to stand in the page itself."""
    file = io.BytesIO()
    if hasattr(picture, "savefig"):
        picture.savefig(file, format="png", dpi=110)
    else:
        picture.save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def render(template, **values):
    templates = Environment(
        loader=PackageLoader("gan_hw.workflow", "report"), autoescape=True, undefined=StrictUndefined
    )
    return templates.get_template(template).render(**values)
