"""Can people tell? What is asked on a page of compare-faces, and the answers, which become a run's human_error.

A page is determined by its PageKey. The questions are drawn from it again when answers come in, so that an answers file
need not contain the right answers. Nothing about who answered is asked or kept.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_hw.metrics.afd import wilson_interval
from gan_hw.metrics.protocol import HUMAN_PROTOCOL, HUMAN_QUESTIONS
from gan_hw.utils.files import file_hash, file_lock, short_hash, write_text

ID_PATTERN = r"[0-9a-f]{8,64}"  # of an answers file: a random number that the page draws
LOCK = ".answers.lock"  # held while answers are added to a run's scores
MAX_ANSWERS_BYTES = 100_000  # of an answers file
KEPT_KEYS = ("human_error", "human_answers", "human_preferences")  # of scores.json


@dataclass(frozen=True)
class PageKey:
    """What decides a page's questions.

    runs: the names of one or two runs. archives: the hashes of their submissions. data: the data set's fingerprint.
    seed: of the choice and order of the images.
    """

    runs: tuple[str, ...]
    archives: tuple[str, ...]
    data: str
    seed: int

    @classmethod
    def of(cls, folders: Sequence[Path], data: str, seed: int) -> "PageKey":
        """The key of a page on the submissions in these run folders."""
        archives = tuple(file_hash(folder / "submission.tgz") for folder in folders)
        return cls(tuple(folder.name for folder in folders), archives, data, seed)

    def rng(self) -> np.random.Generator:
        """The random numbers of the page."""
        return np.random.default_rng([self.seed, *(int(short_hash(archive), 16) for archive in self.archives)])


def draw_questions(key: PageKey, counts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(right answers, image rows) of the page's HUMAN_QUESTIONS questions.

    counts: how many images there are of the first and of the second kind: generated and real ones, or two runs'. The
    answers are 0 or 1. With one run: 1 if the image is real, as half of them are. With two runs: the side of the first
    run's image, 0 for left. rows (HUMAN_QUESTIONS, 2): a row of each kind for every question; with one run, only the
    image of the kind that the answer names is shown.
    """
    rng = key.rng()
    truth = rng.permutation(HUMAN_QUESTIONS) % 2
    rows = np.stack([rng.choice(count, HUMAN_QUESTIONS, replace=count < HUMAN_QUESTIONS) for count in counts], 1)
    return truth, rows


def add_answers(file: str | Path, folders: Sequence[Path], data: Mapping[str, Any]) -> dict[str, Any]:
    """Check an answers file of a page on these judged runs, and add it to their scores.json.

    data: the "data" of their scores. Returns what the first run's scores hold now of all answers: "wrong" or
    "preferred", and "answers", their numbers. Raises ValueError when the file is damaged, incomplete, of another page,
    or was added before.
    """
    key, answers, identity = _read_answers(Path(file))
    if key != PageKey.of(folders, data["fingerprint"], key.seed):
        raise ValueError(
            f"'{file}' is from another page: its runs ({' and '.join(key.runs) or 'none'}), their submissions or the "
            "data are not those of the runs named here, in this order. Make a new page and answer that one"
        )
    truth, _ = draw_questions(key, (HUMAN_QUESTIONS, HUMAN_QUESTIONS))
    same = int((truth == answers).sum())
    found: dict[str, Any] = {}
    new = False
    with ExitStack() as locks:
        for folder in sorted(set(folders)):  # in one order, so that two processes don't wait for each other
            locks.enter_context(file_lock(folder / LOCK, wait=True))
        for number, folder in enumerate(folders):
            scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
            if len(folders) == 1:
                record, added = _add_errors(scores, HUMAN_QUESTIONS - same, identity)
            else:
                preferred = same if number == 0 else HUMAN_QUESTIONS - same
                record, added = _add_preferences(scores, key, 1 - number, preferred, identity)
            found, new = found or dict(record), new or added
            if added:
                write_text(folder / "scores.json", json.dumps(scores, indent=2) + "\n")
    if not new:  # in one of two runs alone they may be missing, when this was stopped
        raise ValueError(f"'{file}' was added before")
    return found


def _read_answers(file: Path) -> tuple[PageKey, np.ndarray, str]:
    """A file's page, answers, and the random number by which the same answers of two people are told apart."""
    problem = "it is not an answers file of compare-faces"
    try:
        if file.stat().st_size > MAX_ANSWERS_BYTES:
            raise ValueError(problem)
        content = json.loads(file.read_text(encoding="utf-8"))
        key = PageKey(
            tuple(map(str, content["runs"])), tuple(map(str, content["archives"])), str(content["data"]),
            int(content["seed"]),
        )  # fmt: skip
        answers, identity = content["answers"], content["id"]
        if len(answers) != HUMAN_QUESTIONS:
            problem = f"it holds {len(answers)} answers, and the page asks {HUMAN_QUESTIONS} questions"
            raise ValueError(problem)
        if (
            not all(type(answer) is int and answer in (0, 1) for answer in answers)
            or key.seed < 0
            or not re.fullmatch(ID_PATTERN, identity)
        ):
            raise ValueError(problem)
    except FileNotFoundError:
        raise ValueError(f"'{file}' does not exist; the page saves it when all questions are answered") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"'{file}' can't be added: {problem}") from error
    return key, np.array(answers), identity


def _add_errors(scores: dict[str, Any], wrong: int, identity: str) -> tuple[dict[str, Any], bool]:
    """(the record of all answers in the scores, whether these are new)."""
    record = scores.setdefault("human_answers", {"wrong": 0, "answers": 0, "files": []})
    if identity in record["files"]:
        return record, False
    record["files"].append(identity)
    record["wrong"] += wrong
    record["answers"] += HUMAN_QUESTIONS
    error = record["wrong"] / record["answers"]
    scores["human_error"] = {"value": error}
    scores.setdefault("intervals", {})["human_error"] = {"value": wilson_interval(error, record["answers"])}
    scores["protocol"]["human_error"] = HUMAN_PROTOCOL
    return record, True


def _add_preferences(
    scores: dict[str, Any], key: PageKey, other: int, preferred: int, identity: str
) -> tuple[dict[str, Any], bool]:
    """The same for answers on two runs."""
    records, archive = scores.setdefault("human_preferences", {}), key.archives[other]
    record = records.get(key.runs[other], {})
    if record.get("archive") != archive:  # there is none, or the other run has submitted again
        record = {"archive": archive, "preferred": 0, "answers": 0, "files": []}
    records[key.runs[other]] = record
    if identity in record["files"]:
        return record, False
    record["files"].append(identity)
    record["preferred"] += preferred
    record["answers"] += HUMAN_QUESTIONS
    record["interval"] = wilson_interval(record["preferred"] / record["answers"], record["answers"])
    return record, True


def keep_answers(scores: dict[str, Any], path: Path) -> Path | None:
    """Take people's answers from the scores at `path`, which are about to be replaced.

    Answers on another submission or other real images are not of these scores: then the file is renamed, and its new
    path returned.
    """
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
        facts = [earlier["submission"]["archive"], earlier["data"]["fingerprint"]]
        if facts != [scores["submission"]["archive"], scores["data"]["fingerprint"]]:
            if not any(name in earlier for name in KEPT_KEYS):
                return None
            aside = path.with_name(f"{path.stem}-{short_hash(' '.join(facts))}.json")
            return path.replace(aside)
        scores |= {name: earlier[name] for name in KEPT_KEYS if name in earlier}
        if "human_error" in earlier:
            scores["intervals"]["human_error"] = earlier["intervals"]["human_error"]
            scores["protocol"]["human_error"] = earlier["protocol"]["human_error"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or it is damaged
    return None
