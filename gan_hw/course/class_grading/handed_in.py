"""What a class handed in, and whose it is: one folder for each student, or files whose names begin with the student.

Nothing is opened here but the class list; names are a stranger's, and may be anything that a file system takes.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gan_hw.course.comparing import printable
from gan_hw.utils.files import short_hash

ARCHIVE_ENDINGS = (".tgz", ".tar.gz")
OTHER_ENDINGS = (".zip", ".tar", ".7z", ".rar", ".tar.bz2", ".tar.xz")  # archives that are not accepted, but named
NOTEBOOK_ENDING = ".ipynb"
ARCHIVE_NAME = "submission.tgz"  # taken where a student handed in several archives
NOBODYS = (".git", ".ipynb_checkpoints", "__MACOSX")  # folders that programs make, with copies of what counts
SURPLUS = "more cells than the header has"
MAX_NAME_LENGTH = 80  # characters of the name of a student's files among the results


@dataclass
class Student:
    """One student: the name or number, what was handed in, and the row of the class list.

    archive: None when there is none, or it isn't clear which; `note` tells. listed: the class list's own columns.
    folder: the class's, in which all of it lies.
    """

    name: str
    archive: Path | None = None
    notebooks: list[Path] = field(default_factory=list)
    note: str = ""
    listed: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def file_name(self) -> str:
        """The student's name as the name of a file: letters, digits, '-', '_' and '.', different for each student."""
        plain = re.sub(r"[^\w.-]", "_", self.name, flags=re.ASCII)[:MAX_NAME_LENGTH]
        return plain if plain == self.name and plain.strip(".") else f"{plain.strip('.')}-{short_hash(self.name)}"

    @property
    def label(self) -> str:
        """The name as it may be printed."""
        return printable(" ".join(self.name.split())) or self.file_name


def find_students(folder: str | Path, class_list: Sequence[dict[str, str]] = ()) -> list[Student]:
    """The students with what they handed in, by name; of the class list also those who handed in nothing.

    A sub-folder of `folder` belongs to one student, with all archives and notebooks in it, however deep; it has the
    student's name. A file directly in `folder` belongs to the student whose name is the part before the first '_'.
    With a class list, a folder or file belongs to the student whose name (the first column) it has as a whole, or
    between other words, as in ``Mei Lin_b10901001_assignsubmission_file_`` for B10901001; of several, to the longest,
    with a note. Links are not followed.
    Raises ValueError when the folder does not exist or holds neither archives nor notebooks, or nothing of anybody on
    the class list.
    """
    folder = Path(folder).resolve()
    if not folder.is_dir():
        raise ValueError(f"'{folder}' is not a folder of what students handed in")
    listed = {_key(row): row for row in class_list}
    students = {name: Student(name, listed=row, folder=folder) for name, row in listed.items()}
    archives: dict[str, list[Path]] = {}
    others: dict[str, list[Path]] = {}
    found = set()
    for entry in sorted(folder.iterdir()):
        if entry.name in NOBODYS or entry.is_symlink():
            continue
        files = _files(entry)
        work = _ending_with((*ARCHIVE_ENDINGS, NOTEBOOK_ENDING), files)
        if not work and not entry.is_dir():
            continue
        name, *more = _students_of(entry, listed)
        found.add(name)
        student = students.setdefault(name, Student(name, folder=folder))
        student.notebooks += _ending_with(NOTEBOOK_ENDING, work)
        if more:
            student.note = f"'{printable(entry.name)}' names {printable(', '.join(more))} of the class list as well"
        archives.setdefault(name, []).extend(_ending_with(ARCHIVE_ENDINGS, work))
        others.setdefault(name, []).extend(_ending_with(OTHER_ENDINGS, files))
    if not any(archives.values()) and not any(student.notebooks for student in students.values()):
        raise ValueError(f"'{folder}' holds neither archives (.tgz) nor notebooks (.ipynb), nor folders with some")
    if listed and not found & listed.keys():
        raise ValueError(
            f"'{folder}' holds nothing of anybody on the class list, whose first column, "
            f"{next(iter(class_list[0]))!r}, should be in the names of folders or files: {', '.join(sorted(found)[:3])}"
        )
    for name, student in students.items():
        student.archive, note = _chosen(archives.get(name, []))
        if student.archive is None and others.get(name):
            note += f", but {printable(others[name][0].name)}, which is no .tgz"
        unlisted = "not in the class list" if listed and not student.listed else ""
        student.note = "; ".join(filter(None, (unlisted, student.note, note)))
    return sorted(students.values(), key=lambda student: student.name)


def read_class_list(path: str | Path) -> list[dict[str, str]]:
    """The rows of a class list, a .csv file with a header whose first column tells students apart.

    Cells are separated by commas, or by semicolons or tabs if the header has no comma. Raises ValueError when it can't
    be read, has no rows, a row with more cells than the header, or the same student twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        separator = "," if "," in header else next((mark for mark in ";\t" if mark in header), ",")
        reader = csv.DictReader(io.StringIO(text), delimiter=separator, restkey=SURPLUS, restval="")
        if reader.fieldnames is not None and not any(reader.fieldnames):
            raise ValueError(f"class list '{path}': the first line is empty, and should name the columns")
        rows = []
        for row in reader:
            if SURPLUS in row:
                raise ValueError(f"class list '{path}', line {reader.line_num}: {SURPLUS}")
            rows += [row] if any(row.values()) else []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"class list '{path}' can't be read: {error}") from error
    if not rows:
        raise ValueError(f"class list '{path}' has no rows below its header")
    names = [_key(row) for row in rows]
    for name in names:
        if not name or names.count(name) > 1:
            column = next(iter(rows[0]))
            raise ValueError(f"class list '{path}': {name or 'an empty name'!r} is not unique in column {column!r}")
    return rows


def _key(row: dict[str, str]) -> str:
    return next(iter(row.values())).strip()


def _files(entry: Path) -> list[Path]:
    """The file, or all regular files below the folder, without links."""
    if not entry.is_dir():
        return [entry]
    found = []
    for child in sorted(entry.iterdir()):
        if not child.is_symlink() and child.name not in NOBODYS:
            found += _files(child)
    return [path for path in found if not path.name.startswith("._")]  # beside each file that macOS packed


def _ending_with(endings: str | tuple[str, ...], paths: Sequence[Path]) -> list[Path]:
    return [path for path in paths if path.name.lower().endswith(endings)]


def _students_of(entry: Path, listed: Iterable[str]) -> list[str]:
    """Whose the entry is; behind that, other students of the class list whom its name holds as well."""
    plain = entry.name if entry.is_dir() else re.sub(r"(\.tgz|\.tar\.gz|\.ipynb)$", "", entry.name, flags=re.IGNORECASE)
    exact = [name for name in listed if name == plain] or [name for name in listed if name.lower() == plain.lower()]
    if exact:
        return exact
    places = {}
    for name in listed:
        if match := re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", plain, re.IGNORECASE):
            places[name] = match.span()
    whole = [name for name in places if not any(_within(places[name], place) for place in places.values())]
    if whole:
        return sorted(whole, key=lambda name: (-len(name), places[name]))
    return [plain if entry.is_dir() else plain.split("_")[0] or plain]


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def _chosen(archives: list[Path]) -> tuple[Path | None, str]:
    """The archive that counts, and a note when that isn't clear."""
    if len(archives) <= 1:
        return (archives[0], "") if archives else (None, "no archive")
    named = [path for path in archives if path.name == ARCHIVE_NAME]
    if len(named) == 1:
        return named[0], f"{len(archives)} archives, {ARCHIVE_NAME} counts"
    return None, f"{len(archives)} archives, and it isn't clear which counts: name one {ARCHIVE_NAME}"
