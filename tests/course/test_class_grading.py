"""What a whole class handed in is graded in one command, whatever lies in it."""

import csv
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.made_up_class import EXPECTED, make_class, notebooks
from conftest import CASCADE, ROOT

from gan_hw.cli import main
from gan_hw.course.class_grading import archives, grade_class, tables
from gan_hw.course.class_grading.archives import Measures, SubmissionJudge, read_apart
from gan_hw.course.class_grading.copying import shared_images
from gan_hw.course.class_grading.grade_class import Grades, Rules, grade_file
from gan_hw.course.class_grading.handed_in import Student, find_students, read_class_list
from gan_hw.data.images import load_images
from gan_hw.inference.submission import encode, pack, read_submission
from gan_hw.metrics.judge import judge
from gan_hw.metrics.near_duplicates import make_thumbnails, match_thumbnails
from gan_hw.metrics.protocol import FACE_METRICS
from gan_hw.metrics.reference import face_reference
from gan_hw.utils import isolation

STUDENTS = 20
DATA = "drawn:400"
ISOLATED = isolation.works(isolation.bubblewrap(ROOT))
SCORED = ("afd_kit", "diversity", "near_copies", "duplicates", *FACE_METRICS.values())


def grade(folder, *arguments):
    variables = {**os.environ, "GAN_HW_CASCADE": "", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "gan_hw", "grade", str(folder), "--data", DATA, "--jobs", "2", *arguments]
    return subprocess.run(
        [*command, "--workspace", str(folder.parent / "workspace")], capture_output=True, text=True, env=variables
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of 20 with every kind of work, graded."""
    top = tmp_path_factory.mktemp("class")
    training = load_images(DATA, top / "workspace", 64, quiet=True).images.numpy()
    others = load_images("drawn:2400", top / "other", 64, quiet=True).images.numpy()[400:]

    def images(seed):
        """A thousand drawn faces that are not in DATA, recoloured, so that those of no two students are alike."""
        rng = np.random.default_rng(seed)
        gains = rng.uniform(0.4, 0.9, (1000, 3, 1, 1))
        return (others[rng.integers(0, len(others), 1000)] * gains).astype(np.uint8)

    handed_in = top / "handed in"
    kinds = make_class(handed_in, STUDENTS, images, training, notebooks(3) if ISOLATED else ())
    before = {path for path in top.rglob("*") if "workspace" not in path.parts}
    done = grade(handed_in, "--class-list", str(top / "handed in.csv"))
    assert done.returncode == 0, done.stderr + done.stdout
    return SimpleNamespace(
        top=top, handed_in=handed_in, kinds=kinds, before=before, done=done, out=top / "handed in-grades"
    )


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def grade_rows(graded):
    """The table's rows by the student's name as it is printed."""
    return {row["student"]: row for row in rows_of(graded.out / "grades.csv")}


def test_every_kind_of_work_gets_the_verdict_that_it_should(graded):
    found, wrong = grade_rows(graded), []
    for name, kind in graded.kinds.items():
        label = tables._plain_cell(Student(name).label)
        row, (status, said) = found[label], EXPECTED[kind]
        if row["status"] != status or said not in f"{row['remarks']}; {row['reasons']}":
            wrong.append((name, kind, row))
    assert not wrong


def test_good_work_has_no_remark_but_where_others_copied_it(graded):
    found = grade_rows(graded)
    good = [tables._plain_cell(Student(name).label) for name, kind in graded.kinds.items() if kind == "good"]
    remarks = [re.sub("no afd_strict, so no points for a baseline(; )?", "", found[name]["remarks"]) for name in good]
    assert sum(bool(remark) for remark in remarks) == sum(
        kind in ("copied", "mirrored") for kind in graded.kinds.values()
    )
    assert all("shares" in remark for remark in remarks if remark)


def test_nothing_is_written_outside_the_results(graded):
    now = {path for path in graded.top.rglob("*") if "workspace" not in path.parts}
    assert all(graded.out == path or graded.out in path.parents for path in now - graded.before)
    assert all(path.is_relative_to(graded.out) for path in graded.out.rglob("*"))


def test_the_same_command_again_grades_nothing_and_writes_the_same_bytes(graded):
    stored = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (graded.out / "results").iterdir()}
    tables_before = {name: (graded.out / name).read_bytes() for name in ("grades.csv", "grades.html", "points.csv")}
    again = grade(graded.handed_in, "--class-list", str(graded.top / "handed in.csv"))
    assert again.returncode == 0, again.stderr
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in stored} == stored
    assert {name: (graded.out / name).read_bytes() for name in tables_before} == tables_before


def test_a_submission_graded_anew_has_the_same_scores_and_they_are_the_judge_s(graded):
    name = next(name for name, kind in graded.kinds.items() if kind == "good")
    archive, workspace = graded.handed_in / name / "submission.tgz", graded.top / "workspace"
    stored = json.loads(
        (graded.out / "results" / f"{Student(name).file_name}.archive.json").read_text(encoding="utf-8")
    )
    anew = archives.measure_archive(archive, Measures(DATA, workspace, None), ISOLATED)[0]
    assert anew["scores"] == stored["scores"]
    real = load_images(DATA, workspace, 64, quiet=True)
    references = [(FACE_METRICS, lambda: face_reference(real, workspace, quiet=True))]
    scores = judge(read_submission(archive), real, workspace, references=references)
    for metric in SCORED:
        assert stored["scores"][metric] == pytest.approx(scores[metric]["value"], rel=1e-6, abs=1e-9), metric


def test_names_of_strangers_are_only_text_in_the_tables(graded):
    page = (graded.out / "grades.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "&lt;script&gt;" in page
    cells = [cell for row in rows_of(graded.out / "grades.csv") for cell in row.values() if isinstance(cell, str)]
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not any(cell.startswith(("=", "@")) for cell in cells)


def test_points_keep_the_columns_and_students_of_the_class_list(graded):
    rows = rows_of(graded.out / "points.csv")
    assert len(rows) == STUDENTS and all(row["email"].endswith("@example.org") for row in rows)
    refused = next(row for row in rows if "unpacks to more than" in row["remarks"])
    assert float(refused["submission_points"]) == 0


@pytest.mark.skipif(not ISOLATED, reason="bubblewrap is missing or not allowed here")
def test_notebooks_are_graded_beside_the_archives(graded):
    makers = dict(zip(reversed(graded.kinds), notebooks(3), strict=False))
    found = grade_rows(graded)
    for name, make in makers.items():
        row = found[tables._plain_cell(Student(name).label)]
        right = make.kind == "right"
        assert int(row["notebook_possible"]) > 0
        assert (row["notebook_points"] == row["notebook_possible"]) == right, (make.kind, row)
        assert (graded.out / "feedback" / Student(name).file_name / "homework.html").exists()


def test_a_folder_of_nothing_is_one_clear_error(tmp_path):
    (tmp_path / "empty").mkdir()
    done = grade(tmp_path / "empty")
    assert done.returncode == 2 and "holds neither archives (.tgz) nor notebooks" in done.stderr


def test_files_belong_to_the_student_that_they_are_named_after(tmp_path):
    for name in (
        "b1_12345_submission.tgz",
        "b1_77_homework.ipynb",
        "Mei Lin_b2_assignsubmission_file_/x/y.tgz",
        "b9.tgz",
    ):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "in" / "readme.txt").write_text("no work")
    os.symlink(tmp_path / "in" / "b9.tgz", tmp_path / "in" / "b5.tgz")
    listed = [{"id": "b1", "name": "A"}, {"id": "b2", "name": "B"}, {"id": "b3", "name": "C"}]
    students = {one.name: one for one in find_students(tmp_path / "in", listed)}
    assert list(students) == ["b1", "b2", "b3", "b9"]
    assert students["b1"].archive.name == "b1_12345_submission.tgz" and len(students["b1"].notebooks) == 1
    assert students["b2"].archive.name == "y.tgz" and students["b2"].listed["name"] == "B"
    assert students["b3"].archive is None and students["b3"].note == "no archive"
    assert students["b9"].note == "not in the class list"


def test_paths_hold_on_other_machines_of_a_cluster(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b1.tgz").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert find_students("in")[0].archive == tmp_path / "in" / "b1.tgz"


def test_a_student_is_found_in_any_spelling_of_a_name(tmp_path):
    for name in (
        "B10901001/submission.TGZ",
        "Mei Lin_12345_assignsubmission_file_/hw.zip",
        "x_mei.lin_y.ipynb",
        "b3_b44_submission.tgz",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    listed = [{"id": name} for name in ("b10901001", "Mei Lin", "mei.lin", "mei", "b3", "b44")]
    students = {one.name: one for one in find_students(tmp_path, listed)}
    assert students.keys() == {row["id"] for row in listed}
    assert students["b10901001"].archive.name == "submission.TGZ"
    assert students["Mei Lin"].note == "no archive, but hw.zip, which is no .tgz"
    assert len(students["mei.lin"].notebooks) == 1 and not students["mei"].notebooks
    assert students["b44"].note == "'b3_b44_submission.tgz' names b3 of the class list as well"
    assert students["b3"].note == "no archive"
    with pytest.raises(ValueError, match="nothing of anybody on the class list, whose first column, 'number'"):
        find_students(tmp_path, [{"number": "7"}])


def test_students_with_odd_names_get_files_of_their_own():
    names = ["a/b", "a b", "a_b", "..", "", "名字", "名子", "x" * 300, "x" * 301]
    files = [Student(name).file_name for name in names]
    assert len(set(files)) == len(names)
    assert all(re.fullmatch(r"[\w.-]{1,100}", name, re.ASCII) and name.strip(".") for name in files)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no rows"),
        ("id\n", "no rows"),
        ("id,name\na,A\na,B\n", "'a' is not unique in column 'id'"),
        ("\nid,name\na,A\n", "the first line is empty"),
        (",\nid,name\n", "the first line is empty"),
        ("id,name\na,A,x\n", "line 2: more cells than the header has"),
    ],
)
def test_a_class_list_that_is_no_use_is_named(tmp_path, content, said):
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(ValueError, match=re.escape(said)):
        read_class_list(tmp_path / "list.csv")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_class_list_may_have_the_separators_of_other_spreadsheets(separator, tmp_path):
    (tmp_path / "list.csv").write_text(f'id{separator}name\nb1{separator}"A, the first"\n')
    assert read_class_list(tmp_path / "list.csv") == [{"id": "b1", "name": "A, the first"}]


def test_an_archive_that_ends_the_process_that_reads_it_is_refused(monkeypatch):
    faults, images = read_apart(pack(encode(np.zeros((1, 3, 64, 64), np.uint8), 50)), ISOLATED)
    assert images is None and "999 of 1000 images are missing" in faults[0]
    starts_and_dies = "import os; from gan_hw.utils import isolation; isolation.announce_start(); os._exit(9)"
    monkeypatch.setattr(isolation, "apart", lambda *_: ([sys.executable, "-c", starts_and_dies], os.environ))
    faults, images = read_apart(b"", ISOLATED)
    assert images is None and faults == ["reading it took more time or memory than any acceptable archive needs"]


@pytest.mark.fault
def test_a_process_that_cannot_start_is_no_fault_of_the_student_s(monkeypatch, tmp_path):
    monkeypatch.setattr(archives, "read_worker", SimpleNamespace(__name__="a_module_that_is_not_there"))
    with pytest.raises(OSError, match="could not start"):
        read_apart(b"", ISOLATED)
    rules = Rules(Measures(DATA, tmp_path, None), isolated=ISOLATED)
    (tmp_path / "submission.tgz").write_bytes(b"")
    for name in ("submission.tgz", "gone.tgz"):
        with pytest.raises(OSError):
            grade_file(tmp_path / name, tmp_path, "b1", tmp_path / "b1.json", rules, "")
    assert not (tmp_path / "b1.json").exists()  # so that it is tried again


def test_work_that_could_not_be_graded_is_told_by_the_exit_status(graded, monkeypatch, capsys):
    def some_failed(students, *_):
        failed = {"failed": True, "error": "the process that graded it died"}
        return [Grades(students[0], archive=failed)], rules_real

    rules_real = {"afd_kit": 0.9, "diversity": 1.0, "near_copies": 0.0, "duplicates": 0.0}
    monkeypatch.setattr(grade_class, "grade_class", some_failed)
    monkeypatch.setenv("GAN_HW_CASCADE", "")
    arguments = ["--data", DATA, "--workspace", str(graded.top / "workspace"), "--out", str(graded.top / "again")]
    assert main(["grade", str(graded.handed_in), *arguments, "--trust", "--jobs", "1"]) == 1
    assert "1 files could not be graded" in capsys.readouterr().err


@pytest.mark.fault
def test_results_do_not_go_among_the_submissions(tmp_path, monkeypatch, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b1.tgz").write_bytes(b"")
    monkeypatch.chdir(tmp_path / "in")
    assert main(["grade", ".", "--data", DATA, "--out", "grades"]) == 2
    assert "would be taken for a student's work" in capsys.readouterr().err
    for limit in ("0", "nan", "inf"):
        assert main(["grade", ".", "--data", DATA, "--minutes", limit, "--workspace", str(tmp_path / "w")]) == 2
        assert "must be a number above 0" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_what_another_cascade_measured_is_measured_anew(tmp_path):
    if not CASCADE:
        pytest.skip("the cascade's file is not here")
    changed = tmp_path / "changed.xml"
    changed.write_text(CASCADE.read_text(encoding="utf-8") + "<!-- another file -->", encoding="utf-8")
    real = load_images("drawn:100", tmp_path, 64, quiet=True)
    protocols = {
        SubmissionJudge(real, Measures("drawn:100", tmp_path, str(path))).protocol for path in (CASCADE, changed)
    }
    assert len(protocols) == 2


def test_images_that_students_share_are_found_whatever_way_they_were_changed():
    rng = np.random.default_rng(0)
    faces = rng.integers(0, 256, (5, 100, 3, 8, 8)).repeat(8, 3).repeat(8, 4).astype(np.uint8)
    first, second, third, fourth, fifth = faces
    second[:50] = first[:50][::-1]  # in another order
    third[:20] = first[20:40][..., ::-1]  # mirrored
    fourth[:10] = (first[50:60].astype(int) + 4).clip(0, 255)  # brighter
    named = dict(zip("abcde", map(make_thumbnails, (first, second, third, fourth, fifth)), strict=True))
    shares = shared_images({name: part.numpy() for name, part in named.items()})
    assert shares["a"] == {"b": 0.5, "c": 0.2, "d": 0.1}
    assert shares["e"] == {} and shares["b"]["a"] == 0.5
    for one, images in named.items():
        for other, others in named.items():
            if one != other:
                assert shares[one].get(other, 0.0) == match_thumbnails(images, others).copy_rate


def test_a_thousand_equal_faces_do_not_upset_the_comparison():
    equal = np.full((1000, 192), 90.0, np.float32)
    assert shared_images({"a": equal, "b": equal, "c": equal + 50}) == {"a": {"b": 1.0}, "b": {"a": 1.0}, "c": {}}


def scored(name, afd, diversity, **more):
    scores = {"afd_strict": afd, "diversity": diversity, "near_copies": 0.0, "duplicates": 0.0, **more}
    return Grades(Student(name), {"scores": scores, "rank_score": afd * min(diversity, 1.0)})


def test_the_order_is_by_afd_times_diversity_and_baselines_give_the_points():
    real = {"near_copies": 0.0, "duplicates": 0.0}
    grades = [
        scored("one face", 1.0, 0.1),
        scored("boss", 0.7, 1.0),
        scored("strong", 0.55, 1.2),
        Grades(Student("none")),
    ]
    rows = tables.rank(grades, real, tables.Limits())
    assert [(row.place, row.label, row.points) for row in rows] == [
        (1, "boss", 4.0), (2, "strong", 3.0), (3, "one face", 4.0), (None, "none", 0.0),
    ]  # fmt: skip


def test_of_two_files_for_one_notebook_the_better_one_counts():
    graded = [{"notebook": "04", "points": points, "possible": 9, "file": f"{points}"} for points in (3, 7, 5)]
    row = tables.rank([Grades(Student("a"), notebooks=graded)], {}, tables.Limits())[0]
    assert (row.notebook_points, row.notebook_possible) == (7, 9)


def test_copies_of_training_images_count_beyond_the_real_images_own():
    real = {"near_copies": 0.3, "duplicates": 0.0}
    few, many = (
        tables.rank([scored("a", 0.7, 1.0, near_copies=share)], real, tables.Limits())[0] for share in (0.31, 0.5)
    )
    assert few.remarks == [] and many.remarks == ["copies of training images: 50.0% (real images: 30.0%)"]
