"""A folder of mixed junk: what is dropped and why, before anything is taken."""

import csv
import tarfile
import zipfile
from unittest import mock

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import content, packed, picture

from gan_hw.cli import main
from gan_hw.data.images import load_images
from gan_hw.workflow import prepare_report
from gan_hw.workflow.prepare import _check_folder, prepare
from gan_hw.workflow.prepare_checks import PASSED, Checks


def smooth(seed, size=(80, 64)):
    """A picture of a few large patches of colour: unlike another seed's also at 8x8."""
    patches = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def junk(tmp_path):
    folder = tmp_path / "junk"
    (folder / "cups").mkdir(parents=True)
    good = smooth(1)
    files = {
        "1.jpg": content(good, "JPEG"),
        "2.png": content(smooth(2)),
        "2.webp": content(smooth(3), "WEBP"),
        "cups/3.tif": content(smooth(4), "TIFF"),
        "cups/again.jpg": content(good, "JPEG"),
        "cups/smaller.png": content(good.resize((60, 48))),
        "cups/turned.png": content(ImageOps.mirror(good)),
        "dark.png": content(smooth(5).point(lambda value: value // 8)),
        "flat.png": content(Image.new("RGB", (64, 64), (200, 190, 180))),
        "small.png": content(smooth(6, (20, 31))),
        "wide.png": content(smooth(7, (300, 64))),
        "notes.txt": b"not a picture",
        "cut.jpg": content(picture(8, (100, 100)), "JPEG")[:500],
        ".hidden.png": content(smooth(9)),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


EXPECTED = {
    "1.jpg": PASSED, "2.png": PASSED, "2.webp": PASSED, "cups/3.tif": PASSED,
    "cups/again.jpg": "same file: 1.jpg", "cups/smaller.png": "copy: 1.jpg", "cups/turned.png": "copy: 1.jpg",
    "dark.png": "dark", "flat.png": "flat", "small.png": "too small: 20x31", "wide.png": "wrong aspect: 300x64",
    "notes.txt": "unreadable", "cut.jpg": "unreadable",
}  # fmt: skip


def reasons(folder):
    with open(folder / "report.csv", newline="") as file:
        return {row["file"]: row["reason"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_each_file_is_kept_or_dropped_with_its_reason(junk, tmp_path, kind):
    source = junk if kind == "folder" else packed(junk, kind)
    counts = prepare(source, tmp_path / "out", quiet=True)
    found = reasons(tmp_path / "out")
    assert found.keys() == EXPECTED.keys()
    for name, reason in EXPECTED.items():
        assert found[name] == reason == PASSED or found[name].startswith(reason or "kept"), (name, found[name])
    assert counts[PASSED] == 4 and counts["copy"] == 2 and counts["unreadable"] == 2 and sum(counts.values()) == 13
    assert (tmp_path / "out" / "dropped.png").exists() and not (tmp_path / "out" / "pictures").exists()


def test_what_is_accepted_is_uniform_and_keeps_its_name_and_folder(junk, tmp_path):
    before = {path: path.read_bytes() for path in junk.rglob("*") if path.is_file()}
    prepare(junk, tmp_path / "out", size=32, accept=True, quiet=True)
    pictures = tmp_path / "out" / "pictures"
    names = sorted(path.relative_to(pictures).as_posix() for path in pictures.rglob("*.png"))
    assert names == ["00001.png", "00002.png", "00003.png", "cups/00004.png"]
    assert load_images(pictures, tmp_path, 32, quiet=True).images.shape == (4, 3, 32, 32)
    assert {path: path.read_bytes() for path in junk.rglob("*") if path.is_file()} == before
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"pictures", "report.csv", "dropped.png", "kept.png"}
    with pytest.raises(ValueError, match="'.*pictures' already exists"):
        prepare(junk, tmp_path / "out", quiet=True)


CHECKED = {
    "same": "cups/again.jpg", "min_side": "small.png", "max_aspect": "wide.png", "near": "cups/turned.png",
    "dark": "dark.png", "flat": "flat.png",
}  # fmt: skip


@pytest.mark.parametrize(("check", "name"), CHECKED.items())
def test_each_check_is_an_option(junk, tmp_path, check, name):
    others = {"near": 0} if check == "same" else {}  # or the same file would be a copy
    prepare(junk, tmp_path / "out", checks=Checks(**{check: 0, **others}), quiet=True)
    assert reasons(tmp_path / "out")[name] == PASSED


def test_the_contact_sheet_shows_some_of_each_reason(junk, tmp_path, monkeypatch):
    for number in range(200):
        (junk / f"0{number}.json").write_text("{}")
    shown = []
    monkeypatch.setattr(
        prepare_report.figures, "captioned_grid", lambda images, captions: shown.append(captions) or mock.Mock()
    )
    prepare(junk, tmp_path / "out", quiet=True)
    kept, dropped = shown
    assert len(kept) == 4 and len(dropped) == prepare_report.SHEET_DROPPED_IMAGES + 7
    assert "dark.png\ndark: mean" in "".join(dropped) and "cups/turned.png\ncopy: 1.jpg" in dropped


def test_an_archive_that_is_read_in_a_row_is_read_in_its_order(junk, tmp_path):
    prepare(packed(junk, "tgz"), tmp_path / "out", quiet=True)
    with tarfile.open(packed(junk, "tgz")) as archive:
        names = [name for name in archive.getnames() if name in EXPECTED]
    assert list(reasons(tmp_path / "out")) == names


def test_at_the_command_line_nothing_is_taken_before_it_was_shown(junk, tmp_path, capsys):
    command = ["prepare", str(junk), str(tmp_path / "out"), "--fit", "pad", "--max-aspect", "0"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "      5 kept" in shown and "2 dropped: copy" in shown and "No picture was written yet" in shown
    assert main([*command, "--accept"]) == 0
    with open(tmp_path / "out" / "report.csv", newline="") as file:
        (name,) = [row["picture"] for row in csv.DictReader(file) if row["file"] == "wide.png"]
    wide = Image.open(tmp_path / "out" / "pictures" / name)
    assert wide.size == (64, 64) and wide.getpixel((0, 0)) == (255, 255, 255)
    assert f"--data {tmp_path / 'out' / 'pictures'}" in capsys.readouterr().out


def test_collections_that_are_none_are_refused(junk, tmp_path, capsys):
    assert main(["prepare", "drawn", str(tmp_path / "out")]) == 2
    assert "collection='drawn' is not a folder or archive of files" in capsys.readouterr().err
    assert main(["prepare", str(junk), str(junk / "out")]) == 2
    assert "overlap: name a folder outside the collection" in capsys.readouterr().err
    assert main(["prepare", str(junk / "cups"), str(junk)]) == 2
    assert "overlap: name a folder" in capsys.readouterr().err
    assert main(["prepare", str(junk), str(tmp_path / "out"), "--size", "0"]) == 2
    assert "size=0 must be from 8 to 1024 pixels" in capsys.readouterr().err
    assert main(["prepare", str(junk), str(tmp_path / "out"), "--min-side", "1000"]) == 2
    assert "every file would be dropped; see" in capsys.readouterr().err
    assert main(["prepare", str(junk), str(tmp_path / "out"), "--dark", "-1"]) == 2
    assert "dark=-1.0 must be 0 or more" in capsys.readouterr().err
    assert not (junk / "out").exists()


def test_nothing_of_others_is_overwritten(junk, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("report.csv", "notes.txt"):
        (mine / name).write_text("my own work")
        assert main(["prepare", str(junk), str(mine), "--accept"]) == 2
        assert f"holds other files, such as '{min(path.name for path in mine.iterdir())}'" in capsys.readouterr().err
        assert (mine / name).read_text() == "my own work" and len(list(mine.iterdir())) == 1
        (mine / name).unlink()
    (mine / ".DS_Store").write_text("of a file manager that showed the folder")
    _check_folder(mine, junk)
    (tmp_path / "file").write_text("a file")
    assert main(["prepare", str(junk), str(tmp_path / "file")]) == 2
    assert "is a file: name a new folder" in capsys.readouterr().err


def test_an_archive_s_names_lead_nowhere_else(tmp_path):
    archive = tmp_path / "deep" / "slip.zip"
    archive.parent.mkdir()
    names = (
        "../../out.png",
        "/etc/out.png",
        "..\\..\\out.png",
        "C:/out.png",
        "a/$\\frac$/" + "x" * 250 + ".png",
        "a.png/b.jpg",
    )
    with zipfile.ZipFile(archive, "w") as target:
        for number, name in enumerate(names):
            target.writestr(name, content(smooth(number)))
        target.writestr("empty/", b"")
    before = set(tmp_path.rglob("*"))
    counts = prepare(archive, tmp_path / "deep" / "out", accept=True, quiet=True)
    written = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    assert counts == {PASSED: len(names)}
    assert all(path.is_relative_to(tmp_path / "deep" / "out") for path in written)
    assert len([path for path in written if "pictures" in path.parts]) == len(names)


def test_an_empty_folder_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no files"):
        prepare(tmp_path / "empty", tmp_path / "out", quiet=True)
    assert not (tmp_path / "out").exists()


def test_a_run_that_was_cut_off_leaves_nothing_in_the_way(junk, tmp_path, monkeypatch):
    def cut_off(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gan_hw.workflow.prepare.write_report", cut_off)
        with pytest.raises(KeyboardInterrupt):
            prepare(junk, tmp_path / "out", accept=True, quiet=True)
    assert not (tmp_path / "out" / "pictures").exists()
    prepare(junk, tmp_path / "out", accept=True, quiet=True)
    assert len(list((tmp_path / "out" / "pictures").rglob("*.png"))) == 4
