"""Exercise `condition_z` of notebook 7: Tell G what to draw."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.conditional.multi_hot import multi_hot
from gan_hw.course.exercises.shared import gradients, in_words, random_normal


def _z_case(rows: list[list[int]], classes: int, z_dim: int, width: int, activation: bool) -> Case:
    def arguments() -> tuple[Tensor, Tensor, nn.Module]:
        embed = nn.Sequential(nn.Linear(classes, width), *([nn.ReLU()] if activation else []))
        return random_normal(len(rows), z_dim, seed=1), multi_hot(rows, classes), embed

    words = f"{classes} classes, which embed turns into {width} numbers"
    return Case(f"{in_words(len(rows), 'vectors')} z of {z_dim} numbers, and {words}", arguments)


def _input_and_its_gradients(answer: Callable[..., Any], z: Tensor, labels: Tensor, embed: nn.Module) -> Any:
    result = answer(z, labels, embed)
    if result is None:
        return None
    return {"input": result, "gradients of embed": gradients(result, *embed.parameters())}


CONDITION_Z = Exercise(
    name="condition_z",
    notebook="07",
    points=1,
    title="Tell G what to draw",
    task="""A conditional G gets the label beside the noise. A small module, `embed`, turns each label into $E$ numbers,
and these are laid behind the numbers of $z$: the generator's first layer sees one longer vector, and the rest of it
does not change. Write `condition_z`. `embed` is trained together with G, so a gradient must reach it.""",
    hints=(
        "`embed` is called as a function: it takes all labels at once, and returns E numbers for each image.",
        "`torch.cat` lays tensors side by side. Along which dimension do the rows become longer?",
        "`torch.cat([z, ...], 1)`",
    ),
    cases=[
        _z_case([[0], [2], [1, 2], []], 3, 5, 5, False),
        _z_case([[1], [0, 3], [2]], 4, 6, 3, True),
        _z_case([[0, 1]], 2, 3, 7, True),
    ],
    observe=_input_and_its_gradients,
)


@CONDITION_Z.solution
def condition_z(z, labels, embed):
    """z: (N, z_dim), labels: (N, K), embed: labels -> (N, E). Returns G's input (N, z_dim + E), z first."""
    return torch.cat([z, embed(labels)], 1)


@CONDITION_Z.right
def _stacked_sideways(z, labels, embed):
    return torch.hstack((z, embed(labels)))


@CONDITION_Z.right
def _filled_in(z, labels, embed):
    vectors = embed(labels)
    result = z.new_empty(len(z), z.shape[1] + vectors.shape[1])
    result[:, : z.shape[1]] = z
    result[:, z.shape[1] :] = vectors
    return result


@CONDITION_Z.right
def _row_by_row(z, labels, embed):
    return torch.stack([torch.cat([z[n], embed(labels[n : n + 1])[0]]) for n in range(len(z))])


@CONDITION_Z.wrong("the order is exchanged: z comes first, and the embedded labels behind it")
def _labels_first(z, labels, embed):
    return torch.cat([embed(labels), z], 1)


@CONDITION_Z.wrong("the labels themselves stand behind z: embed them first")
def _not_embedded(z, labels, _embed):
    return torch.cat([z, labels], 1)


@CONDITION_Z.wrong("that is z alone, and G is not told what to draw: lay the embedded labels behind it")
def _z_alone(z, _labels, _embed):
    return z


@CONDITION_Z.wrong("the embedded labels are added to z: lay them behind it, so that the rows become longer")
def _added(z, labels, embed):
    return z + embed(labels)


@CONDITION_Z.wrong("the embedded labels become further rows, below z: lay them side by side, along dimension 1")
def _below(z, labels, embed):
    return torch.cat([z, embed(labels)], 0)


@CONDITION_Z.wrong("the numbers are right, but embed learns nothing: no gradient reaches its weights")
def _embed_detached(z, labels, embed):
    return torch.cat([z, embed(labels).detach()], 1)


@CONDITION_Z.wrong("every image gets the first image's label: row n of the labels belongs to row n of z")
def _first_label_for_all(z, labels, embed):
    return torch.cat([z, embed(labels[:1]).expand(len(z), -1)], 1)
