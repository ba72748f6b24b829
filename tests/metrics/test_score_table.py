"""The printed scores: readable in a narrow terminal, the headline first and in words."""

import pytest

from gan_hw.metrics.protocol import HEADLINE_METRICS, METRIC_SECTIONS, METRICS
from gan_hw.metrics.score_table import LINE_WIDTH, score_lines

COLUMNS = ("value", "raw", "best", "untrained", "real")


@pytest.fixture
def scores():
    """What `judge` returns of a run, each number another one."""
    measured = {
        metric: {name: 0.01 * row + 0.1 * column for column, name in enumerate(COLUMNS)}
        for row, metric in enumerate(METRICS)
    }
    measured["afd_strict"]["value"], measured["afd_kit"]["value"] = 0.725, 0.731
    measured["c2st_error"] = {"value": 0.0031, "real": 0.473}
    intervals = {"afd_strict": (0.697, 0.752), "afd_kit": (0.703, 0.758), "c2st_error": (0.0018, 0.0053)}
    return {"n": 1000, "intervals": {name: {"value": found} for name, found in intervals.items()}, **measured}


def test_every_metric_is_printed_once_below_the_headline(scores):
    lines = score_lines(scores)
    assert all(len(line) <= LINE_WIDTH for line in lines)
    names = [line.split()[0] for line in lines if line.startswith("  ") and line.split()[0] in METRICS]
    assert tuple(names[:2]) == HEADLINE_METRICS
    assert sorted(names[2:]) == sorted(METRICS)


def test_the_headline_says_what_it_means(scores):
    text = " ".join(score_lines(scores))
    assert "A face is found in 725 of the 1000 images" in text
    assert "between 0.697 and 0.752" in text
    assert "afd_strict              0.725      0.400" in text  # the generated images beside the real ones


def test_what_was_not_measured_shares_one_reason(scores):
    for metric in ("face_frechet", "face_kernel", "afd_strict", "afd_padded"):
        scores[metric] = {"not measured": "there is no network"}
    lines = score_lines(scores)
    text = " ".join(lines)
    assert "– not measured: afd_strict, afd_padded, face_frechet, face_kernel (there is no network)." in text
    assert lines[1].split()[:2] == ["afd_kit", "0.731"]  # takes the place in the headline
    assert "A face is found in 731 of the 1000 images" in text and "has afd_kit 1 and diversity 0" in text


def test_the_two_sample_error_stands_on_a_logarithmic_axis(scores):
    lines = score_lines(scores)
    assert any("0.0031 (o), between 0.0018 and 0.0053 (95 %)" in line for line in lines)
    titles, axis = next(
        (titles, axis) for titles, axis in zip(lines, lines[1:], strict=False) if axis.startswith("  |--")
    )
    assert len(axis) <= LINE_WIDTH
    decade = axis.index("|", 3) - axis.index("|")  # as wide as every other
    assert titles[axis.index("|") :].split() == ["0.0001", "0.001", "0.01", "0.1", "0.5"]
    assert axis.index("o") - axis.index("|") == pytest.approx(decade * 1.491, abs=1)  # log10(0.0031 / 0.0001)
    assert axis.count("=") == pytest.approx(decade * 0.469, abs=2)  # log10(0.0053 / 0.0018)
    assert axis.index("R") > axis.index("o") + 2 * decade
    scores["intervals"]["c2st_error"]["value"] = (0.0, 0.0001)  # zero stands at the axis's end
    scores["c2st_error"] = {"value": 0.0}
    assert any(line.startswith("  o---") for line in score_lines(scores))


def test_metrics_that_nobody_asked_for_are_left_out(scores):
    del scores["fid"], scores["kid"]
    assert not any(line.startswith(("fid", "kid")) for line in score_lines(scores))


def test_every_metric_has_a_section():
    assert sorted(metric for metrics in METRIC_SECTIONS.values() for metric in metrics) == sorted(METRICS)
