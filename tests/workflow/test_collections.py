"""Recipes for other collections, and what their sources' systems had: a start from given networks, a log, an export."""

import json
import warnings
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from conftest import image_set, small
from PIL import Image

from gan_hw.cli import main
from gan_hw.inference.weights import load_generator
from gan_hw.recipes import COLLECTIONS, RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.training.run_folder import RunFolder
from gan_hw.training.trainer import Trainer
from gan_hw.utils import files
from gan_hw.workflow.plan import make_plan
from gan_hw.workflow.submit import submit


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
    kernels = [w.shape for w in build_generator(recipe).parameters() if w.dim() == 4]
    assert [shape[0] for shape in kernels] == [512, 256, 128] and recipe.z_dim == 128
    widths = [w.shape[0] for w in build_discriminator(recipe).parameters() if w.dim() == 4]
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
    assert (
        lines[0].startswith("[0/50][1/5][0] Loss_D: ") and "Loss_G" not in lines[0]
    )  # 40 images in batches of 8, G every second step
    assert lines[-1].startswith("[2/50][2/5][6] Loss_D: ") and " Loss_G: " in lines[-1]


def test_any_number_of_images_is_exported(run, tmp_path, capsys):
    assert main(["export", str(run), str(tmp_path / "out"), "--n", "3"]) == 0
    assert "3 images -> " in capsys.readouterr().out
    assert main(["export", str(run), str(tmp_path / "out"), "--n", "3"]) == 2
    assert "is not an empty folder: name a new one" in capsys.readouterr().err
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["1.png", "2.png", "3.png"]
    assert Image.open(tmp_path / "out" / "3.png").size == (64, 64)
    capsys.readouterr()
    for options, words in (
        (["--n", "0"], "n=0 must be at least 1"),
        (["--seed", "-1"], "seed=-1 must not be negative"),
    ):
        assert main(["export", str(run), str(tmp_path / "other"), *options]) == 2
        assert words in capsys.readouterr().err and not (tmp_path / "other").exists()


def test_pictures_of_another_size_are_exported_and_not_submitted(tmp_path):
    Trainer(small("gan", size=32), image_set(size=32), tmp_path / "run", device="cpu", quiet=True).train(steps=1)
    with pytest.raises(ValueError, match="'.*run' generates 32x32 images, and a submission has 64x64: use export"):
        submit(tmp_path / "run", quiet=True)


def test_a_setting_that_can_t_be_claims_no_folder(tmp_path, capsys):
    command = ["train", "--data", "drawn:40", "--steps", "1", "--workspace", str(tmp_path), "--quiet", "--set"]
    command += ["feature_dim=4", "--set", "batch_size=8", "--best", "none"]
    assert main([*command, "--set", "d_body=dense"]) == 2
    assert "norm 'instance' needs maps" in capsys.readouterr().err
    assert main(command) == 0


def test_recipes_for_collections_choose_their_best_by_features(tmp_path):
    assert make_plan("collection_quick", "drawn", workspace=tmp_path).best == "features"


@pytest.mark.parametrize("damage", ["no history", "no images", "no epochs"])
def test_a_folder_without_a_log_is_said(run, capsys, damage):
    if damage == "no history":
        (run / "history.csv").unlink()
    else:
        identity = json.loads((run / "recipe.json").read_text())
        identity["recipe" if damage == "no epochs" else "data"].pop(damage.split()[1])
        (run / "recipe.json").write_text(json.dumps(identity))
    assert main(["log", str(run)]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_a_training_begins_with_another_run_s_networks_and_goes_on_as_its_own(run, tmp_path):
    recipe = small("gan_longer", lr_g=1e-9, lr_d=1e-9)
    options = {"device": "cpu", "start": run, "quiet": True}
    warm = Trainer(recipe, image_set(), tmp_path / "warm", **options)
    start, _ = load_generator(run, weights="raw")
    for name, value in start.state_dict().items():
        assert torch.equal(warm.generator.state_dict()[name], value)
    critic = RunFolder(run).load_checkpoint()["discriminator"]
    assert all(torch.equal(value, critic[name]) for name, value in warm.discriminator.state_dict().items())
    assert all(torch.equal(value, warm.ema.state_dict()[name]) for name, value in warm.generator.state_dict().items())
    origin = json.loads((tmp_path / "warm" / "recipe.json").read_text())["begun_with"]
    assert warm.step == 0 and origin["step"] == 12 and len(origin["weights"]) == 8
    warm.train(steps=4)
    again = Trainer(recipe, image_set(), tmp_path / "warm", **options)
    assert again.step == 4
    with pytest.raises(ValueError, match="own parts: {'start': 'run'} there, {} now"):
        Trainer(recipe, image_set(), tmp_path / "warm", device="cpu", quiet=True)


def test_a_training_begins_with_a_checkpoint_that_was_kept(tmp_path):
    recipe, options = small("gan"), {"device": "cpu", "quiet": True}
    Trainer(recipe, image_set(), tmp_path / "run", keep_every=4, **options).train(steps=6)
    kept = tmp_path / "run" / "checkpoints" / "kept-0000004.pt"
    warm = Trainer(recipe, image_set(), tmp_path / "warm", start=kept, **options)
    critic = files.load(kept)["discriminator"]
    assert all(torch.equal(value, critic[name]) for name, value in warm.discriminator.state_dict().items())
    assert json.loads((tmp_path / "warm" / "recipe.json").read_text())["begun_with"]["step"] == 4


def test_a_conditional_start_learns_the_new_labels(tmp_path):
    images = image_set()
    labels = F.one_hot(torch.zeros(len(images), dtype=torch.long), 3).byte()
    first = replace(images, labels=labels, class_names=("a", "b", "c"))
    recipe = small("wgan_gp", conditional=True, d_condition="projection")
    Trainer(recipe, first, tmp_path / "run", device="cpu", quiet=True).train(steps=1)
    second = replace(first, labels=labels.roll(1, 1), fingerprint="1" * 8)
    warm = Trainer(recipe, second, tmp_path / "warm", device="cpu", start=tmp_path / "run", quiet=True)
    assert (warm.generator.rows.argmax(1) == 1).all()


def test_a_start_that_does_not_fit_is_refused(run, tmp_path):
    for fields in ({"feature_dim": 8}, {"d_norm": "none", "g_output": "linear"}):
        with pytest.raises(ValueError, match="start='.*run' holds other networks than the recipe's .*there, .*now"):
            Trainer(small("gan_longer", **fields), image_set(), tmp_path / "other", device="cpu", start=run, quiet=True)
    assert not (tmp_path / "other").exists()  # so that the right start can be named next
    with pytest.raises(ValueError, match="start='.*nothing' holds no checkpoint to start from"):
        Trainer(small("gan"), image_set(), tmp_path / "none", device="cpu", start=tmp_path / "nothing", quiet=True)
