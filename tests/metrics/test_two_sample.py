"""The classifier two-sample test: known answers, its interval, and how runs are placed by it."""

import math
from types import SimpleNamespace

import pytest
import torch

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.metrics import two_sample
from gan_hw.metrics.afd import wilson_interval
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.workflow.report.leaderboard import two_sample_places


@pytest.fixture
def small_test(monkeypatch):
    """A protocol of seconds: fewer images, fewer passes."""
    for name, value in {"LEARN_IMAGES": 320, "TEST_IMAGES": 160, "EPOCHS": 10}.items():
        monkeypatch.setattr(two_sample, f"C2ST_{name}", value)
    monkeypatch.setattr(two_sample, "IMAGES_NEEDED", 480)


@pytest.fixture(scope="module")
def faces():
    return torch.as_tensor(draw_faces(960, seed=5, size=32)[0])


def test_two_halves_of_a_set_can_t_be_told_apart(small_test, faces):
    found = two_sample.two_sample_test(faces[:480], faces[480:], quiet=True)
    assert found.error == pytest.approx(0.5, abs=0.12)  # four standard deviations of 320 guesses, and learning by heart
    assert found.cross_entropy > 0.5
    assert found.interval == wilson_interval(found.error, 320)  # of both kinds


def test_a_set_that_differs_is_recognised_and_the_same_again(small_test, faces):
    """Noise of 80 of 255 in every pixel; the classifier errs little, and the test repeats to the last digit."""
    noisy = (faces[:480].int() + torch.randint(-80, 81, faces[:480].shape)).clamp(0, 255).to(torch.uint8)
    found = two_sample.two_sample_test(noisy, faces[480:], quiet=True)
    assert found.error < 0.1 and found.cross_entropy < 0.3
    assert found.real_probability.shape == (160,)
    assert found.real_probability.mean() < 0.2
    state = torch.random.get_rng_state()
    again = two_sample.two_sample_test(noisy, faces[480:], quiet=True)
    assert again.error == found.error and again.cross_entropy == found.cross_entropy
    assert torch.equal(torch.random.get_rng_state(), state)  # a test between two trainings changes neither


def test_both_kinds_pass_through_the_same_encoder(faces):
    copies = two_sample.jpeg_copy(faces[:5])
    assert copies.shape == faces[:5].shape and copies.dtype == torch.uint8
    assert 0 < (copies.float() - faces[:5].float()).abs().mean() < 10
    assert not torch.equal(copies, faces[:5])


@pytest.mark.parametrize(("generated", "real", "kind"), [(5999, 6000, "generated"), (6000, 10, "real")])
def test_too_few_images_are_refused_before_anything_is_learned(generated, real, kind):
    sets = (torch.zeros(count, 3, 1, 1, dtype=torch.uint8) for count in (generated, real))
    with pytest.raises(NotMeasured, match=f"needs 6000 {kind} images"):
        two_sample.two_sample_test(*sets)


def row(run, error, cross_entropy, half_width=0.001):
    scores = {
        "n": 1000, "protocol": {"c2st_error": "one"}, "data": {"fingerprint": "f", "size": 64},
        "c2st_error": {"value": error}, "c2st_cross_entropy": {"value": cross_entropy},
        "intervals": {"c2st_error": {"value": (error - half_width, error + half_width)}},
    }  # fmt: skip
    return SimpleNamespace(run=run, folder=run, scores=scores)


def test_runs_are_placed_by_error_and_overlapping_intervals_by_cross_entropy():
    rows = [row("worst", 0.002, 0.1), row("first by entropy", 0.0095, 0.05), row("highest error", 0.0100, 0.04)]
    assert two_sample_places(rows) == {"first by entropy": 1, "highest error": 2, "worst": 3}
    sure = [row("sure and wrong", 0.49, 0.95, 0.02), row("unsure", 0.495, 0.6932, 0.02)]  # neither can tell
    assert two_sample_places(sure) == {"unsure": 1, "sure and wrong": 2}
    rows[0].scores["protocol"]["c2st_error"] = "another"  # the first row decides what can be compared
    assert two_sample_places(rows).keys() == {"worst"}
    unmeasured = SimpleNamespace(run="none", folder="none", scores={"c2st_error": {"not measured": "needs more"}})
    assert two_sample_places([unmeasured]) == {}


def test_the_classifier_starts_without_a_preference(faces):
    classifier = two_sample.build_classifier().eval()
    with torch.inference_mode():
        logits = classifier(faces[:50].float() / 127.5 - 1)
    assert logits.shape == (50, 1)
    assert logits.sigmoid().log().neg().mean() == pytest.approx(math.log(2), abs=0.2)
