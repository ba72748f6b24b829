"""The page that asks people, and their answers. All answers here are made up."""

import base64
import io
import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
import torch
from conftest import CHROMIUM
from PIL import Image

from gan_hw.cli import main
from gan_hw.data.images import load_images
from gan_hw.inference.submission import read_submission
from gan_hw.metrics.afd import wilson_interval
from gan_hw.metrics.two_sample import jpeg_copy
from gan_hw.workflow.human_answers import PageKey, draw_questions
from gan_hw.workflow.report.compare_faces import write_comparison

SMALL = ["--data", "drawn:48", "--set", "feature_dim=4", "--set", "batch_size=8", "--best", "none", "--quiet"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Two judged runs."""
    folder = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_hw.metrics.judge.load_cascade", not_here)
        for recipe in ("gan", "wgan"):
            assert main(["train", "--recipe", recipe, *SMALL, "--steps", "2", "--workspace", str(folder)]) == 0
            run = folder / "runs" / f"{recipe}-drawn48-s0"
            assert main(["submit", str(run), "--quiet"]) == 0
            judge = ["judge", str(run / "submission.tgz"), "--no-faces", "--workspace", str(folder), "--quiet"]
            assert main(judge) == 0
    return folder


def not_here(*_):
    from gan_hw.metrics.protocol import NotMeasured

    raise NotMeasured("no network")


@pytest.fixture
def runs(workspace, tmp_path):
    return [shutil.copytree(workspace / "runs" / f"{name}-drawn48-s0", tmp_path / name) for name in ("gan", "wgan")]


def page(folders, workspace, seed=0):
    """The page's constants."""
    path = write_comparison(folders, seed, workspace, quiet=True)
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("const questions"))
    questions, truth, key = re.fullmatch(r"const questions = (.*), truth = (.*), key = (.*);", line).groups()
    return json.loads(questions), json.loads(truth), json.loads(key)


def saved(path, key, answers):
    """As the page saves them: each file has a random number of its own."""
    path.write_text(json.dumps({**key, "answers": answers, "id": os.urandom(16).hex()}))
    return str(path)


def pixels(uri):
    picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def test_half_of_the_faces_are_real_and_the_page_knows_which(runs, workspace):
    questions, truth, key = page(runs[:1], workspace)
    assert len(questions) == len(truth) == 40 and sum(truth) == 20
    generated = jpeg_copy(torch.as_tensor(read_submission(runs[0] / "submission.tgz")))
    real = jpeg_copy(load_images("drawn:48", workspace, quiet=True).images)
    for (shown,), is_real in zip(questions, truth, strict=True):
        assert (real == pixels(shown)).flatten(1).all(1).any() == bool(is_real)
        assert (generated == pixels(shown)).flatten(1).all(1).any() != bool(is_real)
    assert page(runs[:1], workspace)[0] == questions  # the same page again
    assert page(runs[:1], workspace, seed=1)[0] != questions
    assert key["runs"] == ["gan"]


@pytest.mark.parametrize("wrong", [0, 13, 40])
def test_answers_become_the_run_s_human_error(runs, workspace, tmp_path, wrong, capsys):
    _, truth, key = page(runs[:1], workspace)
    answers = [1 - answer if i < wrong else answer for i, answer in enumerate(truth)]
    assert main(["compare-faces", str(runs[0]), "--add", saved(tmp_path / "a.json", key, answers)]) == 0
    assert f"{wrong} of 40 were wrong" in capsys.readouterr().out
    scores = json.loads((runs[0] / "scores.json").read_text())
    assert scores["human_error"]["value"] == pytest.approx(wrong / 40)
    assert scores["intervals"]["human_error"]["value"] == pytest.approx(wilson_interval(wrong / 40, 40))
    assert main(["leaderboard", str(runs[0]), "--workspace", str(tmp_path), "--quiet"]) == 0
    assert "<th>human_error</th>" in (tmp_path / "leaderboard.html").read_text()


def test_a_second_person_s_answers_are_counted_together_and_the_same_file_only_once(runs, workspace, tmp_path, capsys):
    _, truth, key = page(runs[:1], workspace)
    _, other_truth, other_key = page(runs[:1], workspace, seed=7)
    first = saved(tmp_path / "a.json", key, truth)
    second = saved(tmp_path / "b.json", other_key, [1 - answer for answer in other_truth])
    for file in (first, second):
        assert main(["compare-faces", str(runs[0]), "--add", file, "--quiet"]) == 0
    before = (runs[0] / "scores.json").read_text()
    assert json.loads(before)["human_error"]["value"] == pytest.approx(0.5)
    assert json.loads(before)["human_answers"]["answers"] == 80
    third = saved(tmp_path / "c.json", key, truth)  # another person, by chance with the same answers
    assert main(["compare-faces", str(runs[0]), "--add", third, "--quiet"]) == 0
    before = (runs[0] / "scores.json").read_text()
    assert json.loads(before)["human_answers"] == {**json.loads(before)["human_answers"], "wrong": 40, "answers": 120}
    assert main(["compare-faces", str(runs[0]), "--add", first]) == 2
    assert "a.json' was added before" in capsys.readouterr().err
    assert (runs[0] / "scores.json").read_text() == before


def test_answers_stay_when_the_submission_is_judged_again_and_go_with_another(runs, workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("gan_hw.metrics.judge.load_cascade", not_here)
    _, truth, key = page(runs[:1], workspace)
    main(["compare-faces", str(runs[0]), "--add", saved(tmp_path / "a.json", key, truth), "--quiet"])
    judge = ["judge", str(runs[0] / "submission.tgz"), "--no-faces", "--workspace", str(workspace), "--quiet"]
    assert main(judge) == 0
    assert json.loads((runs[0] / "scores.json").read_text())["human_error"]["value"] == 0
    assert main([*judge, "--data", "drawn:40"]) == 0  # other real faces were not what people saw
    assert "human_error" not in json.loads((runs[0] / "scores.json").read_text())
    assert main(judge) == 0
    main(["compare-faces", str(runs[0]), "--add", saved(tmp_path / "b.json", key, truth), "--quiet"])
    assert main(["submit", str(runs[0]), "--seed", "5", "--quiet"]) == 0
    assert main(judge) == 0
    assert "human_error" not in json.loads((runs[0] / "scores.json").read_text())


def test_two_runs_are_compared_side_by_side(runs, workspace, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gan_hw.metrics.judge.load_cascade", not_here)
    questions, truth, key = page(runs, workspace)
    assert all(len(pair) == 2 for pair in questions)
    first = jpeg_copy(torch.as_tensor(read_submission(runs[0] / "submission.tgz")))
    for pair, side in zip(questions, truth, strict=True):
        assert (first == pixels(pair[side])).flatten(1).all(1).any()
    answers = [*truth[:30], *(1 - side for side in truth[30:])]
    assert main(["compare-faces", *map(str, runs), "--add", saved(tmp_path / "a.json", key, answers)]) == 0
    assert "preferred in 30 of 40 pairs" in capsys.readouterr().out
    found = [json.loads((run / "scores.json").read_text())["human_preferences"] for run in runs]
    assert found[0]["wgan"]["preferred"] == 30 and found[1]["gan"]["preferred"] == 10
    assert main(["submit", str(runs[1]), "--seed", "5", "--quiet"]) == 0  # the other run submits again
    judge = ["judge", str(runs[1] / "submission.tgz"), "--no-faces", "--workspace", str(workspace), "--quiet"]
    assert main(judge) == 0
    _, truth, key = page(runs, workspace)
    assert main(["compare-faces", *map(str, runs), "--add", saved(tmp_path / "b.json", key, truth)]) == 0
    assert "preferred in 40 of 40 pairs" in capsys.readouterr().out  # answers on its earlier faces don't count


@pytest.mark.parametrize(
    "change",
    [
        lambda content: {},
        lambda content: [1, 2],
        lambda content: {**content, "answers": content["answers"][:39]},
        lambda content: {**content, "answers": [2] * 40},
        lambda content: {**content, "answers": [True] * 40},
        lambda content: {**content, "answers": None},
        lambda content: {**content, "seed": -1},
        lambda content: {**content, "seed": "x"},
        lambda content: {**content, "archives": ["0" * 64]},
        lambda content: {**content, "data": "another"},
        lambda content: {**content, "runs": ["another"]},
        lambda content: {**content, "id": "not a number"},
        lambda content: {**content, "id": None},
    ],
)
def test_a_file_that_can_t_be_right_is_refused_and_changes_nothing(runs, workspace, tmp_path, change, capsys):
    _, truth, key = page(runs[:1], workspace)
    (tmp_path / "a.json").write_text(json.dumps(change({**key, "answers": truth, "id": "0123456789abcdef"})))
    before = (runs[0] / "scores.json").read_text()
    assert main(["compare-faces", str(runs[0]), "--add", str(tmp_path / "a.json")]) == 2
    assert "a.json'" in capsys.readouterr().err
    assert (runs[0] / "scores.json").read_text() == before


def test_what_can_t_be_compared_is_said(runs, workspace, tmp_path, capsys):
    assert main(["compare-faces", *map(str, [*runs, tmp_path])]) == 2
    assert main(["compare-faces", str(runs[0]), f"{runs[0]}/."]) == 2
    assert main(["compare-faces", str(runs[0]), "--add", str(tmp_path / "none.json")]) == 2
    assert "none.json' does not exist" in capsys.readouterr().err
    (runs[0] / "scores.json").unlink()
    assert main(["compare-faces", str(runs[0])]) == 2
    assert "gan_hw judge" in capsys.readouterr().err


def test_the_questions_follow_from_the_key_alone():
    key = PageKey(("a",), ("0" * 64,), "data", 3)
    truth, rows = draw_questions(key, (1000, 2000))
    assert truth.tolist() == draw_questions(key, (40, 40))[0].tolist()
    assert all(len(set(column.tolist())) == 40 for column in rows.T)  # no face twice
    assert draw_questions(PageKey(("a",), ("1" * 64,), "data", 3), (1000, 2000))[0].tolist() != truth.tolist()


@pytest.mark.skipif(not CHROMIUM, reason="needs a browser (chromium)")
@pytest.mark.parametrize(("wrong", "count"), [(0, 1), (9, 1), (10, 2)])
def test_a_person_answers_in_a_browser(runs, workspace, tmp_path, wrong, count):
    """By clicks and keys; what the page says at its end is what --add makes of the answers that it offers."""
    path = write_comparison(runs[:count], 0, workspace, quiet=True)
    person = """<script>onload = () => truth.forEach((answer, i) => {
      const said = i < WRONG ? 1 - answer : answer;
      if (i % 2) document.querySelectorAll("#buttons button")[said].click();
      else document.dispatchEvent(new KeyboardEvent("keydown", {key: said ? "ArrowRight" : "ArrowLeft"}));
    })</script></body>""".replace("WRONG", str(wrong))
    page_file = tmp_path / "page.html"
    page_file.write_text(path.read_text(encoding="utf-8").replace("</body>", person), encoding="utf-8")
    flags = ["--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [CHROMIUM, *flags, "--virtual-time-budget=10000", "--dump-dom", page_file.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    outcome = re.search(r'<p id="outcome" aria-live="polite">(.*?)</p>', shown)[1]
    low, high = wilson_interval((wrong if count == 1 else 40 - wrong) / 40, 40)
    assert f"({low:.3f} to {high:.3f} with 95 % confidence)" in outcome
    assert (f"{wrong} of 40 answers were wrong" if count == 1 else f"chosen in {40 - wrong} of 40 pairs") in outcome
    assert "blob:" in re.search(r'<a id="save"[^>]*>', shown)[0]
