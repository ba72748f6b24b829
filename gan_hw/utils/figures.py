"""Every picture of the kit, drawn from plain arrays. Functions return a PIL image or a closed matplotlib figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.rcsetup import cycler
from matplotlib.ticker import EngFormatter, MaxNLocator
from numpy.typing import ArrayLike
from PIL import Image

from gan_hw.utils.fonts import drawable, label, use_found_fonts
from gan_hw.utils.messages import mark

SYMLOG_THRESHOLD = 0.1  # distances below it are drawn on a linear scale, above it on a logarithmic one
MIN_DRAWN_ERROR = 1e-4  # of a two-sample test, on a logarithmic axis
MAX_INSIDE_LEGEND_LINES = 3  # with more lines, the legend stands beside the axes
GRID_GAP_PIXELS = 2  # white pixels between the images of a grid
# Colours that people with any kind of colour vision can tell apart (Okabe and Ito 2008, "Color universal design").
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
LINES = cycler(color=[BLUE, VERMILION, GREEN, "#CC79A7", "#56B4E9", "#E69F00", "#000000"])
LINES += cycler(linestyle=["-", "--", "-.", ":", "-", "--", "-."])
CHANNELS = ((mark("red"), VERMILION, "-"), (mark("green"), GREEN, "--"), (mark("blue"), BLUE, ":"))
LOSS_COLOURS = {"loss_d": BLUE, "loss_g": VERMILION}
LOSS_TITLES = {"loss_d": mark("discriminator loss"), "loss_g": mark("generator loss")}

History = Sequence[Mapping[str, Any]]  # rows of a run's history


def grid(images: ArrayLike, per_row: int = 8, scale: int = 1) -> Image.Image:
    """Images uint8 (N, 3, H, W), array or tensor -> one PIL image, `per_row` in a row, enlarged `scale` times."""
    images = np.asarray(images)
    rows = -(-len(images) // per_row)
    _, channels, height, width = images.shape
    cell_height, cell_width = height + GRID_GAP_PIXELS, width + GRID_GAP_PIXELS
    sheet = np.full((rows * per_row, channels, cell_height, cell_width), 255, np.uint8)
    sheet[: len(images), :, :height, :width] = images
    sheet = sheet.reshape(rows, per_row, channels, cell_height, cell_width).transpose(0, 3, 1, 4, 2)
    sheet = sheet.reshape(rows * cell_height, per_row * cell_width, channels)[:-GRID_GAP_PIXELS, :-GRID_GAP_PIXELS]
    picture = Image.fromarray(sheet)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def image_rows(named_images: Mapping[str, Any], per_row: int = 10) -> Figure:
    """{title: images uint8 (N, 3, H, W)} -> a figure with one titled row of the first `per_row` images for each."""
    figure, axes = plt.subplots(len(named_images), 1, figsize=(9, 1.25 * len(named_images)), squeeze=False)
    for axis, (title, images) in zip(axes[:, 0], named_images.items(), strict=True):
        axis.imshow(grid(images[:per_row], per_row))
        axis.set_title(drawable(title), fontsize=9, loc="left")
        axis.axis("off")
    return finish(figure)


def captioned_grid(images: ArrayLike, captions: Sequence[str], per_row: int = 8) -> Figure:
    """Images uint8 (N, 3, H, W), each with its caption of one or more lines above it, as one figure."""
    images = np.asarray(images)
    rows, lines = -(-len(images) // per_row), max(caption.count("\n") + 1 for caption in captions)
    figure, axes = plt.subplots(rows, per_row, figsize=(1.25 * per_row, (1.2 + 0.12 * lines) * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, caption in zip(axes.flat, images, captions, strict=False):
        axis.imshow(image.transpose(1, 2, 0))
        axis.set_title(caption, fontsize=7, pad=2, parse_math=False)  # file names may contain "$"
    return finish(figure)


def loss_curves(history: History) -> Figure:
    """Discriminator and generator loss against real images seen, from the rows of a history."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharex=True)
    seen = [row["seen"] for row in history]
    for axis, name in zip(axes, ("loss_d", "loss_g"), strict=True):
        values = np.array([row[name] for row in history], dtype=float)
        axis.plot(seen, values, color=LOSS_COLOURS[name], linewidth=1)
        axis.set_ylim(_loss_limits(values))
        axis.set_title(f"{label(LOSS_TITLES[name])} ({name})", fontsize=10)
        axis.set_xlabel(label("real images seen"))
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.grid(alpha=0.3)
    return finish(figure)


def training_curves(history: History) -> Figure:
    """Losses and, if there are any, the scores that chose the best generator, against images seen and minutes.

    The scores are afd_kit and its product with diversity, the kernel distance in the face network's features, or
    the share of requested classes that were drawn.
    """
    scored = [row for row in history if "score" in row]
    panels = [(label(LOSS_TITLES[name]), history, {name: name}) for name in ("loss_d", "loss_g")]
    # Runs of earlier versions have afd_strict. A continued one has both, of which only the present one is drawn.
    afd = next((name for name in ("afd_kit", "afd_strict") if any(name in row for row in scored)), None)
    if afd:
        scored = [row for row in scored if afd in row]
        panels.append((label("{afd}, and {afd} × diversity", afd=afd), scored, {afd: "loss_d", "score": "loss_g"}))
    elif any("face_kernel" in row for row in scored):
        panels.append((label("face_kernel, lower is better"), scored, {"face_kernel": "loss_g"}))
    elif scored:
        panels.append((label("share of requested classes that were drawn"), scored, {"score": "loss_g"}))
    figure, axes = plt.subplots(len(panels), 2, figsize=(9, 2.2 * len(panels)), sharey="row", squeeze=False)
    for axes_row, (title, rows, lines) in zip(axes, panels, strict=True):
        for axis, (unit, divisor) in zip(axes_row, (("seen", 1), ("seconds", 60)), strict=True):
            for name, colour in lines.items():
                x = [row[unit] / divisor for row in rows]
                values = np.array([row.get(name, np.nan) for row in rows], dtype=float)
                axis.plot(x, values, color=LOSS_COLOURS[colour], linewidth=1, label=name)
                if name in LOSS_TITLES:
                    axis.set_ylim(_loss_limits(values))
            axis.grid(alpha=0.3)
        axes_row[0].xaxis.set_major_formatter(EngFormatter())
        axes_row[0].set_title(title, fontsize=10, loc="left")
    if scored:
        axes[-1, 0].legend(fontsize=8)
        if "face_kernel" in panels[-1][2]:
            axes[-1, 0].set_yscale("symlog", linthresh=SYMLOG_THRESHOLD)  # early distances are 1000 times the last ones
        else:
            axes[-1, 0].set_ylim(0, 1.05)
    axes[-1, 0].set_xlabel(label("real images seen"))
    axes[-1, 1].set_xlabel(label("minutes"))
    return finish(figure)


def _loss_limits(values: np.ndarray) -> tuple[float, float]:
    """Limits of a loss's y axis, from all but the first tenth: a critic's first losses may be 100 times the others."""
    later = values[len(values) // 10 :]
    low, high = (f(later[np.isfinite(later)], initial=0.0) for f in (np.min, np.max))
    return low - 0.1 * (high - low) - 1e-3, high + 0.1 * (high - low) + 1e-3


def line_plot(x: ArrayLike, named_values: Mapping[str, ArrayLike], xlabel: str) -> Figure:
    """{name: values} against the same x, as lines in one figure."""
    figure, axis = plt.subplots(figsize=(6, 2.6))
    axis.set_prop_cycle(LINES)
    for name, values in named_values.items():
        axis.plot(x, values, label=drawable(name))
    axis.set_xlabel(drawable(xlabel))
    axis.legend(fontsize=9)
    axis.grid(alpha=0.3)
    return finish(figure)


def xy_plot(
    named_points: Mapping[str, tuple[Sequence[Any], ArrayLike]], xlabel: str, ylabel: str, symlog: bool = False
) -> Figure:
    """{name: (x values, y values)} as lines with markers in one figure.

    symlog: draw y on a logarithmic scale, which is linear below SYMLOG_THRESHOLD.
    """
    figure, axis = plt.subplots(figsize=(6, 2.8))
    axis.set_prop_cycle(LINES)
    for name, (x, y) in named_points.items():
        axis.plot(x, y, marker="o", markersize=3, linewidth=1.2, label=drawable(name))
    axis.set_xlabel(drawable(xlabel))
    axis.set_ylabel(drawable(ylabel))
    if symlog:
        axis.set_yscale("symlog", linthresh=SYMLOG_THRESHOLD)
    if len(named_points) > MAX_INSIDE_LEGEND_LINES:
        axis.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    else:
        axis.legend(fontsize=9)
    axis.grid(alpha=0.3)
    return finish(figure)


def error_plot(named_errors: Mapping[str, tuple[float, Sequence[float]]]) -> Figure:
    """{name: (c2st_error, (low, high))} as points with their intervals on a logarithmic axis, the first on top."""
    figure, axis = plt.subplots(figsize=(8, 1 + 0.32 * len(named_errors)))
    for line, (error, interval) in enumerate(named_errors.values()):
        low, high = (max(value, MIN_DRAWN_ERROR) for value in interval)
        axis.plot([low, high], [line, line], color=BLUE, linewidth=2)
        axis.plot(max(error, MIN_DRAWN_ERROR), line, "o", color=BLUE, markersize=6)
    axis.axvline(0.5, color="#888888", linewidth=1, linestyle="--")
    axis.set_xscale("log")
    axis.set_xlim(MIN_DRAWN_ERROR, 0.7)
    axis.set_xticks([0.0001, 0.001, 0.01, 0.1, 0.5], ["0.0001", "0.001", "0.01", "0.1", "0.5"])
    axis.set_yticks(range(len(named_errors)), list(named_errors))
    axis.set_ylim(len(named_errors) - 0.5, -0.5)
    axis.set_xlabel(label("c2st_error, with its 95 % interval; 0.5: the classifier can't tell them from real ones"))
    axis.grid(alpha=0.3, axis="x")
    return finish(figure)


def spread_plot(named_values: Mapping[str, Mapping[str, Sequence[float]]], real: Mapping[str, float]) -> Figure:
    """{name: {metric: values}} as one panel for each metric: a point for each value, a bar at their mean.

    The first name is on top. real: {metric: the real images' own value}, drawn as a dashed line where it is known.
    """
    metrics = list(next(iter(named_values.values())))
    height = 1.1 + 0.34 * len(named_values)
    figure, axes = plt.subplots(1, len(metrics), figsize=(9, height), sharey=True, squeeze=False)
    for axis, metric in zip(axes[0], metrics, strict=True):
        for line, values in enumerate(named_values.values()):
            found = values[metric]
            axis.plot(found, [line] * len(found), "o", color=BLUE, markersize=6, alpha=0.55, markeredgewidth=0)
            if found:
                axis.plot(float(np.mean(found)), line, "|", color=VERMILION, markersize=17, markeredgewidth=2.5)
        if metric in real:
            axis.axvline(real[metric], color="#888888", linewidth=1, linestyle="--", zorder=0)
        axis.set_title(metric, fontsize=10)
        axis.set_ylim(len(named_values) - 0.5, -0.5)
        axis.grid(alpha=0.3)
    axes[0, 0].set_yticks(range(len(named_values)), list(named_values), parse_math=False)
    return finish(figure)


def gradient_norm_plot(named_norms: Mapping[str, Mapping[str, float]]) -> Figure:
    """{name: {stage: norm}}, as training/gradient_norms.py gives them -> their log10, lowest stage first."""
    points = {name: (list(norms), np.log10(list(norms.values()))) for name, norms in named_norms.items()}
    return xy_plot(points, label("discriminator layer, from low to high"), label("log10 of the gradient's norm"))


def pixel_histogram(images: ArrayLike) -> Figure:
    """Share of each value 0..255 in red, green and blue; images uint8 (N, 3, H, W)."""
    images = np.asarray(images)
    figure, axis = plt.subplots(figsize=(9, 2.4))
    for channel, (name, colour, style) in enumerate(CHANNELS):
        counts = np.bincount(images[:, channel].ravel(), minlength=256)
        axis.plot(counts / counts.sum(), color=colour, linestyle=style, linewidth=1, label=label(name))
    axis.legend(fontsize=9)
    axis.set_xlabel(label("pixel value"))
    axis.set_ylabel(label("share"))
    axis.set_xlim(0, 255)
    axis.grid(alpha=0.3)
    return finish(figure)


def architecture(networks: Mapping[str, Sequence[tuple[str, tuple[int, ...]]]]) -> Figure:
    """{title: [(stage, shape)]}, as returned by networks.summary.feature_maps -> each network as a row of boxes.

    A box is as high and wide as its map and as deep as its number of channels, both on a square-root scale.
    """
    figure, axes = plt.subplots(len(networks), 1, figsize=(9, 2.6 * len(networks)), squeeze=False)
    for axis, (title, maps) in zip(axes[:, 0], networks.items(), strict=True):
        right = 0.0
        for number, (stage, shape) in enumerate(maps):
            left = right + (3.6 if number else 0.0)
            if number:
                axis.annotate("", (left - 0.3, 0), (right + 0.3, 0), arrowprops={"arrowstyle": "->", "color": "#888"})
                axis.text((left + right) / 2, 0.4, stage, ha="center", va="bottom", fontsize=8, color="#555")
            right = _box(axis, left, shape)
            axis.text((left + right) / 2, -5.6, "×".join(map(str, shape)), ha="center", va="top", fontsize=8)
        axis.set_title(drawable(title), fontsize=10, loc="left")
        axis.set_xlim(-1, right + 1)
        axis.set_ylim(-6.8, 5.6)
        axis.set_aspect("equal")
        axis.axis("off")
    return finish(figure)


def _box(axis: Axes, left: float, shape: tuple[int, ...]) -> float:
    """Draw a map (C, H, W) or vector (C,) in oblique projection, centred on height 0. Returns its right edge."""
    channels, rows, columns = (*shape, 1, 1)[:3]
    depth, height, width = 0.2 * channels**0.5, rows**0.5, columns**0.5
    slant = 0.35 * depth
    bottom = -(height + slant) / 2
    front = [(0, 0), (width, 0), (width, height), (0, height)]
    top = [(0, height), (depth, height + slant), (width + depth, height + slant), (width, height)]
    side = [(width, 0), (width + depth, slant), (width + depth, height + slant), (width, height)]
    for corners, colour in ((front, "#9ecae1"), (top, "#deebf7"), (side, "#6baed6")):
        moved = [(left + x, bottom + y) for x, y in corners]
        axis.add_patch(Polygon(moved, facecolor=colour, edgecolor="#08519c", linewidth=0.8))
    return left + width + depth


def finish(figure: Figure) -> Figure:
    """Lay out and close a figure. A notebook displays it as a cell's value, and an open one a second time."""
    use_found_fonts(figure)
    figure.tight_layout()
    plt.close(figure)
    return figure
