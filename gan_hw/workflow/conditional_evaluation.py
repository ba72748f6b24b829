"""What a conditional generator was asked for, and what an evaluator reads off its images."""

import json
from pathlib import Path
from statistics import mean, stdev

from gan_hw.data import labels
from gan_hw.data.images import load_images, split
from gan_hw.data.sources import open_source
from gan_hw.data.sources.modified import Labelled
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.metrics import classifier
from gan_hw.recipes.build import build_generator
from gan_hw.training.run_folder import read_identity
from gan_hw.utils import files
from gan_hw.utils.devices import choose_device
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.seeds import RandomState

BY_LOSS_NETWORK = ", by its guide"  # what is read by the network whose features the training used


def evaluate(
    folder, asked=None, *, draws=None, checkpoint=None, workspace=None, seed=0, weights="average", quiet=False
):
    """How often the images of a run show what was asked for, as a dict, which classes.json beside the run keeps too.

    asked: a JSON list of lists of class names, as a file or, of i-CLEVR, in its archive; else the labels of real images
    that are held out. draws: sets of images, each from other noise (10 where classes were asked by name, else 1).
    checkpoint: the lab's evaluator; else the kit's own, which is trained on the data set when it is first needed.
    Where the training used another classifier's features, that one's numbers stand beside, with BY_LOSS_NETWORK.
    Raises ValueError when the run is not conditional.
    """
    folder, workspace = Path(folder), find_workspace(workspace)
    if draws is not None and draws < 1:
        raise ValueError(f"draws={draws} must be at least 1")
    generator, recipe, real = _opened(folder, weights, workspace, quiet)
    wanted = real.labels[split(len(real))[0]] if asked is None else read_requests(asked, real.source, real.class_names)
    device = choose_device().type
    if checkpoint:
        reader = classifier.published(checkpoint, real.class_names)
    else:
        reader = classifier.trained(real, workspace, device, quiet=quiet)
    readers = {"": reader}
    if recipe.content == "resnet":
        readers[BY_LOSS_NETWORK] = classifier.trained(real, workspace, device, classifier.GUIDE, quiet)
    draws = draws or (1 if asked is None else 10)
    with RandomState(seed, next(generator.parameters()).device):
        untrained = build_generator(recipe)
    made = {"generated": generator, "untrained": untrained}
    found = {
        name: [_read(readers, _drawn(network, recipe, wanted, seed + draw), wanted) for draw in range(draws)]
        for name, network in made.items()
    }
    held_out = {
        f"{name}{by}": value for by, reader in readers.items() for name, value in (reader.held_out or {}).items()
    }
    result = {
        "asked": str(asked or "as held-out real images show"), "requests": len(wanted), "draws": draws, "seed": seed,
        "weights": weights, "evaluator": reader.name, "classes": {name: _over(rows) for name, rows in found.items()},
        "real": held_out or None,
    }  # fmt: skip
    files.write_text(folder / "classes.json", json.dumps(result, indent=2) + "\n")
    return result


def draw_requests(folder, asked, weights="average", workspace=None, seed=0, quiet=False):
    """(images uint8 (N, 3, H, W), captions): what a run draws for each list of classes in `asked`, as for ask.

    A caption names the classes asked for, one in a line.
    """
    generator, recipe, real = _opened(Path(folder), weights, find_workspace(workspace), quiet)
    wanted = read_requests(asked, real.source, real.class_names)
    captions = ["\n".join(real.class_names[k] for k in row.nonzero().flatten()) for row in wanted]
    return _drawn(generator, recipe, wanted, seed), captions


def read_requests(asked, source, class_names):
    """uint8 (N, K) of the JSON file `asked`, or of the file of that name in i-CLEVR's archive.

    Raises ValueError when there is no such file, or it names what is no class.
    """
    if Path(asked).is_file():
        return labels.requested(Path(asked).read_text(encoding="utf-8-sig"), class_names, asked)
    opened = open_source(source)
    while hasattr(opened, "source"):  # some of its pictures, or made square in another way
        opened = opened.source
    if isinstance(opened, Labelled) and source.startswith("iclevr:"):
        return labels.requested(opened.files.text(Path(asked).name), class_names, asked)
    raise ValueError(f"asked={str(asked)!r} is no file here; it should hold a JSON list of lists of class names")


def result_lines(result):
    """The result as a table for a person, without JSON."""
    columns = {**result["classes"], "real, held out": result["real"] or {}}
    wide = max(12, *(len(name) + 2 for name in result["classes"]["generated"]))
    lines = [f"{'':{wide}}" + "".join(f"{name:>18}" for name in columns)]
    for name in result["classes"]["generated"]:
        cells = (_cell(column.get(name)) for column in columns.values())
        lines.append(f"{name:{wide}}" + "".join(f"{cell:>18}" for cell in cells))
    lines.append(f"{result['draws']} x {result['requests']} requests, read by {result['evaluator']}")
    return lines


def _opened(folder, weights, workspace, quiet):
    """(generator, recipe, the ImageSet that it learned from) of a conditional run."""
    generator, recipe = load_generator(folder, weights=weights)
    if not recipe.conditional:
        raise ValueError(f"'{folder}' holds a run of {recipe.name!r}, which can't be asked for classes; see cgan_quick")
    data = read_identity(folder)["data"]
    real = load_images(data["source"], workspace, recipe.size, quiet)
    if real.fingerprint != data["fingerprint"]:
        raise ValueError(f"data={data['source']!r} is not what '{folder}' learned from: its pictures or labels changed")
    return generator, recipe, real


def _read(readers, images, wanted):
    """What each of the readers says; the names of what the guide says end in BY_LOSS_NETWORK."""
    return {
        f"{name}{by}": value for by, reader in readers.items() for name, value in reader.judge(images, wanted).items()
    }


def _drawn(generator, recipe, wanted, seed):
    return generate(generator, sample_z(len(wanted), recipe.z_dim, seed), wanted)


def _over(rows):
    """{name: mean} of several draws; with more than one, {name: [mean, standard deviation]}."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: [mean(values), stdev(values)] if len(values) > 1 else values[0] for name, values in columns.items()}


def _cell(value):
    if value is None:
        return "-"
    return f"{value[0]:.3f} +- {value[1]:.3f}" if isinstance(value, list) else f"{value:.3f}"
