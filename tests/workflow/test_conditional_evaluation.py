"""What a conditional run was asked for, and what an evaluator reads off its images."""

import json

import pytest
import torch
from conftest import image_set, small
from torch import nn
from torchvision.models import resnet18

from gan_hw.cli import main
from gan_hw.data.images import load_images
from gan_hw.metrics import classifier
from gan_hw.training.trainer import Trainer
from gan_hw.workflow.conditional_evaluation import PERCEPTUAL_SUFFIX, evaluate, read_requests, result_lines
from gan_hw.workflow.plan import make_plan


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A hardly trained conditional run on 40 drawn faces, and an evaluator trained for a step or two."""
    monkeypatch.setattr(classifier, "CLASSIFIER_EPOCHS", 1)
    monkeypatch.setattr(classifier, "CLASSIFIER_BATCH", 10)
    faces = load_images("drawn:40?labels=hair,eyes", tmp_path, quiet=True)
    recipe = small("gan", conditional=True, d_condition="projection")
    Trainer(recipe, faces, tmp_path / "run", device="cpu", quiet=True).train(steps=2)
    return tmp_path / "run"


def test_a_run_is_asked_for_what_held_out_images_show(run, tmp_path, capsys):
    result = evaluate(run, workspace=tmp_path, quiet=True)
    assert result["requests"] == 10 and result["draws"] == 1
    assert result["classes"].keys() == {"generated", "untrained"}
    assert result["classes"]["generated"].keys() == result["real"].keys() == {"score", "hair", "eyes"}
    assert json.loads((run / "classes.json").read_text()) == result
    assert evaluate(run, workspace=tmp_path, quiet=True) == result
    lines = result_lines(result)
    assert lines[0].split() == ["generated", "untrained", "real,", "held", "out"]
    assert [line.split()[0] for line in lines[1:4]] == ["score", "hair", "eyes"]
    assert main(["ask", str(run), "--workspace", str(tmp_path)]) == 0
    assert lines[1] in capsys.readouterr().out


def test_wishes_from_a_file_are_drawn_several_times(run, tmp_path):
    (tmp_path / "requests.json").write_text('[["pink hair"], ["blue hair", "red eyes"]]')
    result = evaluate(run, tmp_path / "requests.json", draws=3, workspace=tmp_path, quiet=True)
    mean, spread = result["classes"]["generated"]["score"]
    assert result["requests"] == 2 and result["draws"] == 3 and 0 <= mean <= 1 and spread >= 0
    assert f"{mean:.3f} +- {spread:.3f}" in result_lines(result)[1]


def test_the_network_that_a_training_looked_with_is_reported_apart(tmp_path, monkeypatch):
    """It flatters: the generator was trained to please it."""
    monkeypatch.setattr(classifier, "CLASSIFIER_EPOCHS", 1)
    monkeypatch.setattr(classifier, "CLASSIFIER_BATCH", 10)
    plan = make_plan(
        "iclevr_acgan_content", "drawn:40?labels=hair,eyes", steps=2, workspace=tmp_path, run="run", quiet=True,
        overrides="feature_dim=4 batch_size=8", best="classes",
    )  # fmt: skip
    trainer = plan.trainer()
    trainer.train(**plan.budget)
    result = evaluate(plan.folder, workspace=tmp_path, quiet=True)
    names = {"score", "hair", "eyes"}
    assert result["classes"]["generated"].keys() == names | {f"{name}{PERCEPTUAL_SUFFIX}" for name in names}
    assert result["real"].keys() == result["classes"]["generated"].keys()
    assert not list((tmp_path / "data").glob("evaluator*"))  # both ship with the kit: nothing was trained
    assert result_lines(result)[4].startswith("score, by its guide")
    assert 0 <= trainer.best.score(trainer.ema, 100)["score"] <= 1


def test_the_best_is_chosen_by_classes_where_it_was_asked_so_or_the_pictures_are_no_faces(tmp_path, scenes):
    options = {"workspace": tmp_path, "quiet": True}
    assert make_plan("iclevr_acgan", f"iclevr:{scenes}", **options).best == "classes"
    assert make_plan("acgan_quick", "drawn?labels=hair", **options).best == "afd"
    with pytest.raises(ValueError, match="best='classes' has no meaning with recipe='gan'"):
        make_plan("gan", "drawn", best="classes", **options)


def test_the_lab_s_evaluator_judges_where_it_is_given(run, tmp_path):
    classes = len(load_images("drawn:40?labels=hair,eyes", tmp_path).class_names)
    theirs = resnet18()
    theirs.fc = nn.Sequential(nn.Linear(512, classes), nn.Sigmoid())
    torch.save({"model": theirs.state_dict()}, tmp_path / "checkpoint.pth")
    result = evaluate(run, checkpoint=tmp_path / "checkpoint.pth", workspace=tmp_path, quiet=True)
    assert result["evaluator"].startswith("the lab's ResNet-18") and result["real"] is None
    assert result_lines(result)[1].split()[-1] == "-"


def test_iclevr_s_own_lists_are_found_in_its_archive(scenes):
    (scenes / "test.json").write_text('[["red cube"], ["cyan sphere", "gray cube"]]')
    names = ("red cube", "gray cube", "cyan sphere")
    assert read_requests("test.json", f"iclevr:{scenes}", names).tolist() == [[1, 0, 0], [0, 1, 1]]


def test_other_labels_than_the_run_learned_from_are_refused(run, tmp_path):
    identity = json.loads((run / "recipe.json").read_text())
    identity["data"]["fingerprint"] = "0" * 8
    (run / "recipe.json").write_text(json.dumps(identity))
    with pytest.raises(ValueError, match="is not what '.*' was trained on: its pictures or labels have changed"):
        evaluate(run, workspace=tmp_path, quiet=True)


def test_what_can_not_be_asked_is_said(run, tmp_path):
    with pytest.raises(ValueError, match="draws=0 must be at least 1"):
        evaluate(run, draws=0, workspace=tmp_path, quiet=True)
    (tmp_path / "nothing.json").write_text("[]")
    with pytest.raises(ValueError, match="hold no list of class names"):
        evaluate(run, tmp_path / "nothing.json", workspace=tmp_path, quiet=True)
    with pytest.raises(ValueError, match="requests='nowhere.json' is not a file here"):
        evaluate(run, "nowhere.json", workspace=tmp_path, quiet=True)
    (tmp_path / "requests.json").write_text('[["plaid hair"]]')
    with pytest.raises(ValueError, match="row 0': 'plaid hair' is not a class"):
        evaluate(run, tmp_path / "requests.json", workspace=tmp_path, quiet=True)
    Trainer(small("gan"), image_set(), tmp_path / "plain", device="cpu", quiet=True).train(steps=1)
    with pytest.raises(ValueError, match="holds a run of 'gan', which is not conditional"):
        evaluate(tmp_path / "plain", workspace=tmp_path, quiet=True)
