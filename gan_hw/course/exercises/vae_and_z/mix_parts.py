"""Exercise `mix_parts` of notebook 10: Coarse from one, fine from the other."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_normal


def _mix_case(count: int, number: int, z_dim: int, seed: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, Tensor]:
        basis = torch.linalg.qr(random_normal(z_dim, number, seed=seed + 2))[0]
        return random_normal(count, z_dim, seed=seed), random_normal(count, z_dim, seed=seed + 1), basis.T.contiguous()

    return Case(
        f"{in_words(count, 'pairs')} of vectors of {z_dim} numbers and {in_words(number, 'directions')}", arguments
    )


MIX_PARTS = Exercise(
    name="mix_parts",
    notebook="10",
    points=2,
    title="Coarse from one, fine from the other",
    task="""`directions` (K, z_dim) are the directions of $z$ that change a face most. In this exercise they are
orthonormal: each has length 1, and each is perpendicular to all others. The coordinate of $z$ along a direction is
their inner product. Write `mix_parts`: it takes `coarse` and `fine`, (N, z_dim) each, and returns new vectors
(N, z_dim). Row $i$ has the coordinates of row $i$ of `coarse` along the K directions, and is equal to row $i$ of `fine`
in everything perpendicular to them.""",
    hints=(
        "Begin with `fine`. Its coordinates along the directions are to become those of `coarse`: which difference has "
        "to be added, and along the directions alone?",
        "`x @ directions.T`, (N, K), are the coordinates of vectors x along the directions. Multiplied by "
        "`directions`, they are the part of x that lies along them, (N, z_dim).",
        "`fine + (coarse - fine) @ directions.T @ directions`",
    ),
    cases=[_mix_case(3, 2, 5, 191), _mix_case(1, 3, 8, 201), _mix_case(4, 1, 3, 211), _mix_case(2, 4, 4, 221)],
)


@MIX_PARTS.solution
def mix_parts(coarse, fine, directions):
    """coarse, fine (N, z_dim), orthonormal directions (K, z_dim) -> coarse along them, fine elsewhere, (N, z_dim)."""
    return fine + (coarse - fine) @ directions.T @ directions


@MIX_PARTS.right
def _by_projections(coarse, fine, directions):
    along = torch.einsum("ki,kj->ij", directions, directions)
    return coarse @ along + fine @ (torch.eye(len(along)) - along)


@MIX_PARTS.right
def _direction_by_direction(coarse, fine, directions):
    z = fine.clone()
    for direction in directions:
        z += torch.outer((coarse - fine) @ direction, direction)
    return z


@MIX_PARTS.right
def _from_coarse(coarse, fine, directions):
    difference = fine - coarse
    return coarse + difference - (difference @ directions.T) @ directions


@MIX_PARTS.right
def _by_a_basis(coarse, fine, directions):
    basis = torch.linalg.qr(directions.T)[0]  # as the kit does it for directions that are not orthonormal
    return fine + (coarse - fine) @ basis @ basis.T


@MIX_PARTS.right
def _by_least_squares(coarse, fine, directions):
    coordinates = torch.linalg.lstsq(directions.T, (coarse - fine).T).solution  # (K, N)
    return fine + (directions.T @ coordinates).T


@MIX_PARTS.wrong("the two are exchanged: along the directions the result is to be as `coarse`, elsewhere as `fine`")
def _exchanged(coarse, fine, directions):
    return mix_parts(fine, coarse, directions)


@MIX_PARTS.wrong("nothing of `fine` is left: add its part that is perpendicular to the directions")
def _coarse_part_alone(coarse, fine, directions):
    return coarse @ directions.T @ directions


@MIX_PARTS.wrong("nothing of `coarse` is in the result: add its part along the directions")
def _rest_alone(coarse, fine, directions):
    return fine - fine @ directions.T @ directions


@MIX_PARTS.wrong("that is `fine` itself: its coordinates along the directions are to be those of `coarse`")
def _fine_itself(coarse, fine, directions):
    return fine


@MIX_PARTS.wrong("the coordinates of both are added: take away those of `fine` along the directions")
def _fine_not_taken_away(coarse, fine, directions):
    return fine + coarse @ directions.T @ directions


@MIX_PARTS.wrong("all of `coarse` is added: take only its part along the directions")
def _all_of_coarse(coarse, fine, directions):
    return coarse + fine - fine @ directions.T @ directions


@MIX_PARTS.wrong("the sign of the difference is reversed: add `coarse`, and take `fine` away, along the directions")
def _difference_reversed(coarse, fine, directions):
    return fine - (coarse - fine) @ directions.T @ directions


@MIX_PARTS.wrong("that is the average of both: take each coordinate from one of the two")
def _average(coarse, fine, directions):
    return (coarse + fine) / 2


@MIX_PARTS.wrong("along the directions that is the average of both: there the result is to be as `coarse` alone")
def _average_along_the_directions(coarse, fine, directions):
    return fine + (coarse - fine) @ directions.T @ directions / 2


@MIX_PARTS.wrong("the first K numbers of z are exchanged: the directions need not be the axes, so use `directions`")
def _first_numbers(coarse, fine, directions):
    return torch.cat([coarse[:, : len(directions)], fine[:, len(directions) :]], 1)


@MIX_PARTS.wrong("the coordinates stand in the first K numbers of z: multiply them by `directions`")
def _coordinates_as_first_numbers(coarse, fine, directions):
    return torch.cat([coarse @ directions.T, fine[:, len(directions) :]], 1)


@MIX_PARTS.wrong("these are coordinates: multiply them by `directions` and add `fine`, so that {expected} results")
def _coordinates_alone(coarse, fine, directions):
    return (coarse - fine) @ directions.T


@MIX_PARTS.wrong("that is the step from `fine` to the result: add it to `fine`")
def _difference_alone(coarse, fine, directions):
    return (coarse - fine) @ directions.T @ directions


@MIX_PARTS.wrong("only the first direction is used: take the coordinates along all K of them")
def _first_direction_alone(coarse, fine, directions):
    return mix_parts(coarse, fine, directions[:1])


@MIX_PARTS.wrong("every row gets the coordinates of the first row of `coarse`: row i needs those of row i")
def _one_row_for_all(coarse, fine, directions):
    return mix_parts(coarse[:1].expand_as(fine), fine, directions)
