"""Exercise `projection_logit` of notebook 7: Tell D what was asked for: as a projection."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.conditional.multi_hot import multi_hot
from gan_hw.course.exercises.shared import gradients, in_words, random_normal


def _projection_case(rows: list[list[int]], classes: int, width: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, Tensor, Tensor]:
        count = len(rows)
        labels, embedding = multi_hot(rows, classes), random_normal(classes, width, seed=5)
        return random_normal(count, seed=3), random_normal(count, width, seed=4), labels, embedding

    return Case(f"{in_words(len(rows))} with {width} features and {classes} classes", arguments)


def _logits_and_their_gradients(
    answer: Callable[..., Any], logits: Tensor, features: Tensor, labels: Tensor, embedding: Tensor
) -> dict[str, Any] | None:
    sources = [source.requires_grad_() for source in (logits, features, embedding)]
    result = answer(logits * 1, features * 1, labels, embedding * 1)  # what a network gives is no leaf
    if result is None:
        return None
    return {"logits": result, "gradients": gradients(result, *sources)}


PROJECTION_LOGIT = Exercise(
    name="projection_logit",
    notebook="07",
    points=2,
    title="Tell D what was asked for: as a projection",
    task="""Miyato and Koyama's discriminator adds to its logit how well image and label go together:
$D(x, y) = \\psi(\\phi(x)) + y^\\top V \\phi(x)$. $\\phi(x)$ are the features before D's last layer, $\\psi$ is that
layer, and $V$ has one learned row for each class: the direction in which features of this class point. So the product
$y^\\top V \\phi(x)$ is large where the features go with the label. The logits $\\psi(\\phi(x))$ are already there;
write `projection_logit`, which adds the second term, for each image its own. Gradients must reach $V$, and the
features, through which G learns.""",
    hints=(
        "$y^\\top V$ is a vector of F numbers: the sum of those rows of V whose classes the label names. Multiply it "
        "by the features of the same image, number by number, and add these products up.",
        "`labels @ embedding` has the shape (N, F), as the features have. The sum runs over dimension 1.",
        "`((labels @ embedding) * features).sum(1)` is the term to add.",
    ),
    cases=[
        _projection_case([[0], [2, 1], [], [1]], 3, 6),
        _projection_case([[1, 3, 0], [2]], 5, 4),
        _projection_case([[1]], 2, 5),
    ],
    observe=_logits_and_their_gradients,
    may_change=("logits",),
)


@PROJECTION_LOGIT.solution
def projection_logit(logits, features, labels, embedding):
    """logits: (N,), features: (N, F), labels: (N, K), embedding: (K, F), which is V -> conditional logits (N,)."""
    return logits + ((labels @ embedding) * features).sum(1)


@PROJECTION_LOGIT.right
def _by_einsum(logits, features, labels, embedding):
    return logits + torch.einsum("nk,kf,nf->n", labels, embedding, features)


@PROJECTION_LOGIT.right
def _features_first(logits, features, labels, embedding):
    return (features @ embedding.T * labels).sum(dim=1).add(logits)


@PROJECTION_LOGIT.right
def _image_by_image(logits, features, labels, embedding):
    return torch.stack([logits[n] + labels[n] @ embedding @ features[n] for n in range(len(logits))])


@PROJECTION_LOGIT.right
def _by_batches_of_matrices(logits, features, labels, embedding):
    logits += torch.bmm((labels @ embedding)[:, None], features[:, :, None]).flatten()
    return logits


@PROJECTION_LOGIT.right
def _diagonal(logits, features, labels, embedding):
    return logits + (labels @ embedding @ features.T).diagonal()


@PROJECTION_LOGIT.wrong("each image is multiplied by each label, N times N products: image n belongs to label n alone")
def _each_with_each(logits, features, labels, embedding):
    return logits + labels @ embedding @ features.T


@PROJECTION_LOGIT.wrong("each label is multiplied by the features of all images: image n belongs to label n alone")
def _with_all_images(logits, features, labels, embedding):
    return logits + (labels @ embedding @ features.T).sum(1)


@PROJECTION_LOGIT.wrong("the products are summed over the whole batch: each image has its own sum, over dimension 1")
def _batch_wide(logits, features, labels, embedding):
    return logits + (labels @ embedding * features).sum()


@PROJECTION_LOGIT.wrong("the products are averaged over the features: for {case} {got}, and with the sum {expected}")
def _mean_over_features(logits, features, labels, embedding):
    return logits + (labels @ embedding * features).mean(1)


@PROJECTION_LOGIT.wrong("the sign is wrong: an image that goes with its label gets a higher logit")
def _subtracted(logits, features, labels, embedding):
    return logits - (labels @ embedding * features).sum(1)


@PROJECTION_LOGIT.wrong("the logit without the label is missing: the product is added to it")
def _without_the_logit(logits, features, labels, embedding):
    return projection_logit(logits * 0, features, labels, embedding)


@PROJECTION_LOGIT.wrong("logit and product are multiplied: the formula adds them")
def _multiplied(logits, features, labels, embedding):
    return logits * (labels @ embedding * features).sum(1)


@PROJECTION_LOGIT.wrong("one class of each image is used: a label may name several or none, and their rows of V add up")
def _one_class_each(logits, features, labels, embedding):
    return logits + (embedding[labels.argmax(1)] * features).sum(1)


@PROJECTION_LOGIT.wrong("the rows of V are averaged over the classes of a label: they add up")
def _mean_over_classes(logits, features, labels, embedding):
    labels = labels / labels.sum(1, keepdim=True).clamp(min=1)
    return projection_logit(logits, features, labels, embedding)


@PROJECTION_LOGIT.wrong("the numbers are right, but no gradient passes through the product: V learns nothing")
def _product_detached(logits, features, labels, embedding):
    return logits + (labels @ embedding * features).sum(1).detach()
