"""Features of images: the face network's training and its cache, and Inception's download."""

import hashlib

import pytest
import torch
from conftest import image_set, served
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from gan_hw.data import downloads
from gan_hw.data.images import held_out_split, load_images, to_float
from gan_hw.metrics import face_network, features
from gan_hw.metrics.face_network import FaceNetwork
from gan_hw.metrics.features import FeatureExtractor
from gan_hw.metrics.reference import Reference


@pytest.fixture
def quick(monkeypatch):
    """A training of three steps, of a network of the data set's own."""
    monkeypatch.setattr(face_network, "shows_anime_faces", lambda real: False)
    monkeypatch.setattr(face_network, "CONTRASTIVE_STEPS", 3)
    monkeypatch.setattr(face_network, "CONTRASTIVE_BATCH", 12)


def test_nt_xent_loss_by_hand():
    """Two images of two projections each, and one without a partner: every projection is orthogonal to all but its
    partner, so that it has one similarity of 1 among three of 0."""
    projections = torch.tensor([[2.0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 3, 0], [0, 0, 1]])
    partner = torch.tensor(1 / face_network.TEMPERATURE).exp()
    assert face_network.nt_xent_loss(projections, 2).item() == pytest.approx(
        -(partner / (partner + 3)).log().item(), rel=1e-5
    )
    confused = face_network.nt_xent_loss(torch.ones(5, 3), 2).item()
    assert confused == pytest.approx(torch.tensor(4.0).log().item(), rel=1e-5)


def test_augmented_views_are_whole_and_corrupted_copies_are_not():
    images = to_float(image_set(12).images)
    assert face_network.augmented_view(images, 0.75).shape == (12, 3, 48, 48)
    flat = face_network.augmented_view(torch.zeros(12, 3, 64, 64), 1.0)
    torch.testing.assert_close(flat, flat[:, :, :1, :1].expand_as(flat))  # in another light, but as flat as before
    corrupted = face_network.corrupted(images)
    assert corrupted.shape == images.shape
    assert ((corrupted - images).flatten(1).abs().amax(1) > 0.05).all()
    blurred = (corrupted[:4].diff(dim=3).abs().mean() / images[:4].diff(dim=3).abs().mean()).item()
    assert blurred < 0.8
    swapped = corrupted[8:].flatten(1).sort(1).values
    assert (swapped[:, 0] >= images[8:].flatten(1).amin(1)).all()  # parts exchanged: no new values


def test_features_come_out_standardised_whatever_the_size_of_images():
    real = image_set(300, size=32)
    network = FaceNetwork().eval()
    network.standardise(FeatureExtractor(network, "", to_float)(real.images))
    found = FeatureExtractor(network, "", to_float)(real.images)
    assert found.shape == (300, 256)
    torch.testing.assert_close(found.mean(0), torch.zeros(256), atol=1e-3, rtol=0)
    spread = found.std(0)
    assert ((spread - 1).abs() < 1e-2).all()
    assert FeatureExtractor(network, "", to_float)(image_set(2, size=96).images).shape == (2, 256)


def test_the_face_network_is_trained_once_and_repeatably(tmp_path, quick, monkeypatch, capsys):
    faces = load_images("drawn:30", tmp_path, quiet=True)
    before = torch.get_rng_state()
    first = face_network.face_feature_extractor(faces, tmp_path, quiet=True)
    assert torch.equal(before, torch.get_rng_state())
    again = face_network.face_feature_extractor(faces, tmp_path / "elsewhere", quiet=True)
    assert first.name == again.name and "drawn30" in first.name
    assert torch.equal(first(faces.images), again(faces.images))
    (kept,) = (tmp_path / "data").glob("features*.safetensors")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:100])
    assert face_network.face_feature_extractor(faces, tmp_path, quiet=True).name == first.name
    assert "is damaged and is trained again" in capsys.readouterr().out
    monkeypatch.setattr(face_network, "train", None)
    assert face_network.face_feature_extractor(faces, tmp_path, quiet=True).name == first.name


def test_anime_faces_are_compared_by_the_network_that_ships_whatever_the_workspace(tmp_path):
    """The same numbers in two fresh workspaces, to the last digit, and nothing is trained."""
    faces = load_images("drawn:240", tmp_path, quiet=True)
    found = []
    for workspace in (tmp_path / "one", tmp_path / "other"):
        network = face_network.face_feature_extractor(faces, workspace)
        found.append(Reference(network, faces, workspace, quiet=True).compare_held_out())
        assert not list((workspace / "data").glob("features*"))
        assert "face network for anime faces, weights" in network.name
    assert found[0] == found[1]


def test_the_network_that_ships_ranks_faces_before_corrupted_ones(tmp_path):
    faces = load_images("drawn:400", tmp_path, quiet=True)
    reference = Reference(face_network.face_feature_extractor(faces, tmp_path), faces, tmp_path, quiet=True)
    real = faces.images[reference.held_out]
    noisy = (real.int() + torch.randint(-20, 21, real.shape)).clamp(0, 255).to(torch.uint8)
    blurred = torch.nn.functional.avg_pool2d(real.float(), 3, 1, 1).to(torch.uint8)
    marks = [reference.compare(part)["frechet"] for part in (real, noisy, blurred, real[:5].repeat(20, 1, 1, 1))]
    assert all(mark > 1.5 * marks[0] for mark in marks[1:])


def test_labels_are_learned_where_there_are_some(tmp_path, quick):
    faces = load_images("drawn:30", tmp_path, quiet=True)
    unlabelled = type(faces)(faces.images, faces.source, faces.name, faces.fingerprint)
    names = {
        face_network.face_feature_extractor(part, tmp_path / str(n), quiet=True).name
        for n, part in enumerate((faces, unlabelled))
    }
    assert len(names) == 2


def test_a_reference_is_computed_once_and_holds_images_out(tmp_path, quick, monkeypatch, capsys):
    faces = load_images("drawn:200", tmp_path, quiet=True)
    network = face_network.face_feature_extractor(faces, tmp_path, quiet=True)
    reference = Reference(network, faces, tmp_path, quiet=True)
    held_out, rest = held_out_split(200)
    assert len(held_out) == 50 and sorted([*held_out.tolist(), *rest.tolist()]) == list(range(200))
    mark = reference.compare_held_out()
    assert mark.keys() == {"frechet", "kernel", "precision", "recall", "density", "coverage"}
    assert reference.compare(image_set(50).images)["frechet"] > 2 * mark["frechet"]
    assert reference.compare(faces.images[rest[:50]])["precision"] == 1.0
    (kept,) = (tmp_path / "data").glob("reference-*.pt")
    monkeypatch.setattr(FeatureExtractor, "__call__", None)
    assert torch.equal(Reference(network, faces, tmp_path, quiet=True).real_features, reference.real_features)
    monkeypatch.undo()
    kept.write_bytes(kept.read_bytes()[:-3])
    assert torch.equal(Reference(network, faces, tmp_path, quiet=True).real_features, reference.real_features)
    assert "computed again" in capsys.readouterr().out
    assert "50 images beside 150 (" in reference.protocol


def test_inception_is_fetched_once_and_checked(tmp_path, monkeypatch):
    weights = tmp_path / "site" / "weights.pth"
    weights.parent.mkdir()
    with monkeypatch.context() as patch:  # random weights: the true ones are elsewhere
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        blank = FeatureExtractorInceptionV3("blank", ["2048"], feature_extractor_weights_path=_empty(tmp_path))
    torch.save(blank.state_dict(), weights)
    with served(weights.parent) as address:
        monkeypatch.setattr(features, "INCEPTION_URL", f"{address}/weights.pth")
        with pytest.raises(downloads.DownloadFailed, match="hash"):
            features.inception_feature_extractor(tmp_path)
        monkeypatch.setattr(features, "INCEPTION_SHA256", hashlib.sha256(weights.read_bytes()).hexdigest())
        network = features.inception_feature_extractor(tmp_path)
    assert "InceptionV3" in network.name
    assert network(image_set(2).images).shape == (2, 2048)
    assert features.inception_feature_extractor(tmp_path).name == network.name  # the server is gone
    with pytest.raises(downloads.DownloadFailed, match=r"weights\.pth could not be fetched"):
        features.inception_feature_extractor(tmp_path / "other")


def _empty(folder):
    torch.save({}, folder / "empty.pth")
    return str(folder / "empty.pth")
