"""Recipes for other collections, and what their sources' systems had: a start from given networks, a log, an export."""

import warnings

import pytest
import torch
from conftest import image_set, small
from PIL import Image

from gan_hw.__main__ import main
from gan_hw.generation import load_generator
from gan_hw.recipes import COLLECTIONS, RECIPES
from gan_hw.training import Trainer


@pytest.mark.parametrize("recipe", COLLECTIONS, ids=lambda recipe: recipe.name)
def test_every_collection_s_recipe_trains(recipe, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recipe = recipe.replace(feature_dim=4, batch_size=8, n_critic=1)
    trainer = Trainer(recipe, image_set(size=recipe.size), tmp_path, device="cpu", quiet=True)
    trainer.train(steps=2)
    assert all(abs(trainer.history[-1][name]) < 1e6 for name in ("loss_d", "loss_g"))


def test_cifar_10_s_networks_are_of_dim_128_at_32_pixels():
    recipe = RECIPES["cifar10_wgan_gp"]
    kernels = [w.shape for w in recipe.generator().parameters() if w.dim() == 4]
    assert [shape[0] for shape in kernels] == [512, 256, 128] and recipe.z_dim == 128
    widths = [w.shape[0] for w in recipe.discriminator().parameters() if w.dim() == 4]
    assert widths == [128, 256, 512, 1]


def test_batchnorm_beside_a_penalty_is_said_when_it_is_chosen_and_not_before():
    with pytest.warns(UserWarning, match="as published: the penalty is per image, and BatchNorm mixes images"):
        RECIPES["flowers_wgan_gp"].replace()


@pytest.fixture
def run(tmp_path):
    trainer = Trainer(small("gan_longer"), image_set(), tmp_path / "run", device="cpu", quiet=True)
    trainer.train(steps=12)
    return tmp_path / "run"


def test_the_log_counts_epochs_their_steps_and_the_generator_s(run, capsys):
    assert main(["log", str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[0/50][1/5][0] Loss_D: ")  # 40 images in batches of 8, G every second step
    assert lines[-1].startswith("[1/50][3/5][4] Loss_D: ") and " Loss_G: " in lines[-1]


def test_any_number_of_images_is_exported(run, tmp_path, capsys):
    assert main(["export", str(run), str(tmp_path / "out"), "--n", "3"]) == 0
    assert "3 images -> " in capsys.readouterr().out
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["1.png", "2.png", "3.png"]
    assert Image.open(tmp_path / "out" / "3.png").size == (64, 64)
    assert main(["export", str(run), str(tmp_path / "out"), "--n", "0"]) == 2
    assert "n=0 must be at least 1" in capsys.readouterr().err


def test_a_training_begins_with_another_run_s_networks_and_goes_on_as_its_own(run, tmp_path):
    recipe = small("gan_longer", lr_g=1e-9, lr_d=1e-9)
    options = {"device": "cpu", "start": run, "quiet": True}
    warm = Trainer(recipe, image_set(), tmp_path / "warm", **options)
    start, _ = load_generator(run, weights="raw")
    for name, value in start.state_dict().items():
        assert torch.equal(warm.generator.state_dict()[name], value)
    assert warm.step == 0
    warm.train(steps=4)
    again = Trainer(recipe, image_set(), tmp_path / "warm", **options)
    assert again.step == 4
    with pytest.raises(ValueError, match="own parts: {'start': 'run'} there, {} now"):
        Trainer(recipe, image_set(), tmp_path / "warm", device="cpu", quiet=True)


def test_a_start_that_does_not_fit_is_refused(run, tmp_path):
    with pytest.raises(ValueError, match="start='.*run' holds other networks than the recipe's"):
        Trainer(small("gan", feature_dim=8), image_set(), tmp_path / "wide", device="cpu", start=run, quiet=True)
    with pytest.raises(ValueError, match="start='.*nothing' holds no checkpoint to start from"):
        Trainer(small("gan"), image_set(), tmp_path / "none", device="cpu", start=tmp_path / "nothing", quiet=True)
    with pytest.raises(ValueError, match="start='.*nothing' holds no checkpoint"):
        Trainer(small("gan"), image_set(), tmp_path / "none", device="cpu", start=tmp_path / "nothing", quiet=True)
