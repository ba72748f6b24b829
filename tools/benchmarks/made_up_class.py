"""What a class might hand in: good work, poor work, copies, and archives and notebooks that mean harm.

    python tools/benchmarks/made_up_class.py FOLDER --students 200 --notebooks 30 --data faces.zip [--good RUN ...]

Makes FOLDER, with a folder for each student, and FOLDER.csv, the class list. EXPECTED tells what grading must find.
"""

import argparse
import csv
import gzip
import io
import json
import os
import tarfile
from itertools import cycle
from pathlib import Path

import numpy as np

from gan_hw.data.images import load_images
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.submission import SUBMISSION_IMAGES, encode, pack, read_submission
from gan_hw.inference.weights import load_generator

QUALITY = 85  # of JPEG; with it, faces stay under the judge's limit
# {kind: (status, what the reasons or remarks say)}; all others are good.
EXPECTED = {
    "good": ("accepted", ""),
    "collapsed": ("accepted", "repeats itself"),
    "training": ("accepted", "copies of training images"),
    "copied": ("accepted", "shares 100.0%"),
    "mirrored": ("accepted", "shares 100.0%"),
    "bomb": ("refused", "unpacks to more than"),
    "late-bomb": ("refused", "unpacks to more than"),
    "wide": ("refused", "128x128 pixels, not 64x64"),
    "few": ("refused", "999 of 1000"),
    "link": ("refused", "a link or device"),
    "empty": ("refused", "not a readable .tgz"),
    "noise": ("refused", "not a readable .tgz"),
    "path": ("refused", "lies in a folder"),
    "symlink": ("missing", "no archive"),
    "two": ("missing", "it isn't clear which counts"),
    "nothing": ("missing", "no archive"),
}
OTHERS = [kind for kind in EXPECTED if kind != "good"]
HOSTILE_NAMES = (
    "=cmd|' \\C calc'!A0", "<script>alert(1)<script>", "a\nb", "..x", "-rf", "名字 b10", "x" * 150, "@SUM(1)",
)  # fmt: skip


def make_class(folder, students, images, training, notebooks=(), seed=0):
    """{student: kind}. images: function(seed) -> uint8 (1000, 3, 64, 64), good ones. training: uint8 (N, 3, 64, 64).

    Of the students, every third is one of the other kinds, in turn; hostile names come first. notebooks: functions
    (path) that write one each, for the last students.
    """
    folder = Path(folder)
    kinds, others = {}, cycle(OTHERS)
    for number in range(students):
        name = HOSTILE_NAMES[number] if number < len(HOSTILE_NAMES) else f"b{10901000 + number}"
        kinds[name] = next(others) if number % 3 == 2 else "good"
    good = [name for name, kind in kinds.items() if kind == "good"]
    for number, (name, kind) in enumerate(kinds.items()):
        place = folder / name
        place.mkdir(parents=True)
        if kind == "good":
            write(place / "submission.tgz", pack(encode(images(seed + number), QUALITY)))
    copied = iter(good)
    for number, (name, kind) in enumerate(kinds.items()):
        if kind != "good":
            bad_work(kind, folder / name, folder, training, copied, np.random.default_rng(number))
    for name, make in zip(reversed(kinds), notebooks, strict=False):
        make(folder / name / "homework.ipynb")
    with open(folder.parent / f"{folder.name}.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerows([["student", "email"], *([name, f"{n}@example.org"] for n, name in enumerate(kinds))])
    return kinds


def bad_work(kind, place, folder, training, copied, rng):  # noqa: PLR0912 - one branch for each kind
    archive = place / "submission.tgz"
    faces = training[rng.integers(0, len(training), SUBMISSION_IMAGES)]
    match kind:
        case "collapsed":
            noise = rng.integers(-3, 4, (SUBMISSION_IMAGES, 3, 64, 64))
            few = faces[rng.integers(0, 3, SUBMISSION_IMAGES)][..., ::-1] // 2 + 60  # faces that no data set holds
            write(archive, pack(encode((few + noise).clip(0, 255).astype(np.uint8), QUALITY)))
        case "training":
            write(archive, pack(encode(np.ascontiguousarray(faces), QUALITY)))
        case "copied":
            write(archive, (folder / next(copied) / "submission.tgz").read_bytes())
        case "mirrored":
            write(archive, mirrored(folder / next(copied) / "submission.tgz"))
        case "bomb":
            write(archive, gzip.compress(bytes(1 << 28), 9, mtime=0))
        case "late-bomb":
            files = encode(faces[:998], QUALITY - 40)
            write(archive, tar({**files, "999.jpg": bytes(50_000_000)}))
        case "wide":
            large = encode(faces[:1].repeat(2, 2).repeat(2, 3), QUALITY)  # its first image is 1.jpg, too
            write(archive, pack(encode(faces, QUALITY) | large))
        case "few":
            write(archive, pack({"1.jpg": encode(faces[:1], QUALITY)["1.jpg"]}))
        case "link":
            write(archive, tar(encode(faces[:999], QUALITY), link="1000.jpg"))
        case "empty":
            write(archive, b"")
        case "noise":
            write(archive, rng.bytes(10_000))
        case "path":
            write(archive, pack({f"../../{name}": content for name, content in encode(faces, QUALITY).items()}))
        case "symlink":
            os.symlink("/etc/passwd", archive)
        case "two":
            for name in ("a.tgz", "b.tgz"):
                write(place / name, b"")


def mirrored(archive):
    return pack(encode(np.ascontiguousarray(read_submission(archive)[::-1, :, :, ::-1]), QUALITY))


def tar(files, link=""):
    """Bytes of a .tgz with files, and a link to a file outside."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        if link:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(entry)
    return buffer.getvalue()


def write(path, content):
    path.write_bytes(content)


def notebooks(count):
    """Functions that write notebooks: right ones, empty ones, and some that mean harm, in turn."""
    root = Path(__file__).resolve().parents[2] / "notebooks"
    numbered = cycle(sorted((root / "solutions").glob("0[3-6]*.ipynb")))
    kinds = cycle(("right", "right", "empty", "right", "endless", "no JSON", "right", "network", "right", "reader"))

    def maker(kind, path):
        def make(target):
            notebook = json.loads((path if kind != "empty" else root / path.name).read_text(encoding="utf-8"))
            if kind in HARM:
                cell = next(cell for cell in notebook["cells"] if cell["id"].endswith("-answer"))
                cell["source"] = [f"{HARM[kind]}\n", *cell["source"]]
            target.write_text("no JSON" if kind == "no JSON" else json.dumps(notebook), encoding="utf-8")

        make.kind, make.notebook = kind, path.name[:2]
        return make

    return [maker(kind, path) for kind, path, _ in zip(kinds, numbered, range(count), strict=False)]


HARM = {
    "endless": "while True: pass",
    "network": "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
    "reader": "open('/etc/shadow').read()",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--notebooks", type=int, default=30)
    parser.add_argument("--data", default="drawn")
    parser.add_argument("--good", nargs="+", default=["shipped:drawn"], help="generators of the good submissions")
    parser.add_argument("--workspace", default="workspace")
    args = parser.parse_args()
    training = load_images(args.data, args.workspace, 64, False).images.numpy()
    generators = [load_generator(name) for name in args.good]

    def images(seed):
        generator, recipe = generators[seed % len(generators)]
        return generate(generator, sample_z(SUBMISSION_IMAGES, recipe.z_dim, seed)).numpy()

    kinds = make_class(args.folder, args.students, images, training, notebooks(args.notebooks))
    print(json.dumps(kinds, indent=1))


if __name__ == "__main__":
    main()
