"""The classes of each picture, read from the files that data sets provide. No torch before a label matrix is made."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from torch import Tensor

MAX_CLASSES = 1000  # a column of file names or numbers, chosen by mistake, would have one for each picture

T = TypeVar("T")


@dataclass(frozen=True)
class Labels:
    """The classes of pictures.

    class_names: all classes, in the order of the label columns. classes_of: {picture: indices of its classes}, where
    a picture is a path as in its archive, or the last part of that path.
    """

    class_names: tuple[str, ...]
    classes_of: dict[str, tuple[int, ...]]

    def find(self, name: str) -> tuple[int, ...] | None:
        """Indices of the classes of the picture `name`, or None when it has no labels."""
        name = normalise_path(name)
        return self.classes_of.get(name, self.classes_of.get(name.rsplit("/", 1)[-1]))

    def check_unambiguous(self, names: Iterable[str]) -> None:
        """Raise ValueError when a file name without its folder is labelled and several of the pictures have it."""
        paths = (normalise_path(name) for name in names)
        short = Counter(path.rsplit("/", 1)[-1] for path in paths if path not in self.classes_of)
        repeated = next((name for name, count in short.items() if count > 1 and name in self.classes_of), None)
        if repeated:
            raise ValueError(
                say(
                    "labels: {repeated!r} could be any of {count} pictures; name them with their folders",
                    repeated=repeated,
                    count=short[repeated],
                )
            )

    def multi_hot(self, names: Iterable[str]) -> "Tensor":
        """Labels uint8 (N, K) of N pictures; zeros for a picture without labels."""
        return multi_hot([self.find(name) or () for name in names], len(self.class_names))


def normalise_path(name: str) -> str:
    """A picture's path in one form, however archives and tables of different systems write it."""
    return name.replace("\\", "/").removeprefix("./")


def group_by_last_word(class_names: Sequence[str]) -> dict[str, list[int]]:
    """{last word: columns} of the classes: "pink hair" and "red hair" are in the group "hair"."""
    groups: dict[str, list[int]] = {}
    for column, name in enumerate(class_names):
        groups.setdefault(name.split()[-1], []).append(column)
    return groups


def class_groups(class_names: Sequence[str]) -> dict[str, list[int]]:
    """{group: columns} of the classes, guessed from their names.

    Classes that share a last word form a group, whose members are taken to exclude each other. When no two share it, as
    with cats and dogs, all classes form the group "class".
    """
    groups = group_by_last_word(class_names)
    return groups if len(groups) < len(class_names) else {"class": list(range(len(class_names)))}


def label_grid(class_names: Sequence[str]) -> tuple[list[str], list[str], "Tensor"]:
    """(row names, column names, labels) for a grid of samples: the first group's classes times the second's.

    labels: uint8 (rows * columns, K) multi-hot, row by row. With a single group there is one row, named "each".
    """
    *first, columns = list(class_groups(class_names).values())[:2]
    pairs = [(row, column) for row in first[0] for column in columns] if first else [(column,) for column in columns]
    row_names = [class_names[k] for k in first[0]] if first else ["each"]
    return row_names, [class_names[k] for k in columns], multi_hot(pairs, len(class_names))


def multi_hot(indices: Sequence[Iterable[int]], classes: int) -> "Tensor":
    """Labels uint8 (N, classes) with a 1 at each index in each of N lists."""
    import torch  # only when labels are needed: a wrong address is refused without it

    rows = torch.zeros(len(indices), classes, dtype=torch.uint8)
    for row, columns in zip(rows, indices, strict=True):
        row[list(columns)] = 1
    return rows


def from_csv(text: str, origin: str | Path) -> Labels:
    """Labels from a table with a column `file` and one for each attribute, whose cells are class names or empty.

    Classes are in the order of the columns, and alphabetical within each. origin: name of the table in messages.
    Raises ValueError naming the table, the line and the problem.
    """
    table = csv.DictReader(io.StringIO(text), strict=True)
    try:
        records: list[tuple[int, dict[Any, Any]]] = [
            (table.line_num, {key: _stripped(cell) for key, cell in record.items()}) for record in table
        ]
    except csv.Error as error:
        raise ValueError(
            say("labels '{origin}', line {line}: {error}", origin=origin, line=table.line_num, error=error)
        ) from error
    fields = table.fieldnames or ()
    attributes = [name for name in fields if name != "file"]
    if not attributes or "file" not in fields:
        raise ValueError(
            say("labels '{origin}': the first line must name a column 'file' and a column of classes", origin=origin)
        )
    for line, record in records:
        if None in record or None in record.values() or not record["file"]:
            raise ValueError(
                say(
                    "labels '{origin}', line {line}: it needs {count} values, one of them a file",
                    origin=origin,
                    line=line,
                    count=len(fields),
                )
            )
    names = [name for key in attributes for name in sorted({record[key] for _, record in records} - {""})]
    if not 0 < len(names) <= MAX_CLASSES:
        raise ValueError(
            say(
                "labels '{origin}' name {count} classes; from 1 to {most} are possible",
                origin=origin,
                count=len(names),
                most=MAX_CLASSES,
            )
        )
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            say(
                "labels '{origin}': {repeated!r} appears in two columns; use different names, such as "
                "'red hair' and 'red eyes'",
                origin=origin,
                repeated=repeated,
            )
        )
    index = {name: number for number, name in enumerate(names)}
    classes_of: dict[str, tuple[int, ...]] = {}
    for line, record in records:
        picture = normalise_path(record["file"])
        if picture in classes_of:
            raise ValueError(
                say(
                    "labels '{origin}', line {line}: {file!r} appears a second time",
                    origin=origin,
                    line=line,
                    file=record["file"],
                )
            )
        classes_of[picture] = tuple(index[record[key]] for key in attributes if record[key])
    return Labels(tuple(names), classes_of)


def from_iclevr(train: str, objects: str, origin: str | Path) -> Labels:
    """Labels from the texts of i-CLEVR's train.json {picture: [object, ...]} and objects.json {object: index}.

    Raises ValueError naming `origin` and the problem.
    """
    index = _parse_objects(objects, origin)
    pictures: dict[str, Any] = _parse_json(train, f"{origin}: train.json", dict)
    classes_of = {
        normalise_path(name): _class_indices(names, index, f"{origin}: train.json, {name!r}")
        for name, names in pictures.items()
    }
    return Labels(tuple(sorted(index, key=index.__getitem__)), classes_of)


def from_folders(names: Iterable[str], folders: Sequence[str], origin: str) -> Labels:
    """Labels of pictures by the outermost folder that is not common to all: "pos" for "trophies/pos/1.jpg".

    folders: the folders whose pictures get labels; empty for all. Raises ValueError naming `origin` and the folders
    that exist.
    """
    parents = {name: normalise_path(name).split("/")[:-1] for name in names}
    shared = len(os.path.commonprefix(list(parents.values())))
    folder_of = {name: path[shared] for name, path in parents.items() if len(path) > shared}
    existing = sorted(set(folder_of.values()))
    unknown = [name for name in folders if name not in existing]
    if not existing:
        raise ValueError(
            say(
                "data={origin!r}: its pictures are not in several sub-folders, so that they have no classes",
                origin=origin,
            )
        )
    if unknown:
        raise ValueError(
            say(
                "data={origin!r}: no folder {unknown!r}; there are {existing}",
                origin=origin,
                unknown=unknown[0],
                existing=", ".join(existing),
            )
        )
    if len(existing) > MAX_CLASSES:
        raise ValueError(
            say(
                "data={origin!r}: {count} folders; from 1 to {most} classes are possible",
                origin=origin,
                count=len(existing),
                most=MAX_CLASSES,
            )
        )
    classes = tuple(dict.fromkeys(folders)) or tuple(existing)
    return Labels(
        classes,
        {normalise_path(name): (classes.index(folder),) for name, folder in folder_of.items() if folder in classes},
    )


def multi_hot_from_json(text: str, class_names: Sequence[str], origin: str | Path) -> "Tensor":
    """Labels uint8 (N, K) from the text of a JSON list of N lists of class names, such as i-CLEVR's test.json.

    Raises ValueError naming `origin`, the row and the unknown class.
    """
    index = {name: number for number, name in enumerate(class_names)}
    rows: list[Any] = _parse_json(text, origin, list)
    if not rows:
        raise ValueError(say("labels '{origin}' hold no list of class names", origin=origin))
    indices = [_class_indices(row, index, say("{origin}, row {n}", origin=origin, n=n)) for n, row in enumerate(rows)]
    return multi_hot(indices, len(class_names))


def _parse_objects(text: str, origin: str | Path) -> dict[str, int]:
    index: dict[str, Any] = _parse_json(text, f"{origin}: objects.json", dict)
    numbered = all(type(number) is int and name.strip() for name, number in index.items())
    if numbered:
        numbered = 0 < len(index) <= MAX_CLASSES and sorted(index.values()) == list(range(len(index)))
    if not numbered:
        raise ValueError(
            say(
                "labels '{origin}': objects.json does not number its {count} names from 0",
                origin=origin,
                count=len(index),
            )
        )
    return index


def _stripped(cell: T) -> T | str:
    return cell.strip() if isinstance(cell, str) else cell


def _parse_json(text: str, origin: str | Path, expected: type[T]) -> T:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(say("labels '{origin}' are not valid JSON: {error}", origin=origin, error=error)) from error
    if not isinstance(value, expected):
        raise ValueError(
            say(
                "labels '{origin}' hold a {name} instead of a {wanted}",
                origin=origin,
                name=type(value).__name__,
                wanted=expected.__name__,
            )
        )
    return value


def _class_indices(names: Any, index: dict[str, int], origin: str) -> tuple[int, ...]:
    if not isinstance(names, list):
        raise ValueError(say("labels '{origin}': {names!r} is not a list of class names", origin=origin, names=names))
    for name in names:
        if not isinstance(name, str) or name not in index:
            raise ValueError(
                say(
                    "labels '{origin}': {name!r} is not a class; the classes are {known}",
                    origin=origin,
                    name=name,
                    known=", ".join(index),
                )
            )
    return tuple(index[name] for name in names)
