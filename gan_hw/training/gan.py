"""The two networks of a training with their optimisers: sampling, updates, precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.loss_wrappers import LossWrapper
from gan_hw.losses import Loss
from gan_hw.networks.conditional import LabelBoundDiscriminator
from gan_hw.recipes.build import build_optimiser
from gan_hw.recipes.recipe import Recipe
from gan_hw.training.augment import AugmentedLoss
from gan_hw.training.ema import EMA
from gan_hw.training.ranks import Ranks

FIRST_SCALE = 64.0  # of losses in fp16; PyTorch's own 65536 overflows a critic's first penalties and loses ten steps
FORMS = ("fused", "foreach", "capturable", "differentiable")  # how an optimiser computes, not what


class GAN:
    """Generator, discriminator, loss and optimisers of a recipe, on one device.

    objective: what the networks minimise. For a conditional recipe it passes the batch's labels to the discriminator,
    and with `augment` it shows the discriminator augmented images, so that a training step need not know of either.
    step: discriminator steps so far. times_loaded: how often a state was loaded. ranks: the processes that train
    together; one by default.
    """

    def __init__(
        self,
        recipe: Recipe,
        generator: nn.Module,
        discriminator: nn.Module,
        objective: Loss,
        device: torch.device,
        precision: str,
        ranks: Ranks | None = None,
    ) -> None:
        self.recipe, self.device, self.precision = recipe, device, precision
        self.ranks = ranks or Ranks()
        self.generator = generator.to(device).to(memory_format=torch.channels_last)
        self.discriminator = discriminator.to(device).to(memory_format=torch.channels_last)
        self.ema = EMA(self.generator, recipe)
        self.step = self.times_loaded = 0
        self.optimiser_g = build_optimiser(recipe, self.generator, recipe.lr_g)
        self.optimiser_d = build_optimiser(recipe, self.discriminator, recipe.lr_d)
        # One for each network, so that an overflow in one does not shrink the other's gradients.
        self.scaler_g, self.scaler_d = (
            torch.amp.GradScaler(device.type, init_scale=FIRST_SCALE, enabled=precision == "fp16") for _ in range(2)
        )
        self.labels: Tensor | None = None
        self._conditional = ConditionalLoss(objective) if recipe.conditional else None
        self.objective: Loss = self._conditional or objective
        if recipe.augment:
            self.objective = AugmentedLoss(self.objective)

    @property
    def step(self) -> int:
        """Discriminator steps so far, with the one that is being computed."""
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        self._step = step
        self.ema.set_share(self.seen)

    @property
    def seen(self) -> int:
        """Real images drawn so far; a batch that is used for several steps counts once."""
        return -(-self.step // self.recipe.repeats) * self.recipe.batch_size

    def bind(self, labels: Tensor | None) -> None:
        """Make these the labels (N, K) of the next step's real images; None in an unconditional recipe."""
        self.labels = labels
        if self._conditional is not None:
            self._conditional.labels = labels

    def sample(self, n: int) -> Tensor:
        """Generate n images for new noise, float (n, 3, size, size), with a graph.

        A conditional generator gets the labels of the batch at hand, repeated as often as needed.
        """
        z = torch.randn(n, self.recipe.z_dim, device=self.device)
        if self.labels is None:
            return self.generator(z)
        return self.generator(z, self.labels.repeat(-(-n // len(self.labels)), 1)[:n])

    def sample_for_discriminator(self, n: int) -> Tensor:
        """The same without a graph, and without an update of BatchNorm's running statistics: the step is D's alone."""
        with torch.no_grad(), frozen_statistics(self.generator):
            return self.sample(n)

    def autocast(self) -> torch.autocast:
        """The context for forward passes: in bf16 or fp16 where the run's precision says so."""
        reduced = torch.float16 if self.precision == "fp16" else torch.bfloat16
        return torch.autocast(self.device.type, reduced, enabled=self.precision != "fp32")

    def update(self, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
        """One optimiser step on `loss`, with gradients for the optimiser's own weights and no others.

        In fp16 the loss is scaled up so that small gradients don't vanish, and a step that overflows is skipped.
        """
        weights = [weight for group in optimiser.param_groups for weight in group["params"] if weight.requires_grad]
        scaler = self.scaler_g if optimiser is self.optimiser_g else self.scaler_d
        optimiser.zero_grad()
        scaler.scale(loss).backward(inputs=weights)
        if all(weight.grad is None for weight in weights):
            return  # a loss that does not depend on this network moves nothing
        self.ranks.average_gradients(weights, self.generator, self.discriminator)
        scaler.step(optimiser)
        scaler.update()

    def update_ema(self) -> None:
        """Move the averaged generator a little towards the trained one."""
        self.ema.update(self.generator, self.seen)

    def halve_learning_rates(self) -> None:
        """Halve the learning rates of both networks' optimisers."""
        for optimiser in (self.optimiser_g, self.optimiser_d):
            for group in optimiser.param_groups:
                group["lr"] /= 2

    def state_dict(self) -> dict[str, Any]:
        """Weights, moving average, optimisers and loss scale, as plain values and tensors."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what state_dict gave, also on another device or in another precision."""
        self.times_loaded += 1
        for name, part in self._parts().items():
            if isinstance(part, torch.amp.GradScaler):
                scale = state.get(name, state.get("scaler"))  # earlier runs have one for both
                if scale:  # a run in another precision had nothing to scale
                    part.load_state_dict(scale)
            elif isinstance(part, torch.optim.Optimizer):
                _load_optimiser(part, state[name])
            else:
                part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "ema": self.ema.network,
            "optimiser_g": self.optimiser_g,
            "optimiser_d": self.optimiser_d,
            "scaler_g": self.scaler_g,
            "scaler_d": self.scaler_d,
        }


def _load_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load an optimiser's state, but compute as this device's optimiser does: that is no part of a training.

    The form has to be there while loading: it decides on which device the optimiser's counts of steps lie.
    """
    forms = [{name: group[name] for name in FORMS if name in group} for group in optimiser.param_groups]
    groups = [group | form for group, form in zip(state["param_groups"], forms, strict=True)]
    optimiser.load_state_dict({**state, "param_groups": groups})


class ConditionalLoss(LossWrapper):
    """Any loss, with the batch's labels bound to the discriminator before the loss sees it."""

    def __init__(self, objective: Loss) -> None:
        super().__init__(objective)
        self.labels: Tensor | None = None

    def discriminator_loss(self, discriminator: Any, real: Tensor, fake: Tensor) -> Tensor:
        """The wrapped loss, with the batch's labels bound to the discriminator."""
        return self.objective.discriminator_loss(self.bound(discriminator), real, fake)

    def generator_loss(self, discriminator: Any, fake: Tensor, real: Tensor) -> Tensor:
        """The wrapped loss, with the batch's labels bound to the discriminator."""
        return self.objective.generator_loss(self.bound(discriminator), fake, real)

    def penalty(self, discriminator: Any, real: Tensor, fake: Tensor) -> Tensor | None:
        """The wrapped penalty, with the batch's labels bound to the discriminator."""
        return self.objective.penalty(self.bound(discriminator), real, fake)

    def bound(self, discriminator: Any) -> LabelBoundDiscriminator:
        """The discriminator with the labels of the batch at hand."""
        assert self.labels is not None, "GAN.bind gives the labels before a step"
        return LabelBoundDiscriminator(discriminator, self.labels)


@contextmanager
def frozen_statistics(network: nn.Module) -> Iterator[None]:
    """BatchNorm normalises by the batch as before, but does not update its running statistics meanwhile."""
    tracking: list[Any] = [m for m in network.modules() if getattr(m, "track_running_stats", False)]
    for module in tracking:
        module.track_running_stats = False
    try:
        yield
    finally:
        for module in tracking:
            module.track_running_stats = True
