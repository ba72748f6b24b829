"""Labels from tables and from i-CLEVR's files, beside the pictures that they name."""

import re
import shutil
import zipfile

import numpy as np
import pytest
import torch
from conftest import SHARED
from support import content, picture

from gan_hw.data import labels
from gan_hw.data.images import load_images
from gan_hw.data.sources import open_source
from gan_hw.workflow.plan import make_plan

TABLE = "file,eyes,hair\n0.png,red eyes,pink hair\n2.png,,blue hair\n1.png,blue eyes,pink hair\n"

needs_iclevr = pytest.mark.skipif(not (SHARED / "iclevr.zip").is_file(), reason="needs i-CLEVR (iclevr.zip)")
needs_table = pytest.mark.skipif(not (SHARED / "faces_labels.csv").is_file(), reason="needs faces_labels.csv")


@pytest.fixture
def faces(tmp_path):
    """Five pictures 0.png to 4.png in a sub-folder, and a table for three of them."""
    folder = tmp_path / "faces" / "all"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.png").write_bytes(content(picture(number, (64, 64))))
    (tmp_path / "table.csv").write_text(TABLE)
    return tmp_path


def test_a_table_s_pictures_are_read_and_the_others_counted(faces):
    source = f"{faces / 'faces'}?labels={faces / 'table.csv'}"
    images = load_images(source, faces / "space", quiet=True)
    assert images.class_names == ("blue eyes", "red eyes", "blue hair", "pink hair")
    assert images.labels.tolist() == [[0, 1, 0, 1], [1, 0, 0, 1], [0, 0, 1, 0]]  # 0.png, 1.png, 2.png
    assert len(images) == 3 and images.unlabelled_count == 2 and images.unreadable == ()
    plain = load_images(faces / "faces", faces / "space", quiet=True)
    assert torch.equal(plain.images[:3], images.images) and plain.fingerprint != images.fingerprint
    assert images.name == "faces-table" and load_images(images.source, faces / "space").unlabelled_count == 2


def test_a_plan_says_what_is_left_out(faces, capsys):
    for number in range(40):
        (faces / "faces" / "all" / f"{number}.png").write_bytes(content(picture(number, (64, 64))))
    (faces / "faces" / "all" / "40.png").write_bytes(b"nothing of the kind")
    make_plan("gan", faces / "faces", workspace=faces / "space").images()
    assert "Left out: 1 pictures that can't be read, first all/40.png (" in capsys.readouterr().out
    make_plan("gan", f"{faces / 'faces'}?labels={faces / 'table.csv'}", workspace=faces / "space").images()
    assert "Left out: 38 pictures that have no labels" in capsys.readouterr().out


def test_a_name_that_several_pictures_have_is_refused_without_its_folder(faces):
    other = faces / "faces" / "more"
    other.mkdir()
    (other / "1.png").write_bytes(content(picture(9, (64, 64))))
    source = f"{faces / 'faces'}?labels={faces / 'table.csv'}"
    with pytest.raises(ValueError, match="'1.png' could be any of 2 pictures; name them with their folders"):
        load_images(source, faces / "space", quiet=True)
    (faces / "table.csv").write_text("file,hair\n./all\\1.png, pink hair \nmore/1.png,blue hair\n")
    images = load_images(source, faces / "space", quiet=True)
    assert images.class_names == ("blue hair", "pink hair") and sorted(images.labels.tolist()) == [[0, 1], [1, 0]]
    (blue,) = images.images[images.labels[:, 0] == 1]
    assert np.array_equal(blue.numpy(), np.asarray(picture(9, (64, 64))).transpose(2, 0, 1))


def test_another_table_is_another_data_set(faces):
    source = f"{faces / 'faces'}?labels={faces / 'table.csv'}"
    before = open_source(source).fingerprint()
    (faces / "table.csv").write_text(TABLE.replace("red eyes", "green eyes"))
    assert open_source(source).fingerprint() != before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,hair\na,b\n", "the first line must name a column 'file' and"),
        ("file\na\n", "the first line must name a column 'file' and"),
        ("", "the first line must name a column 'file'"),
        ("file,hair\n0.png\n", "line 2: it needs 2 values"),
        ("file,hair\n0.png,red,blue\n", "line 2: it needs 2 values"),
        ("file,hair\n,red\n", "line 2: it needs 2 values, one of them a file"),
        ("file,hair\n0.png,red\n0.png,blue\n", "line 3: '0.png' appears a second time"),
        ("file,hair\n0.png,red\n\n0.png,blue\n", "line 4: '0.png' appears a second time"),
        ("file,hair,eyes\n0.png,red,blue\n1.png,blue,red\n", "'blue' appears in two columns"),
        ('file,hair\n0.png,"red\n', "line 1: unexpected end of data"),
        ("file,hair\nnowhere.png,red\n", "the labels name none of its 5 pictures"),
        ("file,hair\n0.png, \n", "name 0 classes; from 1 to 1000 are possible"),
        ("file,id\n" + "".join(f"{n}.png,{n}\n" for n in range(1001)), "name 1001 classes; from 1 to 1000"),
    ],
)
def test_a_wrong_table_is_refused_with_line_and_value(text, words, faces):
    (faces / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        load_images(f"{faces / 'faces'}?labels={faces / 'table.csv'}", faces / "space", quiet=True)
    assert not (faces / "space" / "data").exists() or not list((faces / "space" / "data").glob("*.pt"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("drawn:8?labels=", "needs a .csv after it, groups of classes"),
        ("drawn:8?labels=nowhere.csv", "'drawn:8' has its own labels"),
        ("{faces}?labels={folder}/nowhere.csv", "the labels can't be read"),
        ("{faces}?labels=hair", "no group of classes 'hair'; there are none at all"),
        ("drawn:8?labels=hair,ears", "no group of classes 'ears'; there are hair, eyes, style, expression"),
        ("iclevr:", "data='iclevr:' needs a folder or archive after it"),
        ("iclevr:drawn", "'drawn' is not a folder or archive"),
        ("iclevr:{faces}", "holds no files named train.json; it needs one"),
    ],
)
def test_a_source_without_such_labels_is_refused_by_name(source, words, faces):
    with pytest.raises(ValueError, match=words):
        load_images(source.format(faces=faces / "faces", folder=faces), faces / "space", quiet=True)


def test_groups_of_classes_are_chosen_in_their_order(tmp_path):
    whole = load_images("drawn:12", tmp_path, quiet=True)
    chosen = load_images("drawn:12?labels=eyes,hair", tmp_path, quiet=True)
    groups = [name.split()[-1] for name in chosen.class_names]
    assert groups == ["eyes"] * groups.count("eyes") + ["hair"] * groups.count("hair")
    assert (chosen.labels.sum(1) == 2).all() and torch.equal(chosen.images, whole.images)
    columns = [whole.class_names.index(name) for name in chosen.class_names]
    assert torch.equal(chosen.labels, whole.labels[:, columns])


@pytest.mark.parametrize("packed", [False, True])
def test_iclevr_in_a_folder_or_a_zip(packed, scenes):
    where = scenes
    if packed:
        where = scenes.parent / "clevr.zip"
        with zipfile.ZipFile(where, "w") as archive:
            for file in sorted(scenes.rglob("*.*")):
                archive.write(file, file.relative_to(scenes))
        shutil.rmtree(scenes)
    images = load_images(f"iclevr:{where}", scenes.parent / "space", quiet=True)
    assert images.class_names == ("red cube", "gray cube", "cyan sphere")
    assert images.labels.tolist() == [[1, 0, 1], [0, 1, 0]] and images.unlabelled_count == 1
    assert images.source == f"iclevr:{where}" and images.name == "iclevr"


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("train.json", "{", "train.json' are not valid JSON"),
        ("train.json", "[]", "hold a list instead of a dict"),
        ("train.json", '{"a.png": ["pink cube"]}', "train.json, 'a.png'': 'pink cube' is not a class; the classes are"),
        ("train.json", '{"a.png": [3]}', "3 is not a class"),
        ("train.json", '{"a.png": null}', "None is not a list of class names"),
        ("train.json", '{"a.png": "red cube"}', "'red cube' is not a list of class names"),
        ("objects.json", '{"gray cube": 0, "red cube": 2}', "does not number its 2 names from 0"),
        ("objects.json", '{"gray cube": "zero"}', "does not number its 1 names from 0"),
        ("objects.json", '{"gray cube": false}', "does not number its 1 names from 0"),
        ("objects.json", '{" ": 0}', "does not number its 1 names from 0"),
        ("objects.json", "\udcff", "is not UTF-8 text"),
    ],
)
def test_wrong_files_of_iclevr_are_refused_with_file_and_value(file, text, words, scenes):
    (scenes / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=words):
        open_source(f"iclevr:{scenes}")


def test_requests_are_read_as_rows():
    text = '[["red cube"], ["gray cube", "red cube"]]'
    requested = labels.multi_hot_from_json(text, ("red cube", "gray cube"), "test.json")
    assert requested.tolist() == [[1, 0], [1, 1]]
    with pytest.raises(ValueError, match="test.json, row 1': 'blue cube' is not a class"):
        labels.multi_hot_from_json('[["red cube"], ["blue cube"]]', ("red cube",), "test.json")


@needs_iclevr
def test_iclevr_as_the_course_gives_it(tmp_path):
    source = open_source(f"iclevr:{SHARED / 'iclevr.zip'}")
    assert len(source.labels.class_names) == 24 and len(source.labels.classes_of) == 6000
    asked = labels.multi_hot_from_json(source.files.text("test.json"), source.labels.class_names, "test.json")
    assert asked.shape == (32, 24) and asked.sum() == 72


@needs_table
def test_the_faces_table(tmp_path):
    table = SHARED / "faces_labels.csv"
    found = labels.from_csv(table.read_text(), table)
    assert len(found.classes_of) == 7568
    assert [name.split()[-1] for name in found.class_names] == ["eyes"] * 11 + ["hair"] * 12


@pytest.fixture
def trophies(tmp_path):
    folder = tmp_path / "trophies"
    for number, name in enumerate(("pos/1", "pos/old/2", "neg/3", "pos/4")):
        file = folder / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content(picture(number, (64, 32))))
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_sub_folders_are_classes_and_can_be_chosen(packed, trophies, tmp_path):
    source = trophies
    if packed:
        source = shutil.make_archive(tmp_path / "packed", "zip", tmp_path, "trophies")  # all in one more folder
    found = load_images(f"{source}?labels=folders", tmp_path, quiet=True)
    assert found.class_names == ("neg", "pos") and found.labels.sum(0).tolist() == [1, 3]
    chosen = load_images(f"{source}?labels=folders:pos", tmp_path, quiet=True)
    positive = {image.numpy().tobytes() for image in found.images[found.labels[:, 1] == 1]}
    assert positive == {image.numpy().tobytes() for image in chosen.images} and len(positive) == 3
    assert chosen.class_names == ("pos",) and len(chosen) == 3 and chosen.unlabelled_count == 1
    assert found.name.endswith("-folders") and chosen.name.endswith("-pos")
    padded = load_images(f"{source}?labels=folders:pos?fit=pad", tmp_path, quiet=True)
    assert len(padded) == 3 and (padded.images[:, :, :16] == 255).all()
    assert torch.equal(padded.images, load_images(f"{source}?fit=pad?labels=folders:pos", tmp_path, quiet=True).images)
    assert padded.fingerprint != chosen.fingerprint


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        ("?labels=folders:mugs", "no folder 'mugs'; there are neg, pos"),
        ("/pos/old?labels=folders", "its pictures are not in several sub-folders"),
        ("?labels=folder", "there are none at all; use 'folders' or a table, NAME.csv"),
        ("?fit=pad?fit=crop", "each of ?labels= ?fit= ?take= may appear only once"),
        ("?fit=stretch", "'?fit=' needs crop or pad after it"),
    ],
)
def test_folders_and_ways_that_are_none_are_refused(suffix, words, trophies, tmp_path):
    with pytest.raises(ValueError, match=re.escape(words)):
        load_images(f"{trophies}{suffix}", tmp_path, quiet=True)


def test_drawn_faces_lie_in_no_folders_and_are_square(tmp_path):
    with pytest.raises(ValueError, match="'drawn' is not a folder or archive"):
        load_images("drawn?labels=folders", tmp_path, quiet=True)
    with pytest.raises(ValueError, match="'drawn' has square pictures"):
        load_images("drawn?fit=pad", tmp_path, quiet=True)


def test_some_pictures_are_taken_the_same_ones_each_time(trophies, tmp_path):
    whole = load_images(f"{trophies}?labels=folders", tmp_path, quiet=True)
    some = load_images(f"{trophies}?labels=folders?take=2", tmp_path / "a", quiet=True)
    assert len(some) == len(some.labels) == 2 and some.fingerprint != whole.fingerprint
    assert torch.equal(some.images, load_images(f"{trophies}?labels=folders?take=2", tmp_path / "b", quiet=True).images)
    rows = [int((whole.images == image).flatten(1).all(1).nonzero()) for image in some.images]
    assert torch.equal(whole.labels[rows], some.labels)
    assert len(load_images("drawn:30?take=7", tmp_path, quiet=True)) == 7
    with pytest.raises(ValueError, match="needs a number of pictures after it"):
        load_images(f"{trophies}?take=few", tmp_path, quiet=True)
    other_order = load_images(f"{trophies}?take=2?labels=folders", tmp_path / "b", quiet=True)
    assert other_order.source == some.source and torch.equal(other_order.labels, some.labels)


def test_classes_without_a_common_word_are_one_group_and_one_row():
    assert labels.class_groups(("cats", "dogs", "birds")) == {"class": [0, 1, 2]}
    assert labels.label_grid(("cats", "dogs"))[:2] == (["each"], ["cats", "dogs"])
    assert labels.label_grid(("cats", "dogs"))[2].tolist() == [[1, 0], [0, 1]]
    rows, columns, requested = labels.label_grid(("red hair", "blue eyes", "blue hair"))
    assert (rows, columns) == (["red hair", "blue hair"], ["blue eyes"])
    assert requested.tolist() == [[1, 1, 0], [0, 1, 1]]
