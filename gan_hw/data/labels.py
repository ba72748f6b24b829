"""Which classes each picture shows, read from the files that data sets bring along."""

import csv
import io
import json
import os
from collections import Counter
from dataclasses import dataclass

MOST = 1000  # classes; a column of names or numbers by mistake would have one for each picture


@dataclass(frozen=True)
class Labels:
    """Classes of pictures by name. class_names: of all classes, in their order. of: {picture: indices of its classes}.

    A picture's name here is a path as in its archive, or its last part alone.
    """

    class_names: tuple[str, ...]
    of: dict[str, tuple[int, ...]]

    def find(self, name):
        """The classes of the picture `name`, or None when it has none."""
        name = plain(name)
        return self.of.get(name, self.of.get(name.rsplit("/", 1)[-1]))

    def check(self, names):
        """Raise ValueError when the last part of a name, which has labels, belongs to several of the pictures."""
        short = Counter(name.rsplit("/", 1)[-1] for name in map(plain, names) if name not in self.of)
        twice = next((name for name, count in short.items() if count > 1 and name in self.of), None)
        if twice:
            raise ValueError(f"labels: {twice!r} could be any of {short[twice]} pictures; name them with their folders")

    def rows(self, names):
        """uint8 (len(names), K) multi-hot of pictures that have labels."""
        return multi_hot([self.find(name) for name in names], len(self.class_names))


def plain(name):
    """A picture's path as archives and tables of any system may write it, in one form."""
    return name.replace("\\", "/").removeprefix("./")


def kinds(class_names):
    """{kind: columns} of classes by the last word of their names: "pink hair" is of the kind "hair"."""
    found = {}
    for column, name in enumerate(class_names):
        found.setdefault(name.split()[-1], []).append(column)
    return found


def choices(class_names):
    """{kind: columns} of classes of which one is chosen: the kinds; or all, where no two are of a kind (cats, dogs)."""
    found = kinds(class_names)
    return found if len(found) < len(class_names) else {"class": list(range(len(class_names)))}


def crossed(class_names):
    """(names of the first kind, names of the second, wishes): each class of the one with each of the other.

    wishes: uint8 (rows * columns, K) multi-hot, row by row. Classes of one kind only stand in one row, called "each".
    """
    *first, across = list(choices(class_names).values())[:2]
    pairs = [(row, column) for row in first[0] for column in across] if first else [(column,) for column in across]
    down = [class_names[k] for k in first[0]] if first else ["each"]
    return down, [class_names[k] for k in across], multi_hot(pairs, len(class_names))


def multi_hot(chosen, classes):
    """uint8 (N, classes) with a 1 for each index in each of N lists."""
    import torch  # not before labels are read: a wrong address is answered without it

    rows = torch.zeros(len(chosen), classes, dtype=torch.uint8)
    for row, indices in zip(rows, chosen, strict=True):
        row[list(indices)] = 1
    return rows


def from_csv(text, where):
    """Labels from a table: a column `file`, and one for each attribute, whose cells are class names or empty.

    Classes stand in the order of the columns, and alphabetically in each. Raises ValueError naming `where`, the line
    and what is wrong there.
    """
    table = csv.DictReader(io.StringIO(text), strict=True)
    try:
        records = [{key: _stripped(cell) for key, cell in record.items()} for record in table]
    except csv.Error as error:
        raise ValueError(f"labels '{where}', line {table.line_num}: {error}") from error
    attributes = [name for name in table.fieldnames or () if name != "file"]
    if not attributes or "file" not in table.fieldnames:
        raise ValueError(f"labels '{where}' has no column 'file' beside columns of classes; its first line names them")
    for line, record in enumerate(records, 2):
        if None in record or None in record.values() or not record["file"]:
            raise ValueError(f"labels '{where}', line {line}: {len(table.fieldnames)} values are needed, and a file")
    names = [name for key in attributes for name in sorted({record[key] for record in records} - {""})]
    if not 0 < len(names) <= MOST:
        raise ValueError(f"labels '{where}' name {len(names)} classes; from 1 to {MOST} can be learned")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"labels '{where}': {twice!r} stands in two columns; make it 'red hair' and 'red eyes', say")
    index = {name: number for number, name in enumerate(names)}
    of = {}
    for line, record in enumerate(records, 2):
        if plain(record["file"]) in of:
            raise ValueError(f"labels '{where}', line {line}: {record['file']!r} is there a second time")
        of[plain(record["file"])] = tuple(index[record[key]] for key in attributes if record[key])
    return Labels(tuple(names), of)


def from_iclevr(train, objects, where):
    """Labels from i-CLEVR's texts train.json {picture: [object, ...]} and objects.json {object: index}.

    Raises ValueError naming `where` and what is wrong.
    """
    index = _objects(objects, where)
    pictures = _json(train, f"{where}: train.json", dict)
    of = {plain(name): _indices(wanted, index, f"{where}: train.json, {name!r}") for name, wanted in pictures.items()}
    return Labels(tuple(sorted(index, key=index.get)), of)


def from_folders(names, chosen, where):
    """Labels of pictures by the outermost folder that not all of them lie in: "pos" of "trophies/pos/1.jpg".

    chosen: the folders whose pictures have labels; none for all. Raises ValueError naming `where` and what there is.
    """
    parts = {name: plain(name).split("/")[:-1] for name in names}
    shared = len(os.path.commonprefix(list(parts.values())))
    folder_of = {name: folders[shared] for name, folders in parts.items() if len(folders) > shared}
    there = sorted(set(folder_of.values()))
    unknown = [name for name in chosen if name not in there]
    if not there:
        raise ValueError(f"data={where!r}: its pictures lie in no sub-folders, or all in one, which are no classes")
    if unknown:
        raise ValueError(f"data={where!r}: no folder {unknown[0]!r}; there are {', '.join(there)}")
    if len(there) > MOST:
        raise ValueError(f"data={where!r}: {len(there)} folders; from 1 to {MOST} classes can be learned")
    kept = tuple(dict.fromkeys(chosen)) or tuple(there)
    return Labels(kept, {plain(name): (kept.index(found),) for name, found in folder_of.items() if found in kept})


def requested(text, class_names, where):
    """uint8 (N, K) multi-hot of a list of N lists of class names, as i-CLEVR's test.json holds.

    Raises ValueError naming `where`, the row and the name that is no class.
    """
    index = {name: number for number, name in enumerate(class_names)}
    rows = _json(text, where, list)
    if not rows:
        raise ValueError(f"labels '{where}' ask for nothing")
    return multi_hot([_indices(row, index, f"{where}, row {n}") for n, row in enumerate(rows)], len(class_names))


def _objects(text, where):
    index = _json(text, f"{where}: objects.json", dict)
    whole = all(type(number) is int and name.strip() for name, number in index.items())
    if not whole or not 0 < len(index) <= MOST or sorted(index.values(), key=str) != sorted(range(len(index)), key=str):
        raise ValueError(f"labels '{where}': objects.json does not number its {len(index)} names from 0")
    return index


def _stripped(cell):
    return cell.strip() if isinstance(cell, str) else cell


def _json(text, where, kind):
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"labels '{where}' are no JSON: {error}") from error
    if not isinstance(found, kind):
        raise ValueError(f"labels '{where}' hold a {type(found).__name__} where a {kind.__name__} is needed")
    return found


def _indices(names, index, where):
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str) or name not in index:
            raise ValueError(f"labels '{where}': {name!r} is no class; there are {', '.join(index)}")
    return tuple(index[name] for name in names)
