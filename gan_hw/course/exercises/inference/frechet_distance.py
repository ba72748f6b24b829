"""Exercise `frechet_distance` of notebook 5: The mathematics of FID."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import random_normal


def _distance_and_type(answer: Callable[..., Any], first: Tensor, second: Tensor) -> dict | None:
    distance = answer(first, second)
    if distance is None:
        return None
    kind = "float64" if isinstance(distance, float) else str(getattr(distance, "dtype", type(distance).__name__))
    return {"distance": distance, "type": kind.removeprefix("torch.")}


def _features(count: int, mixing: Tensor, seed: int) -> Tensor:
    return random_normal(count, len(mixing), seed=seed) @ mixing


def _frechet_case(first: int, second: int, dimension: int, seed: int, shift: float, mean: float = 1.0) -> Case:
    def arguments() -> tuple[Tensor, Tensor]:
        mixing = torch.eye(dimension) + 0.4 * random_normal(dimension, dimension, seed=seed)
        others = torch.eye(dimension) + 0.4 * random_normal(dimension, dimension, seed=seed + 1)
        shifts = torch.linspace(-shift, 2 * shift, dimension)
        return _features(first, mixing, seed + 2) + mean, _features(second, others, seed + 3) + mean + shifts

    around = f" around {mean:g}" if mean > 1 else ""
    return Case(f"{first} and {second} images with {dimension} features{around} each", arguments)


FRECHET_DISTANCE = Exercise(
    name="frechet_distance",
    notebook="05",
    points=3,
    title="The mathematics of FID",
    task="""FID, the *Fréchet Inception distance*, passes all images through a trained network (Inception), whose last
features give $D$ numbers for each image. It describes those of real and of generated images by two normal
distributions, with the means $m_1$, $m_2$ and the covariances $C_1$, $C_2$. Their squared Fréchet distance is
$|m_1 - m_2|^2$ plus the trace of $C_1 + C_2 - 2 R$, where $R$ is the root of the *matrix* $C_1 C_2$ (not of its
entries) whose eigenvalues are not negative: $R R = C_1 C_2$. Its eigenvalues are the roots of those of $C_1 C_2$, and a
trace is the sum of the eigenvalues. Write `frechet_distance` for any features, with unbiased covariances (sums divided
by $N - 1$). Compute in float64: in float32 small differences of large numbers get lost.""",
    hints=(
        "`features.T.cov()` is the unbiased covariance (D, D) of features (N, D): `cov` wants a row for each variable.",
        "The trace of a sum is the sum of the traces. So you need those of both covariances, and that of the root.",
        "`torch.linalg.eigvals(c1 @ c2)` gives complex numbers, whose imaginary parts are 0 here, up to rounding. "
        "The trace of the root is `eigenvalues.sqrt().real.sum()`.",
    ),
    cases=[
        _frechet_case(12, 20, 3, 41, 0.0),
        _frechet_case(30, 9, 4, 51, 0.5),
        _frechet_case(7, 7, 2, 65, 1.5),
        _frechet_case(20, 15, 3, 71, 0.2, 1e4),
    ],
    observe=_distance_and_type,
)


@FRECHET_DISTANCE.solution
def frechet_distance(first, second):
    """Features (N, D) and (M, D), more of them than D -> their squared Fréchet distance, a scalar in float64."""
    first, second = first.double(), second.double()
    c1, c2 = first.T.cov(), second.T.cov()
    shared = torch.linalg.eigvals(c1 @ c2).sqrt().real.sum()
    return (first.mean(0) - second.mean(0)).square().sum() + c1.trace() + c2.trace() - 2 * shared


@FRECHET_DISTANCE.right
def _by_symmetric_matrices(first, second):
    first, second = first.double(), second.double()
    c1, c2 = first.T.cov(), second.T.cov()
    values, vectors = torch.linalg.eigh(c1)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ c2 @ root).clamp(min=0).sqrt().sum()
    return ((first.mean(0) - second.mean(0)).norm() ** 2 + torch.trace(c1 + c2) - 2 * shared).item()


@FRECHET_DISTANCE.right
def _by_singular_values_of_the_data(first, second):
    (m1, m2), (a, b) = ([x.double().mean(0) for x in (first, second)], (first.double(), second.double()))
    a, b = (a - m1) / (len(a) - 1) ** 0.5, (b - m2) / (len(b) - 1) ** 0.5
    return (m1 - m2) @ (m1 - m2) + (a**2).sum() + (b**2).sum() - 2 * torch.linalg.svdvals(a @ b.T).sum()


@FRECHET_DISTANCE.right
def _by_cholesky(first, second):
    means, covariances = [], []
    for features in (first.double(), second.double()):
        mean = features.sum(0) / len(features)
        means.append(mean)
        covariances.append(sum(torch.outer(row - mean, row - mean) for row in features) / (len(features) - 1))
    one, two = (torch.linalg.cholesky(covariance) for covariance in covariances)
    traces = sum(covariance.diagonal().sum() for covariance in covariances)
    return ((means[0] - means[1]) ** 2).sum() + traces - 2 * torch.linalg.matrix_norm(one.T @ two, "nuc")


@FRECHET_DISTANCE.right
def _by_newton_iteration(first, second):
    first, second = first.double(), second.double()
    c1, c2 = first.T.cov(), second.T.cov()
    root, inverse = c1 @ c2, torch.eye(len(c1), dtype=torch.float64)
    for _ in range(30):  # Denman and Beavers
        root, inverse = (root + inverse.inverse()) / 2, (inverse + root.inverse()) / 2
    return (first.mean(0) - second.mean(0)).pow(2).sum() + (c1 + c2 - 2 * root).trace()


@FRECHET_DISTANCE.wrong("the result is not in float64: convert the features with .double() before you compute")
def _in_float32(first, second):
    return frechet_distance(first, second).float()


@FRECHET_DISTANCE.wrong(
    "the type is float64, but it was computed in float32, in which small differences of large numbers get lost: "
    "convert the features before you compute"
)
def _converted_last(first, second):
    c1, c2 = first.T.cov(), second.T.cov()
    shared = torch.linalg.eigvals(c1 @ c2).sqrt().real.sum()
    return ((first.mean(0) - second.mean(0)).square().sum() + c1.trace() + c2.trace() - 2 * shared).double()


@FRECHET_DISTANCE.wrong("the covariances are biased: divide by N - 1, not by N")
def _biased(first, second):
    first, second = first.double(), second.double()
    c1, c2 = first.T.cov(correction=0), second.T.cov(correction=0)
    shared = torch.linalg.eigvals(c1 @ c2).sqrt().real.sum()
    return (first.mean(0) - second.mean(0)).square().sum() + c1.trace() + c2.trace() - 2 * shared


@FRECHET_DISTANCE.wrong("the distance of the means is not squared: without its root it is a sum of squares")
def _means_not_squared(first, second):
    apart = (first.double().mean(0) - second.double().mean(0)).norm()
    return frechet_distance(first, second) - apart**2 + apart


@FRECHET_DISTANCE.wrong("the squared distance of the means is a sum over the features: here it is their mean")
def _mean_over_features(first, second):
    apart = (first.double().mean(0) - second.double().mean(0)).square()
    return frechet_distance(first, second) - apart.sum() + apart.mean()


@FRECHET_DISTANCE.wrong("the means are left out: two sets that vary alike around different means are not the same")
def _without_means(first, second):
    return frechet_distance(first, second) - (first.double().mean(0) - second.double().mean(0)).square().sum()


@FRECHET_DISTANCE.wrong("the covariances are left out: two sets with the same mean can be very different")
def _means_alone(first, second):
    return (first.double().mean(0) - second.double().mean(0)).square().sum()


@FRECHET_DISTANCE.wrong("the trace of the root is taken away once: it counts twice")
def _root_counted_once(first, second):
    c1, c2 = first.double().T.cov(), second.double().T.cov()
    return frechet_distance(first, second) + torch.linalg.eigvals(c1 @ c2).sqrt().real.sum()


@FRECHET_DISTANCE.wrong("the root of the product is missing: its eigenvalues are summed as they are")
def _without_the_root(first, second):
    c1, c2 = first.double().T.cov(), second.double().T.cov()
    return (first.double().mean(0) - second.double().mean(0)).square().sum() + (c1 + c2 - 2 * c1 @ c2).trace()


@FRECHET_DISTANCE.wrong("the root is taken of each entry of the product: a matrix's root is another matrix")
def _root_of_entries(first, second):
    c1, c2 = first.double().T.cov(), second.double().T.cov()
    apart = (first.double().mean(0) - second.double().mean(0)).square().sum()
    return apart + c1.trace() + c2.trace() - 2 * (c1 @ c2).sqrt().trace()


@FRECHET_DISTANCE.wrong("each feature is looked at alone: how two features vary together counts as well")
def _variances_alone(first, second):
    first, second = first.double(), second.double()
    return (first.mean(0) - second.mean(0)).square().sum() + (first.std(0) - second.std(0)).square().sum()


@FRECHET_DISTANCE.wrong("the root of the whole is taken: what is called FID is the squared distance")
def _root_of_the_whole(first, second):
    return frechet_distance(first, second).sqrt()
