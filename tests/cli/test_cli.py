"""The command line: what it prints, where it writes, and how it fails."""

import json
import shutil

import pytest
import torch
from conftest import CASCADE, needs_cascade

from gan_hw.cli import main
from gan_hw.metrics import face_detector
from gan_hw.workflow.plan import make_plan

SMALL = ["--data", "drawn:24", "--set", "feature_dim=4", "--set", "batch_size=8", "--device", "cpu", "--best", "none"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A workspace with one short run, and its folder."""
    workspace = tmp_path_factory.mktemp("workspace")
    assert main(["train", *SMALL, "--steps", "4", "--workspace", str(workspace), "--quiet"]) == 0
    return workspace, workspace / "runs" / "gan_r1_quick-drawn24-s0"


def test_train_names_its_folder_and_resumes(trained, capsys):
    workspace, folder = trained
    assert folder.is_dir()
    assert main(["train", *SMALL, "--steps", "6", "--workspace", str(workspace)]) == 0
    printed = capsys.readouterr().out
    assert f"Resuming at step 4 (32 images seen) in {folder}" in printed
    assert "6 steps, 48 images seen" in printed


def test_submit_check_and_judge(trained, capsys):
    workspace, folder = trained
    archive = str(folder / "submission.tgz")
    assert main(["submit", str(folder)]) == 0
    assert "1000 images from seed 0" in capsys.readouterr().out
    assert main(["check", archive]) == 0
    assert "acceptable, 1000 images" in capsys.readouterr().out
    if CASCADE.is_file():
        assert main(["judge", archive, "--cascade", str(CASCADE), "--workspace", str(workspace)]) == 0
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["afd_strict"].keys() == {"value", "raw", "real", "untrained"}
        printed = capsys.readouterr().out
        assert "diversity" in printed
        assert "face_precision, face_density (the data set has 24 images" in " ".join(printed.split())


@needs_cascade
def test_the_best_of_a_run_can_be_submitted_and_is_judged_beside(tmp_path, monkeypatch, capsys):
    best = ["--cascade", str(CASCADE), "--best", "afd", "--keep-every", "2"]
    half = lambda self, images, *_, **__: torch.arange(len(images)) % 2 == 0  # noqa: E731 - it is hardly trained
    monkeypatch.setattr(face_detector.FaceDetector, "detect", half)
    assert main(["train", *SMALL, *best, "--steps", "5", "--workspace", str(tmp_path), "--quiet"]) == 0
    folder = tmp_path / "runs" / "gan_r1_quick-drawn24-s0"
    assert len(list((folder / "checkpoints").glob("kept-*.pt"))) == 2
    assert main(["submit", str(folder), "--weights", "best"]) == 0
    assert "1000 images from seed 0 (best)" in capsys.readouterr().out
    archive = str(folder / "submission.tgz")
    assert main(["judge", archive, "--cascade", str(CASCADE), "--workspace", str(tmp_path), "--quiet"]) == 0
    diversity = json.loads((folder / "scores.json").read_text())["diversity"]
    assert diversity.keys() == {"value", "raw", "best", "real", "untrained"}
    assert diversity["value"] == pytest.approx(diversity["best"], abs=1e-9)
    assert main(["submit", str(folder), "--weights", "worst"]) == 2
    assert "weights='worst' is unknown; choose one of average, best, raw" in capsys.readouterr().err


@needs_cascade
def test_judge_takes_an_archive_from_anywhere_when_the_data_is_named(trained, tmp_path, capsys):
    workspace, folder = trained
    main(["submit", str(folder), "--quiet"])
    archive = shutil.copy(folder / "submission.tgz", tmp_path)
    command = ["judge", archive, "--cascade", str(CASCADE), "--workspace", str(workspace), "--quiet"]
    assert main(command) == 2
    assert "recipe.json" in capsys.readouterr().err
    assert main([*command, "--data", "drawn:24"]) == 0
    assert capsys.readouterr().out == ""


@needs_cascade
def test_choosing_a_submission_is_measured_and_then_done(trained, tmp_path, monkeypatch, capsys):
    workspace, folder = trained
    monkeypatch.setattr("gan_hw.workflow.submit.COMPARED_TRUNCATIONS", (1.0,))
    monkeypatch.setattr("gan_hw.workflow.submit.COMPARED_CANDIDATES", (1100,))
    cascade = ["--cascade", str(CASCADE)]
    assert main(["choose", str(folder), *cascade, "--workspace", str(workspace)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["submit", "...", "afd_strict", "diversity"]
    assert [" ".join(line.split()[:-2]) for line in lines[1:]] == [
        "(as generated)", "--weights raw", "--truncation 1.0", "--candidates 1100",
    ]  # fmt: skip
    assert main(["submit", str(folder), "--candidates", "1100", "--truncation", "2", *cascade]) == 0
    assert "z truncated at 2.0, top 1000 of 1100 by detector confidence" in capsys.readouterr().out
    assert json.loads((folder / "submission.json").read_text())["ranked_by"] == "afd_strict"
    elsewhere = ["--workspace", str(tmp_path)]  # where no cascade is remembered
    assert main(["choose", str(folder), "--quiet", *elsewhere]) == 0
    assert main(["choose", str(folder), *elsewhere]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["submit", "...", "afd_kit", "diversity"]
    assert main(["submit", str(folder), "--candidates", "1100", *elsewhere, "--quiet"]) == 0
    assert json.loads((folder / "submission.json").read_text())["ranked_by"] == "afd_kit"
    assert main(["submit", str(folder), "--candidates", "900"]) == 2
    assert "candidates=900: a submission has 1000 images" in capsys.readouterr().err


def test_check_names_faults_and_fails(tmp_path, capsys):
    (tmp_path / "s.tgz").write_text("no archive")
    assert main(["check", str(tmp_path / "s.tgz")]) == 1
    assert "not a readable .tgz" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["fly"], "'fly'"),
        (["train", "--steps", "many"], "--steps"),
        (["train", "--colour", "red"], "--colour"),
        (["submit"], "RUN_FOLDER"),
        (["train", "--recipe", "gan_slow"], "recipe 'gan_slow' is unknown"),
        (["train", "--set", "n_critic"], "'n_critic' is not of the form field=value"),
        (["train", "--set", "wings=2"], "'wings' is not a field"),
        (["train", "--size", "50"], "size=50"),
        (["train", "--data", "nowhere"], "data='nowhere' is neither a file nor a folder"),
        (["train", "--minutes", "-3"], "minutes=-3.0"),
        (["train", "--run", "../elsewhere"], "run='../elsewhere' must be a plain name"),
        (["train", "--seed", "-1"], "seed=-1"),
        (["train", "--data", "drawn:24", "--device", "tpu"], "device='tpu' is unknown"),
        (["train", "--data", "drawn:24", "--precision", "int4"], "precision='int4' is unknown"),
        (["run", "--cascade", "no.xml"], "cascade='no.xml' is not a file"),
        (["run", "--size", "32"], "size=32: a run ends in a submission of 64x64"),
        (["run", "--run", "x", "--data", "nowhere"], "data='nowhere'"),
        (["train", "--seed", "99999999999999"], "seed=99999999999999"),
        (["judge", "none.tgz"], "is not a file"),
        (["report", "nowhere"], "'nowhere' is not a run folder"),
        (["leaderboard", "nowhere"], "'nowhere' is not a run folder"),
    ],
)
def test_wrong_arguments_get_one_clear_line_and_status_2(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err
    assert status == 2
    assert words in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.glob("workspace/runs/*"))


def test_a_folder_without_a_generator_fails_with_status_1(tmp_path, capsys):
    assert main(["submit", str(tmp_path)]) == 1
    assert "train a model first" in capsys.readouterr().err


def test_an_interrupted_command_ends_with_130(monkeypatch):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("gan_hw.cli.train.run", interrupt)
    assert main(["train"]) == 130


def test_smoke_mode_cuts_any_plan_down(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_HW_SMOKE", "1")
    plan = make_plan("wgan_gp", data="faces.zip", minutes=60, workspace=tmp_path)
    assert (plan.recipe.feature_dim, plan.recipe.objective) == (4, "wasserstein_gp")
    assert plan.data.startswith("drawn:")
    assert plan.budget == {"steps": 20}


def test_papermill_s_words_for_no_budget_are_understood(tmp_path):
    plan = make_plan(minutes="", epochs=0, steps="0", workspace=tmp_path)
    assert set(plan.budget.values()) == {None}
    assert make_plan(minutes="2.5", workspace=tmp_path).budget["minutes"] == 2.5


def test_words_that_papermill_turns_into_numbers_are_words(tmp_path):
    assert make_plan(run=2026, workspace=tmp_path).run == "2026"
    assert make_plan(overrides=None, workspace=tmp_path).recipe.name == "gan_r1_quick"
    with pytest.raises(ValueError, match="data='5'"):
        make_plan(data=5, workspace=tmp_path)


def test_overrides_are_read_as_a_recipe_prints_them(tmp_path):
    plan = make_plan(overrides="betas=(0.0, 0.9)  n_critic=3 lr_g = 1e-3", workspace=tmp_path)
    assert (plan.recipe.betas, plan.recipe.n_critic, plan.recipe.lr_g) == ((0.0, 0.9), 3, 1e-3)


def test_a_wrong_cascade_in_the_environment_stops_a_run_before_it_trains(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_CASCADE", "no.xml")
    assert main(["run", "--workspace", str(tmp_path), "--data", "drawn:24"]) == 2
    assert "cascade='no.xml'" in capsys.readouterr().err


def test_workspace_is_named_or_from_the_environment_or_here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert make_plan().folder == tmp_path / "workspace" / "runs" / "gan_r1_quick-drawn-s0"
    monkeypatch.setenv("GAN_HW_WORKSPACE", str(tmp_path / "drive"))
    assert make_plan().workspace == tmp_path / "drive"
    assert make_plan(workspace="named").workspace.name == "named"
