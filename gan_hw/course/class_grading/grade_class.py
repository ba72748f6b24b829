"""Grade everything that a class handed in, many jobs at a time; what is graded is kept, and not graded again.

Each job writes its own result into OUT/results as soon as it has it, so whatever ends the command, the same command
goes on. A result belongs to the bytes that were graded and to what they were graded with: if one of them changes, it is
graded again.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_hw.course.class_grading.archives import Measures, measure_archive
from gan_hw.course.class_grading.copying import shared_images
from gan_hw.course.class_grading.handed_in import NOTEBOOK_ENDING, Student
from gan_hw.course.comparing import printable
from gan_hw.course.grading.grade import check_limits, grade_notebook, write_feedback
from gan_hw.utils import figures
from gan_hw.utils.environment import versions
from gan_hw.utils.files import atomic_path, short_hash, write_text
from gan_hw.workflow.cluster import Outcome, WorkersDiedError, run_jobs

if TYPE_CHECKING:
    from distributed import Client

FACES = 12  # of each submission, shown in the table: its first ones
LONGEST_ERROR = 300  # characters
LARGEST_FILE = 100_000_000  # bytes; what is larger is refused unread


@dataclass(frozen=True)
class Rules:
    """What everything is graded with.

    minutes, memory_gb: limits for the code of one notebook. isolated: whether bubblewrap keeps strangers apart.
    trust: run notebooks without it. Raises ValueError for limits that are no positive numbers.
    """

    measures: Measures
    minutes: float = 5.0
    memory_gb: float = 4.0
    isolated: bool = True
    trust: bool = False

    def __post_init__(self) -> None:
        check_limits(self.minutes, self.memory_gb)


@dataclass
class Grades:
    """One student's results.

    archive: as from measure_archive, empty without an archive. notebooks: as from grade_notebook; one that is no
    notebook of the course has "file" and "error". What could not be graded for no fault of the student's, such as a
    file that can't be read or a job that died, has "failed" and "error", and is tried again by the same command.
    shared: {other student, as it may be printed: share of the images}.
    """

    student: Student
    archive: dict[str, Any] = field(default_factory=dict)
    notebooks: list[dict[str, Any]] = field(default_factory=list)
    shared: dict[str, float] = field(default_factory=dict)


def grade_class(
    students: Sequence[Student], out: Path, rules: Rules, client: "Client", quiet: bool = False
) -> tuple[list[Grades], dict[str, float]]:
    """(Grades of each student in the order given, the real images' scores). Feedback goes to OUT/feedback.

    Raises ConnectionError when the scheduler is gone, and what load_images raises for the real images.
    """
    judge = rules.measures.judge()  # here first, so that what can be cached is there before many jobs look for it
    real = judge.real_scores()
    protocols = {"archive": judge.protocol, "notebook": _notebook_protocol(rules)}
    jobs: dict[str, tuple[Any, ...]] = {}
    for student in students:
        if student.archive:
            stored = out / "results" / f"{student.file_name}.archive.json"
            jobs[f"{student.name}/"] = (student.archive, out, student.file_name, stored, rules, protocols["archive"])
        for path in student.notebooks:
            kind = f"notebook-{short_hash(os.path.relpath(path, student.folder))}"
            stored = out / "results" / f"{student.file_name}.{kind}.json"
            jobs[f"{student.name}/{path}"] = (path, out, student.file_name, stored, rules, protocols["notebook"])
    outcomes = run_jobs(client, grade_file, jobs, title="Grading", quiet=quiet)
    grades = [_gathered(student, outcomes) for student in students]
    for one in grades:
        for number, result in best_notebooks(one.notebooks).items():
            twice = sum(Path(other["file"]).stem == Path(result["file"]).stem for other in one.notebooks) > 1
            write_feedback(result, out / "feedback" / one.student.file_name, number if twice else "")
    thumbnails = {
        one.student.name: np.load(_thumbnails_path(out, one.student.file_name))
        for one in grades
        if "scores" in one.archive
    }
    shares = shared_images(thumbnails, quiet)
    labels = {student.name: student.label for student in students}
    for one in grades:
        one.shared = {labels[name]: share for name, share in shares.get(one.student.name, {}).items()}
    return grades, real


def grade_file(path: Path, out: Path, owner: str, stored: Path, rules: Rules, protocol: str) -> dict[str, Any]:
    """The job: grade one archive or notebook of the student whose files are named `owner`, unless it was graded before.

    Returns what is written to `stored`, with the "seconds" that it took. Raises OSError when the file can't be read,
    or no process for it can start: nothing is stored then.
    """
    is_notebook = path.name.lower().endswith(NOTEBOOK_ENDING)
    digest = _digest(path)
    result = _read_result(stored, protocol, digest)
    if result is None or ("scores" in result and not _thumbnails_path(out, owner).exists()):
        started = time.monotonic()
        result = _grade_notebook(path, rules) if is_notebook else _grade_archive(path, out, owner, rules)
        seconds = round(time.monotonic() - started, 2)
        result |= {"protocol": protocol, "digest": digest, "seconds": seconds}
        write_text(stored, json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return result


def _grade_archive(path: Path, out: Path, owner: str, rules: Rules) -> dict[str, Any]:
    result, images, thumbnails = measure_archive(path, rules.measures, rules.isolated)
    if images is not None and thumbnails is not None:
        with atomic_path(faces_path(out, owner)) as part:
            figures.grid(images[:FACES], FACES).save(part, format="JPEG", quality=85)
        with atomic_path(_thumbnails_path(out, owner)) as part, open(part, "wb") as file:
            np.save(file, thumbnails.numpy())
    return result


def _grade_notebook(path: Path, rules: Rules) -> dict[str, Any]:
    try:
        return grade_notebook(path, rules.minutes, rules.memory_gb, rules.trust)
    except (ValueError, RecursionError) as error:
        return {"file": printable(path.name), "error": printable(error, LONGEST_ERROR)}


def faces_path(out: Path, owner: str) -> Path:
    """The picture of a submission's first faces."""
    return out / "faces" / f"{owner}.jpg"


def _thumbnails_path(out: Path, owner: str) -> Path:
    return out / "results" / f"{owner}.thumbnails.npy"


def _notebook_protocol(rules: Rules) -> str:
    return f"kit {versions()['gan_hw']}, {rules.minutes:g} minutes, {rules.memory_gb:g} GB"


def _digest(path: Path) -> str:
    """SHA-256 of a file's content, or of its size where it is too large to be graded. Raises OSError if unreadable."""
    size = path.stat().st_size
    content = path.read_bytes() if path.is_file() and size < LARGEST_FILE else str(size).encode()
    return hashlib.sha256(content).hexdigest()


def _read_result(path: Path, protocol: str, digest: str) -> dict[str, Any] | None:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if (result.get("protocol"), result.get("digest")) == (protocol, digest) else None


def _death(error: BaseException | None) -> str:
    """What to say of a job that has no result."""
    died = isinstance(error, WorkersDiedError)
    return "the process that graded it died, more than once" if died else printable(error, LONGEST_ERROR)


def _gathered(student: Student, outcomes: Mapping[str, Outcome]) -> Grades:
    grades = Grades(student)
    if student.archive:
        archive = outcomes[f"{student.name}/"]
        grades.archive = archive.value or {"failed": True, "error": _death(archive.error)}
    for path in student.notebooks:
        notebook = outcomes[f"{student.name}/{path}"]
        failure = {"file": printable(path.name), "failed": True, "error": _death(notebook.error)}
        grades.notebooks.append(notebook.value or failure)
    return grades


def best_notebooks(notebooks: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """{number: the grades that count}: of several files for one notebook, the one with the most points."""
    best: dict[str, dict[str, Any]] = {}
    for one in notebooks:
        if "points" in one and one["points"] > best.get(one["notebook"], {"points": -1})["points"]:
            best[one["notebook"]] = one
    return dict(sorted(best.items()))
