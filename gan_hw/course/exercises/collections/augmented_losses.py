"""Exercise `augmented_losses` of notebook 8: DiffAugment: everything that D sees."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_hw.course.exercise import Case, Exercise
from gan_hw.course.exercises.shared import gradients, in_words, random_images


def mirrored_and_paler(images: Tensor) -> Tensor:
    """An augmentation without chance: mirrored left to right, with half the contrast, and brighter."""
    return images.flip(3) / 2 + 0.25


def without_a_corner(images: Tensor) -> Tensor:
    """An augmentation without chance: a corner is cut out, and the image is negated."""
    kept = torch.ones_like(images)
    kept[:, :, :2, :2] = 0
    return -images * kept


def non_saturating(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """D's loss of the GAN of 2014."""
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()


def wasserstein(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """The critic's loss of WGAN."""
    return logits_fake.mean() - logits_real.mean()


def _augmented_case(
    augment: Callable[[Tensor], Tensor], loss_d: Callable[[Tensor, Tensor], Tensor], count: int, height: int, width: int
) -> Case:
    def loss_g(logits_fake: Tensor) -> Tensor:
        return F.softplus(-logits_fake).mean() if loss_d is non_saturating else -logits_fake.mean()

    def arguments() -> tuple[Any, ...]:
        discriminator = nn.Sequential(
            nn.Flatten(), nn.Linear(3 * height * width, 4), nn.Tanh(), nn.Linear(4, 1, bias=False), nn.Flatten(0)
        )
        real, fake = random_images(count, height, width, 1), random_images(count, height, width, 2) / 2
        return discriminator, augment, loss_d, loss_g, real, fake

    what = "mirrors" if augment is mirrored_and_paler else "cuts out a corner"
    losses = "non-saturating" if loss_d is non_saturating else "Wasserstein"
    return Case(f"{losses} losses, {in_words(count)} and an augmentation that {what}", arguments)


def _losses_and_their_gradients(
    answer: Callable[..., Any],
    discriminator: nn.Module,
    augment: Callable[[Tensor], Tensor],
    loss_d: Callable[[Tensor, Tensor], Tensor],
    loss_g: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
) -> dict[str, Any] | None:
    fake = fake.requires_grad_() * 1  # with a graph, as G's images have
    results = answer(discriminator, augment, loss_d, loss_g, real, fake)
    if results is None:
        return None
    if not isinstance(results, list | tuple) or len(results) != 2:
        return {"D's loss": "no pair of losses"}
    found_d, found_g = results
    return {
        "D's loss": found_d,
        "G's loss": found_g,
        "gradient of D's loss at fake": gradients(found_d, fake),
        "gradient of G's loss at fake": gradients(found_g, fake),
        "gradients of D": gradients(found_d, *discriminator.parameters()),
    }


AUGMENTED_LOSSES = Exercise(
    name="augmented_losses",
    notebook="08",
    points=2,
    title="DiffAugment: everything that D sees",
    task="""With a few hundred pictures D memorises them. DiffAugment shows D no image as it is: real and generated ones
are augmented, in D's loss and in G's. Both pass through the same kind of random augmentation, so G matches the
augmented real images by drawing plain ones. Were only the real ones augmented, G would have to draw the augmentation.
Write `augmented_losses`, the two losses of one step. D's loss must not reach G; G's loss must, through the
augmentation, which is differentiable for that reason.""",
    hints=(
        "D is called three times: on the real images and on the generated ones for its own loss, and on the generated "
        "ones for G's loss. What does it see each time?",
        "For D's loss the generated images are detached before they are augmented: `augment(fake.detach())`. For G's "
        "loss they are not, and nothing there stands under `torch.no_grad`.",
        "`loss_d(discriminator(augment(real)), discriminator(augment(fake.detach())))` is the first result.",
    ),
    cases=[
        _augmented_case(mirrored_and_paler, non_saturating, 3, 4, 5),
        _augmented_case(without_a_corner, wasserstein, 4, 6, 3),
        _augmented_case(without_a_corner, non_saturating, 1, 5, 5),
    ],
    observe=_losses_and_their_gradients,
)


@AUGMENTED_LOSSES.solution
def augmented_losses(discriminator, augment, loss_d, loss_g, real, fake):
    """Two scalars, D's loss and G's loss, of augmented images.

    discriminator: images (N, 3, H, W) -> logits (N,), augment: images -> images, loss_d: (logits of real images,
    logits of generated ones) -> scalar, loss_g: (logits of generated images) -> scalar, real: (N, 3, H, W), fake: the
    generated images, (N, 3, H, W), with the graph of G.
    """
    logits_real, logits_fake = discriminator(augment(real)), discriminator(augment(fake.detach()))
    return loss_d(logits_real, logits_fake), loss_g(discriminator(augment(fake)))


@AUGMENTED_LOSSES.right
def _one_augmentation_for_both(discriminator, augment, loss_d, loss_g, real, fake):
    augmented = augment(fake)
    return (
        loss_d(discriminator(augment(real)), discriminator(augmented.detach())),
        loss_g(discriminator(augmented)),
    )


@AUGMENTED_LOSSES.right
def _in_one_batch(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(augment(torch.cat([real, fake.detach()]))).chunk(2)
    return [loss_d(logits_real, logits_fake), loss_g(discriminator(augment(fake)))]


@AUGMENTED_LOSSES.right
def _a_discriminator_that_augments(discriminator, augment, loss_d, loss_g, real, fake):
    def seen(images):
        return discriminator(augment(images))

    loss_of_g = loss_g(seen(fake))
    with torch.no_grad():
        copies = fake * 1
    return loss_d(seen(real), seen(copies)), loss_of_g


@AUGMENTED_LOSSES.right
def _augmented_before_without_a_graph(discriminator, augment, loss_d, loss_g, real, fake):
    with torch.no_grad():
        real, copies = augment(real), augment(fake)
    return loss_d(discriminator(real), discriminator(copies)), loss_g(discriminator(augment(fake)))


@AUGMENTED_LOSSES.wrong("nothing is augmented: D sees the few real pictures as they are, and memorises them")
def _nothing_augmented(discriminator, _augment, loss_d, loss_g, real, fake):
    return loss_d(discriminator(real), discriminator(fake.detach())), loss_g(discriminator(fake))


@AUGMENTED_LOSSES.wrong("only the real images are augmented: G would learn to draw the augmentation")
def _real_alone(discriminator, augment, loss_d, loss_g, real, fake):
    return loss_d(discriminator(augment(real)), discriminator(fake.detach())), loss_g(discriminator(fake))


@AUGMENTED_LOSSES.wrong("in G's loss nothing is augmented: D has learned from augmented images alone")
def _not_for_g(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(augment(real)), discriminator(augment(fake.detach()))
    return loss_d(logits_real, logits_fake), loss_g(discriminator(fake))


@AUGMENTED_LOSSES.wrong("in D's loss the generated images are not augmented: D would learn to detect the augmentation")
def _generated_as_they_are(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(augment(real)), discriminator(fake.detach())
    return loss_d(logits_real, logits_fake), loss_g(discriminator(augment(fake)))


@AUGMENTED_LOSSES.wrong("in D's loss the real images are not augmented: D sees them as they are, and memorises them")
def _real_as_they_are(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(real), discriminator(augment(fake.detach()))
    return loss_d(logits_real, logits_fake), loss_g(discriminator(augment(fake)))


@AUGMENTED_LOSSES.wrong("both losses are right, but D's loss reaches G as well: detach fake in D's loss")
def _not_detached(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(augment(real)), discriminator(augment(fake))
    return loss_d(logits_real, logits_fake), loss_g(logits_fake)


@AUGMENTED_LOSSES.wrong("both losses are right, but G learns nothing: no gradient of its loss reaches fake")
def _nothing_for_g(discriminator, augment, loss_d, loss_g, real, fake):
    return augmented_losses(discriminator, augment, loss_d, loss_g, real, fake.detach())


@AUGMENTED_LOSSES.wrong("both losses are right, but D learns nothing from generated ones: detach fake, not D's logits")
def _logits_detached(discriminator, augment, loss_d, loss_g, real, fake):
    logits_fake = discriminator(augment(fake))
    return loss_d(discriminator(augment(real)), logits_fake.detach()), loss_g(logits_fake)


@AUGMENTED_LOSSES.wrong("real and generated are exchanged in D's loss: the logits of the real images come first")
def _exchanged(discriminator, augment, loss_d, loss_g, real, fake):
    logits_real, logits_fake = discriminator(augment(real)), discriminator(augment(fake.detach()))
    return loss_d(logits_fake, logits_real), loss_g(discriminator(augment(fake)))


@AUGMENTED_LOSSES.wrong("the two losses are exchanged: return D's loss first, and then G's")
def _losses_exchanged(discriminator, augment, loss_d, loss_g, real, fake):
    return augmented_losses(discriminator, augment, loss_d, loss_g, real, fake)[::-1]
