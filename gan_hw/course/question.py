"""What a question is: asked before a cell, several choices, and for each what to say to whoever takes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """text: the answer, Markdown. explanation: why it is right, or what is wrong with it."""

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with exactly one right choice.

    name: unique, of letters, digits and '_'. notebook: its number, "03". before: the id of the cell, markdown or code,
    before which it is asked. text: Markdown.
    """

    name: str
    notebook: str
    before: str
    text: str
    choices: tuple[Choice, ...]
