"""Exercise `multi_hot` of notebook 7: Labels as rows of zeros and ones."""

from collections.abc import Callable
from typing import Any

import torch

from gan_hw.course.exercise import Case, Exercise


def _rows_case(name: str, rows: list[list[int]], classes: int) -> Case:
    return Case(name, lambda: ([list(row) for row in rows], classes))


def _labels_and_their_type(answer: Callable[..., Any], rows: list[list[int]], classes: int) -> dict[str, Any] | None:
    labels = answer(rows, classes)
    if labels is None:
        return None
    return {"labels": labels, "type": str(getattr(labels, "dtype", type(labels)))}


MULTI_HOT = Exercise(
    name="multi_hot",
    notebook="07",
    points=1,
    title="Labels as rows of zeros and ones",
    task="""A table says which classes each picture shows, by their indices. A network takes a vector of fixed length
instead: $y_{nk}$ is 1 where picture $n$ shows class $k$, and 0 elsewhere. A picture may show several classes or none,
and a table may name a class twice. Write `multi_hot`. The result is float32, as are the weights that will be
multiplied by it.""",
    hints=(
        "Begin with a matrix of zeros, `torch.zeros(N, K)`, and write ones into it row by row.",
        "A tensor can be indexed by a list: `row[[0, 2]] = 1` sets two of its numbers. It may be empty, and repeated "
        "indices do no harm.",
        "`for n, indices in enumerate(rows): labels[n, indices] = 1`",
    ),
    cases=[
        _rows_case("three pictures, one of them without classes", [[0, 2], [], [1]], 4),
        _rows_case("a class that is named twice", [[3, 3, 0], [1], [4, 2, 2], [0]], 5),
        _rows_case("one picture with the last of six classes", [[5]], 6),
    ],
    observe=_labels_and_their_type,
)


@MULTI_HOT.solution
def multi_hot(rows, classes):
    """rows: for each of N pictures a list of its class indices, classes: how many there are, K -> float32 (N, K)."""
    labels = torch.zeros(len(rows), classes)
    for n, indices in enumerate(rows):
        labels[n, indices] = 1
    return labels


@MULTI_HOT.right
def _by_membership(rows, classes):
    return torch.tensor([[float(k in row) for k in range(classes)] for row in rows])


@MULTI_HOT.right
def _by_one_hot(rows, classes):
    indices = [torch.tensor(row, dtype=torch.long) for row in rows]
    return torch.stack([torch.nn.functional.one_hot(i, classes).sum(0) for i in indices]).clamp(max=1).float()


@MULTI_HOT.right
def _by_identity_matrix(rows, classes):
    return torch.stack([torch.eye(classes)[sorted(set(row))].sum(0) for row in rows])


@MULTI_HOT.right
def _by_pairs(rows, classes):
    labels = torch.zeros(len(rows), classes)
    pairs = [(n, k) for n, row in enumerate(rows) for k in row]
    n, k = torch.tensor(pairs).T
    return labels.index_put((n, k), torch.ones(()))


@MULTI_HOT.wrong("a class that is named twice counts twice: the labels are zeros and ones alone")
def _counted(rows, classes):
    labels = torch.zeros(len(rows), classes)
    for n, row in enumerate(rows):
        for k in row:
            labels[n, k] += 1
    return labels


@MULTI_HOT.wrong("only the first class of each picture is marked: a picture may show several")
def _first_class_alone(rows, classes):
    return multi_hot([row[:1] for row in rows], classes)


@MULTI_HOT.wrong("the zeros and ones are right, but they are integers: linear layers take float32")
def _integers(rows, classes):
    return multi_hot(rows, classes).long()


@MULTI_HOT.wrong("the columns are off by one: class 0 is column 0")
def _off_by_one(rows, classes):
    return multi_hot([[k - 1 for k in row] for row in rows], classes)


@MULTI_HOT.wrong("each row is divided by its sum: a class that is shown is marked by 1, beside others as well")
def _shares(rows, classes):
    labels = multi_hot(rows, classes)
    return labels / labels.sum(1, keepdim=True).clamp(min=1)


@MULTI_HOT.wrong("the classes are marked in all rows: the indices of picture n belong into row n alone")
def _in_all_rows(rows, classes):
    labels = torch.zeros(len(rows), classes)
    for indices in rows:
        labels[:, indices] = 1
    return labels


@MULTI_HOT.wrong("a picture without classes is left out: it has a row too, of zeros")
def _without_empty_rows(rows, classes):
    return multi_hot([row for row in rows if row], classes)


@MULTI_HOT.wrong("rows and columns are exchanged: there is one row for each picture, and one column for each class")
def _transposed(rows, classes):
    return multi_hot(rows, classes).T
