"""What people made, or waited for, is not overwritten, and what was trained on is what is compared with."""

import json
import shutil
import tempfile
from unittest import mock

import nbformat
import numpy as np
import pytest
from conftest import small
from PIL import Image

from gan_hw.cli import main
from gan_hw.course.grading.grade import write_feedback
from gan_hw.inference.submission import write_submission
from gan_hw.metrics import protocol
from gan_hw.training.run_folder import RunFolder
from gan_hw.utils import files
from gan_hw.workflow import notebooks, submit
from gan_hw.workflow.human_answers import keep_answers
from gan_hw.workflow.plan import make_plan
from gan_hw.workflow.score import score

TRAIN = ["train", "--recipe", "gan_quick", "--set", "feature_dim=4 batch_size=8", "--steps", "2", "--best", "none"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    generator = np.random.default_rng(0)
    for number in range(24):
        Image.fromarray(generator.integers(0, 255, (64, 64, 3), np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def run(pictures, tmp_path):
    """A trained run on a copy of the pictures: its folder, which the test may change."""
    data = shutil.copytree(pictures, tmp_path / "pictures")
    assert main([*TRAIN, "--data", str(data), "--run", "mine", "--workspace", str(tmp_path / "w"), "--quiet"]) == 0
    return tmp_path / "w" / "runs" / "mine"


def test_a_folder_of_other_images_is_not_replaced(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "holiday.jpg").write_bytes(b"dear")
    images = np.zeros((1000, 3, 64, 64), np.uint8)
    with pytest.raises(ValueError, match="other files than a submission's images, such as 'holiday.jpg'"):
        write_submission(images, tmp_path)
    assert (tmp_path / "images" / "holiday.jpg").read_bytes() == b"dear"
    (tmp_path / "images" / "holiday.jpg").rename(tmp_path / "images" / ".DS_Store")  # a file manager's
    write_submission(images, tmp_path)
    assert len(list((tmp_path / "images").iterdir())) == 1000


def notebook_of(path, *sources):
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_an_executed_copy_in_which_somebody_worked_is_kept(tmp_path, capsys):
    source, copy = tmp_path / "04.ipynb", tmp_path / "copy.ipynb"
    notebook_of(source, ("x = 1", []))
    notebook_of(copy, ("x = 1", []), ("minutes = 4", ["injected-parameters"]))
    notebooks._keep_changed_copy(source, copy)
    assert copy.exists() and capsys.readouterr().out == ""
    for number, answer in enumerate(("x = 2", "x = 3"), 1):
        notebook_of(copy, (answer, []))
        notebooks._keep_changed_copy(source, copy)
        assert not copy.exists() and f"kept as '{tmp_path}/copy-kept{number}.ipynb'" in capsys.readouterr().out
    assert nbformat.read(tmp_path / "copy-kept1.ipynb", 4).cells[0].source == "x = 2"


def test_pictures_beside_the_workspace_are_no_data(tmp_path):
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="contains the workspace"):
        make_plan("gan_quick", str(tmp_path), workspace=tmp_path / "workspace")
    (tmp_path / "faces").mkdir()
    make_plan("gan_quick", str(tmp_path / "faces"), workspace=tmp_path / "workspace")


def test_feedback_of_another_notebook_of_that_name_is_kept(tmp_path):
    grades = {"file": "04.ipynb", "notebook": "04", "points": 1, "possible": 2, "exercises": []}
    write_feedback(grades, tmp_path, notebook="anna/04.ipynb")
    write_feedback(grades | {"points": 2}, tmp_path, notebook="anna/../anna/04.ipynb")  # graded again
    with pytest.raises(ValueError, match="feedback of another notebook"):
        write_feedback(grades, tmp_path, notebook="bob/04.ipynb")
    assert json.loads((tmp_path / "04.json").read_text())["points"] == 2


def test_scores_of_another_archive_do_not_replace_a_run_s(run, capsys):
    archive = submit.submit(run, quiet=True)
    other = shutil.copy(archive, run / "friend.tgz")
    options = {"workspace": run.parents[1], "faces": False, "c2st": False, "quiet": True}
    scores = score(archive, **options)
    score(other, **options)
    assert json.loads((run / "scores.json").read_text()) == json.loads(json.dumps(scores))
    assert (run / "friend-scores.json").is_file()


def test_answers_on_other_real_images_are_put_aside(tmp_path):
    facts = {"submission": {"archive": "a"}, "data": {"fingerprint": "1"}, "intervals": {}, "protocol": {}}
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(facts | {"human_preferences": {"x": 1}}))
    aside = keep_answers(facts | {"data": {"fingerprint": "2"}}, path)
    assert json.loads(aside.read_text())["human_preferences"] == {"x": 1} and not path.exists()


def test_what_was_trained_on_and_has_changed_is_not_compared_with(run, tmp_path):
    archive = submit.submit(run, quiet=True)
    Image.new("RGB", (64, 64)).save(tmp_path / "pictures" / "new.png")
    with pytest.raises(ValueError, match="is not what .* was trained on"):
        score(archive, workspace=run.parents[1], quiet=True)
    with pytest.raises(ValueError, match="is not what .* was trained on"):
        submit.compare_options(run, workspace=run.parents[1], quiet=True)


def test_a_folder_that_can_t_be_written_to_is_named_before_anything_is_measured(run, monkeypatch):
    archive = submit.submit(run, quiet=True)
    monkeypatch.setattr(tempfile, "TemporaryFile", mock.Mock(side_effect=PermissionError(13, "Permission denied")))
    with pytest.raises(ValueError, match=r"can't be written to \(Permission denied\): copy the archive elsewhere"):
        score(archive, workspace=run.parents[1], quiet=True)


def test_a_submission_s_record_names_the_weights_that_drew_it_also_while_the_run_trains(run, monkeypatch):
    generate, calls = submit.generate_submission, []

    def generate_and_save(*arguments):
        images = generate(*arguments)
        if not calls:
            shutil.copy(run / "generator_raw.safetensors", run / "generator.safetensors")
        calls.append(images)
        return images

    assert files.file_hash(run / "generator_raw.safetensors") != files.file_hash(run / "generator.safetensors")
    monkeypatch.setattr(submit, "generate_submission", generate_and_save)
    archive = submit.submit(run, quiet=True)
    record = submit.read_record(archive)
    assert len(calls) == 2 and record["generator"] == files.file_hash(run / "generator.safetensors")


def test_drawing_replaces_pictures_alone_and_an_export_is_whole_or_absent(run, tmp_path, monkeypatch, capsys):
    weights = run / "generator.safetensors"
    before = weights.read_bytes()
    assert main(["draw", str(run), "--out", str(weights)]) == 2
    assert "is not a PNG picture" in capsys.readouterr().err and weights.read_bytes() == before
    for _ in range(2):
        assert main(["draw", str(run), "--out", str(tmp_path / "faces.png")]) == 0
    with monkeypatch.context() as patch:
        patch.setattr("gan_hw.workflow.export.generate", mock.Mock(side_effect=KeyboardInterrupt))
        assert main(["export", str(run), str(tmp_path / "out"), "--n", "3"]) == 130
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
    assert main(["export", str(run), str(tmp_path / "out"), "--n", "3", "--quiet"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.png", "2.png", "3.png"]


def test_two_trainings_that_begin_at_once_do_not_share_a_folder(tmp_path, monkeypatch):
    recipe = small("gan_quick").as_dict()
    wanted = {"recipe": recipe, "data": {"source": "a", "fingerprint": "1"}, "seed": 1, "own": {}}

    class OtherWasFirst:
        def __init__(self, path, wait):
            files.write_text(tmp_path / "recipe.json", json.dumps({**wanted, "seed": 0}))

        def __enter__(self):
            pass

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(files, "file_lock", OtherWasFirst)
    with pytest.raises(ValueError, match="holds another training"):
        RunFolder(tmp_path).claim(wanted, {})


def test_texts_hold_names_of_any_bytes(tmp_path):
    files.write_text(tmp_path / "page.html", "data='\udca4.zip'")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "data='\\udca4.zip'"


def test_the_untrained_generator_has_the_seed_that_was_asked_for(run):
    archive = submit.submit(run, quiet=True)
    options = {"workspace": run.parents[1], "faces": False, "c2st": False, "quiet": True}
    scores = [score(archive, seed=seed, **options) for seed in (0, 1)]
    assert scores[0]["diversity"]["untrained"] != scores[1]["diversity"]["untrained"]
    assert protocol.headline_metrics(scores[0])[1] == "diversity"
