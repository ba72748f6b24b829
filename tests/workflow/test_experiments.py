"""Comparisons of one change at a time."""

import pytest
import torch

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.recipes import COLLECTIONS
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.workflow.experiments import EXPERIMENTS, measure_samples, train_variants
from gan_hw.workflow.notebooks import execute, notebooks_folder

TINY = {"feature_dim": 4, "batch_size": 8, "n_critic": 1}


@pytest.mark.filterwarnings("ignore:d_norm='batch'")
@pytest.mark.parametrize("published", COLLECTIONS, ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_variants_of_every_recipe_are_possible_and_differ(name, published):
    small = published.replace(feature_dim=4, z_dim=8)
    variants = [small.replace(**fields) for fields in EXPERIMENTS[name].values()]
    assert len({str(recipe) for recipe in variants}) == len(variants) >= 2
    for recipe in variants:
        build_generator(recipe), build_discriminator(recipe)


def test_what_is_impossible_is_refused_before_any_training(tmp_path):
    options = {"overrides": {**TINY, "d_norm": "instance", "size": 96}, "steps": 1, "workspace": tmp_path}
    with pytest.raises(ValueError, match="depth"):
        next(train_variants("body", "collection_quick", "drawn:40", **{**options, "overrides": {**TINY, "depth": 9}}))
    assert not (tmp_path / "runs").exists()


def test_what_came_out_is_told_in_numbers():
    real = draw_faces(60)[0]
    same = measure_samples(torch.as_tensor(real), torch.as_tensor(real))
    assert same["diversity"] == pytest.approx(1) and same["brightness"] == 0 and same["near_copies"] == 1
    grey = measure_samples(torch.full((10, 3, 64, 64), 250, dtype=torch.uint8), torch.as_tensor(real))
    assert grey["diversity"] == 0 and grey["brightness"] > 50 and grey["near_copies"] == 0


def test_each_variant_is_a_run_that_is_found_again_and_compared_with_other_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.metrics.face_network.CONTRASTIVE_STEPS", 20)
    options = {"overrides": TINY, "steps": 150, "workspace": tmp_path, "quiet": True, "beside": "drawn:240"}
    found = dict(train_variants("augmentation", "collection_quick", "drawn:240?take=40", **options))
    assert list(found) == list(EXPERIMENTS["augmentation"])
    for trainer in found.values():
        assert len(trainer.images) == 40 and trainer.recipe.n_critic == 1
        assert trainer.best.score.reference.real.source == "drawn:240"
        assert [row for row in trainer.history if "face_kernel" in row]
    own = "collection_quick-drawn240-40-s0-beside-drawn240"  # the recipe mirrors and disturbs
    runs = [own, f"{own}-augment_False", f"{own}-augment_False-flip_False"]
    assert {path.name for path in (tmp_path / "runs").iterdir()} == set(runs)
    again = dict(train_variants("augmentation", "collection_quick", "drawn:240?take=40", **options))
    assert all(again[variant].seconds == trainer.seconds for variant, trainer in found.items())


def test_experiments_share_what_they_have_in_common(tmp_path):
    options = {"overrides": TINY, "steps": 1, "workspace": tmp_path, "quiet": True}
    found = {name: dict(train_variants(name, "collection_quick", "drawn:40", **options)) for name in ("norm", "body")}
    assert found["norm"]["none"].folder == found["body"]["convolutions"].folder
    assert found["norm"]["instance"].folder.name == "collection_quick-drawn40-s0"
    assert len(list((tmp_path / "runs").iterdir())) == 5


def test_in_smoke_mode_nothing_is_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HW_SMOKE", "1")
    options = {"beside": "drawn", "workspace": tmp_path, "quiet": True}
    for _, trainer in train_variants("output", "collection_quick", "drawn", **options):
        assert trainer.step == 20 and trainer.best.score is None


def test_unknown_experiments_are_refused_by_name():
    with pytest.raises(ValueError, match="experiment='hats' is unknown; choose one of output, norm"):
        next(train_variants("hats", "collection_quick", "drawn"))


def test_the_notebook_makes_a_comparison(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HW_SMOKE", "1")
    asked = {"experiment": "output", "beside": "drawn:240", "fid": True, "workspace": str(tmp_path)}
    execute(notebooks_folder() / "08_other_datasets.ipynb", tmp_path / "copy.ipynb", asked)
    assert '"linear: diversity' in (tmp_path / "copy.ipynb").read_text()
    assert len(list((tmp_path / "runs").iterdir())) == 2
