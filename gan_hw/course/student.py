"""What students call in the notebooks: check an answer, get a hint, see the solution, answer a question."""

import os
from typing import Any

from gan_hw.course import record
from gan_hw.course.checking import examine
from gan_hw.course.exercise import Exercise
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.question import Question
from gan_hw.course.questions import QUESTIONS
from gan_hw.utils.messages import say
from gan_hw.utils.notebook import output_mode

LETTERS = "abcdefgh"


class NotRight(AssertionError):
    """With GAN_HW_GRADING=1: an answer that is wrong, missing, or not the student's own."""


def is_grading() -> bool:
    """Whether answers are graded now (GAN_HW_GRADING=1): then `check` raises for everything but a right answer."""
    return os.environ.get("GAN_HW_GRADING", "") not in ("", "0")


def check(name: str, answer: Any) -> None:
    """Print whether `answer`, a function or class, solves the exercise `name`, and if not, what is wrong with it.

    An untouched stub is "not attempted". Raises ValueError for an unknown name, and NotRight when answers are graded.
    """
    exercise = _exercise(name)
    grading = is_grading()
    verdict = examine(exercise, answer, own_work=grading)
    if grading:
        if verdict.kind != "right":
            raise NotRight(f"{name}: {verdict.message}")
    elif verdict.kind == "right":
        record.update(name, attempts=1, right=True)
    elif verdict.kind == "wrong":
        record.update(name, attempts=1)
    if verdict.kind == "right":
        print(say("right ({points} points)", points=exercise.points) if exercise.points > 1 else say("right (1 point)"))
    elif verdict.kind == "wrong":
        print(say("not yet: {message}", message=verdict.message))
    else:
        print(verdict.message)


def hint(name: str) -> None:
    """Show the next hint of an exercise; after the last one, the last one again."""
    hints = _exercise(name).hints
    shown = min(record.update(name, hints=1).get("hints", 1), len(hints))
    _show(say("Hint {number} of {count}: {hint}", number=shown, count=len(hints), hint=say(hints[shown - 1])))


def solution(name: str) -> None:
    """Print the solution of an exercise, once an answer was tried."""
    exercise = _exercise(name)
    if not record.load().get(name, {}).get("attempts"):
        print(say("Try it first: the solution is shown after an attempt. hint({name!r}) helps.", name=name))
        return
    print(exercise.solution_source, end="")


def ask(name: str) -> None:
    """Show a question: with buttons where they work, else as text, to be answered with reply(name, letter)."""
    question = _question(name)
    if output_mode() == "notebook" and _show_buttons(question):
        return
    print(say(question.text))
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        print(f"  {letter}) {say(choice.text)}")
    print(say("Your answer: reply({name!r}, letter)", name=name))


def reply(name: str, letter: str) -> None:
    """Show whether choice `letter` ("a", "b", ...) of a question is right, and why. Raises ValueError for another."""
    question = _question(name)
    choices = list(LETTERS[: len(question.choices)])
    chosen = str(letter).strip().lower()
    if chosen not in choices:
        letters = ", ".join(choices)
        raise ValueError(say("{letter!r} is no choice of {name!r}; choose one of {letters}", **locals()))
    _show(_reaction(question, choices.index(chosen)))


def progress(notebook: str) -> None:
    """Print in one line how many exercises, points and questions of a notebook ("03") are done."""
    done = {name for name, entry in record.load().items() if entry.get("right")}
    exercises = [exercise for exercise in EXERCISES.values() if exercise.notebook == notebook]
    questions = [question for question in QUESTIONS.values() if question.notebook == notebook]
    print(
        say(
            "Notebook {number}: {right} of {count} exercises right, {points} of {possible} points; "
            "{answered} of {questions} questions",
            number=int(notebook),
            right=sum(exercise.name in done for exercise in exercises),
            count=len(exercises),
            points=sum(exercise.points for exercise in exercises if exercise.name in done),
            possible=sum(exercise.points for exercise in exercises),
            answered=sum(question.name in done for question in questions),
            questions=len(questions),
        )
    )


def _reaction(question: Question, place: int) -> str:
    choice = question.choices[place]
    if choice.right:
        record.update(question.name, attempts=1, right=True)
    else:
        record.update(question.name, attempts=1)
    explanation = say(choice.explanation)
    return say("Yes. {why}", why=explanation) if choice.right else say("No. {why}", why=explanation)


def _show(text: str) -> None:
    """Display Markdown in a notebook, so that its formulae can be read; elsewhere print it."""
    if output_mode() == "notebook":
        try:
            from IPython.display import Markdown, display
        except ImportError:
            pass
        else:
            display(Markdown(text))
            return
    print(text)


def _show_buttons(question: Question) -> bool:
    """The question as Markdown, whose formulae buttons can't show, and a button for each letter.

    Returns False where ipywidgets is missing.
    """
    try:
        import ipywidgets as widgets
        from IPython.display import Markdown, display
    except ImportError:
        return False
    letters = LETTERS[: len(question.choices)]
    lines = [f"- **{letter})** {say(choice.text)}" for letter, choice in zip(letters, question.choices, strict=True)]
    buttons = widgets.ToggleButtons(options=list(letters), value=None, style={"button_width": "3em"})
    reaction = widgets.Output()

    def react(change: dict[str, Any]) -> None:
        with reaction:
            reaction.clear_output()
            display(Markdown(_reaction(question, letters.index(change["new"]))))

    buttons.observe(react, names="value")
    display(Markdown("\n\n".join([say(question.text), "\n".join(lines)])), buttons, reaction)
    return True


def _exercise(name: str) -> Exercise:
    if name not in EXERCISES:
        raise ValueError(say("there is no exercise {name!r}; there are {known}", name=name, known=", ".join(EXERCISES)))
    return EXERCISES[name]


def _question(name: str) -> Question:
    if name not in QUESTIONS:
        raise ValueError(say("there is no question {name!r}; there are {known}", name=name, known=", ".join(QUESTIONS)))
    return QUESTIONS[name]
