"""Whether an answer is right, and if not, what is wrong with it, in the terms of the exercise."""

import contextlib
import inspect
import io
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.comparing import Raised, describe, difference, equal
from gan_hw.course.exercise import Case, Exercise
from gan_hw.utils.messages import say

SECONDS = 20  # for one answer on all cases of its exercise
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Verdict:
    """kind: "right", "wrong", "not attempted" or "not own" (the kit's own function). message: for the student."""

    kind: str
    message: str


def examine(exercise: Exercise, answer: Any, own_work: bool = False) -> Verdict:
    """The verdict on an answer, which may loop, print, raise, return nothing or change its arguments.

    own_work: refuse a function of the kit. The state of torch's random generator is left as it was.
    """
    if not callable(answer):
        return Verdict("wrong", say("pass {name} itself, without calling it", name=exercise.name))
    if own_work and is_from_the_kit(answer):
        return Verdict("not own", say("this is the kit's own function, not your own work"))
    with torch.random.fork_rng(devices=[]):
        try:
            with time_limit(SECONDS):
                found = list(outcomes(exercise, answer))
        except TimeoutError:
            return Verdict("wrong", say("your code was still running after {seconds} seconds", seconds=SECONDS))
    return compare(exercise, found)


def compare(exercise: Exercise, found: list[Any]) -> Verdict:
    """The verdict on what was observed of an answer on each case.

    The state of torch's random generator is left as it was.
    """
    if isinstance(found[0], Raised) and found[0].kind == "NotImplementedError":
        return Verdict("not attempted", say("not attempted"))
    with torch.random.fork_rng(devices=[]):
        return _compare(exercise, found)


def _compare(exercise: Exercise, found: list[Any]) -> Verdict:
    solution, tolerance = exercise.solved_by, exercise.tolerance
    assert solution is not None
    for case, mine, right in zip(exercise.cases, found, outcomes(exercise, solution), strict=True):
        if equal(mine, right, tolerance):
            continue
        got, expected = difference(mine, right, tolerance)
        values = {"case": say(case.name), "got": got, "expected": expected}
        for wrong in exercise.known_wrong:
            pairs = zip(found, outcomes(exercise, wrong.answer), strict=True)
            if all(equal(mine, theirs, tolerance) for mine, theirs in pairs):
                return Verdict("wrong", say(wrong.sentence, **values))
        return Verdict("wrong", _generic(mine, values))
    return Verdict("right", say("right"))


def outcomes(exercise: Exercise, answer: Callable[..., Any]) -> Iterator[Any]:
    """What is observed of an answer on one case after another."""
    return (outcome(exercise, answer, case) for case in exercise.cases)


def is_from_the_kit(answer: Any) -> bool:
    """Whether a function or class was written in this package, also behind functools.partial or a decorator."""
    while hasattr(answer, "func"):
        answer = answer.func
    try:
        return PACKAGE in Path(inspect.getfile(inspect.unwrap(answer))).resolve().parents
    except TypeError:  # built in, or made by an object
        return type(answer).__module__.split(".")[0] == PACKAGE.name


def outcome(exercise: Exercise, answer: Callable[..., Any], case: Case) -> Any:
    """What is observed of an answer on a case, or Raised."""
    torch.manual_seed(0)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return _detached(exercise.observe(answer, *case.arguments()))
    except (KeyboardInterrupt, TimeoutError):
        raise
    except BaseException as error:
        file = getattr(getattr(answer, "__code__", None), "co_filename", None)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        return Raised(
            type(error).__name__, str(error).splitlines()[0] if str(error) else "", lines[-1] if lines else None
        )


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the block after so long; only in the main thread, and not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)  # again and again: an answer may catch the first one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _generic(mine: Any, values: dict[str, str]) -> str:
    if isinstance(mine, Raised):
        where = say(" in line {line} of it", line=mine.line) if mine.line else ""
        return say(
            "for {case} your code raises {kind}{where}: {message}",
            case=values["case"], kind=mine.kind, where=where, message=mine.message,
        )  # fmt: skip
    if values["got"] == describe(None):
        return say("your function returns nothing: is the `return` missing?")
    return say("for {case} the result is {got}, and {expected} is right", **values)


def _detached(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _detached(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return (
            type(value)(_detached(part) for part in value)
            if not hasattr(value, "_fields")
            else tuple(map(_detached, value))
        )
    return value
