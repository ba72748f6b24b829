"""Networks that help to train a generator: a classifier's features, and VGG-16's."""

from types import SimpleNamespace

import pytest
import torch
from benchmarks.tape import Waits
from torch import nn

from gan_hw.data import downloads
from gan_hw.data.images import load_images, to_float
from gan_hw.metrics import classifier
from gan_hw.training.perceptual_features import ToImageNet, feature_extractor


def test_a_classifier_s_features_are_its_last_means_and_carry_gradients_to_the_images(tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, "CLASSIFIER_EPOCHS", 1)
    monkeypatch.setattr(classifier, "CLASSIFIER_BATCH", 10)
    monkeypatch.setattr(classifier, "is_drawn", lambda real: False)
    faces = load_images("drawn:40?labels=hair", tmp_path, quiet=True)
    looks = feature_extractor("resnet", faces, tmp_path, "cpu", quiet=True)
    images = to_float(faces.images[:3]).requires_grad_()
    features = looks(images)
    assert features.shape == (3, 512, 1, 1) and not any(weight.requires_grad for weight in looks.parameters())
    features.square().sum().backward()
    assert (images.grad.flatten(1).abs().sum(1) > 0).all()
    classifying = classifier.load_or_train(faces, tmp_path, seed=classifier.LOSS_SEED, quiet=True)  # not the evaluator
    network = classifying.network
    torch.testing.assert_close(network.fc(features.flatten(1)), network(images))


def test_on_drawn_faces_they_are_those_of_the_classifier_that_ships(tmp_path):
    faces = load_images("drawn:40?labels=hair", tmp_path, quiet=True)
    looks = feature_extractor("resnet", faces, tmp_path, "cpu", quiet=True)
    images = to_float(faces.images[:3])
    network = classifier.load_or_train(faces, tmp_path, seed=classifier.LOSS_SEED, quiet=True).network
    torch.testing.assert_close(network[-1](looks(images)), network(images))


def test_vgg_16_sees_images_as_it_was_trained_to(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "from_torchvision", lambda name: SimpleNamespace(features=nn.Identity()))
    seen = feature_extractor("vgg16", None, tmp_path, "cpu")(
        torch.tensor([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1).expand(3, 3, 4, 4)
    )
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    wanted = (torch.tensor([0.0, 0.5, 1.0])[:, None] - mean) / std
    torch.testing.assert_close(seen[:, :, 0, 0], wanted)


def test_a_gpu_need_not_wait_for_its_scaling():
    with Waits() as waits:
        ToImageNet()(torch.rand(2, 3, 4, 4))
    assert waits.found == []


def test_weights_that_can_t_be_fetched_are_named(tmp_path, monkeypatch):
    def no_network(name, weights):
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models.get_model", no_network)
    with pytest.raises(downloads.DownloadFailed, match="vgg16's weights could not be fetched .no route to host"):
        feature_extractor("vgg16", None, tmp_path, "cpu")


def test_without_a_content_loss_nothing_is_trained(tmp_path):
    assert feature_extractor("none", None, tmp_path, "cpu") is None
