"""Exercise `slerp` of notebook 5: From face to face."""

import math

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import random_normal


def _slerp_case(z_dim: int, steps: int, seed: int, stretch: float = 1.0) -> Case:
    def arguments() -> tuple[Tensor, Tensor, int]:
        return random_normal(z_dim, seed=seed), stretch * random_normal(z_dim, seed=seed + 1), steps

    return Case(f"vectors of {z_dim} numbers and {steps} steps", arguments)


def _narrow_case() -> Case:
    def arguments() -> tuple[Tensor, Tensor, int]:
        start = random_normal(6, seed=9)
        return start, 1.5 * start + 0.2 * random_normal(6, seed=10), 5

    return Case("nearly parallel vectors and 5 steps", arguments)


def _nearly_opposite_case() -> Case:
    def arguments() -> tuple[Tensor, Tensor, int]:
        start = random_normal(6, seed=11)
        return start, -start + 0.2 * random_normal(6, seed=12), 5

    return Case("nearly opposite vectors and 5 steps", arguments)


def _short_vectors_case() -> Case:
    return Case(
        "short vectors with an obtuse angle and 6 steps",
        lambda: (torch.tensor([0.3, 0.1, -0.2]), torch.tensor([-0.4, 0.2, 0.1]), 6),
    )


SLERP = Exercise(
    name="slerp",
    notebook="05",
    points=2,
    title="From face to face",
    task="""Noise vectors $z$ of many numbers all have nearly the same length. A straight line between two of them
leads through shorter ones, which hardly occurred in training: there the faces are plainer, as the question above says.
Spherical interpolation keeps away from 0. With the angle $\\theta$ between start $a$ and end $b$, the vector at $t$ is
$(\\sin((1-t)\\,\\theta)\\,a + \\sin(t\\,\\theta)\\,b) / \\sin\\theta$, and $t$ goes from 0 to 1 in equal steps. Write
`slerp`; start and end may differ in length, but are never parallel.""",
    hints=(
        "The angle comes from its cosine: `torch.cosine_similarity(start, end, dim=0)` divides the inner product by "
        "both lengths.",
        "`torch.linspace(0, 1, steps)` includes both ends. With the shape (steps, 1), each of its numbers belongs to a "
        "row of the result.",
        "With `angle = torch.acos(...)` and `t = torch.linspace(0, 1, steps)[:, None]`, the weight of the start is "
        "`torch.sin((1 - t) * angle) / torch.sin(angle)`.",
    ),
    cases=[
        _slerp_case(8, 5, 1),
        _slerp_case(3, 7, 3, stretch=2.0),
        _short_vectors_case(),
        _slerp_case(100, 4, 5),
        _narrow_case(),
        _nearly_opposite_case(),
    ],
)


@SLERP.solution
def slerp(start, end, steps):
    """start, end (z_dim,) -> (steps, z_dim): the way from start to end, both included."""
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0))
    t = torch.linspace(0, 1, steps)[:, None]
    return (torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end) / torch.sin(angle)


@SLERP.right
def _as_a_product_of_matrices(start, end, steps):
    angle = torch.acos((start @ end) / (start.norm() * end.norm()))
    t = torch.linspace(0, 1, steps)
    weights = torch.stack([torch.sin((1 - t) * angle), torch.sin(t * angle)], 1) / torch.sin(angle)
    return weights @ torch.stack([start, end])


@SLERP.right
def _step_by_step(start, end, steps):
    cosine = (start * end).sum() / start.square().sum().sqrt() / end.square().sum().sqrt()
    angle, rows = math.acos(cosine.item()), []
    for step in range(steps):
        t = step / (steps - 1)
        rows.append((math.sin((1 - t) * angle) * start + math.sin(t * angle) * end) / math.sin(angle))
    return torch.stack(rows)


@SLERP.right
def _in_an_orthogonal_basis(start, end, steps):
    along = (start @ end) / (start @ start) * start
    across = end - along
    angle = torch.atan2(across.norm(), (start @ end) / start.norm())
    t = torch.linspace(0, 1, steps).unsqueeze(1)
    share = torch.sin(t * angle) / torch.sin(angle)
    return (torch.sin((1 - t) * angle) / torch.sin(angle)) * start + share * along + share * across


@SLERP.right
def _by_recurrence(start, end, steps):
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0).clamp(-1, 1))
    small = angle / (steps - 1)
    rows = [start, (torch.sin(angle - small) * start + torch.sin(small) * end) / torch.sin(angle)]
    while len(rows) < steps:
        rows.append(2 * torch.cos(small) * rows[-1] - rows[-2])
    return torch.stack(rows)


@SLERP.wrong("that is the straight line: halfway it is too short, nearer to 0 than what G learned from")
def _straight_line(start, end, steps):
    return start + torch.linspace(0, 1, steps)[:, None] * (end - start)


@SLERP.wrong("that is the straight line, moved out to the right lengths: the angle does not grow in equal steps")
def _straight_line_moved_out(start, end, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    line = (1 - t) * start + t * end
    return line / line.norm(dim=1, keepdim=True) * ((1 - t) * start.norm() + t * end.norm())


@SLERP.wrong("direction and length are interpolated apart: put start and end into the formula as they are")
def _direction_and_length_apart(start, end, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    return slerp(start / start.norm(), end / end.norm(), steps) * ((1 - t) * start.norm() + t * end.norm())


@SLERP.wrong("the cosine is cut off long before 1, so that for nearly parallel vectors the angle is wrong")
def _cosine_cut_off(start, end, steps):
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0).clamp(-0.95, 0.95))
    t = torch.linspace(0, 1, steps)[:, None]
    return (torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end) / torch.sin(angle)


@SLERP.wrong("the way leads from the end to the start: exchange them")
def _from_end_to_start(start, end, steps):
    return slerp(end, start, steps)


@SLERP.wrong("the last row is not the end: t must reach 1")
def _end_left_out(start, end, steps):
    return slerp(start, end, steps + 1)[:-1]


@SLERP.wrong("the first row is not the start: t begins at 0")
def _start_left_out(start, end, steps):
    return slerp(start, end, steps + 1)[1:]


@SLERP.wrong("the angle is wrong: its cosine is the inner product divided by the lengths of both vectors")
def _angle_of_the_inner_product(start, end, steps):
    angle = torch.acos((start * end).sum())
    t = torch.linspace(0, 1, steps)[:, None]
    return (torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end) / torch.sin(angle)


@SLERP.wrong("the division by the sine of the angle is missing, and without it the ends are not start and end")
def _not_divided(start, end, steps):
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0))
    t = torch.linspace(0, 1, steps)[:, None]
    return torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end


@SLERP.wrong("all vectors have the length 1: divide by the lengths for the angle alone, not in the sum")
def _on_the_unit_sphere(start, end, steps):
    return slerp(start / start.norm(), end / end.norm(), steps)
