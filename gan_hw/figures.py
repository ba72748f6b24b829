"""Every picture the kit shows, from plain arrays. Functions return a PIL image or a closed matplotlib figure."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import EngFormatter, MaxNLocator
from PIL import Image

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


def losses(history):
    """Discriminator and generator loss against real images seen, from the rows of a history."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharex=True)
    seen = [row["seen"] for row in history]
    for axis, name in zip(axes, ("loss_d", "loss_g"), strict=True):
        axis.plot(seen, [row[name] for row in history], color=COLOURS[name], linewidth=1)
        axis.set_title(f"{NAMES[name]} loss ({name})", fontsize=10)
        axis.set_xlabel("real images seen")
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.grid(alpha=0.3)
    return _closed(figure)


def curves(x, named_values, xlabel):
    """{name: values} against x, as lines in one figure."""
    figure, axis = plt.subplots(figsize=(6, 2.6))
    for name, values in named_values.items():
        axis.plot(x, values, label=name)
    axis.set_xlabel(xlabel)
    axis.legend(fontsize=9)
    axis.grid(alpha=0.3)
    return _closed(figure)


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


def _closed(figure):
    """A notebook shows a figure that is a cell's value; one still open would be shown a second time."""
    figure.tight_layout()
    plt.close(figure)
    return figure
