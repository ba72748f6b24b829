"""How often a conditional generator's images show the classes that were requested, as an evaluator classifies them."""

import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from torch import Tensor, nn

from gan_hw.data import labels
from gan_hw.data.images import ImageSet, held_out_split
from gan_hw.data.sources import open_source
from gan_hw.data.sources.wrappers import LabelledFiles, ModifiedSource
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics import classifier
from gan_hw.metrics.classifier import Evaluator
from gan_hw.recipes import Recipe
from gan_hw.recipes.build import build_generator
from gan_hw.training.identity import read_identity
from gan_hw.utils import files
from gan_hw.utils.columns import right
from gan_hw.utils.devices import choose_device
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say
from gan_hw.utils.seeds import IsolatedRNG
from gan_hw.workflow.run_images import load_run_images

REQUEST_DRAWS = 10  # sets of images for requests from a file
PERCEPTUAL_SUFFIX = ", by its guide"  # of accuracies by the network whose features the training used; in classes.json

Accuracy = float | list[float]  # of one draw; or mean and standard deviation of several


def evaluate(
    folder: str | Path, requests: str | Path | None = None, *, draws: int | None = None,
    checkpoint: str | Path | None = None, workspace: str | Path | None = None, seed: int = 0,
    weights: str = "average", quiet: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """How often a run's images show the requested classes, as a dict, which is also written to classes.json in the run.

    requests: a JSON list of lists of class names: a file, or the name of one in i-CLEVR's archive. By default the
    labels of held-out real images are requested. draws: sets of images, each from other noise; by default REQUEST_DRAWS
    for requests from a file, else 1. checkpoint: the lab's evaluator; by default the kit's own, which is trained on the
    data set when it is first needed; for drawn faces one ships with the kit. When the training used the
    features of another classifier, that one's accuracies are reported too, with PERCEPTUAL_SUFFIX: they flatter a
    generator that was trained on them.
    Raises ValueError when the run is not conditional, or its data set has changed.
    """
    folder, workspace = Path(folder), find_workspace(workspace)
    if draws is not None and draws < 1:
        raise ValueError(say("draws={draws} must be at least 1", draws=draws))
    generator, recipe, real = _load_run(folder, weights, workspace, quiet)
    if requests is None:
        assert real.labels is not None, "a conditional run has labelled images"
        requested = real.labels[held_out_split(len(real))[0]]
    else:
        requested = read_requests(requests, real.source, real.class_names)
    device = choose_device().type
    if checkpoint:
        evaluator = classifier.load_lab_evaluator(checkpoint, real.class_names)
    else:
        evaluator = classifier.load_or_train(real, workspace, device, quiet=quiet)
    evaluators = {"": evaluator}
    if recipe.content == "resnet":
        evaluators[PERCEPTUAL_SUFFIX] = classifier.load_or_train(real, workspace, device, classifier.LOSS_SEED, quiet)
    draws = draws or (1 if requests is None else REQUEST_DRAWS)
    with IsolatedRNG(seed, next(generator.parameters()).device):
        untrained = build_generator(recipe)
    accuracies = {
        name: [
            _accuracies(evaluators, _generate(network, recipe, requested, seed + draw), requested)
            for draw in range(draws)
        ]
        for name, network in {"generated": generator, "untrained": untrained}.items()
    }
    held_out = {
        f"{name}{suffix}": value
        for suffix, judge in evaluators.items()
        for name, value in (judge.held_out_scores or {}).items()
    }
    result = {
        "asked": str(requests or "as held-out real images show"), "requests": len(requested), "draws": draws,
        "seed": seed, "weights": weights, "evaluator": evaluator.name,
        "classes": {name: _over_draws(rows) for name, rows in accuracies.items()}, "real": held_out or None,
    }  # fmt: skip
    files.write_text(folder / "classes.json", json.dumps(result, indent=2) + "\n")
    return result


def generate_requested(
    folder: str | Path, requests: str | Path, weights: str = "average", workspace: str | Path | None = None,
    seed: int = 0, quiet: bool = False,
) -> tuple[Tensor, list[str]]:  # fmt: skip
    """(images uint8 (N, 3, H, W), N captions) of a run: one image for each of the requests, as for `evaluate`.

    A caption names the requested classes, one a line.
    """
    generator, recipe, real = _load_run(Path(folder), weights, find_workspace(workspace), quiet)
    requested = read_requests(requests, real.source, real.class_names)
    captions = ["\n".join(real.class_names[k] for k in row.nonzero().flatten()) for row in requested]
    return _generate(generator, recipe, requested, seed), captions


def read_requests(path: str | Path, source: str, class_names: tuple[str, ...]) -> Tensor:
    """Multi-hot labels uint8 (N, K) from a JSON file or, for i-CLEVR, from the file of that name in its archive.

    source: the data set's address. Raises ValueError when there is no such file, or a name in it is not a class.
    """
    if Path(path).is_file():
        return labels.multi_hot_from_json(Path(path).read_text(encoding="utf-8-sig"), class_names, str(path))
    opened = open_source(source)
    while isinstance(opened, ModifiedSource):  # a part of another source, or padded to squares
        opened = opened.source
    if isinstance(opened, LabelledFiles) and source.startswith("iclevr:"):
        return labels.multi_hot_from_json(opened.files.local_files.text(Path(path).name), class_names, str(path))
    raise ValueError(
        say("requests={path!r} is not a file here; name one with a JSON list of lists of class names", path=str(path))
    )


def result_lines(result: dict[str, Any]) -> list[str]:
    """The result of `evaluate` as the lines of a table."""
    columns = {say(name): column for name, column in result["classes"].items()}
    columns[say("real, held out")] = result["real"] or {}
    width = max(12, *(len(name) + 2 for name in result["classes"]["generated"]))
    lines = [" " * width + "".join(right(name, 18) for name in columns)]
    for name in result["classes"]["generated"]:
        cells = (_format_accuracy(column.get(name)) for column in columns.values())
        lines.append(f"{name:{width}}" + "".join(f"{cell:>18}" for cell in cells))
    counts = {name: result[name] for name in ("draws", "requests", "evaluator")}
    lines.append(say("{draws} x {requests} requests, classified by {evaluator}", **counts))
    return lines


def _load_run(folder: Path, weights: str, workspace: Path, quiet: bool) -> tuple[nn.Module, Recipe, ImageSet]:
    """The generator, recipe and training images of a conditional run."""
    generator, recipe = load_generator(folder, weights=weights)
    if not recipe.conditional:
        raise ValueError(
            say(
                "'{folder}' holds a run of {name!r}, which is not conditional; train one that is, as cgan_quick",
                folder=folder,
                name=recipe.name,
            )
        )
    return generator, recipe, load_run_images(folder, read_identity(folder)["data"], workspace, recipe.size, quiet)


def _accuracies(evaluators: dict[str, Evaluator], images: Tensor, requested: Tensor) -> dict[str, float]:
    """The accuracies that each evaluator measures; their names end in the evaluator's suffix."""
    return {
        f"{name}{suffix}": value
        for suffix, evaluator in evaluators.items()
        for name, value in evaluator.evaluate(images, requested).items()
    }


def _generate(generator: nn.Module, recipe: Recipe, requested: Tensor, seed: int) -> Tensor:
    return generate(generator, sample_z(len(requested), recipe.z_dim, seed), requested)


def _over_draws(rows: list[dict[str, float]]) -> dict[str, Accuracy]:
    """The accuracies of one draw, or [mean, standard deviation] over several draws."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: [mean(values), stdev(values)] if len(values) > 1 else values[0] for name, values in columns.items()}


def _format_accuracy(value: Accuracy | None) -> str:
    if value is None:
        return "-"
    return f"{value[0]:.3f} +- {value[1]:.3f}" if isinstance(value, list) else f"{value:.3f}"
