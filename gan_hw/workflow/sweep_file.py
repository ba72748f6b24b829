"""The file of a sweep -> its tasks: recipes x data x seeds x fields, or notebooks x parameters.

Everything in it is checked here, before the first task starts. No torch.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from gan_hw.inference.submission import SUBMISSION_SIZE
from gan_hw.recipes import get_recipe
from gan_hw.utils.environment import is_smoke_run
from gan_hw.utils.files import file_hash, short_hash
from gan_hw.workflow.plan import MAX_RUN_NAME_LENGTH, RUN_NAME_PATTERN, Plan, make_plan

BUDGETS = ("minutes", "epochs", "steps")
COMMON_KEYS = ("name", "limit_minutes")
TRAINING_KEYS = ("recipes", "data", "seeds", *BUDGETS, "fields")
NOTEBOOK_KEYS = ("notebooks", "parameters")
UNSAFE_IN_NAMES = re.compile(r"[^\w.-]+")
EXPONENT_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")  # YAML 1.1 reads 2e-4 as a word
NOTEBOOK_JOB = ("-m", "gan_hw.workflow.notebook_job")
PLAIN_TYPES = (str, int, float, bool, list, dict, type(None))  # what JSON holds, too


@dataclass(frozen=True)
class Task:
    """One task of a sweep.

    name: unique in the sweep. parameters: what distinguishes it, {name: value}; of all but "seed", tasks of one group
    are equal. arguments: of each command that it runs, one after the other; Python's own, without its path.
    fingerprint: of all that its result depends on. run: the run folder that it trains in; for a notebook the folder of
    its runs. limit_s: seconds until it is ended. budget: that of a training. plan: of a training.
    """

    name: str
    parameters: dict[str, Any]
    arguments: list[list[str]]
    fingerprint: str
    run: Path
    limit_s: float | None
    budget: dict[str, Any]
    environment: dict[str, str]
    plan: Plan | None = None


@dataclass(frozen=True)
class Sweep:
    """A sweep: its name, its folder in the workspace and its tasks."""

    name: str
    folder: Path
    tasks: list[Task]


def read_sweep(
    path: str | Path, workspace: Path, cascade: str | None, training_arguments: Callable[[Plan, str], list[list[str]]]
) -> Sweep:
    """The sweep of a file; relative paths in it are relative to the working directory.

    training_arguments(plan, fields): the arguments of the commands that train, submit and judge a plan; fields: those
    that the sweep changes, as text. Raises ValueError for anything in the file that is unknown or impossible.
    """
    path, workspace = Path(path), workspace.resolve()
    content = _read(path)
    kinds = [key for key in ("recipes", "notebooks") if key in content]
    if len(kinds) != 1:
        raise ValueError(f"'{path}' must have either the key 'recipes' or the key 'notebooks'")
    known = (*COMMON_KEYS, *(NOTEBOOK_KEYS if kinds == ["notebooks"] else TRAINING_KEYS))
    for key in content:
        if key not in known:
            raise ValueError(f"'{path}' has the unknown key {key!r}; with {kinds[0]!r} the keys are {', '.join(known)}")
    name = str(content.get("name", UNSAFE_IN_NAMES.sub("_", path.stem)))
    if not RUN_NAME_PATTERN.fullmatch(name):
        raise ValueError(f"'{path}': name={name!r} must be a plain name of letters, digits, '-', '_' and '.'")
    sweep = Sweep(name, workspace / "sweeps" / name, [])
    try:
        limit_s = _limit(content)
        if kinds == ["notebooks"]:
            tasks = list(_notebook_tasks(content, sweep, workspace))
        else:
            tasks = list(_training_tasks(content, name, workspace, cascade, training_arguments))
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error
    for task, count in Counter(task.name for task in tasks).items():
        if count > 1:
            raise ValueError(f"'{path}' names {count} tasks {task}: a value, or a file's name, is there twice")
    return replace(sweep, tasks=[replace(task, limit_s=limit_s) for task in tasks])


class _Loader(yaml.SafeLoader):
    """YAML that reads 2e-4 as a number and refuses a key that is there twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT_NUMBER, list("-+0123456789"))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # one of SafeLoader's kind
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"'{path}' can't be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ValueError(f"'{path}' holds no keys; it begins for example with 'recipes: [gan, wgan_gp]'")
    return content


def _limit(content: Mapping[str, Any]) -> float | None:
    limit, minutes = content.get("limit_minutes"), content.get("minutes")
    if limit is None:
        return None
    if not isinstance(limit, (int, float)) or isinstance(limit, bool) or not limit > 0:
        raise ValueError(f"limit_minutes={limit!r} is not a number greater than 0")
    if isinstance(minutes, (int, float)) and minutes >= limit:
        raise ValueError(f"limit_minutes={limit} would end each training of minutes={minutes} before it is judged")
    return 60.0 * limit


def _values(content: Mapping[str, Any], key: str, default: Any) -> list[Any]:
    """The values of a dimension: a list as it is, anything else as a list of one."""
    value = content.get(key, default)
    values = value if isinstance(value, list) else [value]
    if not values or None in values:
        raise ValueError(f"{key} holds no value")
    return values


def _dimensions(content: Mapping[str, Any], key: str) -> list[tuple[str, list[Any]]]:
    """(name, values) of each entry of a mapping; an entry may itself be null, as in gp_weight: null."""
    mapping = content.get(key) or {}
    if not isinstance(mapping, dict) or not all(isinstance(name, str) for name in mapping):
        raise ValueError(f"{key} must hold lines such as 'feature_dim: 16'")
    for name, value in mapping.items():
        if isinstance(value, (dict, list)) and not value:
            raise ValueError(f"{key}: {name} holds no value")
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, PLAIN_TYPES):  # YAML makes a date of 2026-11-28
                raise ValueError(f"{key}: {name} is a {type(part).__name__}, {part}; write it in quotes")
    return [(name, value if isinstance(value, list) else [value]) for name, value in mapping.items()]


def _training_tasks(
    content: Mapping[str, Any], prefix: str, workspace: Path, cascade: str | None,
    training_arguments: Callable[[Plan, str], list[list[str]]],
) -> Iterator[Task]:  # fmt: skip
    dimensions = _dimensions(content, "fields")
    budget = {name: content.get(name) for name in BUDGETS}
    # Seeds vary slowest, so that a sweep that is stopped early has compared all recipes with the first of them.
    for seed, data, recipe in itertools.product(
        _values(content, "seeds", 0), _values(content, "data", "drawn"), _values(content, "recipes", None)
    ):
        for values in itertools.product(*(values for _, values in dimensions)):
            fields = dict(zip((name for name, _ in dimensions), values, strict=True))
            plan = _plan(recipe, data, seed, fields, workspace=workspace, cascade=cascade, **budget)
            texts = {name: _text(value) for name, value in _typed(recipe, fields).items()}
            stem = plan.run.removesuffix(f"-s{plan.seed}")
            name = _plain("-".join([stem, *(f"{field}_{text}" for field, text in texts.items()), f"s{plan.seed}"]))
            plan = replace(plan, run=_short_enough(f"{prefix}-{name}"))
            defined = {"recipe": plan.recipe.as_dict(), "data": plan.data, "seed": plan.seed, "budget": plan.budget}
            yield Task(
                name, {"recipe": str(recipe), "data": plan.data, **texts, "seed": plan.seed},
                training_arguments(plan, " ".join(f"{field}={text}" for field, text in texts.items())),
                short_hash(json.dumps(defined, sort_keys=True)), plan.folder, None,
                {name: value for name, value in plan.budget.items() if value}, _smoke(), plan,
            )  # fmt: skip


def _plan(recipe: Any, data: Any, seed: Any, fields: dict[str, Any], **options: Any) -> Plan:
    if not isinstance(recipe, str):
        raise ValueError(f"recipes: {recipe!r} is not the name of a recipe")
    if not isinstance(data, str):
        raise ValueError(f"data: {data!r} is not a text, such as faces.zip")
    if isinstance(seed, bool):
        raise ValueError(f"seeds: {seed!r} is not a whole number")
    plan = make_plan(recipe, data, seed=seed, overrides=fields, **options)
    if plan.recipe.conditional:
        raise ValueError(f"recipe={recipe!r} is conditional, and a sweep judges submissions without labels; use train")
    if plan.recipe.size != SUBMISSION_SIZE:
        needed = f"{SUBMISSION_SIZE}x{SUBMISSION_SIZE}"
        raise ValueError(f"size={plan.recipe.size}: a sweep judges submissions of {needed} images; use train")
    return plan


def _typed(recipe: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as the recipe understands them: 2e-4, '2e-4' and 0.0002 are the same value."""
    known = get_recipe(recipe).replace(**fields)
    return {name: getattr(known, name) for name in fields}


def _text(value: Any) -> str:
    """A field's value as --set takes it."""
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _plain(name: str) -> str:
    return UNSAFE_IN_NAMES.sub("_", name)


def _short_enough(name: str) -> str:
    return name if len(name) <= MAX_RUN_NAME_LENGTH else f"{name[: MAX_RUN_NAME_LENGTH - 9]}-{short_hash(name)}"


def _smoke() -> dict[str, str]:
    """What workers that were started elsewhere must know."""
    return {"GAN_HW_SMOKE": "1"} if is_smoke_run() else {}


def _notebook_tasks(content: Mapping[str, Any], sweep: Sweep, workspace: Path) -> Iterator[Task]:
    dimensions = _dimensions(content, "parameters")
    for stem, path in _notebooks(_values(content, "notebooks", None)).items():
        _check_declared(path, [name for name, _ in dimensions])
        for values in itertools.product(*(values for _, values in dimensions)):
            parameters = dict(zip((name for name, _ in dimensions), values, strict=True))
            name = _short_enough(
                _plain("-".join([stem, *(f"{key}_{_text(value)}" for key, value in parameters.items())]))
            )
            # Runs of equal names don't meet there, and what was read once is shared.
            own = sweep.folder / "notebooks" / name
            arguments = [
                *NOTEBOOK_JOB, str(path), str(own / path.name), json.dumps(parameters), str(workspace / "data"),
            ]  # fmt: skip
            defined = {"notebook": file_hash(path), "parameters": parameters}
            yield Task(
                name, {"notebook": stem, **parameters}, [arguments], short_hash(json.dumps(defined, sort_keys=True)),
                own / "workspace" / "runs", None, {}, _smoke() | {"GAN_HW_WORKSPACE": str(own / "workspace")},
            )  # fmt: skip


def _notebooks(given: list[Any]) -> dict[str, Path]:
    """{name: path} of notebooks, and of those in folders and their sub-folders, where the name has the folder's."""
    found: list[tuple[str, Path]] = []
    for path in (Path(str(value)) for value in given):
        if path.is_dir():
            inside = sorted(file.relative_to(path) for file in path.rglob("*.ipynb"))
            inside = [file for file in inside if not any(part.startswith(".") for part in file.parts)]
            if not inside:
                raise ValueError(f"notebooks: the folder '{path}' holds no .ipynb")
            found += [("-".join(file.with_suffix("").parts), (path / file).resolve()) for file in inside]
        elif path.suffix == ".ipynb" and path.is_file():
            found.append((path.stem, path.resolve()))
        else:
            raise ValueError(f"notebooks: '{path}' is neither an .ipynb nor a folder of them")
    for name, count in Counter(name for name, _ in found).items():
        if count > 1:
            raise ValueError(f"notebooks: {count} of them are called {name}; name the folder that they are in")
    return dict(found)


def _check_declared(notebook: Path, names: list[str]) -> None:
    import papermill

    try:
        declared = papermill.inspect_notebook(str(notebook))
    except Exception as error:  # nbformat's and papermill's own: a damaged notebook fails in many ways
        raise ValueError(f"notebooks: '{notebook}' can't be read as a notebook: {error}") from error
    for name in names:
        if name not in declared:
            known = f"it has {', '.join(declared)}" if declared else "it has no cell tagged 'parameters'"
            raise ValueError(f"parameters: '{notebook}' has no parameter {name!r}; {known}")
