"""AFD and diversity: known answers, and the detector's file."""

import dataclasses
import hashlib
from unittest import mock

import numpy as np
import pytest
import torch
from conftest import CASCADE, image_set, needs_cascade, needs_faces, served
from support import PASS_ALL, small_cascade

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.data.images import load_images
from gan_hw.metrics import afd, cascade_file, diversity, judge, protocol
from gan_hw.training import selection


def test_mean_pairwise_rmse_of_known_pictures():
    images = torch.zeros(3, 3, 4, 4, dtype=torch.uint8)
    images[1], images[2] = 30, 90  # pairs differ by 30, 90 and 60
    assert diversity.mean_pairwise_rmse(images) == pytest.approx(60.0)
    assert diversity.mean_pairwise_rmse(images[:1].repeat(5, 1, 1, 1)) == pytest.approx(0.0, abs=1e-6)


def test_diversity_is_one_for_the_real_data_and_zero_for_one_face_repeated(tmp_path, monkeypatch):
    monkeypatch.setattr(cascade_file, "_fetch_cascade", mock.Mock(side_effect=protocol.NotMeasured("offline")))
    real = image_set(30)
    repeated = real.images[:1].repeat(20, 1, 1, 1)
    scores = judge.judge(repeated, real, tmp_path, other_images={"same": real.images})
    assert scores["diversity"]["value"] == pytest.approx(0.0, abs=1e-6)
    assert scores["diversity"]["same"] == scores["diversity"]["real"] == pytest.approx(1.0)
    assert scores["diversity"]["untrained"] < 0.1
    assert scores["afd_strict"] == scores["afd_padded"] == {"not measured": "offline"}
    assert scores["afd_kit"].keys() == {"value", "same", "real", "untrained"}  # on every machine
    assert protocol.headline_metrics(scores) == ("afd_kit", "diversity")
    assert scores["protocol"]["afd_kit"] != scores["protocol"]["afd_strict"]


@needs_cascade
def test_faces_are_found_in_drawn_faces_and_not_in_noise_or_flat_pictures():
    faces = draw_faces(60, seed=1)[0]
    assert afd.detect_faces(faces, CASCADE).mean() > 0.7
    assert not afd.detect_faces(image_set(20).images, CASCADE).any()
    assert not afd.detect_faces(np.full((2, 3, 64, 64), 200, np.uint8), CASCADE).any()
    assert afd.detect_faces(faces[:0], CASCADE).shape == (0,)


@needs_cascade
def test_verdicts_keep_the_order_of_the_images():
    faces = draw_faces(6, seed=1)[0]
    mixed = torch.stack([image_set(1).images[0], *faces, image_set(1).images[0]])
    found = afd.detect_faces(mixed, CASCADE)
    assert found[1:-1].tolist() == afd.detect_faces(faces, CASCADE).tolist()
    assert not found[0]
    assert not found[-1]


@needs_cascade
@needs_faces
def test_real_faces_are_found_as_often_as_was_measured(real_faces):
    real = real_faces
    assert afd.detect_faces(real.images[:600], CASCADE).mean() == pytest.approx(0.88, abs=0.04)
    assert afd.detect_faces(real.images[:600], CASCADE, protocol.AFD_PADDING_PIXELS).mean() > 0.93
    assert diversity.mean_pairwise_rmse(real.images[:600]) == pytest.approx(89.5, rel=0.03)


@needs_cascade
def test_a_judgement_needs_two_images_and_real_ones_that_differ(tmp_path):
    real = image_set(10)
    with pytest.raises(ValueError, match="at least 2 generated images, not 1"):
        judge.judge(real.images[:1], real, tmp_path)
    alike = dataclasses.replace(real, images=real.images[:1].repeat(10, 1, 1, 1))
    with pytest.raises(ValueError, match="all real images are the same"):
        judge.judge(real.images, alike, tmp_path)
    assert diversity.relative_diversity(real.images, 0.0) > 1  # a monitor goes on


def test_a_judgement_holds_value_floor_and_ceiling(tmp_path):
    faces = load_images("drawn:40", tmp_path, quiet=True)
    scores = judge.judge(faces.images[:20], faces, tmp_path, cascade=CASCADE)
    for metric in ("afd_strict", "afd_kit", "afd_padded", "diversity"):
        assert scores[metric].keys() == {"value", "real", "untrained"}
    assert scores["afd_strict"]["untrained"] == 0
    assert scores["n"] == 20
    assert {"afd_strict", "diversity"} <= scores["protocol"].keys()
    assert judge.judge(faces.images[:20], faces, tmp_path, cascade=CASCADE) == scores


def test_cascade_is_named_then_from_the_environment_then_from_the_workspace(tmp_path, monkeypatch):
    named, kept = tmp_path / "named.xml", tmp_path / "data" / cascade_file.CASCADE_NAME
    kept.parent.mkdir()
    for path in (named, kept):
        path.write_text("x")
    assert cascade_file.find_cascade(None, tmp_path) == kept
    monkeypatch.setenv("GAN_HW_CASCADE", str(named))
    assert cascade_file.find_cascade(None, tmp_path) == named
    with pytest.raises(ValueError, match=r"none\.xml' is not a file"):
        cascade_file.find_cascade(tmp_path / "none.xml", tmp_path)


def test_a_cascade_that_was_named_once_is_remembered_and_a_wrong_one_is_not(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_HW_CASCADE", raising=False)
    monkeypatch.setattr(cascade_file, "_fetch_cascade", mock.Mock(side_effect=protocol.NotMeasured("no network")))
    (tmp_path / "wrong.xml").write_text("<opencv_storage/>")
    with pytest.raises(ValueError, match=r"wrong\.xml' is not a cascade file"):
        afd.load_cascade(tmp_path / "wrong.xml", tmp_path)
    with pytest.raises(protocol.NotMeasured):
        afd.load_cascade(None, tmp_path)
    assert afd.load_detector(None, tmp_path, fetch=True).metric == "afd_kit"
    for side in (24, 28):  # the one named last
        named = small_cascade(tmp_path / f"{side}.xml", PASS_ALL, window=side)
        assert afd.load_cascade(named, tmp_path).window == side
        named.unlink()
        assert afd.load_detector(None, tmp_path).window == side
    assert afd.load_detector(None, tmp_path).metric == "afd_strict"
    with pytest.raises(ValueError, match=r"gone\.xml' is not a file"):
        afd.load_detector(tmp_path / "gone.xml", tmp_path)


def test_a_fetched_cascade_is_checked_and_kept(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / cascade_file.CASCADE_NAME).write_bytes(b"cascade")
    with served(tmp_path / "site") as address:
        monkeypatch.setattr(cascade_file, "CASCADE_URL", f"{address}/{cascade_file.CASCADE_NAME}")
        with pytest.raises(protocol.NotMeasured, match="--cascade FILE") as refused:
            cascade_file.find_cascade(None, tmp_path)
        assert "hash" in str(refused.value.__cause__)
        assert not list((tmp_path / "data").iterdir())
        monkeypatch.setattr(cascade_file, "CASCADE_SHA256", hashlib.sha256(b"cascade").hexdigest())
        assert cascade_file.find_cascade(None, tmp_path).read_bytes() == b"cascade"
    assert cascade_file.find_cascade(None, tmp_path).read_bytes() == b"cascade"  # the server is gone
    with pytest.raises(protocol.NotMeasured, match=r"could not be fetched.*--cascade FILE"):
        cascade_file.find_cascade(None, tmp_path / "other")


def test_the_share_of_faces_comes_with_its_uncertainty():
    """Wilson's interval for 0 of 10, by hand: 0 to z^2 / (n + z^2)."""
    low, high = afd.wilson_interval(0.0, 10)
    assert (low, high) == pytest.approx((0, 1.96**2 / (10 + 1.96**2)))
    low, high = afd.wilson_interval(0.886, 1000)
    assert 0.864 < low < 0.886 < high < 0.905


@pytest.mark.parametrize("content", [b"", b"<opencv_storage/>", b"\x00\x01 not xml"])
def test_a_file_that_is_no_cascade_is_named(tmp_path, content):
    path = tmp_path / "wrong.xml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"wrong\.xml' is not a cascade file"):
        afd.detect_faces(image_set(2).images, path)


@pytest.mark.parametrize(
    ("share", "name"), [(0.0, "simple"), (0.39, "simple"), (0.4, "medium"), (0.5, "strong"), (1, "boss")]
)
def test_course_baselines(share, name):
    assert afd.afd_baseline(share).name == name


def test_the_mean_difference_is_the_same_computed_in_blocks(monkeypatch):
    images = image_set(23).images
    flat = images.flatten(1).double()
    plain = [((a - b) ** 2).mean() ** 0.5 for i, a in enumerate(flat) for b in flat[:i]]
    assert diversity.mean_pairwise_rmse(images) == pytest.approx(torch.stack(plain).mean().item(), rel=1e-9)
    whole = diversity.mean_pairwise_rmse(images)
    monkeypatch.setattr(diversity, "PAIRWISE_BLOCK_IMAGES", 7)
    assert diversity.mean_pairwise_rmse(images) == pytest.approx(whole, rel=1e-9)


def test_the_face_score_is_low_for_one_face_repeated_and_without_faces(tmp_path):
    class Album(torch.nn.Module):
        def __init__(self, images):
            super().__init__()
            self.images, self.shown = torch.nn.Parameter(images.float() / 127.5 - 1), 0

        def forward(self, z):
            self.shown += len(z)
            return self.images[self.shown - len(z) : self.shown]

    faces = load_images("drawn:200", tmp_path, quiet=True)
    score = selection.FaceScore(faces)
    varied = score(Album(faces.images), 100)
    assert varied["diversity"] == pytest.approx(1)
    assert varied["score"] == pytest.approx(varied["afd_kit"]) and varied["score"] > 0.7
    found = faces.images[score.detector.detect(faces.images)]
    repeated = score(Album(found[:1].repeat(200, 1, 1, 1)), 100)
    assert repeated["afd_kit"] == 1 and repeated["score"] < 1e-6
    assert score(Album(image_set(200).images), 100)["score"] == 0


def test_mean_pairwise_rmse_is_the_definition_to_the_last_digits():
    images = torch.randint(0, 256, (60, 3, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    flat = images.flatten(1).double()
    pairs = torch.pdist(flat) / flat.shape[1] ** 0.5
    assert diversity.mean_pairwise_rmse(images) == pytest.approx(pairs.mean().item(), rel=1e-12)
    assert diversity.mean_pairwise_rmse(images[:1].repeat(9, 1, 1, 1)) == 0.0
    extremes = torch.stack([torch.zeros(3, 64, 64), torch.full((3, 64, 64), 255.0)]).byte()
    assert diversity.mean_pairwise_rmse(extremes) == pytest.approx(255.0, rel=1e-12)
