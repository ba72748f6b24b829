"""The report of a run and the leaderboard of several: one file, whole, readable anywhere."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from unittest import mock

import pytest
from conftest import CASCADE, CHROMIUM, needs_cascade

from gan_hw.cli import main
from gan_hw.metrics import cascade_file, face_network, protocol, two_sample
from gan_hw.metrics.judge import check_comparable
from gan_hw.workflow import c2st
from gan_hw.workflow.report import leaderboard
from gan_hw.workflow.submit import read_record


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A workspace with two judged runs."""
    workspace = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face_network, "CONTRASTIVE_STEPS", 2)
        patch.setattr(face_network, "CONTRASTIVE_BATCH", 12)
        for name, value in {
            "C2ST_LEARN_IMAGES": 60,
            "C2ST_TEST_IMAGES": 30,
            "C2ST_EPOCHS": 2,
            "C2ST_BATCH": 20,
        }.items():
            patch.setattr(two_sample, name, value)
        for module in (two_sample, c2st):
            patch.setattr(module, "IMAGES_NEEDED", 90)
        for recipe in ("gan", "wgan_gp"):
            train = ["--recipe", recipe, "--data", "drawn:200", "--set", "feature_dim=4", "--set", "batch_size=8"]
            common = ["--cascade", str(CASCADE), "--quiet"]
            assert main(["train", *train, "--steps", "20", "--workspace", str(workspace), *common]) == 0
            folder = workspace / "runs" / f"{recipe}-drawn200-s0"
            assert main(["submit", str(folder), *common]) == 0
            judge = ["judge", str(folder / "submission.tgz"), "--workspace", str(workspace), *common]
            assert main(judge) == 0
    return workspace


class Page(HTMLParser):
    """What a page refers to, and whether its tags are closed."""

    VOID = ("meta", "img", "link", "br")

    def __init__(self, text):
        super().__init__()
        self.addresses, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@needs_cascade
def test_a_report_holds_everything_in_one_file(judged, capsys):
    folder = judged / "runs" / "gan-drawn200-s0"
    assert main(["report", str(folder), "--workspace", str(judged), "--cascade", str(CASCADE)]) == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    scores = json.loads((folder / "scores.json").read_text())
    for metric in ("afd_strict", "diversity", "face_frechet", "near_copies"):
        assert metric in text
    assert f"{scores['face_frechet']['value']:.1f}" in text
    for words in ("feature_dim", "batch_size", "drawn:200", "No face found", "Nearest to real", "most like a training"):
        assert words in text
    assert capsys.readouterr().out.strip().endswith("report.html")


@needs_cascade
def test_the_leaderboard_ranks_runs_and_names_their_differences(judged, capsys):
    assert main(["leaderboard", "--workspace", str(judged)]) == 0
    printed = capsys.readouterr().out
    assert printed.index("afd_strict") < printed.index("gan-drawn200-s0")
    assert all(len(line) <= 80 for line in printed.splitlines() if not line.endswith("leaderboard.html"))
    text = (judged / "leaderboard.html").read_text(encoding="utf-8")
    assert Page(text).open == []
    assert "wgan_gp, " in re.sub(r"\s+", " ", text) and "feature_dim=4" in text


@needs_cascade
def test_the_two_sample_test_is_measured_cached_and_shown(judged, tmp_path, monkeypatch):
    folder = judged / "runs" / "gan-drawn200-s0"
    scores = json.loads((folder / "scores.json").read_text())
    assert scores["c2st_error"].keys() == scores["c2st_cross_entropy"].keys() == {"value", "real"}
    low, high = scores["intervals"]["c2st_error"]["value"]
    assert 0 <= low <= scores["c2st_error"]["value"] <= high <= 1
    other = json.loads((judged / "runs" / "wgan_gp-drawn200-s0" / "scores.json").read_text())
    assert other["c2st_error"]["real"] == scores["c2st_error"]["real"]  # from the workspace
    assert len(list((judged / "data").glob("c2st-*.json"))) == 1
    assert (folder / c2st.SUREST_FILE).read_bytes().startswith(b"\x89PNG")
    assert main(["report", str(folder), "--workspace", str(judged), "--quiet"]) == 0
    assert main(["leaderboard", "--workspace", str(judged), "--quiet"]) == 0
    for page in (folder / "report.html", judged / "leaderboard.html"):
        text = page.read_text(encoding="utf-8")
        assert Page(text).open == [] and "on a logarithmic scale" in text
    for module in (two_sample, c2st):
        monkeypatch.setattr(module, "IMAGES_NEEDED", 90)
    further = shutil.copytree(folder, tmp_path / "runs" / "further")
    train = ["train", "--recipe", "gan", "--data", "drawn:200", "--set", "feature_dim=4", "--set", "batch_size=8"]
    assert main([*train, "--steps", "21", "--workspace", str(tmp_path), "--run", "further", "--quiet"]) == 0
    assert main(["judge", str(further / "submission.tgz"), "--workspace", str(judged), "--no-faces", "--quiet"]) == 0
    found = json.loads((further / "scores.json").read_text())["c2st_error"]
    assert "submit again" in found["not measured"]  # it would test another generator than the submission's
    moved = shutil.copytree(folder, tmp_path / "run")  # a submission that was made elsewhere has no generator
    (moved / "submission.json").unlink()
    assert main(["judge", str(moved / "submission.tgz"), "--workspace", str(judged), "--quiet"]) == 0
    assert json.loads((moved / "scores.json").read_text())["c2st_error"]["not measured"].startswith("needs 90 images")
    judge = ["judge", str(folder / "submission.tgz"), "--workspace", str(judged), "--no-c2st", "--no-faces", "--quiet"]
    shutil.copytree(folder, tmp_path / "again")
    assert main([*judge[:1], str(tmp_path / "again" / "submission.tgz"), *judge[2:]]) == 0
    assert "c2st_error" not in json.loads((tmp_path / "again" / "scores.json").read_text())


@needs_cascade
def test_a_leaderboard_never_ranks_by_two_detectors(judged, tmp_path):
    folders = [shutil.copytree(judged / "runs" / f"{name}-drawn200-s0", tmp_path / name) for name in ("gan", "wgan_gp")]
    assert {row.ranked_by for row in leaderboard.leaderboard(folders)} == {"afd_strict"}
    scores = json.loads((folders[0] / "scores.json").read_text())
    scores["afd_strict"] = {"not measured": "no network"}
    scores["afd_kit"]["value"] = 0.7
    (folders[0] / "scores.json").write_text(json.dumps(scores))
    rows = leaderboard.leaderboard(folders)
    assert [row.ranked_by for row in rows] == ["afd_kit", "afd_kit"]
    assert rows[0].run == "gan" and rows[0].rank_score == pytest.approx(0.7 * min(1, scores["diversity"]["value"]))
    old = json.loads((folders[1] / "scores.json").read_text())
    del old["afd_kit"]  # from before this detector: it has no place beside the other
    (folders[1] / "scores.json").write_text(json.dumps(old))
    assert [row.rank_score < 0 for row in leaderboard.leaderboard(folders)] == [False, True]
    assert leaderboard.leaderboard_lines(rows)[1].split()[0] == "afd_kit"


@needs_cascade
def test_numbers_of_different_protocols_are_not_compared(judged, tmp_path):
    folders = [shutil.copytree(judged / "runs" / f"{name}-drawn200-s0", tmp_path / name) for name in ("gan", "wgan_gp")]
    scores = json.loads((folders[1] / "scores.json").read_text())
    scores["protocol"]["face_frechet"] = "another network"
    scores["afd_strict"]["value"] = 0.0
    (folders[1] / "scores.json").write_text(json.dumps(scores))
    rows = sorted(leaderboard.leaderboard(folders), key=lambda row: row.run)
    first, second = (row.scores for row in rows)
    with pytest.raises(ValueError, match="face_frechet can't be compared: one is of .*another network"):
        check_comparable(first, second, "face_frechet")
    assert leaderboard.format_value(rows[1], "face_frechet", rows) == "not comparable"
    assert leaderboard.format_value(rows[1], "diversity", rows) == f"{second['diversity']['value']:.3f}"
    check_comparable(first, second, "face_kernel")
    second["data"]["source"] = "/the/same/elsewhere"
    check_comparable(first, second, "afd_strict")
    second["n"] = 500
    for metric in ("afd_strict", "afd_padded", "duplicates"):
        with pytest.raises(ValueError, match="can't be compared"):
            check_comparable(first, second, metric)


@needs_cascade
def test_a_report_finds_the_detector_that_judged(judged, tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_HW_CASCADE", raising=False)
    monkeypatch.setattr(cascade_file, "_fetch_cascade", mock.Mock(side_effect=protocol.NotMeasured("no network")))
    folder = shutil.copytree(judged / "runs" / "gan-drawn200-s0", tmp_path / "run")
    assert main(["report", str(folder), "--workspace", str(judged), "--quiet"]) == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "No face found (afd_strict): 16 of" in text and "no network" not in text


@needs_cascade
@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_a_run_that_was_not_judged_gets_no_report(judged, tmp_path, content, capsys):
    folder = shutil.copytree(judged / "runs" / "gan-drawn200-s0", tmp_path / "run")
    (folder / "scores.json").unlink()
    if content is not None:
        (folder / "scores.json").write_text(content)
    assert main(["report", str(folder), "--workspace", str(judged)]) == 2
    assert re.search(r"scores\.json': .*python -m gan_hw judge .*submission\.tgz makes it", capsys.readouterr().err)


@needs_cascade
def test_a_submission_that_was_exchanged_gets_no_report(judged, tmp_path, capsys):
    folder = shutil.copytree(judged / "runs" / "gan-drawn200-s0", tmp_path / "run")
    assert main(["submit", str(folder), "--seed", "7", "--truncation", "1", "--quiet"]) == 0
    assert main(["report", str(folder), "--workspace", str(judged)]) == 2
    assert "is not what was judged" in capsys.readouterr().err
    archive = folder / "submission.tgz"
    record = read_record(archive)
    assert (record["seed"], record["truncation"], record["candidates"]) == (7, 1.0, 1000)
    (folder / "submission.json").write_text("{}")
    assert read_record(archive).keys() == {"archive"}


def test_a_run_without_a_detector_is_reported_too(tmp_path, monkeypatch):
    monkeypatch.setattr(cascade_file, "_fetch_cascade", mock.Mock(side_effect=protocol.NotMeasured("no network")))
    small = ["--data", "drawn:24", "--set", "feature_dim=4", "--set", "batch_size=8", "--best", "none", "--quiet"]
    common = ["--workspace", str(tmp_path), "--quiet"]
    assert main(["train", "--recipe", "gan", *small, "--steps", "2", *common]) == 0
    folder = tmp_path / "runs" / "gan-drawn24-s0"
    assert main(["submit", str(folder), "--quiet"]) == 0
    assert main(["judge", str(folder / "submission.tgz"), *common]) == 0
    identity = json.loads((folder / "recipe.json").read_text())
    for part in ("machine", "versions", "precision"):
        del identity[part]
    (folder / "recipe.json").write_text(json.dumps(identity))
    assert main(["report", str(folder), *common]) == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "No face found (afd_kit): 16 of 1000" in text and "not measured: no network" in text
    assert "afd_kit <b>0.000</b>" in text
    assert main(["leaderboard", *common]) == 0


SAY = """<script>onload = () => {
  const whole = [...document.images].every(image => image.naturalWidth > 0);
  parent.postMessage([document.documentElement.scrollWidth, innerWidth, whole].join(), "*");
}</script></body>"""
FRAME = """<iframe src="page.html" style="width: {width}px; height: 3000px; border: 0"></iframe>
<script>onmessage = event => document.body.append("said " + event.data)</script>"""
FLAGS = ("--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@needs_cascade
@pytest.mark.skipif(not CHROMIUM, reason="needs a browser (chromium)")
@pytest.mark.parametrize("width", [390, 1200])
def test_a_browser_shows_the_report_without_scrolling_sideways(judged, tmp_path, width):
    """In a frame, because a window without a screen does not get as narrow as a phone."""
    folder = judged / "runs" / "gan-drawn200-s0"
    assert main(["report", str(folder), "--workspace", str(judged), "--cascade", str(CASCADE), "--quiet"]) == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(page.replace("</body>", SAY), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=width))
    own = [f"--user-data-dir={tmp_path / 'profile'}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    command = [CHROMIUM, *FLAGS, *own, "--virtual-time-budget=10000", "--dump-dom", (tmp_path / "frame.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    scroll, inside, whole = re.search(r"said (\d+),(\d+),(\w+)", shown).groups()
    assert int(scroll) <= int(inside) == width
    assert whole == "true"
