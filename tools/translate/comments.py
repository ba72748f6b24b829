"""Comments and docstrings of a code cell as messages; all other code stays letter for letter."""

import ast
import io
import re
import tokenize

# In front of a comment's words: marks, Colab's form field, code that is commented out (`# hint("name")  # words`).
NOT_WORDS = re.compile(r"# @param (?:\{.*?\}|\[.*?\])(?:  # )?|# \w+\(.*?\)  # |[# ]+")
NOT_PROSE = re.compile(r"# (?:NBVAL_|noqa|type:|fmt:|language:)")


def translate_code(source, lookup):
    """The code with each comment's and docstring's words w replaced by lookup(w, kind); kind: comment or docstring."""
    try:
        found = [*_comments(source), *_docstrings(source)]
    except (SyntaxError, tokenize.TokenError):  # a cell with !commands or %magic
        return source
    starts = [0]  # of each line
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    parts, end = [], 0
    for (row, column), length, kind in sorted(found):
        start = starts[row - 1] + column
        parts += [source[end:start], lookup(source[start : start + length], kind)]
        end = start + length
    return "".join(parts) + source[end:]


def _comments(source):
    """(row, column), length and kind of the words of each comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or NOT_PROSE.match(token.string):
            continue
        skipped = NOT_WORDS.match(token.string).end()
        words = token.string[skipped:]
        if re.search(r"[^\W\d_]{2}", words):
            yield (token.start[0], token.start[1] + skipped), len(words), "comment"


def _docstrings(source):
    """The same of each docstring in triple quotes, as it is written in the source, backslashes included."""
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            literal = node.body[0].value
            # ast counts columns in UTF-8 bytes
            start = len(lines[literal.lineno - 1].encode()[: literal.col_offset].decode())
            rest = "\n".join(lines[literal.lineno - 1 :])[start:]
            opening = re.match(r'[rR]?"""', rest)
            if opening:
                end = rest.index('"""', opening.end())
                yield (literal.lineno, start + opening.end()), end - opening.end(), "docstring"
