"""Exercise `largest_quality` of notebook 5: Below two million bytes."""

import bisect
import math
from collections.abc import Callable
from typing import Any

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import floats_in_words

LARGEST_NUMBER_OF_CALLS = 10


def _quality_and_calls(answer: Callable[..., Any], size: Callable[[int], int], limit: int) -> dict | None:
    calls: list[int] = []

    def counted(quality: int) -> int:
        if quality not in range(1, 96):
            raise ValueError(f"size was called with a quality of {quality}, not with a whole number from 1 to 95")
        calls.append(quality)
        return size(quality)

    quality = answer(counted, limit)
    if quality is None:
        return None
    few = len(calls) <= LARGEST_NUMBER_OF_CALLS
    return {
        "quality": floats_in_words(quality),
        "calls": "10 calls of size or fewer" if few else f"{len(calls)} calls of size",
    }


def _quality_case(factor: int, power: int, limit: int) -> Case:
    def size(quality: int) -> int:
        return factor * quality**power

    growth = "the quality" if power == 1 else "its square"
    return Case(f"sizes of {factor} bytes times {growth} and a limit of {limit}", lambda: (size, limit))


LARGEST_QUALITY = Exercise(
    name="largest_quality",
    notebook="05",
    points=2,
    title="Below two million bytes",
    task="""The course's server takes archives of less than 2,000,000 bytes, and the better the JPEG quality, the larger
the archive. Every try compresses 1000 images, so there should be few. Write `largest_quality`: the largest quality from
1 to 95 at which `size(quality)` is *below* the limit, or 0 where even quality 1 is too large. The size grows with the
quality. Call `size` at most 10 times, only with whole numbers from 1 to 95.""",
    hints=(
        "One call in the middle of the range tells in which half the answer lies. How often can 95 be halved?",
        "Keep two numbers: `low`, which fits (0 at first, without a call), and `high`, above which nothing fits (95 at "
        "first). The middle one, rounded up, replaces one of them, until they are equal.",
        "`middle = (low + high + 1) // 2`; when `size(middle) < limit`, then `low = middle`, else `high = middle - 1`.",
    ),
    cases=[
        _quality_case(20_000, 1, 1_210_000),
        _quality_case(300, 2, 300 * 47**2),  # quality 47 is exactly at the limit
        _quality_case(100, 1, 2_000_000),  # all fit
        _quality_case(3_000_000, 1, 2_000_000),  # none fits
        _quality_case(1_500_000, 1, 2_000_000),  # quality 1 alone fits
        _quality_case(10_000, 1, 945_000),  # all but quality 95 fit
    ],
    observe=_quality_and_calls,
    imports="",
)


@LARGEST_QUALITY.solution
def largest_quality(size, limit):
    """size: quality (1 to 95) -> bytes. Returns the largest quality whose size is below the limit, or 0."""
    low, high = 0, 95
    while low < high:
        middle = (low + high + 1) // 2
        if size(middle) < limit:
            low = middle
        else:
            high = middle - 1
    return low


@LARGEST_QUALITY.right
def _by_bisect(size, limit):
    return bisect.bisect_left(range(1, 96), limit, key=size)


@LARGEST_QUALITY.right
def _bit_by_bit(size, limit):
    quality = 0
    for bit in (64, 32, 16, 8, 4, 2, 1):
        if quality + bit <= 95 and size(quality + bit) < limit:
            quality += bit
    return quality


@LARGEST_QUALITY.right
def _highest_first(size, limit):
    low, high, best = 1, 95, 0
    while low <= high:
        quality = high if high == 95 and best == 0 else (low + high) // 2
        if size(quality) < limit:
            best, low = quality, quality + 1
        else:
            high = quality - 1
    return best


@LARGEST_QUALITY.right
def _by_recursion(size, limit):
    def between(low, high):
        if high - low == 1:
            return low
        middle = (low + high) // 2
        return between(middle, high) if size(middle) < limit else between(low, middle)

    return between(0, 96)


@LARGEST_QUALITY.wrong("the quality is right, but size is called too often: each call should halve what is left")
def _every_quality(size, limit):
    return max((quality for quality in range(1, 96) if size(quality) < limit), default=0)


@LARGEST_QUALITY.wrong("the quality is right, but the search from below takes too many calls: halve the range")
def _upwards(size, limit):
    quality = 0
    while quality < 95 and size(quality + 1) < limit:
        quality += 1
    return quality


@LARGEST_QUALITY.wrong("the quality is right, but the search from above takes too many calls: halve the range")
def _downwards(size, limit):
    quality = 95
    while quality > 0 and size(quality) >= limit:
        quality -= 1
    return quality


@LARGEST_QUALITY.wrong("the quality is right, but it is a float: a quality is a whole number")
def _as_a_float(size, limit):
    return float(largest_quality(size, limit))


@LARGEST_QUALITY.wrong("a size of exactly the limit does not fit: it must be below")
def _at_the_limit_too(size, limit):
    return bisect.bisect_right(range(1, 96), limit, key=size)


@LARGEST_QUALITY.wrong("that is the first quality that is too large: the one before it is the last that fits")
def _first_too_large(size, limit):
    return largest_quality(size, limit) + 1


@LARGEST_QUALITY.wrong("where even quality 1 is too large, the result is 0: quality 1 does not fit there")
def _never_0(size, limit):
    return max(1, largest_quality(size, limit))


@LARGEST_QUALITY.wrong("quality 95 is never found: for {case} it fits, and the result is {got}")
def _never_95(size, limit):
    return min(94, largest_quality(size, limit))


@LARGEST_QUALITY.wrong("quality 1 is never found: try it, too, before you return 0")
def _never_1(size, limit):
    quality = largest_quality(size, limit)
    return quality if quality > 1 else 0


@LARGEST_QUALITY.wrong("the size at that quality is returned: the quality itself is wanted")
def _the_size(size, limit):
    quality = largest_quality(size, limit)
    return size(quality) if quality else 0


@LARGEST_QUALITY.wrong("the size need not grow in proportion to the quality: search, don't divide")
def _by_proportion(size, limit):
    return min(95, math.ceil(95 * limit / size(95)) - 1)
