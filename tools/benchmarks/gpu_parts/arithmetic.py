"""Section `arithmetic`: images, logits and gradients of one step against float64, and against the CPU.

And 50 steps in float64 on the device against homework 6's plain formulae, from the same start and with the same noise.
"""

import torch
from reference import Reference
from torch.overrides import TorchFunctionMode

from gan_hw.data.images import to_float
from gan_hw.inference.sampling import sample_z
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator, build_objective
from gan_hw.training.gan import FIRST_SCALE
from gan_hw.training.step import training_step
from gan_hw.utils.devices import has_bf16, has_fp16
from gan_hw.utils.seeds import IsolatedRNG

from .card import has_tf32
from .context import CPU, multiplying, noise, relative_error
from .results import NotRun

CASES = ("gan", "wgan_gp", "gan_r1")  # without a penalty, with a second derivative on mixed images, and on real ones
IMAGES, STEPS = 8, 50
REDUCED = {"bf16": torch.bfloat16, "fp16": torch.float16}


class SameDraws(TorchFunctionMode):
    """In this block random numbers are drawn on the CPU, in float32: the same for any device and type."""

    def __init__(self, seed=0):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(self, function, _types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function not in (torch.rand, torch.randn):
            return function(*args, **kwargs)
        drawn = function(*args, generator=self.generator)
        return drawn.to(kwargs.get("device"), kwargs.get("dtype") or drawn.dtype)


def section(context, measure):
    for name in CASES:
        recipe = context.recipe(name)
        true = {}

        def compared(way, recipe=recipe, true=true):
            if not true:
                true.update(quantities(recipe, CPU, "float64"))
                true["on the CPU"] = quantities(recipe, CPU, "fp32")
            return errors(context, recipe, way, true)

        for way in ("fp32 on the CPU", "bf16 on the CPU", "fp32", "TF32", "bf16", "fp16", "float64"):
            measure(f"{name}, {way}", lambda way=way, compared=compared: compared(way))
    for form in ("gan", "wgan", "wgan_gp"):
        measure(f"{form}, {STEPS} steps in float64", lambda form=form: plain_formulae(context, form))


def errors(context, recipe, way, true):
    """{quantity: error against float64} and the same against the CPU's fp32, relative."""
    precision, _, on_cpu = way.partition(" on the ")
    device = CPU if on_cpu else context.device
    if not on_cpu:
        context.need_cuda()
    supported = {"TF32": has_tf32, "bf16": has_bf16, "fp16": has_fp16}.get(precision, lambda _: True)
    if not supported(device):
        raise NotRun(f"this {'processor' if on_cpu else 'card'} has no {precision}")
    found = quantities(recipe, device, precision)
    return {
        "error": {name: relative_error(value, true[name]) for name, value in found.items()},
        "from the CPU": {name: relative_error(value, true["on the CPU"][name]) for name, value in found.items()},
    }


def quantities(recipe, device, precision):
    """{name: tensor} of one step from a fixed start, in the order in which errors add up."""
    dtype = torch.float64 if precision == "float64" else torch.float32
    with IsolatedRNG(0, CPU):
        networks = build_generator(recipe), build_discriminator(recipe)
    objective = build_objective(recipe)
    generator, discriminator = (network.to(device, dtype).to(memory_format=torch.channels_last) for network in networks)
    z = sample_z(IMAGES, recipe.z_dim).to(device, dtype)
    real = to_float(noise(recipe).images[:IMAGES]).to(device, dtype).contiguous(memory_format=torch.channels_last)
    scale = FIRST_SCALE if precision == "fp16" else 1.0
    reduced = torch.autocast(device.type, REDUCED.get(precision, torch.bfloat16), enabled=precision in REDUCED)
    with multiplying(tf32=precision == "TF32"):
        with reduced, SameDraws():
            fake = generator(z)
            logits = discriminator(real)
            loss_d = objective.discriminator_loss(discriminator, real, fake.detach())
            penalty = objective.penalty(discriminator, real, fake.detach())
            loss_d = loss_d if penalty is None else loss_d + penalty
        gradients_d = torch.autograd.grad(scale * loss_d, list(discriminator.parameters()))
        with reduced:
            loss_g = objective.generator_loss(discriminator, fake, real)
        gradients_g = torch.autograd.grad(scale * loss_g, list(generator.parameters()))
        found = {
            "images": fake, "logits": logits, "loss of D": loss_d,
            "gradients of D": torch.cat([part.flatten().double() for part in gradients_d]) / scale,
            "gradients of G": torch.cat([part.flatten().double() for part in gradients_g]) / scale,
        }  # fmt: skip
        return {name: value.detach().to(CPU, torch.float64) for name, value in found.items()}


def plain_formulae(context, form):
    """How far the kit is from homework 6's formulae after 50 steps in float64 on the device, relative."""
    context.need_cuda()
    device, recipe = context.device, RECIPES[form].replace(feature_dim=8, batch_size=8)
    with IsolatedRNG(0, CPU):
        generator, discriminator = build_generator(recipe).double(), build_discriminator(recipe).double()
    generator.register_forward_pre_hook(lambda _, z: (z[0].double(),))
    plain = Reference(form, f=recipe.feature_dim, dtype=torch.float64, device=device).like(generator, discriminator)
    batches = []

    def step(gan, real):
        batches.append(real.double())
        return training_step(gan, batches[-1])

    kit = context.trainer(
        recipe, f"formulae-{form}", precision="fp32", generator=generator, discriminator=discriminator, step=step
    )
    kit.train(steps=STEPS)
    with IsolatedRNG(kit.seed, device):
        for real in batches:
            plain.train_on(real)
    z = sample_z(IMAGES, recipe.z_dim).to(device)
    with torch.no_grad():
        found = relative_error(kit.generator(z), plain.generator(z.double()))
    return {"error": {"images": found}}
