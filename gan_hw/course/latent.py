"""What the directions of z do: found by principal components and by labels, moved along, and mixed.

A generator's z has no named parts. But it has directions: along some of them all faces change in a similar way.
"""

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.inference.sampling import GENERATION_BATCH_IMAGES, generate, sample_z
from gan_hw.networks.base import GeneratorBody
from gan_hw.utils import figures
from gan_hw.utils.messages import say
from gan_hw.utils.notebook import output_mode

PCA_SAMPLES = 4000  # vectors z whose activations are analysed
LABEL_SAMPLES = 2000  # generated faces that are labelled
MIN_OF_A_LABEL = 20  # faces with a label, and faces without it, that a direction needs
REACH = 3.0  # how far a slider and a row of stills go to either side, in standard deviations of z
SHOWN = 8  # faces below the sliders


def principal_directions(generator: GeneratorBody, count: int = 5, seed: int = 0) -> Tensor:
    """Directions of z that change the generator's first feature map most, (count, z_dim), each of length 1.

    The principal components of the activations after the generator's stem, by their variance, and for each the
    direction of z that least squares finds (Härkönen et al. 2020, GANSpace, arXiv 2004.02546). A direction and its
    opposite are the same one; of the two, the one whose largest number in absolute value is positive is returned.
    """
    z = sample_z(PCA_SAMPLES, generator.z_dim, seed)
    activations = _stem_outputs(generator, z)
    activations = activations - activations.mean(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # pca_lowrank multiplies with a random matrix
        components = torch.pca_lowrank(activations, q=min(2 * count + 10, generator.z_dim), center=False)[2]
    coordinates = activations @ components[:, :count]  # uncorrelated, so that each one's regression stands alone
    directions = (coordinates.T @ (z - z.mean(0))) / (coordinates**2).sum(0)[:, None]
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return nn.functional.normalize(directions * largest.sign())


def label_directions(
    generator: GeneratorBody, classify: Callable[[Tensor], Tensor], names: Sequence[str], seed: int = 0
) -> dict[str, Tensor]:
    """{name: direction (z_dim,), length 1} towards faces that the classifier gives this label.

    classify: images uint8 (N, 3, H, W) -> logits (N, len(names)); a face has a label if its logit is above 0. The
    direction is the difference of two means of z, of the faces with the label and of those without: up to sampling
    noise that of Fisher's linear discriminant, because z has the covariance I (compare InterFaceGAN, Shen et al. 2020,
    arXiv 1907.10786). The noise of a mean of n vectors has the length sqrt(z_dim / n), so a direction from few faces is
    rough. Labels that fewer than MIN_OF_A_LABEL faces have, or lack, are left out.
    """
    z = sample_z(LABEL_SAMPLES, generator.z_dim, seed)
    has_label = classify(generate(generator, z)) > 0
    return {
        name: nn.functional.normalize(z[column].mean(0) - z[~column].mean(0), dim=0)
        for name, column in zip(names, has_label.T, strict=True)
        if min(int(column.sum()), int((~column).sum())) >= MIN_OF_A_LABEL
    }


def move(z: Tensor, direction: Tensor, amounts: Sequence[float]) -> Tensor:
    """Each z (N, z_dim) moved by each amount along a direction (z_dim,): (N, len(amounts), z_dim).

    For a direction of length 1 the amounts are in standard deviations of z; 0 leaves z as it is.
    """
    return z[:, None] + torch.as_tensor(amounts, dtype=z.dtype)[:, None] * direction


def mix(coarse: Tensor, fine: Tensor, directions: Tensor) -> Tensor:
    """Vectors z (N, z_dim) with the coordinates of `coarse` along the directions, and `fine` perpendicular to them.

    directions: (K, z_dim), linearly independent but not necessarily orthogonal: what counts is the space they span.
    Karras et al. 2019 (arXiv 1812.04948, section 3.1) mix styles layer by layer; a generator that takes z in its first
    layer alone has no other layers to give a second z to, but z has parts.
    """
    basis = torch.linalg.qr(directions.T)[0]  # (z_dim, K), orthonormal
    return fine + (coarse - fine) @ basis @ basis.T


def stills(generator: GeneratorBody, z: Tensor, directions: Mapping[str, Tensor], count: int = 7) -> figures.Figure:
    """One row of `count` faces for each direction: z (z_dim,) moved by -REACH to REACH along it."""
    amounts = torch.linspace(-REACH, REACH, count).tolist()
    rows = {name: generate(generator, move(z[None], direction, amounts)[0]) for name, direction in directions.items()}
    return figures.image_rows(rows, per_row=count)


def explore(generator: GeneratorBody, directions: Mapping[str, Tensor], seed: int = 0) -> None:
    """Display faces with a slider for each direction {name: (z_dim,)}; where nobody can move them, rows of stills."""
    from IPython.display import display

    if output_mode() == "notebook":
        with contextlib.suppress(ImportError):
            display(sliders(generator, directions, seed))
            return
    display(stills(generator, sample_z(1, generator.z_dim, seed)[0], directions))


def sliders(generator: GeneratorBody, directions: Mapping[str, Tensor], seed: int = 0) -> Any:
    """The ipywidgets panel of `explore`. Raises ImportError without ipywidgets."""
    import ipywidgets as widgets

    z = sample_z(SHOWN, generator.z_dim, seed)
    wide = {"style": {"description_width": "9em"}, "layout": {"width": "26em"}}
    chosen = {
        name: widgets.FloatSlider(value=0.0, min=-REACH, max=REACH, step=0.25, description=name, **wide)
        for name in directions
    }
    picture = widgets.Image(format="png")
    back = widgets.Button(description=say("All to 0"))

    def draw(_: Any = None) -> None:
        moved = z + sum(slider.value * directions[name] for name, slider in chosen.items())
        file = io.BytesIO()
        figures.grid(generate(generator, moved), per_row=SHOWN, scale=2).save(file, "PNG")
        picture.value = file.getvalue()

    def reset(_: Any) -> None:
        for slider in chosen.values():
            slider.value = 0.0

    for slider in chosen.values():
        slider.observe(draw, names="value")
    back.on_click(reset)
    draw()
    return widgets.VBox([picture, *chosen.values(), back])


@torch.no_grad()
def _stem_outputs(generator: GeneratorBody, z: Tensor) -> Tensor:
    """The first feature map of each z as a vector on the CPU, with BatchNorm's stored statistics."""
    training = generator.training
    generator.eval()
    try:
        device = next(generator.parameters()).device
        parts = [generator.stem(part.to(device)).flatten(1).cpu() for part in z.split(GENERATION_BATCH_IMAGES)]
        return torch.cat(parts).float()
    finally:
        generator.train(training)
