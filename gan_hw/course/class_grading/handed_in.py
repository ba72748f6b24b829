"""What a class handed in, and whose it is: one folder for each student, or files whose names begin with the student.

Nothing is opened here but the class list; names are a stranger's, and may be anything that a file system takes.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gan_hw.course.comparing import printable
from gan_hw.utils.files import short_hash

ARCHIVE_ENDINGS = (".tgz", ".tar.gz")
NOTEBOOK_ENDING = ".ipynb"
ARCHIVE_NAME = "submission.tgz"  # taken where a student handed in several archives
NOBODYS = (".git", ".ipynb_checkpoints", "__MACOSX")  # folders that programs make, with copies of what counts
WORDS = re.compile(r"[^_\-\s,.()]+")  # of a name in which a learning-management system hides a student's number
MAX_NAME_LENGTH = 80  # characters of the name of a student's files among the results


@dataclass
class Student:
    """One student: the name or number, what was handed in, and the row of the class list.

    archive: None when there is none, or it isn't clear which; `note` tells. listed: the class list's own columns.
    """

    name: str
    archive: Path | None = None
    notebooks: list[Path] = field(default_factory=list)
    note: str = ""
    listed: dict[str, str] = field(default_factory=dict)

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
    With a class list, a folder or file belongs to the student whose name (the first column) it has as a whole, or as
    one of its words, as in ``Mei Lin_B10901001_assignsubmission_file_``. Links are not followed.
    Raises ValueError when the folder does not exist or holds neither archives nor notebooks.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"'{folder}' is not a folder of what students handed in")
    listed = {_key(row): row for row in class_list}
    students = {name: Student(name, listed=row) for name, row in listed.items()}
    archives: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name in NOBODYS or entry.is_symlink():
            continue
        files = [path for path in _files(entry) if path.name.endswith((*ARCHIVE_ENDINGS, NOTEBOOK_ENDING))]
        if not files and not entry.is_dir():
            continue
        name = _student_of(entry, listed)
        student = students.setdefault(name, Student(name))
        student.notebooks += [path for path in files if path.name.endswith(NOTEBOOK_ENDING)]
        archives.setdefault(name, []).extend(path for path in files if path.name.endswith(ARCHIVE_ENDINGS))
    if not any(archives.values()) and not any(student.notebooks for student in students.values()):
        raise ValueError(f"'{folder}' holds neither archives (.tgz) nor notebooks (.ipynb), nor folders with some")
    for name, student in students.items():
        student.archive, student.note = _chosen(archives.get(name, []))
        if listed and not student.listed:
            student.note = "; ".join(filter(None, ("not in the class list", student.note)))
    return sorted(students.values(), key=lambda student: student.name)


def read_class_list(path: str | Path) -> list[dict[str, str]]:
    """The rows of a class list, a .csv file with a header whose first column tells students apart.

    Raises ValueError when it can't be read, has no rows, or has the same student twice.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file, restkey="more", restval="") if any(row.values())]
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


def _student_of(entry: Path, listed: dict[str, dict[str, str]]) -> str:
    plain = entry.name if entry.is_dir() else re.sub(r"(\.tgz|\.tar\.gz|\.ipynb)$", "", entry.name)
    if plain in listed:
        return plain
    words = [word for word in WORDS.findall(plain) if word in listed]
    if words:
        return words[0]
    return plain if entry.is_dir() else plain.split("_")[0] or plain


def _chosen(archives: list[Path]) -> tuple[Path | None, str]:
    """The archive that counts, and a note when that isn't clear."""
    if len(archives) <= 1:
        return (archives[0], "") if archives else (None, "no archive")
    named = [path for path in archives if path.name == ARCHIVE_NAME]
    if len(named) == 1:
        return named[0], f"{len(archives)} archives, {ARCHIVE_NAME} counts"
    return None, f"{len(archives)} archives, and it isn't clear which counts: name one {ARCHIVE_NAME}"
