"""CIFAR-10, CelebA and the 102 flowers, in small sets that lie as torchvision keeps the real ones."""

import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat
from torchvision import datasets

from gan_hw.data import downloads
from gan_hw.data.images import load_images
from gan_hw.data.sources import torchvision_sets
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.weights import load_generator
from gan_hw.workflow.plan import make_plan

CELEBA_TABLES = {
    "list_eval_partition.txt": "{n}.jpg 0\n",
    "identity_CelebA.txt": "{n}.jpg 1\n",
    "list_bbox_celeba.txt": "{n}.jpg 1 1 2 2\n",
    "list_landmarks_align_celeba.txt": "{n}.jpg 1 2 3 4\n",
    "list_attr_celeba.txt": "{n}.jpg {sign} 1\n",
}


def noise(seed, shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """Six batches of four pictures, in CIFAR-10's files; torchvision is told not to compare their hashes."""
    for table in ("train_list", "test_list"):
        unchecked = [[name, None] for name, _ in getattr(datasets.CIFAR10, table)]
        monkeypatch.setattr(datasets.CIFAR10, table, unchecked)
    monkeypatch.setattr(datasets.CIFAR10, "meta", {**datasets.CIFAR10.meta, "md5": None})
    folder = tmp_path / "root" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]
    for number, name in enumerate(names):
        batch = {"data": noise(number, (4, 3072)), "labels": [number % 3, 0, 1, 2]}
        (folder / name).write_bytes(pickle.dumps(batch))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["plane", "car", "bird"]}))
    return tmp_path / "root"


@pytest.fixture
def celeba(tmp_path, monkeypatch):
    folder = tmp_path / "root" / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    unchecked = [(key, None, name) for key, _, name in datasets.CelebA.file_list]
    monkeypatch.setattr(datasets.CelebA, "file_list", unchecked)
    for name, line in CELEBA_TABLES.items():
        head = "" if "{n}.jpg 0" in line or "identity" in name else "5\nSmiling Young\n"
        rows = [line.format(n=n, sign=1 if n % 2 else -1) for n in range(5)]
        (folder / name).write_text(head + "".join(rows))
    for n in range(5):
        Image.fromarray(noise(n, (218, 178, 3))).save(folder / "img_align_celeba" / f"{n}.jpg")
    return tmp_path / "root"


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    folder = tmp_path / "root" / "flowers-102"
    (folder / "jpg").mkdir(parents=True)
    unchecked = {key: (name, None) for key, (name, _) in datasets.Flowers102._file_dict.items()}
    monkeypatch.setattr(datasets.Flowers102, "_file_dict", unchecked)
    for n in range(1, 7):
        Image.fromarray(noise(n, (50, 70, 3))).save(folder / "jpg" / f"image_{n:05d}.jpg")
    savemat(folder / "imagelabels.mat", {"labels": [1, 2, 3, 1, 2, 102]})
    savemat(folder / "setid.mat", {"trnid": [2, 1], "valid": [3, 4], "tstid": [5, 6]})
    return tmp_path / "root"


def test_cifar_10_s_training_pictures_or_all_of_them(cifar, tmp_path):
    found = load_images(f"cifar10:{cifar}", tmp_path, 32, quiet=True)
    assert found.images.shape == (20, 3, 32, 32) and found.class_names == ("plane", "car", "bird")
    assert torch.equal(found.images[:4].flatten(1), torch.from_numpy(noise(0, (4, 3072))))
    assert found.labels[:4].argmax(1).tolist() == [0, 0, 1, 2] and (found.labels.sum(1) == 1).all()
    everything = load_images(f"cifar10all:{cifar}", tmp_path, 32, quiet=True)
    assert len(everything) == 24 and everything.fingerprint != found.fingerprint


def test_celeba_s_attributes_are_classes_of_which_a_face_has_several(celeba, tmp_path):
    found = load_images(f"celeba:{celeba}", tmp_path, 64, quiet=True)
    assert found.images.shape == (5, 3, 64, 64) and found.class_names == ("Smiling", "Young")
    assert found.labels.tolist() == [[0, 1], [1, 1], [0, 1], [1, 1], [0, 1]]
    padded = load_images(f"celeba:{celeba}?fit=pad", tmp_path, 64, quiet=True)
    assert (padded.images[:, :, :, :5] == 255).all() and not (found.images[:, :, :, :5] == 255).all()


def test_attributes_are_chosen_and_pictures_padded_in_any_order(celeba, tmp_path):
    ways = (f"celeba:{celeba}?fit=pad?labels=Smiling", f"celeba:{celeba}?labels=Smiling?fit=pad")
    first, second = (load_images(way, tmp_path, 64, quiet=True) for way in ways)
    assert first.class_names == ("Smiling",) and (first.images[:, :, :, :5] == 255).all()
    assert first.source == second.source and first.fingerprint == second.fingerprint


def test_a_missing_picture_is_named(celeba, tmp_path):
    (celeba / "celeba" / "img_align_celeba" / "3.jpg").unlink()
    with pytest.raises(ValueError, match="data='celeba:.*picture 4 can't be read"):
        load_images(f"celeba:{celeba}", tmp_path, 64, quiet=True)


def test_flowers_of_all_three_splits(flowers, tmp_path):
    found = load_images(f"flowers102:{flowers}", tmp_path, 64, quiet=True)
    assert found.images.shape == (6, 3, 64, 64)
    assert found.labels.argmax(1).tolist() == [1, 0, 2, 0, 1, 101] and found.labels.shape == (6, 102)


def test_flowers_that_torchvision_does_not_name(flowers, tmp_path, monkeypatch):
    """Flowers102.classes came with torchvision 0.22, and older ones will do."""
    monkeypatch.delattr(datasets.Flowers102, "classes", raising=False)
    found = load_images(f"flowers102:{flowers}", tmp_path, 64, quiet=True)
    assert found.class_names[:2] == ("flower 1", "flower 2") and len(found.class_names) == 102


def test_a_folder_without_the_set_is_refused_by_name(tmp_path):
    words = "data='cifar10:.*' does not hold the complete data set .* a folder 'cifar-10-batches-py'"
    with pytest.raises(ValueError, match=words):
        load_images(f"cifar10:{tmp_path}", tmp_path, 32, quiet=True)


def test_celeba_s_quota_is_explained_with_another_way(tmp_path, monkeypatch):
    monkeypatch.setattr(torchvision_sets, "DOWNLOAD_FOLDER", tmp_path / "home")

    def download(self):
        raise RuntimeError("Too many users have viewed or downloaded this file recently")

    monkeypatch.setattr(datasets.CelebA, "download", download)
    with pytest.raises(downloads.DownloadFailed, match="Too many users.*kaggle:jessicali9530/celeba-dataset"):
        load_images("celeba", tmp_path, 64, quiet=True)


def test_cifar_s_recipe_trains_on_it_in_torchvision_s_layout(cifar, tmp_path):
    plan = make_plan(
        "cifar10_wgan_gp", f"cifar10:{cifar}", steps=8, workspace=tmp_path, overrides="feature_dim=4 batch_size=4",
        quiet=True, best="none",
    )  # fmt: skip
    trainer = plan.trainer()
    trainer.train(**plan.budget)
    assert plan.run == "cifar10_wgan_gp-cifar10-s0"
    assert trainer.step == 8 and trainer.history[-1]["generator_steps"] == 1
    generator, recipe = load_generator(plan.folder)
    assert recipe.n_critic == 5 and generate(generator, sample_z(3, recipe.z_dim)).shape == (3, 3, 32, 32)
