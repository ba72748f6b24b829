"""Grade what a whole class handed in: archives of faces and notebooks, in one table."""

import argparse
import sys
from pathlib import Path

from gan_hw.cli import options

HELP = "grade a class: archives of faces and notebooks -> grades.html, grades.csv, points.csv"
COUNT_OF_BASELINES = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("folder", metavar="FOLDER", help="a folder for each student, or files named STUDENT_...")
    parser.add_argument("--data", required=True, help="real images to compare with")
    parser.add_argument("--out", metavar="DIR", help="folder of the results (default: FOLDER-grades)")
    parser.add_argument("--class-list", metavar="FILE.csv", help="the students; its first column tells them apart")
    parser.add_argument(
        "--baseline-points", nargs=COUNT_OF_BASELINES, type=float, default=(1.0, 2.0, 3.0, 4.0), metavar="POINTS",
        help="for reaching the course's simple, medium, strong and boss baseline of AFD (default 1 2 3 4)",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=5.0, help="limit for each notebook's code (default 5)")
    parser.add_argument(
        "--memory", type=float, default=4.0, metavar="GB", help="limit of memory for each notebook (default 4)"
    )
    parser.add_argument("--trust", action="store_true", help="run notebooks unisolated where bubblewrap is missing")
    options.add_cluster(parser)
    options.add_cascade(parser)
    options.add_workspace(parser)
    options.add_quiet(parser)


def run(args: argparse.Namespace) -> int:
    """Grade, print the table, and write it. Returns 1 if some work could not be graded for no fault of its own."""
    from gan_hw.course.class_grading.handed_in import find_students, read_class_list

    folder = Path(args.folder).resolve()
    students = find_students(folder, read_class_list(args.class_list) if args.class_list else ())
    archives, notebooks = sum(bool(one.archive) for one in students), sum(len(one.notebooks) for one in students)
    options.say(args, f"{len(students)} students, {archives} archives, {notebooks} notebooks")
    out = (Path(args.out) if args.out else folder.parent / f"{folder.name}-grades").resolve()
    if out.is_relative_to(folder):
        raise ValueError(
            f"'{out}' lies in '{folder}', where it would be taken for a student's work: name another --out"
        )

    from gan_hw.course.class_grading import tables
    from gan_hw.course.class_grading.archives import Measures
    from gan_hw.course.class_grading.grade_class import Rules, grade_class
    from gan_hw.course.grading.grade import check_limits
    from gan_hw.data.images import load_images
    from gan_hw.data.sources import open_source
    from gan_hw.inference.submission import SUBMISSION_SIZE
    from gan_hw.metrics.afd import load_detector
    from gan_hw.utils.files import file_lock
    from gan_hw.utils.hosts import find_workspace
    from gan_hw.utils.isolation import is_available
    from gan_hw.workflow.cluster import open_cluster

    check_limits(args.minutes, args.memory)
    isolated = is_available(trust=args.trust or not notebooks)
    if not isolated:
        options.say(args, "Note: bubblewrap is missing; strangers' files are read without it, within limits.")
    workspace = find_workspace(args.workspace).resolve()
    detector = load_detector(args.cascade, workspace, fetch=True)
    options.say(args, f"AFD is {detector.metric}")
    data = open_source(args.data).address
    load_images(data, workspace, SUBMISSION_SIZE, args.quiet)
    cascade = str(Path(args.cascade).resolve()) if args.cascade else None
    rules = Rules(Measures(data, workspace, cascade), args.minutes, args.memory, isolated, args.trust)
    limits = tables.Limits(baseline_points=tuple(args.baseline_points))
    with file_lock(out / ".lock", wait=False), open_cluster(args.cluster, args.jobs) as client:
        options.say(args, f"Dashboard: {client.dashboard_link}")
        grades, real = grade_class(students, out, rules, client, args.quiet)
        rows = tables.rank(grades, real, limits)
        paths = tables.write_tables(rows, real, out, rules.measures.judge().protocol)
    written = [f"{name}: {path}" for name, path in paths.items()]
    options.say(args, "\n".join([*tables.summary_lines(rows, real), *written]))
    failed = sum("failed" in result for one in grades for result in (one.archive, *one.notebooks))
    if failed:
        print(
            f"gan_hw: {failed} files could not be graded, see their remarks; the same command tries again",
            file=sys.stderr,
        )
    return 1 if failed else 0
