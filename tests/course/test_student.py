"""What a student gets from check, hint, solution, ask, reply and progress; and answers that misbehave."""

import contextlib
import functools
import json
import math
import re
import sys
import time

import pytest
import torch

from gan_hw import course, losses
from gan_hw.course import checking, record, student
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.exercises.conditional.multi_hot import multi_hot
from gan_hw.course.exercises.conditional.projection_logit import projection_logit
from gan_hw.course.exercises.data.mirror import mirror
from gan_hw.course.exercises.inference.resample import resample
from gan_hw.course.exercises.inference.truncate import truncate
from gan_hw.course.exercises.penalties import slopes as penalties
from gan_hw.course.exercises.statistics.half_life_decay import half_life_decay
from gan_hw.course.exercises.statistics.larger_than_spread import larger_than_spread
from gan_hw.course.questions import QUESTIONS

SLOPES = EXERCISES["slopes"]


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HW_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("GAN_HW_GRADING", raising=False)


def stub(critic, images):
    raise NotImplementedError


def said(capsys, call, *arguments):
    call(*arguments)
    return capsys.readouterr().out.strip()


def test_check_says_what_is_wrong_then_right_and_keeps_it(capsys):
    assert said(capsys, course.check, "slopes", stub) == "not attempted"
    wrong = said(capsys, course.check, "slopes", penalties._squared)
    assert wrong == "not yet: that is the square of the norm: take the root"
    assert said(capsys, course.check, "slopes", penalties._with_ones) == "right (2 points)"
    assert record.load()["slopes"] == {"attempts": 2, "right": True}
    assert said(capsys, course.progress, "03").startswith("Notebook 3: 1 of ")
    assert said(capsys, course.check, "slopes", penalties._squared).startswith("not yet")
    assert record.load()["slopes"]["right"]  # once right stays right


def test_hints_come_one_by_one_and_the_solution_after_an_attempt(capsys):
    count = len(SLOPES.hints)
    for number in (*range(1, count + 1), count):
        assert said(capsys, course.hint, "slopes") == f"Hint {number} of {count}: {SLOPES.hints[number - 1]}"
    assert said(capsys, course.solution, "slopes").startswith("Try it first")
    course.check("slopes", penalties._squared)
    assert said(capsys, course.solution, "slopes").endswith(SLOPES.solution_source.strip())


def test_in_a_notebook_hints_and_replies_are_markdown_so_that_formulae_show(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda text: shown.append(text.data))
    monkeypatch.setattr(student, "output_mode", lambda: "notebook")
    course.hint("slopes")
    course.reply(next(iter(QUESTIONS)), "a")
    assert shown[0].endswith(SLOPES.hints[0]) and shown[1].startswith(("Yes.", "No."))


def test_a_question_explains_every_choice(capsys):
    question = next(iter(QUESTIONS.values()))
    shown = said(capsys, course.ask, question.name)
    assert question.text in shown
    for letter, choice in zip("abcd", question.choices, strict=False):
        assert f"{letter}) {choice.text}" in shown
        verdict = "Yes." if choice.right else "No."
        assert said(capsys, course.reply, question.name, letter.upper()) == f"{verdict} {choice.explanation}"
    assert record.load()[question.name]["right"]


def test_in_a_notebook_a_question_has_a_button_for_each_choice(monkeypatch, capsys):
    question, shown = next(iter(QUESTIONS.values())), []
    monkeypatch.setattr(student, "output_mode", lambda: "notebook")
    monkeypatch.setattr("IPython.display.display", lambda *things: shown.extend(things))
    course.ask(question.name)
    text, buttons, _ = shown
    assert all(choice.text in text.data for choice in question.choices)
    assert len(buttons.options) == len(question.choices) and buttons.value is None
    place = next(k for k, choice in enumerate(question.choices) if choice.right)
    buttons.value = buttons.options[place]
    assert record.load()[question.name]["right"]
    assert shown[-1].data == f"Yes. {question.choices[place].explanation}"


@pytest.mark.fault
@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        (course.check, ("slope", stub), "there is no exercise 'slope'; there are "),
        (course.hint, ("x",), "there is no exercise 'x'"),
        (course.ask, ("x",), "there is no question 'x'; there are "),
    ],
)
def test_unknown_names_are_refused(call, arguments, message):
    with pytest.raises(ValueError, match=message):
        call(*arguments)


@pytest.mark.fault
def test_an_unknown_letter_is_refused():
    question = next(iter(QUESTIONS.values()))
    with pytest.raises(ValueError, match="'z' is no choice of .*choose one of a, b, c"):
        course.reply(question.name, "z")
    with pytest.raises(ValueError, match="'ab' is no choice of"):
        course.reply(question.name, "ab")


def exits(critic, images):
    sys.exit(0)


def prints(critic, images):
    for _ in range(10_000):
        print("x" * 1000)


def loops(critic, images):
    while True:
        time.sleep(0.01)


def goes_on_after_everything(critic, images):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def gives_up(critic, images):
    raise TimeoutError("no more patience")


class NoText(Exception):
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


def raises_without_a_text(critic, images):
    raise NoText


def returns_without_a_text(critic, images):
    return NoText()


def shouts(critic, images):
    raise ValueError("\x1b[31m\u202e" + "x" * 1000)


class AgreesWithAll(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), keywords=None):
        return True


def agrees_with_all(critic, images):
    return torch.zeros(len(images), requires_grad=True).as_subclass(AgreesWithAll)


def on_no_device(critic, images):
    return torch.zeros(len(images), device="meta")


def sparse(critic, images):
    return torch.zeros(len(images)).to_sparse()


def quantised(critic, images):
    return torch.quantize_per_tensor(torch.zeros(len(images)), 0.1, 0, torch.quint8)


def contains_itself(critic, images):
    result = []
    result.append(result)
    return result


def for_good_without_gradients(critic, images):
    result = penalties.slopes(critic, images)
    torch.set_grad_enabled(False)
    return result


def divides(critic, images):
    return 1 / 0


@pytest.mark.fault
@pytest.mark.filterwarnings("ignore:.*quantized tensor")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (exits, "your code raises SystemExit in line "),
        (prints, "your function returns nothing: is the `return` missing?"),
        (divides, r"your code raises ZeroDivisionError in line \d+ of it: division by zero"),
        (torch.zeros(3), "pass slopes itself, without calling it"),
        (lambda critic: 1, "your code raises TypeError"),
        (loops, "your code was still running after 1 seconds"),
        (goes_on_after_everything, "still running after 1 seconds"),
        (gives_up, r"your code raises TimeoutError in line \d+ of it: no more patience"),
        (raises_without_a_text, r"your code raises NoText in line \d+ of it: an object without a text"),
        (returns_without_a_text, "the result is an object without a text"),
        (shouts, r": \[31mx{196}$"),
        (agrees_with_all, "the result is 0, 0, 0, 0, and 3, 3, 3, 3 is right"),
        (on_no_device, "the result is a tensor whose numbers can't be read"),
        (sparse, "the result is 0, 0, 0, 0"),
        (quantised, "the result is 0, 0, 0, 0"),
        (contains_itself, "your code raises RecursionError"),
        (for_good_without_gradients, "your function switches gradients off for good"),
    ],
)
def test_answers_that_misbehave_are_survived(answer, message, monkeypatch, capsys):
    monkeypatch.setattr(checking, "SECONDS", 1)
    verdict = checking.examine(SLOPES, answer)
    assert verdict.kind == "wrong"
    assert re.search(message, verdict.message)
    assert capsys.readouterr().out == ""


def sorts_the_scores(first, second):
    first.sort()
    return larger_than_spread(first, second)


def shortens_the_rows(rows, classes):
    labels = multi_hot(rows, classes)
    rows[0].clear()
    return labels


def ruins_the_mask(images, mirrored):
    result = mirror(images, mirrored)
    mirrored.logical_not_()
    return result


def ruins_the_spare_numbers(z, limit, spare):
    result = resample(z, limit, spare)
    spare.zero_()
    return result


def ruins_the_features(logits, features, labels, embedding):
    features *= labels @ embedding
    return logits + features.sum(1)


@pytest.mark.parametrize(
    ("name", "answer", "argument"),
    [
        ("larger_than_spread", sorts_the_scores, "first"),
        ("multi_hot", shortens_the_rows, "rows"),
        ("mirror", ruins_the_mask, "mirrored"),
        ("resample", ruins_the_spare_numbers, "spare"),
        ("projection_logit", ruins_the_features, "features"),
    ],
)
def test_an_answer_may_not_ruin_what_its_caller_needs(name, answer, argument):
    verdict = checking.examine(EXERCISES[name], answer)
    assert verdict.kind == "wrong"
    assert verdict.message == f"your function changes its argument `{argument}`: work on a copy"


def complex_numbers(z, strength):
    return truncate(z, strength) + 3j


def a_complex_number(*arguments):
    return half_life_decay(*arguments) + 0j


def rounded_to_half_precision(z, strength):
    return truncate(z, strength).half()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("truncate", complex_numbers),
        ("half_life_decay", a_complex_number),
        ("truncate", rounded_to_half_precision),
        ("half_life_decay", lambda *arguments: torch.tensor(half_life_decay(*arguments)).bfloat16()),
    ],
)
def test_numbers_of_another_kind_or_less_precision_are_not_right(name, answer):
    assert checking.examine(EXERCISES[name], answer).kind == "wrong"


def test_a_check_under_autocast_computes_in_full_precision():
    with torch.autocast("cpu", torch.bfloat16):
        assert checking.examine(EXERCISES["projection_logit"], projection_logit).kind == "right"


def test_a_result_of_several_parts_of_which_one_is_missing_is_not_called_no_result():
    verdict = checking.examine(EXERCISES["batch_bytes"], lambda shape: (math.prod(shape), None))
    assert "the result is None" in verdict.message


@pytest.mark.fault
def test_an_answer_that_is_wrapped_by_itself_is_not_the_kits():
    def answer(critic, images):
        return images

    answer.func = answer.__wrapped__ = answer
    assert not checking.is_from_the_kit(answer)


def test_a_check_leaves_the_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    checking.examine(SLOPES, penalties.slopes)
    assert torch.equal(torch.rand(2), expected)


def test_grading_refuses_what_is_not_right_and_the_kits_own(monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_GRADING", "1")
    for answer, message in (
        (stub, "not attempted"),
        (lambda critic, images: images, "not yet|the result|for "),
        (losses.squared_slope, "not your own work"),
        (functools.partial(penalties.slopes), "not your own work"),
        (penalties.slopes, "not your own work"),
    ):
        with pytest.raises(student.NotRight, match=message):
            course.check("slopes", answer)
    namespace = {}
    exec(f"{SLOPES.imports}\n{SLOPES.solution_source}", namespace)
    course.check("slopes", namespace["slopes"])
    assert "right" in capsys.readouterr().out
    assert record.load() == {}


@pytest.mark.fault
def test_a_broken_record_is_counted_anew(tmp_path, capsys):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "progress.json").write_text("{")
    course.check("slopes", penalties._squared)
    assert "can't be read" in capsys.readouterr().out
    assert json.loads((tmp_path / "course" / "progress.json").read_text())["slopes"] == {"attempts": 1}


def test_every_question_has_one_right_choice_and_explains_each():
    for name, question in QUESTIONS.items():
        assert sum(choice.right for choice in question.choices) == 1, name
        assert len(question.choices) >= 3, name
        assert len({choice.text for choice in question.choices}) == len(question.choices), name
        assert all(len(choice.explanation) > 30 for choice in question.choices), name
    for number in range(1, 9):
        assert sum(question.notebook == f"{number:02}" for question in QUESTIONS.values()) >= 4
