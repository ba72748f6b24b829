"""gpu.py without a GPU: rows are kept, failures are lines, the page says what was not run, and a section rehearses."""

import json
import subprocess
import sys
import time

import gpu_long
import pytest
import torch
from conftest import ROOT
from gpu import BOOK_PAGE, OUT_OF_TIME, book_results, watched
from gpu_parts.arithmetic import SameDraws
from gpu_parts.context import CORE, differing, relative_error
from gpu_parts.launches import counted
from gpu_parts.page import NOT_YET, REHEARSAL, render
from gpu_parts.results import DeviceLost, NotRun, OutOfTime, Results
from gpu_parts.sections import SECTIONS, groups

from gan_hw.recipes import RECIPES

SCRIPT = ROOT / "tools" / "benchmarks" / "gpu.py"


def fails():
    raise RuntimeError("a kernel was lost")


def not_here():
    raise NotRun("it needs two cards")


def section_of(**works):
    def section(_context, measure):
        for name, work in works.items():
            measure(name, work)

    return section


def rows(results, section="speed"):
    return Results(results.path).section(section)["rows"]


def test_a_row_that_raises_is_a_line_and_the_others_go_on(tmp_path, capsys):
    results = Results(tmp_path / "card.json")
    results.run("speed", section_of(one=fails, two=lambda: {"images/s": 3.0}, three=not_here), None)
    capsys.readouterr()
    found = rows(results)
    assert found["one"]["failed"].startswith("RuntimeError: a kernel was lost")
    assert found["two"]["images/s"] == 3.0 and found["three"]["not run"] == "it needs two cards"
    assert Results(results.path).finished("speed")


def test_what_is_there_is_not_measured_again_unless_asked(tmp_path, capsys):
    results, calls = Results(tmp_path / "card.json"), []
    works = {"one": fails, "two": lambda: calls.append(2) or {"n": 2}}
    results.run("speed", section_of(**works), None)
    again = Results(results.path)
    again.run("speed", section_of(**works), None)
    assert calls == [2]
    again.drop(["failed"])
    works["one"] = lambda: calls.append(1) or {"n": 1}
    again.run("speed", section_of(**works), None)
    assert calls == [2, 1]
    again.drop(["speed"])
    again.run("speed", section_of(**works), None)
    assert calls == [2, 1, 1, 2]


def test_no_row_begins_when_the_time_is_up_and_the_next_call_goes_on(tmp_path, capsys):
    results = Results(tmp_path / "card.json", deadline=time.monotonic() - 1)
    with pytest.raises(OutOfTime):
        results.run("speed", section_of(one=lambda: {"n": 1}), None)
    assert not rows(results) and not Results(results.path).finished("speed")
    later = Results(results.path)
    later.run("speed", section_of(one=lambda: {"n": 1}), None)
    assert later.finished("speed") and rows(later)["one"]["n"] == 1


def test_a_row_that_ended_its_process_is_failed_or_forgotten(tmp_path):
    results = Results(tmp_path / "card.json")
    results.section("speed")["rows"] |= {"one": {"n": 1}, "two": {"begun": True}}
    results.save()
    Results(results.path).settle("its process ended (-11)")
    assert rows(results) == {"one": {"n": 1}, "two": {"failed": "its process ended (-11)"}}
    results.settle()
    assert rows(results) == {"one": {"n": 1}}


def test_a_card_that_answers_no_more_ends_the_process(tmp_path, capsys):
    results = Results(tmp_path / "card.json", alive=fails)
    with pytest.raises(DeviceLost):
        results.run("speed", section_of(one=fails, two=lambda: {"n": 2}), None)
    assert list(rows(results)) == ["one"] and not Results(results.path).finished("speed")


def test_a_worker_whose_time_is_up_is_ended(tmp_path):
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert watched(worker, tmp_path / "none.json", time.monotonic() - 60) == (-9, False)
    worker = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({OUT_OF_TIME})"])
    assert watched(worker, tmp_path / "none.json", time.monotonic() + 60) == (OUT_OF_TIME, False)


def test_sections_with_one_environment_share_a_process():
    names = [name for group in groups(SECTIONS) for name in group]
    assert names == list(SECTIONS)
    assert ["replay", "resuming"] in groups(SECTIONS) and ["launches"] in groups(SECTIONS)
    assert set(CORE) <= set(RECIPES)


def test_launches_are_calls_and_the_card_is_busy_once_at_a_time():
    def event(kind, name, ts, dur):
        return {"cat": kind, "name": name, "ts": ts, "dur": dur}

    events = [
        event("cuda_runtime", "cudaLaunchKernel", 0, 5), event("cuda_runtime", "cudaGraphLaunch", 0, 5),
        event("cuda_runtime", "cudaStreamSynchronize", 0, 90), event("cpu_op", "aten::add", 0, 5),
        event("kernel", "one", 100, 40), event("kernel", "two, on another stream", 120, 40),
        event("gpu_memcpy", "Memcpy HtoD", 300, 10), event("gpu_user_annotation", "Optimizer.step", 0, 1000),
        {"ph": "M", "name": "process_name"},
    ]  # fmt: skip
    found = counted(events, 2)
    assert (found["launches"], found["kernels"], found["copies"]) == (1.0, 1.0, 0.5)
    assert found["busy seconds"] == pytest.approx((60 + 10) / 2 / 1e6)


def test_one_bit_that_differs_is_found():
    one = {"weight": torch.ones(3), "step": 4}
    other = {"weight": torch.tensor([1.0, 1.0, 1 + 2**-23]), "step": 4}
    assert differing(one, one) == {}
    assert differing(one, other) == {"weight": pytest.approx(2**-23 / 3**0.5, rel=1e-3)}
    assert set(differing(one, {"weight": torch.ones(3)})) == {"step"}
    assert set(differing(one, {**one, "step": 5})) == {"step"}
    assert relative_error(torch.tensor([1.1]), torch.tensor([1.0])) == pytest.approx(0.1)


def test_random_numbers_are_the_same_in_any_precision():
    with SameDraws():
        single = torch.rand(4, 1, device="cpu", dtype=torch.float32)
    with SameDraws():
        double = torch.rand(4, 1, device="cpu", dtype=torch.float64, generator=None)
    assert double.dtype == torch.float64 and torch.equal(double.float(), single)


MADE_UP = {
    "version": 1,
    "about": {"name": "A Card", "device": "cuda", "rehearsal": False},
    "sections": {
        "speed": {
            "finished": True,
            "seconds": 9.0,
            "rows": {
                "gan, eager": {"images/s": 8000.4, "seconds": 0.008, "reserved MB": 512},
                "gan, replayed": {"images/s": 24000.0, "seconds": 0.0026, "reserved MB": 640},
                "gan, homework 6": {"images/s": 6000.0, "seconds": 0.01},
                "gan_r1_quick, eager": {"failed": "RuntimeError: lost (gan.py:3)"},
                "gan_r1_quick, replayed": {"images/s": 9000.0, "seconds": 0.0036, "reserved MB": 100},
                "gan_r1_quick, homework 6": {"not run": "homework 6 has nothing like it"},
            },
        },
        "launches": {
            "finished": True,
            "seconds": 1.0,
            "rows": {"gan_r1_quick, replayed": {"launches": 3.0, "kernels": 500.0, "busy seconds": 0.0027}},
        },
        "replay": {
            "finished": True,
            "seconds": 1.0,
            "rows": {
                "gan": {"differ": 0, "values": 50, "replayed": 50, "largest": None, "first step that differs": None},
                "wgan": {
                    "differ": 2, "values": 50, "replayed": 50, "largest": {"/ema/head": 1e-4},
                    "first step that differs": 31,
                },
                "gan, as it is trained": {"differ": 9, "values": 50, "replayed": 50, "largest": {"/ema/a": 0.5},
                                          "first step that differs": 8},
            },
        },
        "faces": {
            "finished": True,
            "seconds": 1.0,
            "rows": {
                "afd_strict 0.6, homework 6": {
                    "reached": None,
                    "looks": [{"seconds": 60.0, "seen": 9000, "afd_strict": 0.051, "diversity": 0.7, "score": 0.0}],
                }
            },
        },
        "two cards": {"finished": True, "seconds": 0.0, "rows": {"gan": {"not run": "this machine has 1 GPU"}}},
    },
}  # fmt: skip


def test_the_page_shows_what_was_measured_and_why_the_rest_was_not():
    page = render([json.loads(json.dumps(MADE_UP))])
    assert REHEARSAL not in page and NOT_YET not in page
    assert "| `gan`, images/s: eager / replayed / homework 6 | 8,000 / 24,000 / 6,000 |" in page
    assert "| `gan_r1_quick`, the same | failed / 9,000 / not run |" in page
    assert "| `gan_r1_quick`, replayed: the card is busy | 75% |" in page
    assert "bit for bit | 1 of 2 |" in page
    assert "| Seconds to afd_strict 0.6, homework 6 | not in 60 (afd_strict 0.051) |" in page
    assert "| Two cards, images/s of `gan`: one / two | not run |" in page
    assert "| `gan` | 8,000 | 24,000 | 6,000 | 3.00 | 4.00 |" in page
    assert "| wgan | 2 of 50 | `/ema/head`, 1.0e-04 | 31 |" in page
    assert "- speed: gan_r1_quick, eager: **failed**: RuntimeError: lost (gan.py:3)" in page
    assert "- two cards: gan: **not run**: this machine has 1 GPU" in page


def test_without_a_card_every_row_is_not_run_and_a_rehearsal_says_what_it_is():
    answers = [line.split("|")[2].strip() for line in render([]).splitlines() if line.startswith("| ")]
    assert answers[0] == "no card yet" and set(answers[1:]) == {"not run"} and NOT_YET in render([])
    rehearsed = {**MADE_UP, "about": {"name": "CPU, a rehearsal", "rehearsal": True}}
    assert render([rehearsed]).splitlines()[2] == REHEARSAL


def test_the_book_s_page_is_what_its_results_give():
    assert BOOK_PAGE.read_text(encoding="utf-8") == render(book_results())


def test_a_section_rehearses_on_the_cpu(tmp_path):
    command = [sys.executable, str(SCRIPT), "--device", "cpu", "--only", "machine", "--out", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    content = json.loads((tmp_path / "cpu-a-rehearsal.json").read_text())
    assert content["sections"]["machine"]["rows"]["products, fp32"]["TFLOP/s"] > 0
    assert "products, fp32" in said and "To share" not in said
    assert (tmp_path / "gpu.md").read_text().splitlines()[2] == REHEARSAL


def test_a_long_training_goes_on_elsewhere_and_missing_data_are_named(tmp_path, capsys, monkeypatch):
    def call(machine, *more):
        job = ["--only", "anime_wgan_gp", "celeba_wgan_gp", "--faces", "drawn:32", "--quick", "--device", "cpu"]
        gpu_long.main([*job, "--out", str(tmp_path / "out"), "--workspace", str(tmp_path / machine), *more])
        capsys.readouterr()
        return json.loads((tmp_path / "out" / "long.json").read_text())

    def four_steps(plan, _end):
        plan.trainer().train(steps=4)
        (plan.workspace / "data" / "evaluator9-x-s1.safetensors").write_bytes(b"weights")
        return {"complete": False}

    with monkeypatch.context() as patch:
        patch.setattr(gpu_long, "train", four_steps)  # as many as there was time for
        patch.setattr(gpu_long, "table", lambda rows: "")
        call("one", "--carry", "0.1")
    assert len(list((tmp_path / "out").glob("*.tar.*"))) > 1
    then = call("two")
    history = (tmp_path / "two" / "runs" / "long-anime_wgan_gp" / "history.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in history[1:]][:3] == ["1", "2", "4"]  # of the first machine
    assert (tmp_path / "two" / "data" / "evaluator9-x-s1.safetensors").read_bytes() == b"weights"  # not trained anew
    assert not list((tmp_path / "out").glob("*.tar.*"))  # nothing is left to go on with
    assert then["anime_wgan_gp"]["complete"] and then["anime_wgan_gp"]["seen"] == 8 * gpu_long.QUICK_STEPS
    assert then["celeba_wgan_gp"]["not run"] == "name its data with --celeba"
    assert (tmp_path / "out" / "anime_wgan_gp.png").is_file()
    assert "celeba" in (tmp_path / "out" / "long.md").read_text()


def test_every_long_training_has_a_recipe_and_scores_are_shown():
    options = type("Options", (), {"recipe": "gan_r1_wide", "face_minutes": 10.0, "only": None})
    found = gpu_long.jobs(options)
    assert all(job.recipe in RECIPES for job in found) and sum(job.data == "iclevr" for job in found) == 7
    assert gpu_long.shown({"test.json": {"score": [0.5, 0.01]}}) == "(test.json (score 0.500 ± 0.010))"
