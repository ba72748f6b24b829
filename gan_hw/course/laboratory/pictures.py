"""Pictures of a training in the plane: what D believes, where it pushes G, how G bends the plane of z."""

import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from gan_hw.course.laboratory.game import Laboratory
from gan_hw.utils.figures import BLUE, LINES, VERMILION, finish
from gan_hw.utils.fonts import drawable, label, use_found_fonts
from gan_hw.utils.messages import say

EDGE = 1.25  # the plane is drawn from -EDGE to EDGE
CELLS = 60  # of the heat map, on each side
SHOWN, ARROWS = 250, 40  # points of each kind, and those with an arrow
ARROW_LENGTH = 0.25  # of the longest arrow, in the plane's units
LEVELS = 9  # of D's level sets
DPI, PALETTE = 70, 64  # of pictures that move: dots per inch, and colours of a film


def belief(laboratory: Laboratory, title: str | None = None) -> Figure:
    """What D believes everywhere, real and generated points, and where G's loss moves some of them.

    title: in place of the method, the step and the exact distances.
    """
    figure, axis = plt.subplots(figsize=(4.6, 4.8))
    draw_belief(axis, laboratory, title)
    use_found_fonts(figure)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.95)  # a tight layout would draw all of it twice
    plt.close(figure)
    return figure


def side_by_side(laboratories: Mapping[str, Laboratory], per_row: int = 3) -> Figure:
    """{title: laboratory} -> their beliefs beside each other."""
    rows = -(-len(laboratories) // per_row)
    columns = min(per_row, len(laboratories))
    figure, axes = plt.subplots(rows, columns, figsize=(3.3 * columns, 3.5 * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, laboratory) in zip(axes.flat, laboratories.items(), strict=False):
        axis.axis("on")
        draw_belief(axis, laboratory, title)
    return finish(figure)


def draw_belief(axis: Axes, laboratory: Laboratory, title: str | None = None) -> None:
    """Draw one laboratory's belief into the axes. Brighter is more real to D; lines are its level sets.

    Probabilities for losses on logits, scores from the lowest to the highest for a critic, which has no scale. Arrows:
    minus the gradient of G's loss, the longest one ARROW_LENGTH long.
    """
    values = _on_grid(laboratory)
    is_critic = laboratory.recipe.objective.startswith("wasserstein")
    if not is_critic:
        values = 1 / (1 + np.exp(-values))
    low, high = (values.min(), values.max()) if is_critic else (0.0, 1.0)
    extent = (-EDGE, EDGE, -EDGE, EDGE)
    axis.imshow(values, origin="lower", extent=extent, cmap="cividis", vmin=low, vmax=high, alpha=0.75)
    if values.max() - values.min() > 1e-6:  # a constant D has no level sets
        axis.contour(values, LEVELS, extent=extent, colors="white", linewidths=0.5, alpha=0.6)
    points = laboratory.points(SHOWN)
    real_x, real_y = laboratory.reference[:SHOWN].T
    axis.scatter(real_x, real_y, s=7, color="white", edgecolors="black", linewidths=0.4, label=label("real"))
    axis.scatter(points[:, 0], points[:, 1], s=9, marker="x", color=VERMILION, linewidths=0.8, label=label("generated"))
    push = laboratory.push(points[:ARROWS])
    longest = push.norm(dim=1).max()
    if longest > 0:
        arrows = ARROW_LENGTH * push / longest
        axis.quiver(*points[:ARROWS].T, *arrows.T, angles="xy", scale_units="xy", scale=1, width=0.004, color=VERMILION)
    axis.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=[], yticks=[], aspect="equal")
    axis.set_title(drawable(title) if title else _title(laboratory), fontsize=9, loc="left")
    axis.legend(fontsize=7, loc="upper right", framealpha=0.8)


def carried_grid(laboratory: Laboratory, lines: int = 17, reach: float = 2.5) -> Figure:
    """The plane of z with a grid on it, and where G maps the grid's lines. Needs z_dim = 2.

    Raises ValueError for another z_dim.
    """
    if laboratory.recipe.z_dim != 2:
        raise ValueError(
            say("z_dim={z_dim}: only a plane of z (z_dim=2) can be drawn as a grid", z_dim=laboratory.recipe.z_dim)
        )
    way, places = torch.linspace(-reach, reach, 200), torch.linspace(-reach, reach, lines)
    figure, axes = plt.subplots(1, 2, figsize=(8, 4))
    for place in places:
        for z, colour in (
            (torch.stack([way, place.expand(200)], 1), BLUE),
            (torch.stack([place.expand(200), way], 1), VERMILION),
        ):
            with torch.no_grad():
                carried = laboratory.gan.generator(z).flatten(1)
            axes[0].plot(*z.T, color=colour, linewidth=0.6)
            axes[1].plot(*carried.T, color=colour, linewidth=0.6)
    real_x, real_y = laboratory.reference[:SHOWN].T
    axes[1].scatter(real_x, real_y, s=7, color="white", edgecolors="black", linewidths=0.4)
    axes[0].set_title(label("the plane of z"), fontsize=9, loc="left")
    axes[1].set_title(label("mapped by G, and real points"), fontsize=9, loc="left")
    axes[1].set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE))
    for axis in axes:
        axis.set(xticks=[], yticks=[], aspect="equal")
    return finish(figure)


def weight_histogram(laboratories: Mapping[str, Laboratory]) -> Figure:
    """{title: laboratory} -> how often each value occurs among the weights of D's matrices, for each of them."""
    figure, axes = plt.subplots(1, len(laboratories), figsize=(3.6 * len(laboratories), 2.5), squeeze=False)
    for axis, (title, laboratory) in zip(axes[0], laboratories.items(), strict=True):
        weights = torch.cat([w.detach().flatten() for w in laboratory.gan.discriminator.parameters() if w.dim() > 1])
        axis.hist(weights.numpy(), bins=60, color=BLUE)
        axis.set_title(drawable(title), fontsize=9, loc="left")
        axis.set_xlabel(label("weight"))
    axes[0, 0].set_ylabel(label("how many"))
    return finish(figure)


def film(laboratory: Laboratory, steps: int = 1000, frames: int = 20) -> bytes:
    """Train on, and return what D believed on the way as an animated GIF."""
    pictures = []
    for _ in range(frames):
        laboratory.step(steps // frames)
        pictures.append(Image.open(io.BytesIO(png_of(belief(laboratory)))).convert("RGB").quantize(PALETTE))
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=200, loop=0)
    return file.getvalue()


def png_of(figure: Figure) -> bytes:
    """A figure as a PNG file's content, small enough for many of them."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def paths(named_points: Mapping[str, Sequence[Sequence[float]]], xlabel: str, ylabel: str) -> Figure:
    """{name: points (x, y) in the order of a training} -> their ways through the plane, with a mark at each start."""
    figure, axis = plt.subplots(figsize=(6.4, 4.4))
    axis.set_prop_cycle(LINES)
    for name, points in named_points.items():
        x, y = np.asarray(points).T
        (line,) = axis.plot(x, y, linewidth=1.2, label=drawable(name))
        axis.plot(x[0], y[0], "o", color=line.get_color(), markersize=5)
    axis.set(xlabel=drawable(xlabel), ylabel=drawable(ylabel), aspect="equal")
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    axis.grid(alpha=0.3)
    return finish(figure)


def _on_grid(laboratory: Laboratory) -> np.ndarray:
    places = torch.linspace(-EDGE, EDGE, CELLS)
    return laboratory.logits(_plane(places)).reshape(CELLS, CELLS).numpy()


def _plane(places: Tensor) -> Tensor:
    """All pairs (x, y), row by row from the lowest y."""
    return torch.cartesian_prod(places, places).flip(1)


def _title(laboratory: Laboratory) -> str:
    measured = laboratory.measure()
    values = {
        "method": laboratory.method, "step": laboratory.gan.step, "distance": measured["earth_movers_distance"]
    }  # fmt: skip
    if "modes_found" not in measured or laboratory.data.modes is None:
        return label("{method}, step {step}: distance {distance:.2f}", **values)
    return label(
        "{method}, step {step}: distance {distance:.2f}, modes {found} of {modes}",
        found=measured["modes_found"], modes=len(laboratory.data.modes), **values,
    )  # fmt: skip
