"""Exercise `apart` of notebook 9: Two lines, two distances."""

import math

from gan_hw.course.exercise import Case, Exercise

APART = Exercise(
    name="apart",
    notebook="09",
    points=1,
    title="Two lines, two distances",
    task="""Real points lie evenly on a vertical line of length 1, generated ones on the same line moved to the right
by `distance` (0 or more). Write `apart`: it returns the Jensen–Shannon divergence of the two (with the natural
logarithm) and their earth mover's distance, as a pair. Both are exact, so nothing has to be sampled.""",
    hints=(
        "Do the two lines have a point in common? There are two cases: distance 0, and any other.",
        "Without a common point the divergence is $\\log 2$. To make one line of the other, each point is moved by "
        "`distance`.",
    ),
    cases=[
        Case("a distance of 0.5", lambda: (0.5,)),
        Case("a distance of 0", lambda: (0.0,)),
        Case("a distance of 0.001", lambda: (0.001,)),
        Case("a distance of 3", lambda: (3.0,)),
    ],
    imports="import math",
)


@APART.solution
def apart(distance):
    """Distance >= 0 of two parallel lines -> (Jensen–Shannon divergence, earth mover's distance)."""
    return (math.log(2) if distance > 0 else 0.0), distance


@APART.right
def _by_entropies(distance):
    entropy_of_the_mixture = math.log(1) if distance == 0 else math.log(2)
    return [entropy_of_the_mixture, 1.0 * distance]


@APART.right
def _by_cases(distance):
    if distance == 0:
        return 0, 0
    return 0.6931472, distance


@APART.right
def _from_the_best_discriminator(distance):
    best = 0.5 if distance == 0 else 1 - 1e-12  # D's probability of "real" at real points
    return math.log(2) + math.log(best), abs(distance)


@APART.wrong("at distance 0 the two are the same, and then both numbers are 0")
def _also_without_distance(distance):
    return math.log(2), distance


@APART.wrong("the divergence does not grow with the distance: for {case} {expected} is right, not {got}")
def _growing_divergence(distance):
    return math.log(2) * min(distance, 1.0), distance


@APART.wrong("that is in bits: with the natural logarithm the largest divergence is log 2, not 1")
def _in_bits(distance):
    return float(distance > 0), distance


@APART.wrong("infinity is the Kullback–Leibler divergence; that of Jensen and Shannon is never above log 2")
def _kullback_leibler(distance):
    return (math.inf if distance > 0 else 0.0), distance


@APART.wrong("the order is exchanged: first the divergence, then the earth mover's distance")
def _exchanged(distance):
    return apart(distance)[::-1]


@APART.wrong("the earth mover's distance is the mean way itself, not its square")
def _squared(distance):
    return apart(distance)[0], distance**2


@APART.wrong("only one of the lines has to be moved: for {case} that is a way of {expected}, not {got}")
def _there_and_back(distance):
    return apart(distance)[0], 2 * distance
