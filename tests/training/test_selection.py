"""What the best moment of a training is chosen by."""

import pytest
import torch
from conftest import image_set, small

from gan_hw.data.images import load_images
from gan_hw.inference.weights import read_metadata
from gan_hw.training.selection import FeatureScore
from gan_hw.training.trainer import Trainer
from gan_hw.workflow.plan import make_plan


class Album(torch.nn.Module):
    """A generator that shows the images of a set, over and over."""

    def __init__(self, images):
        super().__init__()
        self.images, self.weight = images.float() / 127.5 - 1, torch.nn.Parameter(torch.zeros(1))

    def forward(self, z):
        return self.images[torch.arange(len(z)) % len(self.images)]


@pytest.fixture
def faces(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.metrics.face_network.CONTRASTIVE_STEPS", 20)
    return load_images("drawn:240", tmp_path, quiet=True)


def test_real_images_are_nearer_in_features_than_noise_and_nearer_is_better(faces, tmp_path):
    score = FeatureScore(faces, tmp_path, quiet=True)
    near, far = score(Album(faces.images), 4), score(Album(image_set(50).images), 4)
    assert near["face_frechet"] < far["face_frechet"] and near["face_kernel"] < far["face_kernel"]
    assert near["score"] > far["score"] > 0


def test_a_run_s_history_and_best_follow_the_features(faces, tmp_path):
    score = FeatureScore(faces, tmp_path, quiet=True)
    trainer = Trainer(small("gan"), faces, tmp_path / "run", device="cpu", score=score, quiet=True)
    trainer.train(steps=128)
    assert trainer.history[-1]["face_frechet"] > 0
    trainer.train(steps=130)
    assert trainer.history[-1]["step"] == 130 and trainer.history[-1]["score"] > 0  # the end is looked at as well
    assert (tmp_path / "run" / "generator_best.safetensors").exists()


def test_what_the_best_is_chosen_by_depends_on_the_pictures(tmp_path):
    assert make_plan("gan", "drawn", workspace=tmp_path).best == "afd"
    assert make_plan("gan", f"cifar10:{tmp_path}", workspace=tmp_path, overrides="size=32").best == "features"


def test_too_few_pictures_for_the_features_leave_a_run_without_a_best(tmp_path, capsys):
    plan = make_plan("gan", "drawn:40", workspace=tmp_path, overrides="feature_dim=4 batch_size=8", best="features")
    assert plan.trainer().best.score is None
    assert "No best generator is kept: the data set has 40 images, and 200 are needed" in capsys.readouterr().out


def test_the_best_of_a_small_collection_is_chosen_by_the_whole_of_which_it_is_a_part(faces, tmp_path):
    options = {"workspace": tmp_path, "overrides": "feature_dim=4 batch_size=8", "quiet": True, "beside": "drawn:240"}
    plan = make_plan("gan", "drawn:240?take=40", **options)
    assert plan.best == "features" and plan.trainer().best.score.reference.real.source == "drawn:240"
    with pytest.raises(ValueError, match="beside='drawn:240' has no meaning with best='afd'"):
        make_plan("gan", "drawn:240?take=40", best="afd", **options)
    with pytest.raises(ValueError, match="neither a file nor a folder"):
        make_plan("gan", "drawn:240?take=40", **{**options, "beside": "no such place"})


def test_pictures_that_are_learned_are_none_to_compare_with(faces, tmp_path):
    """`?take=` draws what images.held_out_split holds out, as long as that is enough: 60 of 240."""
    taken = {count: load_images(f"drawn:240?take={count}", tmp_path, quiet=True) for count in (60, 100)}
    assert FeatureScore(taken[60], tmp_path, quiet=True, beside=faces)
    with pytest.raises(ValueError, match="beside='drawn:240': 40 of the pictures.*take at most 60 of it"):
        FeatureScore(taken[100], tmp_path, quiet=True, beside=faces)


def test_a_best_by_another_measure_is_none(tmp_path):
    """Scores of different measures have different scales: of two of them the higher says nothing."""

    class Score:
        def __init__(self, measure, score):
            self.measure, self.score = measure, score

        def __call__(self, generator, z_dim):
            return {"score": self.score}

    best = tmp_path / "run" / "generator_best.safetensors"
    for steps, (measure, score) in enumerate((("a", 0.8), ("a", 0.7), ("b", 0.5)), 1):
        options = {"device": "cpu", "score": Score(measure, score), "quiet": True}
        Trainer(small("gan"), image_set(), tmp_path / "run", **options).train(steps=steps)
        metadata = read_metadata(best)
        assert metadata["measure"] == measure and metadata["score"] == (0.5 if measure == "b" else 0.8)
