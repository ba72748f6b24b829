"""Every picture the kit shows, from plain arrays. Functions return a PIL image or a closed matplotlib figure."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon
from matplotlib.ticker import EngFormatter, MaxNLocator
from PIL import Image

LINEAR = 0.1  # distances below it are drawn to a linear scale, above it to a logarithmic one
FEW = 4  # lines in a figure whose names find room inside of it
GAP = 2  # white pixels between the images of a grid
COLOURS = {"loss_d": "#1f77b4", "loss_g": "#d62728"}
NAMES = {"loss_d": "discriminator", "loss_g": "generator"}


def grid(images, per_row=8, scale=1):
    """Images uint8 (N, 3, H, W), array or tensor -> one PIL image, `per_row` in a row, enlarged `scale` times."""
    images = np.asarray(images)
    rows = -(-len(images) // per_row)
    _, channels, height, width = images.shape
    sheet = np.full((rows * per_row, channels, height + GAP, width + GAP), 255, np.uint8)
    sheet[: len(images), :, :height, :width] = images
    sheet = sheet.reshape(rows, per_row, channels, height + GAP, width + GAP).transpose(0, 3, 1, 4, 2)
    sheet = sheet.reshape(rows * (height + GAP), per_row * (width + GAP), channels)[:-GAP, :-GAP]
    picture = Image.fromarray(sheet)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def rows_of_grids(named_images, per_row=10):
    """{title: images uint8 (N, 3, H, W)} -> a figure with one titled row of `per_row` images for each."""
    figure, axes = plt.subplots(len(named_images), 1, figsize=(9, 1.25 * len(named_images)), squeeze=False)
    for axis, (title, images) in zip(axes[:, 0], named_images.items(), strict=True):
        axis.imshow(grid(images[:per_row], per_row))
        axis.set_title(title, fontsize=9, loc="left")
        axis.axis("off")
    return _closed(figure)


def captioned(images, captions, per_row=8):
    """Images uint8 (N, 3, H, W), each with a few lines of text above it, as one figure."""
    rows, lines = -(-len(images) // per_row), max(caption.count("\n") + 1 for caption in captions)
    figure, axes = plt.subplots(rows, per_row, figsize=(1.25 * per_row, (1.2 + 0.12 * lines) * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, caption in zip(axes.flat, np.asarray(images), captions, strict=False):
        axis.imshow(image.transpose(1, 2, 0))
        axis.set_title(caption, fontsize=7, pad=2, parse_math=False)  # "$" is a letter in a file's name
    return _closed(figure)


def losses(history):
    """Discriminator and generator loss against real images seen, from the rows of a history."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharex=True)
    seen = [row["seen"] for row in history]
    for axis, name in zip(axes, ("loss_d", "loss_g"), strict=True):
        values = np.array([row[name] for row in history], dtype=float)
        axis.plot(seen, values, color=COLOURS[name], linewidth=1)
        axis.set_ylim(_range(values))
        axis.set_title(f"{NAMES[name]} loss ({name})", fontsize=10)
        axis.set_xlabel("real images seen")
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.grid(alpha=0.3)
    return _closed(figure)


def training_curves(history):
    """Losses and, where the history holds them, the scores of 200 images, over real images seen and over minutes.

    The scores are afd_strict and its product with diversity, the distance in the face network's features, or the share
    of classes that are drawn as asked.
    """
    scored = [row for row in history if "score" in row]
    panels = [(f"{NAMES[name]} loss", history, {name: name}) for name in ("loss_d", "loss_g")]
    if scored and any("afd_strict" in row for row in scored):
        panels.append(("afd_strict, and times diversity", scored, {"afd_strict": "loss_d", "score": "loss_g"}))
    elif any("face_kernel" in row for row in scored):
        panels.append(("face_kernel, lower is better", scored, {"face_kernel": "loss_g"}))
    elif scored:
        panels.append(("classes drawn as asked", scored, {"score": "loss_g"}))
    figure, axes = plt.subplots(len(panels), 2, figsize=(9, 2.2 * len(panels)), sharey="row", squeeze=False)
    for row, (title, rows, lines) in zip(axes, panels, strict=True):
        for axis, (unit, scale) in zip(row, (("seen", 1), ("seconds", 60)), strict=True):
            for name, colour in lines.items():
                values = np.array([entry.get(name, np.nan) for entry in rows], dtype=float)
                axis.plot(
                    [entry[unit] / scale for entry in rows], values, color=COLOURS[colour], linewidth=1, label=name
                )
                if name in NAMES:
                    axis.set_ylim(_range(values))
            axis.grid(alpha=0.3)
        row[0].xaxis.set_major_formatter(EngFormatter())
        row[0].set_title(title, fontsize=10, loc="left")
    if scored:
        axes[-1, 0].legend(fontsize=8)
        if "face_kernel" in panels[-1][2]:
            axes[-1, 0].set_yscale("symlog", linthresh=LINEAR)  # the first distances are a thousand times the last
        else:
            axes[-1, 0].set_ylim(0, 1.05)
    axes[-1, 0].set_xlabel("real images seen")
    axes[-1, 1].set_xlabel("minutes")
    return _closed(figure)


def _range(values):
    """What to show of a loss: the last nine tenths, as a critic's first loss may be a hundred times the later ones."""
    shown = values[len(values) // 10 :]
    low, high = (f(shown[np.isfinite(shown)], initial=0.0) for f in (np.min, np.max))
    return low - 0.1 * (high - low) - 1e-3, high + 0.1 * (high - low) + 1e-3


def curves(x, named_values, xlabel):
    """{name: values} against x, as lines in one figure."""
    figure, axis = plt.subplots(figsize=(6, 2.6))
    for name, values in named_values.items():
        axis.plot(x, values, label=name)
    axis.set_xlabel(xlabel)
    axis.legend(fontsize=9)
    axis.grid(alpha=0.3)
    return _closed(figure)


def tracks(named_points, xlabel, ylabel, log=False):
    """{name: (x values, y values)} as lines in one figure; each has x values of its own. log: of y, but around 0."""
    figure, axis = plt.subplots(figsize=(6, 2.8))
    for name, (x, y) in named_points.items():
        axis.plot(x, y, "o-", markersize=3, linewidth=1.2, label=name)
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    if log:
        axis.set_yscale("symlog", linthresh=LINEAR)
    many = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)} if len(named_points) > FEW else {}
    axis.legend(fontsize=9, **many)
    axis.grid(alpha=0.3)
    return _closed(figure)


def gradient_norms(named_norms):
    """{name: {stage: norm}}, as health.gradient_norms gives them -> log10 of the norms from the lowest stage up."""
    points = {name: (list(norms), np.log10(list(norms.values()))) for name, norms in named_norms.items()}
    return tracks(points, "discriminator layer, from low to high", "log10 of the gradient's norm")


def pixel_histogram(images):
    """How often each value 0..255 occurs in red, green and blue; images uint8 (N, 3, H, W)."""
    figure, axis = plt.subplots(figsize=(9, 2.4))
    for channel, colour in enumerate(("red", "green", "blue")):
        counts = np.bincount(np.asarray(images)[:, channel].ravel(), minlength=256)
        axis.plot(counts / counts.sum(), color=colour, linewidth=1)
    axis.set_xlabel("pixel value")
    axis.set_ylabel("share")
    axis.set_xlim(0, 255)
    axis.grid(alpha=0.3)
    return _closed(figure)


def architecture(networks):
    """{title: [(stage, shape)]}, as networks.feature_maps gives them -> each network as a row of boxes.

    A box is as high and wide as its map and as deep as its channels, both on a square-root scale.
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
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_xlim(-1, right + 1)
        axis.set_ylim(-6.8, 5.6)
        axis.set_aspect("equal")
        axis.axis("off")
    return _closed(figure)


def _box(axis, left, shape):
    """Draw one map (C, H, W), or a vector (C,), in oblique projection, centred on height 0. Returns its right edge."""
    channels, height, width = (*shape, 1, 1)[:3]
    depth, height, width = 0.2 * channels**0.5, height**0.5, width**0.5
    slant = 0.35 * depth
    bottom = -(height + slant) / 2
    front = [(0, 0), (width, 0), (width, height), (0, height)]
    top = [(0, height), (depth, height + slant), (width + depth, height + slant), (width, height)]
    side = [(width, 0), (width + depth, slant), (width + depth, height + slant), (width, height)]
    for corners, colour in ((front, "#9ecae1"), (top, "#deebf7"), (side, "#6baed6")):
        moved = [(left + x, bottom + y) for x, y in corners]
        axis.add_patch(Polygon(moved, facecolor=colour, edgecolor="#08519c", linewidth=0.8))
    return left + width + depth


def _closed(figure):
    """A notebook shows a figure that is a cell's value; one still open would be shown a second time."""
    figure.tight_layout()
    plt.close(figure)
    return figure
