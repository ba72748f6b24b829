"""Sources of pictures, the cache, and the two conversions."""

import os
import shutil
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
import torch
from PIL import Image
from support import content, packed, picture

from gan_hw.data.images import load_images, to_float, to_uint8
from gan_hw.data.sources import archives
from gan_hw.data.sources.decoding import picture_names


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    (path / "more").mkdir(parents=True)
    for number in (1, 2, 10):
        (path / f"{number}.png").write_bytes(content(picture(number, (64, 64))))
    (path / "more" / "3.jpg").write_bytes(content(picture(3), "JPEG"))
    (path / "notes.txt").write_text("not a picture")
    return path


def test_two_readers_of_a_new_source_decode_it_once(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    for number in range(40):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "pictures" / f"{number}.png")
    decoded, decode = [], archives.decode
    monkeypatch.setattr(archives, "decode", lambda *arguments: decoded.append(1) or decode(*arguments))
    with ThreadPoolExecutor(3) as threads:
        sets = list(threads.map(lambda _: load_images(tmp_path / "pictures", tmp_path, quiet=True), range(3)))
    assert len(decoded) == 40
    assert all(torch.equal(found.images, sets[0].images) for found in sets)


def test_conversions_keep_all_256_values_and_clip_what_lies_outside():
    pixels = torch.arange(256, dtype=torch.uint8)
    assert to_float(pixels).aminmax() == (-1, 1)
    assert torch.equal(to_uint8(to_float(pixels)), pixels)
    assert to_uint8(torch.tensor([-1.5, 1.5])).tolist() == [0, 255]


def test_a_folder_is_read_in_natural_order(folder, tmp_path):
    shutil.rmtree(folder / "more")
    faces = load_images(folder, tmp_path, size=64, quiet=True)
    assert faces.images.shape == (3, 3, 64, 64)
    assert faces.images.dtype == torch.uint8
    assert picture_names(["10.png", "2.png", "1.png", "a/.x.png", "__MACOSX/1.png", "b.txt"]) == [
        "1.png",
        "2.png",
        "10.png",
    ]
    for image, number in zip(faces.images, (1, 2, 10), strict=True):
        assert np.array_equal(image.numpy(), np.asarray(picture(number, (64, 64))).transpose(2, 0, 1))


def test_a_file_s_name_may_be_of_any_bytes(folder, tmp_path):
    (folder / "more" / os.fsdecode(b"caf\xe9.png")).write_bytes(content(picture(7, (64, 64))))
    assert len(load_images(folder, tmp_path, size=64, quiet=True)) == 5


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_pictures_of_several_folders_come_mixed_so_that_the_first_stand_for_all(tmp_path, kind):
    source = tmp_path / "pictures"
    for number in range(60):
        (source / "abc"[number // 20]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, 0, 0)).save(source / "abc"[number // 20] / f"{number}.png")
    source = source if kind == "folder" else packed(source, kind)
    found = load_images(source, tmp_path, 32, quiet=True).images[:, 0, 0, 0]
    assert sorted(found.tolist()) == list(range(60))
    assert min((found[:20] // 20).bincount(minlength=3)) >= 3
    assert torch.equal(found, load_images(source, tmp_path / "again", 32, quiet=True).images[:, 0, 0, 0])


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_archives_give_the_same_pictures_as_the_folder(folder, tmp_path, kind):
    direct = load_images(folder, tmp_path, quiet=True)
    unpacked = load_images(packed(folder, kind), tmp_path, quiet=True)
    key = lambda images: sorted(images.flatten(1).long().sum(1).tolist())  # noqa: E731 - archives keep their own order
    assert key(direct.images) == key(unpacked.images)


def test_the_second_start_opens_no_picture_and_a_changed_source_is_read_anew(folder, tmp_path):
    archive = packed(folder, "zip")
    first = load_images(archive, tmp_path, quiet=True)
    with mock.patch("PIL.Image.open", side_effect=AssertionError("a picture was opened")):
        second = load_images(archive, tmp_path, quiet=True)
    assert torch.equal(first.images, second.images)
    assert first.fingerprint == second.fingerprint
    (folder / "1.png").unlink()
    changed = load_images(packed(folder, "zip"), tmp_path, quiet=True)
    assert len(changed) == 3
    assert changed.fingerprint != first.fingerprint


def test_a_tar_made_of_a_folder_s_dot_is_read(folder, tmp_path):
    archive = tmp_path / "dot.tgz"
    with tarfile.open(archive, "w:gz") as target:
        target.add(folder, ".")
    assert len(load_images(archive, tmp_path, quiet=True)) == 4


def test_a_copied_folder_is_the_same_source(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "pictures", copy_function=shutil.copyfile)
    assert load_images(copy, tmp_path, quiet=True).fingerprint == load_images(folder, tmp_path, quiet=True).fingerprint


def test_a_relative_source_is_kept_with_its_whole_path(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_images("pictures", tmp_path, quiet=True).source == str(folder.resolve())


def test_a_truncated_tgz_is_named(folder, tmp_path):
    archive = packed(folder, "tgz")
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(ValueError, match=r"packed\.tgz' is cut short or damaged"):
        load_images(archive, tmp_path, quiet=True)


def test_a_damaged_member_of_a_zip_is_left_out_and_named(folder, tmp_path):
    for number in range(20, 60):
        (folder / f"{number}.png").write_bytes(content(picture(number, (16, 16))))
    archive = packed(folder, "zip")
    with zipfile.ZipFile(archive) as opened:
        entry = opened.getinfo("30.png")
    damaged = bytearray(archive.read_bytes())
    damaged[entry.header_offset + 30 + len("30.png") + 200] ^= 255
    archive.write_bytes(damaged)
    (unreadable,) = load_images(archive, tmp_path, size=32, quiet=True).unreadable
    assert "30.png" in unreadable
    assert "CRC" in unreadable


def test_a_folder_s_changed_file_is_noticed(folder, tmp_path):
    first = load_images(folder, tmp_path, quiet=True)
    (folder / "1.png").write_bytes(content(picture(99, (64, 64))))
    assert load_images(folder, tmp_path, quiet=True).fingerprint != first.fingerprint


def test_a_damaged_cache_is_made_again(folder, tmp_path, capsys):
    first = load_images(folder, tmp_path, quiet=True)
    (cache,) = (tmp_path / "data").glob("*.pt")
    assert cache.name == f"pictures-{first.fingerprint}-64.pt"
    cache.write_bytes(cache.read_bytes()[:-7])
    assert torch.equal(load_images(folder, tmp_path, quiet=True).images, first.images)
    assert "made again" in capsys.readouterr().out


def test_every_mode_becomes_rgb_and_other_shapes_are_cut_to_a_square(tmp_path):
    for mode, kind in (("L", "png"), ("P", "png"), ("RGBA", "png"), ("CMYK", "jpeg"), ("RGB", "webp")):
        path = tmp_path / "in" / f"{mode}.{kind}"
        path.parent.mkdir(exist_ok=True)
        picture(1, (90, 60), mode).save(path)
    faces = load_images(tmp_path / "in", tmp_path, size=32, quiet=True)
    assert faces.images.shape == (5, 3, 32, 32)
    assert faces.unreadable == ()


def read_one(tmp_path, name, image, **options):
    """The pixel in the middle of an image that was saved and read."""
    (tmp_path / "in").mkdir(exist_ok=True)
    image.save(tmp_path / "in" / name, **options)
    faces = load_images(tmp_path / "in", tmp_path, size=32, quiet=True)
    return faces.images[0, :, 16, 16].tolist()


RED = (200, 30, 40)


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("grey.png", Image.new("L", (64, 64), 90), (90, 90, 90)),
        ("one_bit.png", Image.new("1", (64, 64), 1), (255, 255, 255)),
        ("sixteen_bit.png", Image.fromarray(np.full((64, 64), 30000, np.uint16)), (117, 117, 117)),
        ("float.tif", Image.fromarray(np.full((64, 64), 0.5, np.float32)), (128, 128, 128)),
        ("palette.png", Image.new("RGB", (64, 64), RED).quantize(4), RED),
        ("solid.png", Image.new("RGBA", (64, 64), (*RED, 255)), RED),
        ("clear.png", Image.new("RGBA", (64, 64), (*RED, 0)), (255, 255, 255)),
        ("grey_clear.png", Image.new("LA", (64, 64), (10, 0)), (255, 255, 255)),
        ("picture.webp", Image.new("RGB", (64, 64), RED), RED),
        ("picture.bmp", Image.new("RGB", (64, 64), RED), RED),
        ("cmyk.jpg", Image.new("RGB", (64, 64), RED).convert("CMYK"), RED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_kind_of_picture_has_the_colours_a_person_sees(tmp_path, name, image, expected):
    assert read_one(tmp_path, name, image) == pytest.approx(expected, abs=4)


def test_the_first_frame_of_an_animation_counts(tmp_path):
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, (0, 0, 255))]
    assert read_one(tmp_path, "moving.gif", frames[0], save_all=True, append_images=frames[1:]) == pytest.approx(
        RED, abs=4
    )


def test_a_camera_s_rotation_is_undone(tmp_path):
    image = Image.new("RGB", (64, 64), "black")
    image.paste("white", (0, 0, 64, 32))  # the upper half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the upper half becomes the right one
    (tmp_path / "in").mkdir()
    image.save(tmp_path / "in" / "turned.png", exif=exif)
    pixels = load_images(tmp_path / "in", tmp_path, quiet=True).images[0, 0]
    assert (pixels[:, :30] == 0).all()
    assert (pixels[:, 34:] == 255).all()


def test_a_small_file_that_claims_to_be_huge_is_not_decoded(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(20):
        picture(number, (32, 32)).save(tmp_path / "in" / f"{number}.png")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "in" / "bomb.png")
    (unreadable,) = load_images(tmp_path / "in", tmp_path, size=32, quiet=True).unreadable
    assert "bomb.png" in unreadable
    assert "implausibly many" in unreadable


def test_the_centre_is_kept_of_a_wide_picture(tmp_path):
    (tmp_path / "in").mkdir()
    pixels = np.zeros((64, 192, 3), np.uint8)
    pixels[:, 64:128] = 255
    Image.fromarray(pixels).save(tmp_path / "in" / "wide.png")
    assert (load_images(tmp_path / "in", tmp_path, quiet=True).images == 255).all()


def test_a_few_unreadable_pictures_are_left_out_and_named(folder, tmp_path):
    for number in range(20, 60):
        (folder / f"{number}.png").write_bytes(content(picture(number, (16, 16))))
    (folder / "17.jpg").write_bytes(content(picture(17), "JPEG")[:300])
    faces = load_images(folder, tmp_path, size=32, quiet=True)
    assert len(faces) == 44
    assert [name.split()[0] for name in faces.unreadable] == ["17.jpg"]


def test_many_unreadable_pictures_are_an_error_that_names_the_first(folder, tmp_path):
    (folder / "0.png").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"1 of 5 pictures can't be read, first 0\.png"):
        load_images(folder, tmp_path, quiet=True)
    assert not list(tmp_path.glob("data/*.pt"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.zip", "neither a file nor a folder"),
        ("drawn:many", "the number of faces"),
        ("drawn:0", "the number of faces"),
        ("empty", "holds no picture"),
        ("text.zip", "not a folder, .zip or .tgz"),
    ],
)
def test_sources_that_are_none_are_refused_by_name(tmp_path, monkeypatch, source, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("not an archive")
    with pytest.raises(ValueError, match=words) as error:
        load_images(source, tmp_path, quiet=True)
    assert source in str(error.value)


def test_drawn_faces_carry_labels(tmp_path):
    faces = load_images("drawn:12", tmp_path, quiet=True)
    assert faces.images.shape == (12, 3, 64, 64)
    assert faces.labels.shape == (12, len(faces.class_names))
    again = load_images("drawn:12", tmp_path, quiet=True)
    assert torch.equal(faces.labels, again.labels)
    assert faces.class_names == again.class_names
