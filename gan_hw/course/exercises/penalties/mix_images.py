"""Exercise `mix_images` of notebook 3: Between real and generated."""

import torch
from torch import Tensor

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import in_words, random_images


def _mix_case(count: int, height: int, width: int) -> Case:
    def arguments() -> tuple[Tensor, Tensor, Tensor]:
        shares = torch.linspace(0.1, 0.8, count)
        return random_images(count, height, width, 1), random_images(count, height, width, 2), shares

    return Case(f"{in_words(count)} of {height}x{width} pixels", arguments)


MIX_IMAGES = Exercise(
    name="mix_images",
    notebook="03",
    points=1,
    title="Between real and generated",
    task="""WGAN-GP asks how steep the critic is *between* real and generated images. The first part of its penalty
mixes them: mixture $i$ is $\\alpha_i x_i + (1 - \\alpha_i)\\tilde x_i$, with one share $\\alpha_i$ of the real image
for all pixels and colours. Write `mix_images`; `shares` holds the $\\alpha_i$.""",
    hints=(
        "`shares` has the shape (N,), the images (N, 3, H, W). Which shape must it have so that each number multiplies "
        "one whole image?",
        "`shares[:, None, None, None]` has the shape (N, 1, 1, 1). Multiply the real images by it, and the generated "
        "ones by 1 minus it.",
    ),
    cases=[_mix_case(4, 5, 7), _mix_case(3, 8, 3), _mix_case(1, 6, 6)],
    may_change=("real", "fake"),
)


@MIX_IMAGES.solution
def mix_images(real, fake, shares):
    """real, fake (N, 3, H, W), shares (N,) of the real images -> mixtures (N, 3, H, W)."""
    shares = shares[:, None, None, None]
    return shares * real + (1 - shares) * fake


@MIX_IMAGES.right
def _by_lerp(real, fake, shares):
    return torch.lerp(fake, real, shares.view(-1, 1, 1, 1))


@MIX_IMAGES.right
def _image_by_image(real, fake, shares):
    return torch.stack([a * x + (1 - a) * y for x, y, a in zip(real, fake, shares, strict=True)])


@MIX_IMAGES.right
def _in_place(real, fake, shares):
    real.sub_(fake).mul_(shares.reshape(-1, 1, 1, 1))
    return fake.add_(real)


@MIX_IMAGES.wrong("the shares are exchanged: with a share of 1 the mixture is the real image, not the generated one")
def _exchanged(real, fake, shares):
    return mix_images(fake, real, shares)


@MIX_IMAGES.wrong("every image gets the same share; image i has the share shares[i], whatever the others have")
def _one_share_for_all(real, fake, shares):
    return shares[0] * real + (1 - shares[0]) * fake


@MIX_IMAGES.wrong("the shares of an image must add up to 1; here the generated one keeps its full weight")
def _generated_in_full(real, fake, shares):
    return shares[:, None, None, None] * real + fake


@MIX_IMAGES.wrong("the generated image is taken away: the two parts are to be added")
def _subtracted(real, fake, shares):
    shares = shares[:, None, None, None]
    return shares * real - (1 - shares) * fake


@MIX_IMAGES.wrong("the shares are not used: each mixture is half and half")
def _half_and_half(real, fake, shares):
    return (real + fake) / 2


@MIX_IMAGES.wrong("the shares run along the width of the images: give them the shape (N, 1, 1, 1), not (N,)")
def _along_the_width(real, fake, shares):
    return shares * real + (1 - shares) * fake
