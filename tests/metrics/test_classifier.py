"""The evaluator's scores by hand, its training and its file, and the published checkpoint's form."""

import pytest
import torch
from conftest import image_set
from torch import nn
from torchvision.models import resnet18

from gan_hw.data.images import load_images
from gan_hw.metrics import classifier
from gan_hw.metrics.classifier import Evaluator, accuracy_by_group, load_lab_evaluator, score

NAMES = ("pink hair", "blue hair", "red eyes", "green eyes")


def test_score_counts_hits_among_as_many_outputs_as_classes_are_asked():
    outputs = torch.tensor([[0.9, 0.1, 0.8, 0.2], [0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.1, 0.2]])
    asked = torch.tensor([[1, 0, 1, 0], [1, 0, 0, 1], [1, 0, 0, 0]])
    assert score(outputs, asked) == pytest.approx((2 + 1 + 0) / 5)


def test_score_of_the_lab_s_test_by_hand():
    """72 labels over 32 images: 8 of one class, 8 of two and 16 of three; every image's first class is missed."""
    counts = [1] * 8 + [2] * 8 + [3] * 16
    asked = torch.zeros(32, 24)
    for row, count in zip(asked, counts, strict=True):
        row[:count] = 1
    assert asked.sum() == 72
    outputs = asked.clone()
    outputs[:, 0], outputs[:, 23] = -1, 0.5
    assert score(asked, asked) == 1.0
    assert score(outputs, asked) == pytest.approx((72 - 32) / 72)


def test_accuracy_by_group_leaves_out_what_is_not_one_of_several():
    outputs = torch.tensor([[3.0, 1, 0, 2], [3, 1, 0, 2]])
    asked = torch.tensor([[1, 0, 0, 1], [0, 1, 0, 1]])
    assert accuracy_by_group(outputs, asked, NAMES) == {"hair": 0.5, "eyes": 1.0}
    several = torch.tensor([[1, 1, 0, 1], [0, 1, 0, 1]])
    assert accuracy_by_group(outputs, several, NAMES) == {"eyes": 1.0}
    assert accuracy_by_group(outputs[:, :1], asked[:, :1], NAMES[:1]) == {}


def test_an_evaluator_is_trained_once_and_says_how_well_it_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "CLASSIFIER_EPOCHS", 1)
    monkeypatch.setattr(classifier, "CLASSIFIER_BATCH", 10)
    monkeypatch.setattr(classifier, "is_drawn", lambda real: False)
    faces = load_images("drawn:40?labels=hair,eyes", tmp_path, quiet=True)
    first = classifier.load_or_train(faces, tmp_path, quiet=True)
    assert first.held_out_scores.keys() == {"score", "hair", "eyes"} and 0 <= first.held_out_scores["score"] <= 1
    assert "drawn40-hair-eyes" in first.name
    guide = classifier.load_or_train(faces, tmp_path, seed=classifier.LOSS_SEED, quiet=True)
    assert guide.name != first.name
    monkeypatch.setattr(classifier, "train", None)
    again = classifier.load_or_train(faces, tmp_path, quiet=True)
    assert torch.equal(first.logits(faces.images), again.logits(faces.images))
    assert len(list((tmp_path / "data").glob("evaluator*.safetensors"))) == 2


def test_drawn_faces_are_read_by_the_classifier_that_ships(tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "train", None)
    some = load_images("drawn:400?labels=hair,eyes", tmp_path, quiet=True)
    whole = load_images("drawn:400", tmp_path, quiet=True)
    evaluator, guide = (classifier.load_or_train(some, tmp_path, seed=seed, quiet=True) for seed in (0, 1))
    assert min(evaluator.held_out_scores.values()) > 0.97 and min(guide.held_out_scores.values()) > 0.97
    assert evaluator.name != guide.name and "classifier of drawn faces" in evaluator.name
    both = classifier.load_or_train(whole, tmp_path, quiet=True)
    assert both.held_out_scores.keys() == {"score", "hair", "eyes", "style", "expression"}
    columns = [whole.class_names.index(name) for name in some.class_names]  # the same logits, fewer classes
    torch.testing.assert_close(evaluator.logits(some.images[:9]), both.logits(whole.images[:9])[:, columns])
    assert not classifier.is_drawn(load_images("drawn:40?labels=hair", tmp_path, 32, quiet=True))  # another size


def test_reading_does_not_depend_on_neighbours():
    network = classifier.build_resnet18(4).eval()
    images = image_set(5).images
    reader = Evaluator(network, NAMES, "test")
    torch.testing.assert_close(reader.logits(images)[:2], reader.logits(images[:2]))


def test_images_without_labels_are_refused(tmp_path):
    with pytest.raises(ValueError, match="has no labels to learn"):
        classifier.load_or_train(image_set(), tmp_path)


def test_the_lab_s_checkpoint_is_read_and_gives_its_order(tmp_path):
    theirs = resnet18()
    theirs.fc = nn.Sequential(nn.Linear(512, 24), nn.Sigmoid())
    torch.save({"model": theirs.state_dict()}, tmp_path / "checkpoint.pth")
    names = tuple(f"thing {k}" for k in range(24))
    ours, images = load_lab_evaluator(tmp_path / "checkpoint.pth", names), image_set(3).images
    theirs.eval()
    with torch.no_grad():
        probabilities = theirs(images.float() / 127.5 - 1)
    torch.testing.assert_close(torch.sigmoid(ours.logits(images)), probabilities)
    with pytest.raises(ValueError, match="no checkpoint of a ResNet-18 with 3 classes"):
        load_lab_evaluator(tmp_path / "checkpoint.pth", names[:3])
    (tmp_path / "text.pth").write_text("no checkpoint")
    with pytest.raises(ValueError, match="no checkpoint of a ResNet-18"):
        load_lab_evaluator(tmp_path / "text.pth", names)
