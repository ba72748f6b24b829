"""Comparisons of one change at a time."""

import pytest

from gan_hw import experiments
from gan_hw.experiments import EXPERIMENTS, compare
from gan_hw.recipes import COLLECTION_QUICK

TINY = {"feature_dim": 4, "batch_size": 8, "n_critic": 1}


@pytest.mark.filterwarnings("ignore:d_norm='batch'")
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_variants_are_possible_recipes_that_differ(name):
    variants = [COLLECTION_QUICK.replace(**fields) for fields in EXPERIMENTS[name].values()]
    assert len({str(recipe) for recipe in variants}) == len(variants) >= 2
    for recipe in variants:
        recipe.generator(), recipe.discriminator()


def test_each_variant_is_a_run_that_is_found_again_and_compared_with_other_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.features.STEPS", 20)
    options = {"overrides": TINY, "steps": 150, "workspace": tmp_path, "quiet": True, "beside": "drawn:240"}
    found = dict(compare("augmentation", "collection_quick", "drawn:240?take=40", **options))
    assert list(found) == list(EXPERIMENTS["augmentation"])
    for trainer in found.values():
        assert len(trainer.images) == 40 and trainer.recipe.n_critic == 1
        assert trainer.score.reference.real.source == "drawn:240"
        assert [row for row in trainer.history if "face_kernel" in row]
    slugs = ("mirrored", "mirrored_and_disturbed", "none")
    runs = [f"08-augmentation-{slug}-collection_quick-drawn240-40-s0" for slug in slugs]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == runs
    again = dict(compare("augmentation", "collection_quick", "drawn:240?take=40", **options))
    assert all(again[variant].seconds == trainer.seconds for variant, trainer in found.items())


def test_pictures_that_are_learned_are_none_to_compare_with(tmp_path, monkeypatch):
    """`?take=` draws what comparison.split holds out, as long as that is enough: 60 of 240."""
    monkeypatch.setattr("gan_hw.features.STEPS", 20)
    options = {"overrides": "feature_dim=4 batch_size=8", "steps": 1, "workspace": tmp_path, "quiet": True}
    with pytest.raises(ValueError, match="beside='drawn:240': 40 of the pictures.*take at most 60 of it"):
        next(compare("output", "collection_quick", "drawn:240?take=100", beside="drawn:240", **options))
    assert next(compare("output", "collection_quick", "drawn:240?take=60", beside="drawn:240", **options))


def test_in_smoke_mode_nothing_is_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HW_SMOKE", "1")
    monkeypatch.setattr(experiments, "FeatureScore", None)
    for _, trainer in compare("output", "collection_quick", "drawn", beside="drawn", workspace=tmp_path, quiet=True):
        assert trainer.step == 20 and trainer.score is None


def test_unknown_experiments_are_refused_by_name():
    with pytest.raises(ValueError, match="experiment='hats' is unknown; choose one of output, norm"):
        next(compare("hats", "collection_quick", "drawn"))
