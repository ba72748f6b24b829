"""The kit's own face detector, and what holds for all networks that ship with the kit."""

import numpy as np
import pytest
import torch
from conftest import CASCADE, image_set, needs_cascade, needs_faces
from torch.nn import functional as F

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.data.images import held_out_split, load_images
from gan_hw.metrics import shipped_networks
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.face_detector import GROUP_SIZES, FaceDetectorNetwork, load_face_detector
from gan_hw.recipes import RECIPES
from gan_hw.training.selection import FaceScore
from gan_hw.workflow.plan import make_plan

MAX_BYTES = {
    "face_detector": 1_000_000, "face_network": 2_000_000, "drawn_classifier_0": 3_000_000,
    "drawn_classifier_1": 3_000_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def faces():
    return torch.as_tensor(draw_faces(200, seed=3)[0])


def test_faces_are_found_and_what_is_no_face_is_not(faces):
    detector = load_face_detector()
    assert detector.detect(faces).double().mean() > 0.8
    flat = torch.full((4, 3, 64, 64), 90, dtype=torch.uint8)
    coarse = F.interpolate(torch.rand(50, 3, 8, 8), 64).mul(255).to(torch.uint8)
    halves = torch.cat([faces[:, :, 32:], faces[:, :, :32]], 2)  # lower half above the upper one
    assert not detector.detect(flat).any()
    assert not detector.detect(image_set(50).images).any()
    assert not detector.detect(coarse).any()
    assert detector.detect(halves).double().mean() < 0.2
    assert detector.detect(faces.flip(2)).double().mean() < 0.2  # upside down


def test_an_image_s_verdict_does_not_depend_on_the_others(faces):
    detector = load_face_detector()
    whole = detector.confidence(faces)
    assert whole.shape == (200,)
    assert torch.equal(detector.detect(faces), whole > 0)
    parts = torch.cat([detector.confidence(part) for part in faces.split(17)])
    torch.testing.assert_close(parts, whole, atol=1e-3, rtol=1e-4)
    assert detector.confidence(faces[:0]).shape == (0,)
    assert torch.equal(detector.confidence(np.asarray(faces[:3])), detector.confidence(faces[:3]))


def test_faces_of_other_sizes_are_found_too():
    large = torch.as_tensor(draw_faces(60, seed=3, size=128)[0])
    assert load_face_detector().detect(large).double().mean() > 0.75


def test_brightness_and_contrast_hardly_matter(faces):
    """The histogram is equalised first: what is darker or paler has the same verdict but for rounding."""
    pale = (faces.float() * 0.5 + 90).to(torch.uint8)
    same = load_face_detector().detect(faces) == load_face_detector().detect(pale)
    assert same.double().mean() > 0.97


def test_the_outputs_are_shares_of_fewer_and_fewer_images(faces):
    """Larger groups are rarer: of many images each output's mean probability is below that of the one before."""
    network = shipped_networks.load_shipped("face_detector", FaceDetectorNetwork)
    from gan_hw.metrics.face_detector import network_input

    with torch.inference_mode():
        mean = network(network_input(faces)).sigmoid().mean(0)
    assert len(mean) == len(GROUP_SIZES)
    assert torch.all(mean.diff() < 0.01)


@needs_cascade
@needs_faces
@pytest.mark.parametrize(("kind", "agreement"), [("real", 0.9), ("drawn", 0.93)])
def test_it_agrees_with_the_cascade_on_faces_that_it_has_not_seen(kind, agreement, real_faces):
    if kind == "real":
        images = real_faces.images[held_out_split(len(real_faces))[0]]
    else:
        images = torch.as_tensor(draw_faces(1000, seed=0)[0])
    theirs, mine = Cascade(CASCADE).detect(images), load_face_detector().detect(images)
    assert (theirs == mine).double().mean() > agreement
    assert abs(theirs.double().mean() - mine.double().mean()) < 0.03


def test_every_network_that_ships_is_small_and_has_a_card():
    folder = shipped_networks.WEIGHTS_FOLDER
    files = {path.stem: path.stat().st_size for path in folder.glob("*.safetensors")}
    assert files.keys() == MAX_BYTES.keys()
    for name, size in files.items():
        assert size <= MAX_BYTES[name], name
    cards = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert cards.keys() == {"face_detector", "face_network", "drawn_classifier"}
    for name, card in cards.items():
        for words in ("## Data", "licence", "## Command", "make weights", "## Scores", "## Intended use"):
            assert words.lower() in card.lower(), (name, words)


def test_a_run_s_best_is_chosen_by_it_on_every_machine_and_recipe_json_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_HW_CASCADE", raising=False)
    plan = make_plan("gan", "drawn:24", workspace=tmp_path, overrides="feature_dim=4 batch_size=8", quiet=True)
    trainer = plan.trainer()
    assert isinstance(trainer.best.score, FaceScore)
    identity = (plan.folder / "recipe.json").read_text()
    assert f"afd_kit and diversity; {load_face_detector().weights}" in identity
    found = trainer.best.score(trainer.ema, RECIPES["gan"].z_dim)
    assert found.keys() == {"score", "afd_kit", "diversity"}


def test_a_cascade_that_is_named_for_a_training_is_remembered_for_judging(tmp_path, monkeypatch):
    from support import PASS_ALL, small_cascade

    from gan_hw.metrics import cascade_file

    monkeypatch.delenv("GAN_HW_CASCADE", raising=False)
    named = small_cascade(tmp_path / "named.xml", PASS_ALL)
    options = {"workspace": tmp_path / "ws", "overrides": "feature_dim=4 batch_size=8", "quiet": True}
    make_plan("gan", "drawn:24", cascade=str(named), **options).trainer()
    assert cascade_file.find_cascade(None, tmp_path / "ws").read_bytes() == named.read_bytes()
    with pytest.raises(ValueError, match=r"none\.xml' is not a file"):
        make_plan("gan", "drawn:24", cascade=str(tmp_path / "none.xml"), **options)


@pytest.mark.parametrize(("source", "anime"), [("drawn:40", True), ("noise", False), ("drawn:40 at 32", False)])
def test_data_of_anime_faces_is_compared_by_the_network_that_ships(source, anime, tmp_path):
    from gan_hw.metrics.face_network import shows_anime_faces

    if source == "noise":
        images = image_set(40)
    else:
        images = load_images("drawn:40", tmp_path, 32 if source.endswith("32") else 64, quiet=True)
    assert shows_anime_faces(images) == anime
