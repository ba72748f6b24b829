"""The two networks in the plane, and the methods of homework 6 that train them with the kit's own step."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from gan_hw.course.laboratory.measures import measure
from gan_hw.course.laboratory.points import POINT_SETS, PointSet
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_objective
from gan_hw.recipes.recipe import Recipe
from gan_hw.training.gan import GAN
from gan_hw.training.step import discriminator_step, generator_step, training_step
from gan_hw.utils.messages import say
from gan_hw.utils.seeds import IsolatedRNG

CPU = torch.device("cpu")
MEASURED = 500  # points of each kind of which distances are measured

# The recipes of the progression, with sizes and rates for the plane. WGAN's rates and clip are larger because three
# small layers clipped to 0.01 pass on almost no gradient.
PLANE: dict[str, Any] = {
    "batch_size": 256, "z_dim": 2, "feature_dim": 64, "g_norm": "none", "d_norm": "none", "lr_g": 1e-3, "lr_d": 1e-3,
    "ema_ramp": 0.05,
}  # fmt: skip
METHODS: dict[str, Recipe] = {
    name: RECIPES[name].replace(**PLANE, **fields)
    for name, fields in {
        "gan": {},
        "gan_longer": {},
        "wgan": {"clip_value": 0.1},
        "wgan_gp": {"gp_weight": 1.0},
        "gan_r1": {"r1_weight": 0.1},
        "r3gan": {"r1_weight": 0.1, "r2_weight": 0.1},
    }.items()
}


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: for networks this small, more of them spend their time waiting for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class PointGenerator(nn.Module):
    """z (N, z_dim) -> points as images of one pixel with two channels, (N, 2, 1, 1): the form that losses expect."""

    def __init__(self, z_dim: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(z_dim, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()),
            *(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2)),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Noise z (N, z_dim) -> points (N, 2, 1, 1)."""
        return self.layers(z)[:, :, None, None]


class PointDiscriminator(nn.Module):
    """Points (N, 2, 1, 1) -> logits (N,), of a critic scores."""

    per_image = True  # no norm, so each logit depends on its own point alone

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Flatten(), nn.Linear(2, width), nn.LeakyReLU(0.2)),
            *(nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1), nn.Flatten(0)),
        )

    def forward(self, points: Tensor) -> Tensor:
        """Points (N, 2, 1, 1) -> logits (N,)."""
        return self.layers(points)


class Laboratory:
    """One training in the plane, which can be stepped, looked at, and started anew.

    method: one of METHODS. data: one of POINT_SETS, or a PointSet. seed: of weights, points and noise. fields: of the
    recipe, to change, such as lr_g=1e-4, n_critic=5, clip_value=0.01, gp_weight=0.1, batch_size=64, z_dim=1.
    history holds a row for each step: step, loss_d, and loss_g where G was trained.
    Raises ValueError for an unknown method, data set or field.
    """

    def __init__(self, method: str = "gan", data: str | PointSet = "ring", seed: int = 0, **fields: Any) -> None:
        if method not in METHODS:
            raise ValueError(
                say("method {method!r} is unknown; choose one of {known}", method=method, known=", ".join(METHODS))
            )
        if isinstance(data, str) and data not in POINT_SETS:
            raise ValueError(
                say("data {data!r} is unknown; choose one of {known}", data=data, known=", ".join(POINT_SETS))
            )
        self.method, self.seed = method, seed
        self.data = POINT_SETS[data] if isinstance(data, str) else data
        self.recipe = METHODS[method].replace(**fields)
        self.reset()

    def reset(self) -> None:
        """Begin again with new weights of the same seed."""
        recipe = self.recipe
        self.rng = IsolatedRNG(self.seed, CPU)
        with self.rng:
            generator = PointGenerator(recipe.z_dim, recipe.feature_dim)
            discriminator = PointDiscriminator(recipe.feature_dim)
            self.fixed_z = torch.randn(MEASURED, recipe.z_dim)
        self.gan = GAN(recipe, generator, discriminator, build_objective(recipe), CPU, "fp32")
        self.real_points = torch.Generator().manual_seed(self.seed)
        self.reference = self.data.sample(MEASURED, torch.Generator().manual_seed(self.seed + 1))
        self.history: list[dict[str, float]] = []

    def change(self, **fields: Any) -> None:
        """Go on with other settings of the recipe. Raises ValueError for those that need new networks."""
        for name in ("z_dim", "feature_dim"):
            if fields.get(name, getattr(self.recipe, name)) != getattr(self.recipe, name):
                raise ValueError(say("{name} is the size of a network: begin a new Laboratory with it", name=name))
        self.recipe = self.gan.recipe = self.recipe.replace(**fields)
        self.gan.objective = build_objective(self.recipe)
        for optimiser, rate in ((self.gan.optimiser_g, self.recipe.lr_g), (self.gan.optimiser_d, self.recipe.lr_d)):
            for group in optimiser.param_groups:
                group["lr"] = rate

    def step(self, steps: int = 1) -> None:
        """The kit's training step, so often: one step of D, and of G in every n_critic-th."""
        self._run(training_step, steps)

    def step_discriminator(self, steps: int = 1) -> None:
        """Steps of D alone, while G waits."""
        self._run(discriminator_step, steps)

    def step_generator(self, steps: int = 1) -> None:
        """Steps of G alone, while D waits."""
        self._run(generator_step, steps)

    def points(self, n: int = MEASURED, averaged: bool = False) -> Tensor:
        """Generated points (n, 2), always for the same z. averaged: by the averaged generator."""
        z = self.fixed_z
        if n > MEASURED:
            more = torch.randn(n - MEASURED, self.recipe.z_dim, generator=torch.Generator().manual_seed(self.seed))
            z = torch.cat([z, more])
        with torch.no_grad():
            return (self.gan.ema.network if averaged else self.gan.generator)(z[:n]).flatten(1)

    def logits(self, points: Tensor) -> Tensor:
        """D's logits or scores (n,) at points (n, 2)."""
        with torch.no_grad():
            return self.gan.discriminator(points[:, :, None, None])

    def push(self, points: Tensor) -> Tensor:
        """Where G's loss would move each of the points (n, 2): minus n times its gradient there, (n, 2)."""
        images = points[:, :, None, None].detach().requires_grad_()
        real = self.reference[torch.arange(len(points)) % MEASURED][:, :, None, None]
        loss = self.gan.objective.generator_loss(self.gan.discriminator, images, real)
        (gradient,) = torch.autograd.grad(loss, images)
        return -len(points) * gradient.flatten(1)

    def measure(self, averaged: bool = False) -> dict[str, Any]:
        """Exact measures of MEASURED generated points against as many real ones; see measures.py."""
        return measure(self.points(averaged=averaged), self.reference, self.data)

    def copy(self) -> "Laboratory":
        """The same training at the same moment, to go on in another way."""
        return copy.deepcopy(self)

    def _run(self, step: Any, steps: int) -> None:
        with self.rng, one_thread():
            for _ in range(steps):
                real = self.data.sample(self.recipe.batch_size, self.real_points)[:, :, None, None]
                self.gan.step += 1
                losses = step(self.gan, real)
                self.history.append({"step": self.gan.step} | {name: loss.item() for name, loss in losses.items()})
