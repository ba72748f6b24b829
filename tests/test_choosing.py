"""What the best moment of a training is chosen by."""

import pytest
import torch
from conftest import image_set, small

from gan_hw.choosing import FeatureScore
from gan_hw.datasets import load_images
from gan_hw.plans import make_plan
from gan_hw.training import Trainer


class Album(torch.nn.Module):
    """A generator that shows the images of a set, over and over."""

    def __init__(self, images):
        super().__init__()
        self.images, self.weight = images.float() / 127.5 - 1, torch.nn.Parameter(torch.zeros(1))

    def forward(self, z):
        return self.images[torch.arange(len(z)) % len(self.images)]


@pytest.fixture
def faces(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.features.STEPS", 20)
    return load_images("drawn:240", tmp_path, quiet=True)


def test_real_images_are_nearer_in_features_than_noise_and_nearer_is_better(faces, tmp_path):
    score = FeatureScore(faces, tmp_path, quiet=True)
    near, far = score(Album(faces.images), 4), score(Album(image_set(50).images), 4)
    assert near["face_frechet"] < far["face_frechet"] and near["face_kernel"] < far["face_kernel"]
    assert 1 >= near["score"] > far["score"] > 0


def test_a_run_s_history_and_best_follow_the_features(faces, tmp_path):
    score = FeatureScore(faces, tmp_path, quiet=True)
    trainer = Trainer(small("gan"), faces, tmp_path / "run", device="cpu", score=score, quiet=True)
    trainer.train(steps=128)
    assert trainer.history[-1]["face_frechet"] > 0
    assert (tmp_path / "run" / "generator_best.safetensors").exists()


def test_what_the_best_is_chosen_by_depends_on_the_pictures(tmp_path):
    assert make_plan("gan", "drawn", workspace=tmp_path).best == "afd"
    assert make_plan("gan", f"cifar10:{tmp_path}", workspace=tmp_path, overrides="size=32").best == "features"


def test_too_few_pictures_for_the_features_leave_a_run_without_a_best(tmp_path, capsys):
    plan = make_plan("gan", "drawn:40", workspace=tmp_path, overrides="feature_dim=4 batch_size=8", best="features")
    assert plan.trainer().score is None
    assert "No best generator is kept: the data set has 40 images, and 200 are needed" in capsys.readouterr().out
