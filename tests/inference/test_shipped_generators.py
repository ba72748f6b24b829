"""The generators that ship with the kit: each draws what its stored scores say, and a training goes on from it."""

import json

import pytest
from conftest import CASCADE, ROOT, image_set, needs_cascade
from PIL import Image

from gan_hw.cli import main
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.inference.shipped_generators import SHIPPED, discriminator_path, shipped_folder, shipped_path
from gan_hw.inference.weights import load_generator, read_metadata
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.training.trainer import Trainer
from gan_hw.utils.files import file_hash

MAX_SHIPPED_BYTES = 25_000_000


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request):
    """(name, 1000 images, stored scores)."""
    generator, recipe = load_generator(f"shipped:{request.param}")
    images = generate(generator, sample_z(1000, recipe.z_dim))
    return request.param, images, read_metadata(shipped_path(request.param))


def test_a_shipped_generator_draws_what_its_scores_say(shipped):
    _, images, facts = shipped
    assert mean_pairwise_rmse(images) == pytest.approx(facts["scores"]["pairwise_rmse"], rel=0.005)
    assert load_face_detector().detect(images).double().mean().item() == pytest.approx(
        facts["scores"]["afd_kit"], abs=0.01
    )


@needs_cascade
def test_its_headline_is_that_of_the_cascade(shipped):
    _, images, facts = shipped
    found = Cascade(CASCADE).detect(images).double().mean().item()
    assert found == pytest.approx(facts["scores"]["afd_strict"], abs=0.01)


def test_the_card_names_data_licence_command_and_the_stored_scores(shipped):
    name, _, facts = shipped
    card = shipped_path(name).with_suffix(".md").read_text(encoding="utf-8")
    for words in (
        "## Data and licence",
        "## Command",
        "## Intended use",
        f"{facts['seen']:,} images",
        "python -m gan_hw",
    ):
        assert words in card
    assert f"| `afd_strict` | {facts['scores']['afd_strict']:.3f} |" in card
    assert f"| `diversity` | {facts['scores']['diversity']:.3f} |" in card


def test_all_of_them_together_are_light():
    assert sum(path.stat().st_size for path in shipped_folder().iterdir()) < MAX_SHIPPED_BYTES
    assert {path.name.split(".")[0] for path in shipped_folder().iterdir()} == set(SHIPPED)


def test_draw_writes_a_picture_of_forty_faces(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["draw"]) == 0
    assert "40 images by shipped:drawn" in capsys.readouterr().out
    assert Image.open(tmp_path / "faces.png").size == (8 * 66 - 2, 5 * 66 - 2)


def test_a_shipped_generator_is_submitted_as_a_run_is(tmp_path, capsys):
    assert main(["submit", "shipped:drawn", "--workspace", str(tmp_path)]) == 0
    folder = tmp_path / "runs" / "shipped-drawn"
    assert f"{folder / 'submission.tgz'}: 1000 images from seed 0" in capsys.readouterr().out
    record = json.loads((folder / "submission.json").read_text())
    assert record["generator"] == file_hash(folder / "generator.safetensors")
    for name, value in load_generator(folder)[0].state_dict().items():
        assert (load_generator("shipped:drawn")[0].state_dict()[name] == value).all()


@pytest.mark.fault
@pytest.mark.parametrize("command", ["submit", "report", "ask"])
def test_an_unknown_one_is_refused_by_every_command_that_takes_a_run(command, tmp_path, capsys):
    assert main([command, "shipped:nobody", "--workspace", str(tmp_path)]) == 2
    assert "'shipped:nobody' is unknown; choose one of shipped:drawn" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.fault
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shipped:nobody"], "'shipped:nobody' is unknown; choose one of shipped:drawn"),
        (["shipped:drawn", "--n", "0"], "n=0 must be at least 1"),
        (["nowhere"], "'nowhere' does not exist: train a model first"),
    ],
)
def test_draw_refuses_in_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["draw", *arguments]) in (1, 2)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "faces.png").exists()


def test_a_training_goes_on_from_a_shipped_generator(tmp_path):
    generator, recipe = load_generator("shipped:drawn")
    options = {"device": "cpu", "quiet": True, "start": "shipped:drawn"}
    trainer = Trainer(recipe, image_set(), tmp_path, **options)
    for name, value in generator.state_dict().items():
        assert (trainer.generator.state_dict()[name] == value).all()
    trainer.train(steps=2)
    assert (
        json.loads((tmp_path / "recipe.json").read_text())["begun_with"]["step"]
        == read_metadata(shipped_path("drawn"))["step"]
    )
    other = recipe.replace(feature_dim=4)
    with pytest.raises(ValueError, match="holds other networks than the recipe's .feature_dim"):
        Trainer(other, image_set(), tmp_path / "other", **options)


def test_each_has_its_discriminator():
    for name in SHIPPED:
        assert discriminator_path(shipped_path(name)).is_file()
    assert (ROOT / "assets" / "weights").is_dir()
