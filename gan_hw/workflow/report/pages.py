"""What both pages are made of: scores, the run's recipe and environment, pictures, templates."""

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure
from PIL import Image

from gan_hw.metrics.afd import Baseline, afd_baseline
from gan_hw.recipes import RECIPES, Recipe
from gan_hw.utils.messages import language, say
from gan_hw.workflow.submit import SubmissionOptions

REQUIRED_SCORES = {"afd_strict", "diversity", "data", "protocol", "n"}  # keys of scores.json


class RecipeSummary(NamedTuple):
    """The name of a run's recipe, and the fields that differ from the kit's recipe of that name."""

    name: str
    changes: dict[str, Any]


def read_scores(folder: str | Path) -> dict[str, Any]:
    """The content of a run's scores.json. Raises ValueError when the run was not judged, or the file is damaged."""
    path = Path(folder) / "scores.json"
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
        if scores.keys() >= REQUIRED_SCORES:
            return scores
        reason = say("it lacks some scores")
    except FileNotFoundError:
        reason = say("it does not exist")
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        reason = say("it is damaged ({error})", error=error)
    archive = Path(folder) / "submission.tgz"
    raise ValueError(
        say("'{path}': {reason}; python -m gan_hw judge {archive} makes it", path=path, reason=reason, archive=archive)
    )


def recipe_summary(fields: Mapping[str, Any]) -> RecipeSummary:
    """The summary of a recipe given by its fields; of an unknown recipe, all fields count as changes."""
    known = {name: value for name, value in fields.items() if name in Recipe.__dataclass_fields__}
    published = RECIPES.get(known.get("name", ""))
    if published is None:
        return RecipeSummary(known.get("name", "?"), known)
    defaults = json.loads(json.dumps(published.as_dict()))
    changes = {name: value for name, value in known.items() if defaults[name] != value}
    return RecipeSummary(published.name, changes)


def selection_summary(scores: Mapping[str, Any]) -> str:
    """How the images of the judged submission were selected, in words."""
    record = scores.get("submission", {})
    return SubmissionOptions.from_record(record).summary() if "weights" in record else say("made elsewhere")


def training_environment(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Precision, machine and package versions of a training, from the run's recipe.json."""
    parts = (identity.get(part) for part in ("machine", "versions"))
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    return {"precision": identity.get("precision", "?"), **known}


def reached_baseline(scores: Mapping[str, Any]) -> Baseline | None:
    """The highest baseline of the course that the submission's afd_strict reaches; None without one."""
    afd = scores["afd_strict"].get("value")
    return None if afd is None else afd_baseline(afd)


def two_sample_error(scores: Mapping[str, Any], of: str) -> tuple[float, list[float]]:
    """The c2st_error of "value" or "real", and its interval."""
    return scores["c2st_error"][of], scores["intervals"]["c2st_error"][of]


def data_uri(picture: Image.Image | Figure) -> str:
    """A picture as a data URI of a PNG, to be embedded in a page."""
    file = io.BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(file, format="png", dpi=110)
    else:
        picture.save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def render(template: str, package: str | None = None, **values: Any) -> str:
    """The HTML of a template in the folder of a package, by default this one; it may include this one's style.css.

    A template can `say` a sentence in the reader's language.

    Raises jinja2.UndefinedError for a variable that is missing.
    """
    loaders = [
        PackageLoader(name.rpartition(".")[0], name.rpartition(".")[2]) for name in filter(None, (package, __package__))
    ]
    templates = Environment(loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined)
    templates.globals |= {"say": say, "language": language()}
    return templates.get_template(template).render(**values)
