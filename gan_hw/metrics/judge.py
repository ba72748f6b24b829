"""How good are 1000 images: the share with a detected face (AFD) and their diversity, with their protocol.

Neither means anything alone: one good face repeated a thousand times has AFD 1 and diversity 0. Beside each number
stand those of the real data and of an untrained generator, which show its range. Near duplicates are always measured,
distances to the real images in a network's features on request.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_hw.data.images import ImageSet, held_out_split
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics import near_duplicates
from gan_hw.metrics.afd import load_cascade, wilson_interval
from gan_hw.metrics.diversity import mean_pairwise_rmse, relative_diversity
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.metrics.protocol import AFD_PADDING_PIXELS, PROTOCOL, REAL_IMAGES, NotMeasured
from gan_hw.metrics.reference import Reference
from gan_hw.recipes import DEFAULT, RECIPES
from gan_hw.recipes.build import build_generator
from gan_hw.recipes.recipe import Recipe
from gan_hw.utils.messages import say
from gan_hw.utils.seeds import IsolatedRNG

MIN_REAL_IMAGES = 8  # so that at least two of them can be held out


def judge(
    images: Tensor | np.ndarray,
    real: ImageSet,
    workspace: str | Path,
    cascade: str | Path | None = None,
    *,
    recipe: Recipe = RECIPES[DEFAULT],
    seed: int = 0,
    other_images: Mapping[str, Tensor | np.ndarray] | None = None,
    references: Sequence[tuple[Mapping[str, str], Callable[[], Reference]]] = (),
) -> dict[str, Any]:
    """The scores of generated images, as a dict ready for JSON.

    images: uint8 (N, 3, H, W), all of them as generated. real: the training images. cascade: as for load_cascade.
    recipe, seed: of the untrained generator to compare with. other_images: {name: images} to judge as well.
    references: pairs of a dict {a Reference's name of a number: its metric}, such as FACE_METRICS, and a function that
    returns the Reference or raises NotMeasured.

    For each metric the result has the values of "value" (the generated images), of the names in other_images, of "real"
    and of "untrained"; a metric that can't be measured has the reason under "not measured".
    Raises ValueError when there are fewer than two images or MIN_REAL_IMAGES real ones, or the real ones are all alike.
    """
    if len(images) < 2:
        raise ValueError(say("judging needs at least 2 generated images, not {count}", count=len(images)))
    real_rmse = real_images_rmse(real)
    untrained = generate_untrained(recipe, len(images), seed)
    sets = {"value": images, **(other_images or {}), "untrained": untrained}
    generated = {name: torch.as_tensor(np.asarray(part)) for name, part in sets.items()}
    with_real = {**generated, "real": real.images[:REAL_IMAGES]}
    data = {"source": real.source, "fingerprint": real.fingerprint, "size": real.images.shape[-1]}
    scores: dict[str, Any] = {"n": len(images), "data": data}
    protocol = PROTOCOL | {"afd_kit": f"{PROTOCOL['afd_kit']}, {load_face_detector().weights}"}
    scores |= _afd_scores(with_real, cascade, workspace)
    diversity = {name: relative_diversity(part, real_rmse) for name, part in generated.items()}
    scores["diversity"] = {**diversity, "real": 1.0}
    scores |= _duplicate_scores(generated, real)
    for metrics, get_reference in references:
        try:
            reference = get_reference()
            compared = {name: reference.compare(part) for name, part in generated.items()}
            compared["real"] = reference.compare_held_out()
            protocol |= dict.fromkeys(metrics.values(), reference.protocol)
            for number, metric in metrics.items():
                scores[metric] = {name: numbers[number] for name, numbers in compared.items()}
        except NotMeasured as reason:
            scores |= {metric: {"not measured": str(reason)} for metric in metrics.values()}
    return {**scores, "protocol": protocol}


def real_images_rmse(real: ImageSet) -> float:
    """The mean_pairwise_rmse of real images, by which diversity is measured: of the first REAL_IMAGES.

    Raises ValueError when there are fewer than MIN_REAL_IMAGES, or all are alike.
    """
    if len(real) < MIN_REAL_IMAGES:
        raise ValueError(
            say(
                "data={source!r} holds {count} images; judging needs at least {least}",
                source=real.source,
                count=len(real),
                least=MIN_REAL_IMAGES,
            )
        )
    rmse = mean_pairwise_rmse(real.images[:REAL_IMAGES])
    if not rmse:
        raise ValueError(
            say("data={source!r}: all real images are the same, so no diversity can be measured", source=real.source)
        )
    return rmse


def _afd_scores(sets: dict[str, Tensor], cascade: str | Path | None, workspace: str | Path) -> dict[str, Any]:
    """The AFD of each set by each detector, and their confidence intervals."""
    detectors: dict[str, Callable[[Tensor], Tensor]] = {"afd_kit": load_face_detector().detect}
    scores: dict[str, Any] = {"intervals": {}}
    try:
        found = load_cascade(cascade, workspace)
        detectors |= {"afd_strict": found.detect, "afd_padded": partial(found.detect, padding=AFD_PADDING_PIXELS)}
    except NotMeasured as reason:
        scores |= {metric: {"not measured": str(reason)} for metric in ("afd_strict", "afd_padded")}
    for metric, detect in detectors.items():
        afd = {name: detect(images).double().mean().item() for name, images in sets.items()}
        scores[metric] = afd
        scores["intervals"][metric] = {name: wilson_interval(share, len(sets[name])) for name, share in afd.items()}
    return scores


def _duplicate_scores(sets: dict[str, Tensor], real: ImageSet) -> dict[str, dict[str, float]]:
    """Shares of copies of training images, and of duplicates within each set."""
    held_out, others = held_out_split(len(real))
    real_thumbnails = near_duplicates.make_thumbnails(real.images)  # once: a data set may be large
    thumbnails = {name: near_duplicates.make_thumbnails(images) for name, images in sets.items()}
    copies = {
        name: near_duplicates.match_thumbnails(part, real_thumbnails).copy_rate for name, part in thumbnails.items()
    }
    copies["real"] = near_duplicates.match_thumbnails(real_thumbnails[held_out], real_thumbnails[others]).copy_rate
    with_real = {**thumbnails, "real": real_thumbnails[held_out]}
    duplicates = {name: near_duplicates.match_thumbnails_within(part).copy_rate for name, part in with_real.items()}
    return {"near_copies": copies, "duplicates": duplicates}


def generate_untrained(recipe: Recipe, n: int, seed: int) -> Tensor:
    """Images of the recipe's generator before any training, uint8 (n, 3, size, size)."""
    with IsolatedRNG(seed, torch.device("cpu")):
        generator = build_generator(recipe)
    return generate(generator, sample_z(n, recipe.z_dim, seed))


def check_comparable(first: dict[str, Any], second: dict[str, Any], metric: str) -> None:
    """Raise ValueError when two scores' values of a metric were measured in different ways and can't be compared."""
    protocols = [
        f"{scores['n']} images, {scores['protocol'].get(metric, 'not measured')}, "
        f"data {scores['data']['fingerprint']} at {scores['data'].get('size', '?')} pixels"
        for scores in (first, second)
    ]
    if protocols[0] != protocols[1]:
        raise ValueError(
            say(
                "the two values of {metric} can't be compared: one is of {protocol}, the other of "
                "{other}; judge both with the same data set, version and workspace",
                metric=metric,
                protocol=protocols[0],
                other=protocols[1],
            )
        )
