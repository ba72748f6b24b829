"""Exercise `truncate` of notebook 5: Safer faces."""

import torch

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import random_normal


def _truncate_case(count: int, z_dim: int, strength: float) -> Case:
    vectors = "one vector" if count == 1 else f"{count} vectors"
    return Case(
        f"{vectors} of {z_dim} numbers and a strength of {strength:g}",
        lambda: (random_normal(count, z_dim, seed=7), strength),
    )


TRUNCATE = Exercise(
    name="truncate",
    notebook="05",
    points=1,
    title="Safer faces",
    task="""Near $z = 0$ lie safer, more average faces. Shrinking every vector towards 0 is a simple relative of the
*truncation trick*: it trades diversity for quality. Write `truncate`: a strength of 1 leaves `z` as it is, 0 makes
every vector 0, and in between each number keeps the share `strength` of itself.""",
    hints=(
        "Every number of `z` is treated alike. Which operation leaves it unchanged for 1 and makes it 0 for 0?",
        "`z * strength`",
    ),
    cases=[_truncate_case(3, 4, 0.5), _truncate_case(1, 6, 0.2), _truncate_case(5, 3, 0.8), _truncate_case(2, 5, 0.0)],
    may_change=("z",),
)


@TRUNCATE.solution
def truncate(z, strength):
    """Vectors z (N, z_dim), strength in [0, 1] -> the vectors moved towards 0, (N, z_dim)."""
    return z * strength


@TRUNCATE.right
def _by_lerp(z, strength):
    return torch.lerp(torch.zeros_like(z), z, strength)


@TRUNCATE.right
def _in_place(z, strength):
    return z.mul_(strength)


@TRUNCATE.right
def _vector_by_vector(z, strength):
    return torch.stack([row - (1 - strength) * row for row in z])


@TRUNCATE.wrong("the numbers are cut off at the strength: numbers below it are to shrink as well")
def _clamped(z, strength):
    return z.clamp(-strength, strength)


@TRUNCATE.wrong("the strength works the wrong way round: 1 is to leave z unchanged, and 0 to make it 0")
def _the_other_share(z, strength):
    return z * (1 - strength)


@TRUNCATE.wrong("a strength below 1 moves the vectors away from 0: multiply, don't divide")
def _divided(z, strength):
    return z / strength


@TRUNCATE.wrong("the vectors move towards their own mean: they are to move towards 0")
def _towards_the_mean(z, strength):
    return z.mean(0) + strength * (z - z.mean(0))


@TRUNCATE.wrong("all vectors get the same length: each is to keep the share `strength` of its own")
def _one_length_for_all(z, strength):
    return strength * z / z.norm(dim=1, keepdim=True)


@TRUNCATE.wrong("every vector is halved, whatever the strength is")
def _halved(z, strength):
    return z / 2


@TRUNCATE.wrong("the strength is multiplied in twice")
def _twice(z, strength):
    return z * strength**2
