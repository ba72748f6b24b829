"""Pictures from plain arrays: every image in its place, every figure closed and drawable."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.patches import Polygon

from gan_hw.utils import figures


def test_a_grid_holds_each_image_in_its_place_with_white_between():
    images = torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1).repeat(1, 3, 4, 6) * 40
    sheet = np.asarray(figures.grid(images, per_row=3))
    assert sheet.shape == (2 * 6 - 2, 3 * 8 - 2, 3)
    for number in range(5):
        row, column = divmod(number, 3)
        assert (sheet[row * 6 : row * 6 + 4, column * 8 : column * 8 + 6] == number * 40).all()
    assert (sheet[4:6] == 255).all()
    assert (sheet[6:, 16:] == 255).all()  # no sixth image


def test_a_grid_is_enlarged_without_blur():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8), dtype=np.uint8)
    plain, large = (np.asarray(figures.grid(images, scale=scale)) for scale in (1, 3))
    assert np.array_equal(large[::3, ::3], plain)


HISTORY = [{"seen": 100 * n, "loss_d": 1 / n, "loss_g": float("nan") if n < 3 else n} for n in range(1, 9)]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.loss_curves(HISTORY),
        lambda: figures.line_plot([0, 1, 2], {"a": [1, 2, 3], "b": [3, 2, 1]}, "x"),
        lambda: figures.pixel_histogram(np.zeros((3, 3, 8, 8), np.uint8)),
        lambda: figures.image_rows({"one": np.zeros((4, 3, 8, 8), np.uint8), "two": np.ones((4, 3, 8, 8), np.uint8)}),
        lambda: figures.architecture({"G": [("input", (100,)), ("stem", (8, 4, 4)), ("head", (3, 8, 8))]}),
    ],
)
def test_figures_are_closed_and_can_be_saved(draw):
    figure = draw()
    assert plt.get_fignums() == []
    buffer = io.BytesIO()
    figure.savefig(buffer)
    assert buffer.tell() > 1000


def polygons(axis):
    return [patch for patch in axis.patches if isinstance(patch, Polygon)]


def test_an_architecture_draws_every_map_with_its_stage_and_shape():
    figure = figures.architecture({"G": [("input", (100,)), ("stem", (8, 4, 4))], "D": [("input", (3, 8, 8))]})
    texts = [{text.get_text() for text in axis.texts} for axis in figure.axes]
    assert {"stem", "100", "8×4×4"} <= texts[0]
    assert "3×8×8" in texts[1]
    for axis, boxes in zip(figure.axes, (2, 1), strict=True):
        (left, right), corners = axis.get_xlim(), np.concatenate([patch.get_xy() for patch in polygons(axis)])
        assert len(polygons(axis)) == 3 * boxes  # front, top and side
        assert left < corners[:, 0].min() and corners[:, 0].max() < right  # nothing is cut off


def test_training_curves_show_scores_where_there_are_some():
    history = [{"step": n, "seen": 8 * n, "seconds": n, "loss_d": 1 / n, "loss_g": float("nan")} for n in range(1, 40)]
    assert len(figures.training_curves(history).axes) == 4
    history[20].update(score=0.2, afd_strict=0.4)
    history[30].update(score=0.3)  # a score of one's own
    assert len(figures.training_curves(history).axes) == 6


def test_gradient_norms_are_shown_as_powers_of_ten():
    (axis,) = figures.gradient_norm_plot({"clip": {"stem": 1e-4, "block 1": 1e-2}}).axes
    (line,) = axis.lines
    assert line.get_ydata().tolist() == pytest.approx([-4, -2])
    assert list(line.get_xdata()) == ["stem", "block 1"]
