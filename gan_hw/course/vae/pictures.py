"""Pictures of a VAE: its bound over a training, and in the plane what it keeps and what it draws."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from gan_hw.course.laboratory.pictures import EDGE
from gan_hw.course.vae.model import VAE
from gan_hw.utils.figures import BLUE, VERMILION, finish
from gan_hw.utils.fonts import label

COLOURS = "twilight_shifted"  # of points by their angle: its two ends have the same colour


def bound_curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """The two terms of the bound, and sigma, over the images seen, from a Training's history."""
    figure, axes = plt.subplots(1, 3, figsize=(10, 2.6))
    seen = [row["seen"] for row in history]
    panels = {
        "log_likelihood": label("log-likelihood, nats"), "kl": label("KL term, nats"),
        "sigma": label("sigma of the pixels"),
    }  # fmt: skip
    for axis, (name, title) in zip(axes, panels.items(), strict=True):
        axis.plot(seen, [row[name] for row in history], color=BLUE, linewidth=1.2)
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_xlabel(label("images seen"))
        axis.xaxis.set_major_locator(plt.MaxNLocator(4))
        axis.grid(alpha=0.3)
    return finish(figure)


def plane(vae: VAE, points: Tensor, z: Tensor) -> Figure:
    """Four panels: points (N, 2) coloured by angle; the means of their z; their reconstructions; and decoded z (M, 2).

    In the plane of z each real point is drawn at the mean of its q(z | x), with a bar of one standard deviation to each
    side in both directions; grey: draws from N(0, I), which are what the decoder gets when the VAE generates.
    """
    vae.eval()
    with torch.no_grad():
        mean, log_variance = vae.encode(points[:, :, None, None])
        decoded, generated = vae.decoder(mean).flatten(1), vae.decoder(z).flatten(1)
    angle = torch.atan2(points[:, 1], points[:, 0])
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.6))
    axes[0].scatter(*points.T, c=angle, cmap=COLOURS, edgecolors="black", linewidths=0.2, s=9)
    axes[1].scatter(*z.T, color="#cccccc", s=6)
    spread = (0.5 * log_variance).exp()
    axes[1].errorbar(*mean.T, *spread.flip(1).T, fmt="none", ecolor="#888888", elinewidth=0.4)
    axes[1].scatter(*mean.T, c=angle, cmap=COLOURS, edgecolors="black", linewidths=0.2, s=9, zorder=3)
    axes[2].scatter(*decoded.T, c=angle, cmap=COLOURS, edgecolors="black", linewidths=0.2, s=9)
    axes[3].scatter(*points.T, color="white", edgecolors="black", linewidths=0.4, s=8)
    axes[3].scatter(*generated.T, marker="x", color=VERMILION, linewidths=0.8, s=9)
    titles = (
        label("real points"), label("their z, and draws of z (grey)"), label("reconstructions"),
        label("generated (crosses)"),
    )  # fmt: skip
    for number, (axis, title) in enumerate(zip(axes, titles, strict=True)):
        reach = 3.5 if number == 1 else EDGE
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
        axis.set_title(title, fontsize=9, loc="left")
    return finish(figure)
