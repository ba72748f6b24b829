"""Every exercise: its solution and other right answers are accepted, each wrong one is told what is wrong with it."""

import builtins

import pytest
import torch

from gan_hw.course.checking import examine
from gan_hw.course.exercises import EXERCISES

RIGHT = [(name, answer) for name, e in EXERCISES.items() for answer in e.also_right]
WRONG = [(name, wrong) for name, e in EXERCISES.items() for wrong in e.known_wrong]


def from_source(exercise, source):
    """The answer that a notebook cell with this source would define."""
    namespace = {"__builtins__": builtins}
    exec(f"{exercise.imports}\n{source}", namespace)
    return namespace[exercise.name]


@pytest.fixture(params=EXERCISES)
def exercise(request):
    return EXERCISES[request.param]


def test_an_exercise_is_complete(exercise):
    assert exercise.points >= 1
    assert len(exercise.hints) >= 2
    assert len(exercise.cases) >= 2 or exercise.observe.__name__ != "<lambda>"
    assert len(exercise.also_right) >= 3
    assert len(exercise.known_wrong) >= 5
    sentences = [wrong.sentence for wrong in exercise.known_wrong]
    assert len(set(sentences)) == len(sentences)


def test_the_solution_runs_in_a_notebook_of_its_own(exercise):
    verdict = examine(exercise, from_source(exercise, exercise.solution_source))
    assert (verdict.kind, verdict.message) == ("right", "right")


def test_the_stub_holds_no_line_of_the_solution_and_is_not_attempted(exercise):
    assert examine(exercise, from_source(exercise, exercise.stub)).kind == "not attempted"
    kept = set(map(str.strip, exercise.stub.splitlines()))
    docstring = exercise.solved_by.__doc__ or ""
    body = [line.strip() for line in exercise.solution_source.splitlines()[1:] if line.strip() not in docstring]
    assert not [line for line in body if line in kept and "def " not in line and '"""' not in line]


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=[f"{name}:{answer.__name__}" for name, answer in RIGHT])
def test_other_right_answers_are_right(name, answer):
    verdict = examine(EXERCISES[name], answer)
    assert verdict.kind == "right", verdict.message


@pytest.mark.parametrize(("name", "wrong"), WRONG, ids=[f"{name}:{wrong.answer.__name__}" for name, wrong in WRONG])
def test_a_wrong_answer_gets_its_own_sentence(name, wrong):
    verdict = examine(EXERCISES[name], wrong.answer)
    assert verdict.kind == "wrong"
    beginning = wrong.sentence.partition("{")[0]
    assert verdict.message.startswith(beginning)
    others = [other.sentence for other in EXERCISES[name].known_wrong if other is not wrong]
    if not beginning:
        assert "{" not in verdict.message
    assert not any(verdict.message == sentence for sentence in others)


def test_answers_of_no_use_at_all_are_never_right(exercise):
    constants = (None, 0, 0.5, 1, 4.0, "right", True, [], torch.zeros(()), torch.ones(3))
    for constant in constants:
        assert examine(exercise, lambda *_, constant=constant, **__: constant).kind == "wrong"
    assert examine(exercise, lambda *arguments, **__: arguments[0] if arguments else None).kind == "wrong"
