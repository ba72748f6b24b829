"""What a student has done so far, as one JSON file in the workspace."""

import json
from pathlib import Path
from typing import Any

from gan_hw.utils.files import file_lock, write_text
from gan_hw.utils.hosts import find_workspace
from gan_hw.utils.messages import say

FILE = Path("course") / "progress.json"


def load(workspace: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """{name of an exercise or question: {"attempts", "right", "hints"}}, with what is known; empty when nothing is."""
    path = find_workspace(workspace) / FILE
    try:
        return _read(path)
    except (OSError, ValueError) as error:
        _say_unreadable(path, error)
        return {}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict):
        raise ValueError(say("no JSON object"))
    return found


def _say_unreadable(path: Path, error: Exception) -> None:
    print(
        say(
            "Your progress in '{path}' can't be read ({error}), and is counted from the beginning.",
            path=path,
            error=error,
        )
    )


def update(name: str, workspace: str | Path | None = None, **changes: Any) -> dict[str, Any]:
    """Set these fields of an exercise or question, and return all of its fields.

    A number given as `attempts=1` or `hints=1` is added. What can't be read or written is said in one line, and nothing
    fails. A damaged file is kept beside the new one, with the ending .broken; one that can't be read for the moment,
    as on a drive that is disconnected, stays as it is.
    """
    path = find_workspace(workspace) / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(path.with_suffix(".lock"), wait=True):
            try:
                known = _read(path)
            except ValueError as error:
                _say_unreadable(path, error)
                path.replace(path.with_suffix(".broken"))
                known = {}
            entry = known.setdefault(name, {})
            for field, value in changes.items():
                entry[field] = entry.get(field, 0) + value if field in ("attempts", "hints") else value
            write_text(path, json.dumps(known, indent=1, sort_keys=True) + "\n")
            return entry
    except OSError as error:
        print(say("Your progress can't be kept in '{path}': {error}", path=path, error=error))
        return dict(changes)
