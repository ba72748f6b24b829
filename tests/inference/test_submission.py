"""What is written is accepted, and every fault of a bad archive is named."""

import gzip
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from gan_hw.inference.submission import (
    MAX_SUBMISSION_BYTES,
    check_submission,
    encode,
    jpeg_round_trip,
    pack,
    read_submission,
    write_submission,
)


@pytest.fixture(scope="module")
def images():
    """1000 smooth pictures, of about the size that faces have as JPEGs."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (1000, 8, 8, 3), dtype=np.uint8)
    large = [np.asarray(Image.fromarray(picture).resize((64, 64), Image.Resampling.BICUBIC)) for picture in small]
    return np.stack(large).transpose(0, 3, 1, 2)


@pytest.fixture(scope="module")
def files(images):
    return encode(images, 60)


def written(tmp_path, files):
    path = tmp_path / "submission.tgz"
    path.write_bytes(pack(files))
    return path


def test_a_written_submission_is_flat_small_and_accepted(images, tmp_path):
    path, size, quality = write_submission(images, tmp_path)
    assert size == path.stat().st_size < MAX_SUBMISSION_BYTES
    assert 60 < quality <= 95
    assert check_submission(path) == []
    with tarfile.open(path) as archive:
        assert archive.getnames() == [f"{number}.jpg" for number in range(1, 1001)]
    assert len(list((tmp_path / "images").iterdir())) == 1000
    assert np.array_equal(jpeg_round_trip(images), read_submission(path))
    back = read_submission(path).astype(float)
    assert np.abs(back - images).mean() < 6


def test_the_same_images_give_the_same_bytes_and_old_files_go(images, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1001.jpg").write_text("from an earlier run")
    first = write_submission(images, tmp_path)[0].read_bytes()
    assert write_submission(images, tmp_path)[0].read_bytes() == first
    assert not (tmp_path / "images" / "1001.jpg").exists()


def test_a_higher_quality_would_not_have_fitted(tmp_path):
    noisy = np.random.default_rng(1).integers(0, 256, (1000, 3, 64, 64), dtype=np.uint8)
    _, size, quality = write_submission(noisy, tmp_path)
    assert size < MAX_SUBMISSION_BYTES <= len(pack(encode(noisy, quality + 1)))


def test_other_shapes_are_refused_before_anything_is_written(images, tmp_path):
    with pytest.raises(ValueError, match=r"\(999, 3, 64, 64\)"):
        write_submission(images[:999], tmp_path)
    assert not list(tmp_path.iterdir())


def jpeg(size=(64, 64), mode="RGB", kind="JPEG"):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("5.jpg", jpeg((32, 64)), "'5.jpg' is 32x64 pixels"),
        ("5.jpg", jpeg(mode="L"), "'5.jpg' is L, not RGB"),
        ("5.jpg", jpeg(kind="PNG"), "'5.jpg' is a PNG, not a JPEG"),
        ("5.jpg", b"nothing", "'5.jpg' can't be read"),
        ("5.jpg", jpeg()[:300], "'5.jpg' can't be read"),
        ("5.jpg", b"", "'5.jpg' can't be read"),
        ("1001.jpg", jpeg(), "'1001.jpg' does not belong"),
        ("notes.txt", b"hello", "'notes.txt' does not belong"),
        ("images/5.jpg", jpeg(), "'images/5.jpg' lies in a folder"),
        ("../5.jpg", jpeg(), "lies in a folder"),
    ],
)
def test_every_fault_is_named(files, tmp_path, name, content, words):
    (fault,) = check_submission(written(tmp_path, {**files, name: content}))
    assert words in fault
    with pytest.raises(ValueError, match="would be refused"):
        read_submission(tmp_path / "submission.tgz")


def test_missing_images_are_counted_and_the_first_is_named(files, tmp_path):
    fewer = {name: content for name, content in files.items() if name not in ("7.jpg", "77.jpg")}
    assert check_submission(written(tmp_path, fewer)) == ["2 of 1000 images are missing, first 7.jpg"]


def test_links_folders_and_doubles_are_named(files, tmp_path):
    path = tmp_path / "submission.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [*files.items(), ("3.jpg", files["3.jpg"])]:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, kind in (("link.jpg", tarfile.SYMTYPE), ("images", tarfile.DIRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            archive.addfile(entry)
    faults = " ".join(check_submission(path))
    for words in ("'3.jpg' is there twice", "'link.jpg' is a link", "'images' is a folder"):
        assert words in faults


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip, renamed", b"\x1f\x8b\x08 cut"])
def test_what_is_no_tgz_is_said_to_be_none(tmp_path, content):
    (tmp_path / "submission.tgz").write_bytes(content)
    assert "not a readable .tgz" in check_submission(tmp_path / "submission.tgz")[0]


def test_a_truncated_and_a_missing_archive(files, tmp_path):
    path = written(tmp_path, files)
    path.write_bytes(path.read_bytes()[:-5000])
    assert "not a readable .tgz" in check_submission(path)[0]
    assert "is not a file" in check_submission(tmp_path / "none.tgz")[0]


def damaged_checksum(packed):
    return packed[:-8] + bytes([packed[-8] ^ 0xFF]) + packed[-7:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damaged_checksum, "incorrect data check"),
        (lambda packed: packed[:-4] + b"\1\2\3\4", "incorrect length check"),
        (lambda packed: packed + b"more", "bytes behind its end"),
        (lambda packed: packed[:-20], "cut short"),
        (lambda packed: gzip.compress(bytes(30_000_000)), "unpacks to more than 20000000 bytes"),
    ],
    ids=["checksum", "length", "bytes behind", "cut short", "bomb"],
)
def test_what_tar_would_refuse_is_refused_by_name(files, tmp_path, change, words):
    archive = tmp_path / "submission.tgz"
    archive.write_bytes(change(pack(files)))
    (fault,) = check_submission(archive)
    assert fault.startswith("not a readable .tgz") and words in fault


def test_two_members_and_padding_are_what_tar_takes(files, tmp_path):
    packed, archive = pack(files), tmp_path / "submission.tgz"
    tar = gzip.decompress(packed)
    archive.write_bytes(gzip.compress(tar[:5000]) + gzip.compress(tar[5000:]) + bytes(512))
    assert check_submission(archive) == []


def test_an_archive_that_is_too_large_is_named_with_both_sizes(images, tmp_path):
    noisy = np.random.default_rng(1).integers(0, 256, (1000, 3, 64, 64), dtype=np.uint8)
    path = written(tmp_path, encode(noisy, 90))
    assert f"{path.stat().st_size} bytes, it must stay under 2000000" in check_submission(path)[0]


def test_many_faults_are_summed_up(files, tmp_path):
    faults = check_submission(written(tmp_path, dict.fromkeys(files, b"x")))
    assert len(faults) == 11
    assert faults[-1] == "and 990 more faults"
