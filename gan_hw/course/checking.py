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

from gan_hw.course.comparing import Raised, detached, difference, equal, plain, printable, unchanged
from gan_hw.course.exercise import Case, Exercise
from gan_hw.utils.messages import say

SECONDS = 20  # for one answer on all cases of its exercise
PACKAGE = Path(__file__).resolve().parents[1]
LONGEST_CHAIN = 100  # of functools.partial in one another


class LimitReached(BaseException):
    """The time for an answer is over. No Exception, so that an answer's `except Exception` lets it through."""


class ChangesItsArgument(Exception):
    """An answer has changed a tensor or list of its caller; the text is the argument's name."""


class SwitchesGradientsOff(Exception):
    """An answer has switched gradients off for good."""


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
        except LimitReached:
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
    try:
        for _ in range(LONGEST_CHAIN):
            answer = getattr(answer, "func", answer)
        return PACKAGE in Path(inspect.getfile(inspect.unwrap(answer))).resolve().parents
    except Exception:  # built in, made by an object, wrapped by itself, or whatever an object's own methods raise
        return type(answer).__module__.split(".")[0] == PACKAGE.name


def outcome(exercise: Exercise, answer: Callable[..., Any], case: Case) -> Any:
    """What is observed of an answer on a case, or Raised."""
    torch.manual_seed(0)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            torch.enable_grad(),
            torch.autocast("cpu", enabled=False),
        ):
            return detached(exercise.observe(watched(exercise, answer), *case.arguments()))
    except (KeyboardInterrupt, LimitReached):
        raise
    except BaseException as error:
        file = getattr(getattr(answer, "__code__", None), "co_filename", None)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        return Raised(printable(type(error).__name__), printable(error), lines[-1] if lines else None)


def watched(exercise: Exercise, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The answer, which raises where it changes an argument that it may not change, or switches gradients off.

    Tensors in its result are plain ones: a subclass might call itself equal to everything.
    """
    assert exercise.solved_by is not None
    names = list(inspect.signature(exercise.solved_by).parameters)

    def call(*arguments: Any) -> Any:
        before = detached(arguments)
        result = plain(answer(*arguments))
        for name, old, new in zip(names, before, arguments, strict=False):
            if name not in exercise.may_change and not unchanged(old, new):
                raise ChangesItsArgument(name)
        if not torch.is_grad_enabled():
            raise SwitchesGradientsOff
        return result

    return call


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise LimitReached in the block after so long; only in the main thread, and not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise LimitReached

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)  # again and again: an answer may catch the first one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _generic(mine: Any, values: dict[str, str]) -> str:
    if isinstance(mine, Raised):
        return _about_an_exception(mine, values["case"])
    if mine is None:
        return say("your function returns nothing: is the `return` missing?")
    return say("for {case} the result is {got}, and {expected} is right", **values)


def _about_an_exception(raised: Raised, case: str) -> str:
    if raised.kind == ChangesItsArgument.__name__:
        return say("your function changes its argument `{name}`: work on a copy", name=raised.message)
    if raised.kind == SwitchesGradientsOff.__name__:
        return say("your function switches gradients off for good: use `with torch.no_grad():`")
    values = {"case": case, "kind": raised.kind, "message": raised.message}
    if raised.line:
        return say("for {case} your code raises {kind} in line {line} of it: {message}", line=raised.line, **values)
    return say("for {case} your code raises {kind}: {message}", **values)
