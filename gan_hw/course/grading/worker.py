"""Runs a student's answers and writes what they gave: the one process in which a stranger's code runs.

    python -m gan_hw.course.grading.worker FOLDER

FOLDER/request.json has "cells" (code whose definitions are run first), "answers" ({exercise: code}) and "memory"
(bytes). For each exercise FOLDER/NAME.json gets its outcomes, see `encode`; FOLDER/now names the exercise at hand, so
that whoever waits knows which one ended the process.
"""

import ast
import base64
import contextlib
import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_hw.course.checking import SECONDS, LimitReached, outcomes, time_limit
from gan_hw.course.comparing import Raised, printable
from gan_hw.course.exercises import EXERCISES
from gan_hw.course.grading.student_notebook import definitions
from gan_hw.utils.isolation import announce_start, set_limits

TIMED_OUT = "timed out"
LARGEST_RESULT = 50_000_000  # bytes that the outcomes of one answer may take
LIMITS = {"RLIMIT_FSIZE": LARGEST_RESULT, "RLIMIT_NPROC": 256, "RLIMIT_CORE": 0}
DTYPES = {  # that can be made of a stranger's bytes, unlike the quantised ones
    str(dtype): dtype
    for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
        torch.float32, torch.float64, torch.complex64, torch.complex128,
    )
}  # fmt: skip


def main(folder: Path) -> None:
    """Run everything that request.json asks for."""
    announce_start()
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    set_limits(LIMITS | {"RLIMIT_AS": request["memory"]})
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in request["cells"]:
        with contextlib.suppress(LimitReached):
            run(definitions(ast.parse(cell).body), namespace)
    for name, code in request["answers"].items():
        place(folder / "now", name.encode())
        place(folder / f"{name}.json", encode(observed(name, code, namespace)))


def place(path: Path, content: bytes) -> None:
    """Write a file, complete or not at all, in place of whatever was there."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def run(statements: Iterable[ast.stmt], namespace: dict[str, Any]) -> Raised | None:
    """Run statements, past those that fail; returns what the first of these raised. Raises LimitReached."""
    failure = None
    with time_limit(SECONDS):
        for statement in statements:
            try:
                exec(compile(ast.Module([statement], []), "<answer>", "exec"), namespace)
            except LimitReached:
                raise
            except BaseException as error:
                failure = failure or Raised(printable(type(error).__name__), printable(error), statement.lineno)
    return failure


def observed(name: str, code: str, namespace: dict[str, Any]) -> Any:
    """The outcomes of the answer that a cell defines, or TIMED_OUT. What fails beside the answer changes nothing."""
    namespace.pop(name, None)
    try:
        failure = run(ast.parse(code).body, namespace)
    except LimitReached:
        if name not in namespace:
            return TIMED_OUT
    if name not in namespace:
        return [failure or Raised("NameError", f"name '{name}' is not defined")] * len(EXERCISES[name].cases)
    try:
        with time_limit(SECONDS):
            return list(outcomes(EXERCISES[name], namespace[name]))
    except LimitReached:
        return TIMED_OUT


def encode(value: Any) -> bytes:
    """A value as JSON that `decode` reads; empty if that is impossible, or too large."""
    try:
        content = json.dumps(_encoded(value)).encode()
    except Exception:
        return b""
    return content if len(content) <= LARGEST_RESULT else b""


def decode(content: bytes) -> Any:
    """The value, with lists for tuples, and texts cut; objects that are no data become an Unknown.

    content: a stranger's. Raises an Exception of some kind when `encode` has not written it.
    """
    return _decoded(json.loads(content))


class Unknown:
    """An object that is no data, known by its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _encoded(value: Any) -> Any:
    """JSON's own values as they are, also those of subclasses; others as a dict with their kind as the key."""
    if value is None:
        return None
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, list | tuple):
        return [_encoded(part) for part in value]
    if isinstance(value, dict):
        return {"dict": [[_encoded(key), _encoded(part)] for key, part in value.items()]}
    if isinstance(value, Raised):
        return {"raised": [value.kind, value.message, value.line]}
    return _encoded_object(value)


def _encoded_object(value: Any) -> dict[str, Any]:
    """What PyTorch takes for numbers, such as NumPy's, as a tensor; everything else as text."""
    try:
        return {"tensor": _encoded_tensor(torch.as_tensor(value))}
    except Exception:
        return {"unknown": printable(value)}


def _encoded_tensor(tensor: Tensor) -> list[Any]:
    if str(tensor.dtype) not in DTYPES:
        raise ValueError(f"{tensor.dtype} numbers need another type to be read")
    tensor = tensor.detach().cpu().to_dense().resolve_conj().resolve_neg().contiguous()
    content = tensor.flatten().view(torch.uint8) if tensor.numel() else torch.empty(0, dtype=torch.uint8)
    return [str(tensor.dtype), list(tensor.shape), base64.b64encode(content.numpy().tobytes()).decode()]


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(part) for part in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {_decoded(key): _decoded(part) for key, part in content}
    if kind == "raised":
        return Raised(printable(str(content[0])), printable(str(content[1])), content[2] and int(content[2]))
    if kind == "tensor":
        dtype, shape, data = DTYPES[content[0]], content[1], bytearray(base64.b64decode(content[2]))
        if len(data) != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{len(data)} bytes are no {dtype} of shape {shape}")
        return torch.frombuffer(data, dtype=dtype).reshape(shape) if data else torch.empty(shape, dtype=dtype)
    return Unknown(printable(str(content)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
