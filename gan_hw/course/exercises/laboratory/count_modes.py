"""Exercise `count_modes` of notebook 9: Which modes are found?."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise

WITHIN = 0.12


def _points(modes: Tensor, counts: list[int], far: int, seed: int) -> Tensor:
    """So many points close to each mode, and `far` ones that are nearest to the first mode, but not close to it."""
    generator = torch.Generator().manual_seed(seed)
    angles = torch.rand(sum(counts), generator=generator) * 6.28
    close = WITHIN / 2 * torch.stack([angles.cos(), angles.sin()], 1)
    near = modes.repeat_interleave(torch.tensor(counts), 0) + close
    return torch.cat([near, modes[:1] + 3 * WITHIN * modes[:1].sign().clamp(min=0.5).expand(far, 2)])


def _case(counts: list[int], far: int) -> Case:
    angles = 0.3 + 6.283 * torch.arange(len(counts)) / len(counts)
    modes = 2 * torch.stack([angles.cos(), angles.sin()], 1)
    words = ", ".join(map(str, counts))
    name = f"{words} points close to the modes and {far} far from all" if far else f"{words} points close to the modes"
    return Case(name, lambda: (_points(modes, counts, far, len(counts)), modes.clone(), WITHIN))


COUNT_MODES = Exercise(
    name="count_modes",
    notebook="09",
    points=2,
    title="Which modes are found?",
    task="""A point belongs to its nearest mode, and only if it is no further away than `within`. With $M$ modes and
$n$ points (all of them, also those that belong nowhere) the fair share of a mode is $n / M$. A mode is *found* when at
least a fifth of its fair share belongs to it. Write `count_modes`, which returns how many modes are found.""",
    hints=(
        "`torch.cdist(points, modes)` has the distance of every point from every mode, (n, M). Its `.min(dim=1)` gives "
        "the smallest distance of each point, and which mode that is.",
        "Keep the modes of the points whose distance is at most `within`. `torch.bincount(kept, minlength=len(modes))` "
        "counts them. Compare the counts with `0.2 * len(points) / len(modes)`.",
    ),
    cases=[
        _case([10, 10, 10, 10], 0),
        _case([40, 1, 0, 3], 0),
        _case([30, 6, 2, 5, 15, 8, 4, 6], 30),
        _case([0, 6, 1, 30, 3], 80),
        _case([3, 0, 27], 15),
    ],
)


@COUNT_MODES.solution
def count_modes(points, modes, within):
    """Points (n, 2), modes (M, 2) -> how many modes have at least a fifth of their fair share of the points."""
    distance, nearest = torch.cdist(points, modes).min(dim=1)
    counts = torch.bincount(nearest[distance <= within], minlength=len(modes))
    return int((counts >= 0.2 * len(points) / len(modes)).sum())


@COUNT_MODES.right
def _mode_by_mode(points, modes, within):
    distances = torch.cdist(points, modes)
    found = 0
    for number in range(len(modes)):
        mine = (distances.argmin(1) == number) & (distances[:, number] <= within)
        found += int(mine.sum() >= len(points) / len(modes) / 5)
    return found


@COUNT_MODES.right
def _as_a_tensor(points, modes, within):
    distances = (points[:, None] - modes[None]).norm(dim=2)
    belongs = torch.nn.functional.one_hot(distances.argmin(1), len(modes)) * (distances <= within)
    return (belongs.float().mean(0) * len(modes) >= 0.2 - 1e-6).sum()


@COUNT_MODES.right
def _in_plain_python(points, modes, within):
    counts = [0] * len(modes)
    for x, y in points.tolist():
        distances = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in modes.tolist()]
        if min(distances) <= within:
            counts[distances.index(min(distances))] += 1
    return sum(5 * len(modes) * count >= len(points) for count in counts)


@COUNT_MODES.wrong("points that are far from all modes count for the nearest one: leave out those beyond `within`")
def _also_far_ones(points, modes, within):
    return count_modes(points, modes, float("inf"))


@COUNT_MODES.wrong("one point is not enough: for {case} a mode needs a fifth of its fair share")
def _any_point(points, modes, within):
    return int((torch.cdist(points, modes) <= within).any(0).sum())


@COUNT_MODES.wrong("a mode needs a fifth of its fair share n / M, and not its whole fair share")
def _the_whole_share(points, modes, within):
    distance, nearest = torch.cdist(points, modes).min(dim=1)
    counts = torch.bincount(nearest[distance <= within], minlength=len(modes))
    return int((counts >= len(points) / len(modes)).sum())


@COUNT_MODES.wrong("a fifth of all points is asked of each mode: divide by the number of modes as well")
def _a_fifth_of_all(points, modes, within):
    distance, nearest = torch.cdist(points, modes).min(dim=1)
    counts = torch.bincount(nearest[distance <= within], minlength=len(modes))
    return int((counts >= 0.2 * len(points)).sum())


@COUNT_MODES.wrong("the fair share is that of all points, also of those that belong to no mode")
def _share_of_the_good(points, modes, within):
    distance, nearest = torch.cdist(points, modes).min(dim=1)
    good = nearest[distance <= within]
    return int((torch.bincount(good, minlength=len(modes)) >= 0.2 * len(good) / len(modes)).sum())


@COUNT_MODES.wrong("these are the modes that are lost: for {case} {expected} are found, and you count {got}")
def _the_lost_ones(points, modes, within):
    return len(modes) - count_modes(points, modes, within)


@COUNT_MODES.wrong("these are points: the number of modes is asked for, and for {case} it is {expected}")
def _points_instead_of_modes(points, modes, within):
    return int((torch.cdist(points, modes).min(1).values <= within).sum())
