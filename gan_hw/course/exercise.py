"""What an exercise is: a task, a solution from which its stub is made, wrong answers with their sentences, hints."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Callable[..., Any])
STUB_BODY = "raise NotImplementedError"


@dataclass(frozen=True)
class Case:
    """One thing to try an answer on.

    name: the case in words, to stand behind "for" ("two images of 5x7 pixels"). arguments: makes the arguments, anew
    for each call.
    """

    name: str
    arguments: Callable[[], tuple[Any, ...]]


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that is known to be wrong, and the sentence for whoever gives it.

    sentence: a template; {case}, {got} and {expected} stand for the first case in which it differs from the solution.
    """

    answer: Callable[..., Any]
    sentence: str


@dataclass
class Exercise:
    """An exercise. Its functions are added with the decorators `solution`, `right` and `wrong`.

    name: the name of the function or class that the student writes. notebook: its number, "03". points: for a right
    answer. title, task: Markdown. hints: at least two, from a push to nearly the answer. cases: what to try answers on,
    other shapes and seeds than those that the notebook shows. observe: (answer, *arguments) -> what is compared, nested
    tuples or dicts of tensors, numbers and texts; by default what the answer returns. imports: the lines that the stub
    needs. tolerance: relative difference that is still equal, for float32. may_change: names of the arguments (the
    solution's) whose numbers an answer may change; ruining other tensors and lists of its caller is wrong.
    """

    name: str
    notebook: str
    points: int
    title: str
    task: str
    hints: tuple[str, ...]
    cases: Sequence[Case]
    observe: Callable[..., Any] = lambda answer, *arguments: answer(*arguments)
    imports: str = "import torch"
    tolerance: float = 1e-4
    may_change: tuple[str, ...] = ()
    solved_by: Callable[..., Any] | None = None
    also_right: list[Callable[..., Any]] = field(default_factory=list)
    known_wrong: list[WrongAnswer] = field(default_factory=list)

    def solution(self, answer: Answer) -> Answer:
        """Make this function or class, which has the exercise's name, the solution."""
        assert answer.__name__ == self.name, f"the solution of {self.name} must have that name"
        self.solved_by = answer
        return answer

    def right(self, answer: Answer) -> Answer:
        """Add another right answer; a test checks that it is accepted."""
        self.also_right.append(answer)
        return answer

    def wrong(self, sentence: str) -> Callable[[Answer], Answer]:
        """Add a wrong answer, named after its fault, with the sentence for it."""

        def add(answer: Answer) -> Answer:
            self.known_wrong.append(WrongAnswer(answer, sentence))
            return answer

        return add

    @property
    def solution_source(self) -> str:
        """The solution's code, without its decorator."""
        assert self.solved_by is not None, f"{self.name} has no solution"
        return _undecorated(self.solved_by)

    @property
    def stub(self) -> str:
        """The solution's code with the body of each function replaced by `raise NotImplementedError`."""
        return stub_of(self.solution_source)


def stub_of(source: str) -> str:
    """Code of a function or class, of which signatures and docstrings remain."""
    lines = source.splitlines()
    for first, last, indent in reversed(function_bodies(source)):
        lines[first - 1 : last] = [indent + STUB_BODY]
    return "\n".join(lines) + "\n"


def function_bodies(source: str) -> list[tuple[int, int, str]]:
    """First line, last line and indentation of each function's body, its docstring left out, from top to bottom.

    source: the code of one function, or of a class with its methods.
    """
    (node,) = ast.parse(source).body
    functions = [node] if isinstance(node, ast.FunctionDef) else ast.walk(node)
    bodies = []
    for function in functions:
        if not isinstance(function, ast.FunctionDef):
            continue
        statements = function.body[1 if ast.get_docstring(function) is not None else 0 :]
        if statements:  # not a docstring alone
            assert function.end_lineno is not None
            bodies.append((statements[0].lineno, function.end_lineno, " " * statements[0].col_offset))
    return sorted(bodies)


def _undecorated(answer: Callable[..., Any]) -> str:
    source = textwrap.dedent(inspect.getsource(answer))
    (node,) = ast.parse(source).body
    return "\n".join(source.splitlines()[node.lineno - 1 :]) + "\n"
