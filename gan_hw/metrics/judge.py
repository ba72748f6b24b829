"""How good are 1000 images: the share with a face that is found (AFD) and their diversity, with their protocol.

Neither says anything alone: one good face repeated a thousand times has AFD 1 and diversity 0. Beside each number
stand the real data's own and an untrained generator's, so that floor and ceiling are seen. Distances to the real
images in a network's features, and copies, come with them where they are asked for.
"""

import numpy as np
import torch

from gan_hw.data.images import split
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics import near_duplicates
from gan_hw.metrics.afd import afd_baseline, share_interval
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.protocol import METRICS, PADDING, PROTOCOL, REAL_IMAGES, NotMeasured
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.recipes.build import build_generator
from gan_hw.utils.seeds import RandomState


def judge(images, real, workspace, cascade=None, recipe=RECIPES[DEFAULT], seed=0, beside=None, references=()):
    """The scores of generated images, as a dict ready for JSON.

    images: uint8 (N, 3, H, W), all of them as generated. real: the ImageSet that the model learned. recipe and seed:
    of the untrained generator that stands for the floor. beside: {name: images} to judge with them. references: pairs
    of names for a Reference's numbers, FACE or INCEPTION, and a function that gives it, or raises NotMeasured.

    For each metric the dict holds "value" (generated), the names in `beside`, "real" and "untrained"; what can't be
    measured it holds as "not measured", with the reason.
    """
    untrained = untrained_images(recipe, len(images), seed)
    sets = {"value": images, **(beside or {}), "untrained": untrained}
    sets = {name: torch.as_tensor(np.asarray(part)) for name, part in sets.items()}
    with_real = {**sets, "real": real.images[:REAL_IMAGES]}
    data = {"source": real.source, "fingerprint": real.fingerprint, "size": real.images.shape[-1]}
    scores = {"n": len(images), "data": data}
    protocol = dict(PROTOCOL)
    scores |= _faces(with_real, cascade, workspace)
    differences = {name: mean_pairwise_rmse(part) for name, part in with_real.items()}
    scores["diversity"] = {name: difference / differences["real"] for name, difference in differences.items()}
    scores |= _copied(sets, real)
    for names, find in references:
        try:
            reference = find()
            compared = {name: reference.compare(part) for name, part in sets.items()} | {"real": reference.of_real()}
            protocol |= dict.fromkeys(names.values(), reference.protocol)
            for name, metric in names.items():
                scores[metric] = {who: numbers[name] for who, numbers in compared.items()}
        except NotMeasured as reason:
            scores |= {metric: {"not measured": str(reason)} for metric in names.values()}
    return {**scores, "protocol": protocol}


def _faces(sets, cascade, workspace):
    """Both AFDs of each set, and between which shares they lie."""
    try:
        detector = Cascade(find_cascade(cascade, workspace))
    except NotMeasured as reason:
        return {"intervals": {}} | {metric: {"not measured": str(reason)} for metric in ("afd_strict", "afd_padded")}
    found = {"intervals": {}}
    for metric, padding in (("afd_strict", 0), ("afd_padded", PADDING)):
        found[metric] = {name: detector.found(part, padding).double().mean().item() for name, part in sets.items()}
        shares = found[metric].items()
        found["intervals"][metric] = {name: share_interval(share, len(sets[name])) for name, share in shares}
    return found


def _copied(sets, real):
    held_out, others = split(len(real))
    known = near_duplicates.thumbnails(real.images)  # once: a data set may be large
    small = {name: near_duplicates.thumbnails(part) for name, part in sets.items()}
    shares = {name: near_duplicates.likeness(part, known).share for name, part in small.items()}
    shares["real"] = near_duplicates.likeness(known[held_out], known[others]).share
    doubles = {
        name: near_duplicates.likeness_within(part).share for name, part in {**small, "real": known[held_out]}.items()
    }
    return {"near_copies": shares, "duplicates": doubles}


def untrained_images(recipe, n, seed):
    """n images of the recipe's generator before any training, uint8 (n, 3, size, size)."""
    with RandomState(seed, torch.device("cpu")):
        generator = build_generator(recipe)
    return generate(generator, sample_z(n, recipe.z_dim, seed))


def check_comparable(first, second, metric):
    """Raises ValueError when two scores' values of a metric came about in different ways and can't be compared."""
    ways = [
        f"{scores['n']} images, {scores['protocol'].get(metric, 'not measured')}, "
        f"data {scores['data']['fingerprint']} at {scores['data'].get('size', '?')} pixels"
        for scores in (first, second)
    ]
    if ways[0] != ways[1]:
        raise ValueError(
            f"the two values of {metric} can't be compared: one is of {ways[0]}, the other of {ways[1]}; "
            "judge both with the same data set, version and workspace"
        )


def score_lines(scores):
    """The scores as lines of a table for people, headline first."""
    columns = {"value": "generated"} | {name: name for name in scores["diversity"] if name not in ("value", "real")}
    columns["real"] = "real"
    lines = [f"{'':15}" + "".join(f"{title:>11}" for title in columns.values())]
    for metric, (form, meaning) in METRICS.items():
        values = scores.get(metric, {})
        if "not measured" in values:
            lines.append(f"{metric:15}  not measured: {values['not measured']}")
        elif values:
            lines.append(f"{metric:15}" + "".join(f"{values[name]:>11{form}}" for name in columns) + f"  {meaning}")
    return lines + _remarks(scores)


def _remarks(scores):
    afd, lines = scores["afd_strict"].get("value"), []
    if afd is not None:
        low, high = scores["intervals"]["afd_strict"]["value"]
        reached = afd_baseline(afd)
        lines += [
            f"With {scores['n']} images the true afd_strict lies between {low:.3f} and {high:.3f} (95 % confidence)",
            f"AFD baseline of the 2022 course reached: {reached.name} (AFD >= {reached.afd})",
        ]
    if any("value" in scores.get(metric, {}) for metric in ("face_frechet", "fid")):
        lines.append(
            f"Distances from {scores['n']} images come out too large: compare them with others from as many only"
        )
    return lines
