"""Faults that show on a GPU alone, found on the CPU: by counting operations, by a fake event, by a stored state."""

import json

import pytest
import torch
from conftest import image_set, small
from torch.utils._python_dispatch import TorchDispatchMode

from gan_hw.losses import gradient_penalty, squared_slope
from gan_hw.recipes.build import RMSprop, build_discriminator, build_generator, build_objective
from gan_hw.training import schedule, staging
from gan_hw.training.batches import Batches
from gan_hw.training.gan import GAN, _load_optimiser
from gan_hw.training.identity import read_identity
from gan_hw.training.monitor import Monitor
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer

CPU = torch.device("cpu")
READS = ("aten._local_scalar_dense.default", "aten.is_nonzero.default", "aten.nonzero.default")


class Reads(TorchDispatchMode):
    """Counts what would make the CPU wait for a GPU: each value of a tensor that Python asks for."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += str(function) in READS
        return function(*args, **kwargs or {})


def gan_of(recipe, precision="fp32"):
    networks = build_generator(recipe), build_discriminator(recipe)
    return GAN(recipe, *networks, build_objective(recipe), CPU, precision)


class NotesAutocast(torch.autograd.Function):
    """The identity, which notes whether its gradient is computed under autocast."""

    under_autocast = None

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        NotesAutocast.under_autocast = torch.is_autocast_enabled("cpu")
        return gradient


@pytest.mark.parametrize("penalty", [lambda d, x: gradient_penalty(d, x, x.flip(0)), squared_slope], ids=["gp", "r1"])
def test_the_gradient_in_a_penalty_is_computed_outside_autocast(penalty, monkeypatch):
    monkeypatch.setattr(NotesAutocast, "under_autocast", None)
    weight = torch.rand(3 * 8 * 8, 1)

    def dense(images):
        with torch.autocast("cpu", enabled=False):  # as D's last layer, in float32
            return NotesAutocast.apply(images).flatten(1) @ weight

    with torch.autocast("cpu", torch.bfloat16):
        penalty(dense, torch.rand(4, 3, 8, 8))
        assert torch.is_autocast_enabled("cpu")
    assert NotesAutocast.under_autocast is False


def trainer(folder, **options):
    return Trainer(small("gan"), image_set(), folder, device="cpu", precision="fp32", quiet=True, **options)


def test_a_gpu_s_run_logs_looks_and_samples_less_often():
    cpu, cuda = schedule.intervals_on("cpu"), schedule.intervals_on("cuda")
    assert cpu == schedule.intervals_on("mps") == {"log": 16, "monitor": 128, "sample": 128}
    assert all(cuda[name] > cpu[name] for name in cpu)
    assert all(cuda[name] % cuda["log"] == 0 for name in cuda)  # a look writes into the row of its step


def test_a_run_keeps_the_intervals_that_it_began_with(tmp_path):
    trainer(tmp_path)
    identity = read_identity(tmp_path)
    assert identity["every_steps"] == schedule.intervals_on("cpu")
    identity["every_steps"] = schedule.intervals_on("cuda")  # as begun on a GPU
    (tmp_path / "recipe.json").write_text(json.dumps(identity))
    t = trainer(tmp_path)
    due = [step for step in range(1, 4000) if t.schedule.monitor_due(step)]
    assert due == [1024, 2048, 3072]
    assert [step for step in range(128, 4000) if t.schedule.sample_due(step)] == [128, 256, 512, 1024, 2048]
    assert [step for step in range(100, 600) if t.schedule.log_due(step)] == [128, 256, 384, 512]


@pytest.mark.parametrize("stored", [None, 7, {}, {"log": 0, "monitor": "often", "sample": None}])
def test_a_run_without_intervals_goes_on_as_before(stored):
    identity = {} if stored is None else {"every_steps": stored}
    assert schedule.intervals_of(identity) == schedule.intervals_on("cpu")


def test_a_look_reads_from_the_device_once():
    gan, images = gan_of(small("gan")), image_set().images
    monitor = Monitor(images[:8], torch.randn(8, 100), lambda _: None)
    with Reads() as reads:
        measured = monitor.measure(gan.ema.network, gan.discriminator)
    assert measured["finite"] == 1 and measured["score_size"] > 0
    # Four numbers of pixels, which are on the CPU already; what is on the device comes in one list.
    assert reads.count <= 4


def test_all_losses_of_a_row_are_read_at_once(tmp_path):
    state = trainer(tmp_path).state
    state.losses |= {"loss_d": torch.tensor(0.5), "loss_g": torch.tensor(2.0), "penalty": 0.25}
    with Reads() as reads:
        assert state.loss_values() == {"loss_d": 0.5, "loss_g": 2.0, "penalty": 0.25}
    assert reads.count == 0


@pytest.mark.parametrize("name", ["wgan", "gan"])  # RMSprop and Adam
def test_a_step_in_fp16_asks_the_device_nothing(name):
    gan = gan_of(small(name, n_critic=1), "fp16")
    gan.step = 1
    with Reads() as reads:
        training_step(gan, torch.rand(8, 3, 64, 64) * 2 - 1)
    assert reads.count == 0


def rmsprop_steps(kind, gradients, scale=8.0):
    """(weight, average) after steps with these gradients, as a scaler takes them."""
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimiser = kind([weight], lr=0.1, foreach=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    for gradient in gradients:
        optimiser.zero_grad()
        scaler.scale((weight * torch.tensor(gradient)).sum()).backward()
        scaler.step(optimiser)
        scaler.update()
    state = optimiser.state.get(weight) or {"square_avg": torch.zeros(2), "step": torch.tensor(0.0)}
    return weight.detach(), state["square_avg"], state["step"], scaler.get_scale()


INF = float("inf")


@pytest.mark.parametrize("overflows", [(), (0,), (1,), (0, 1, 2)])
def test_a_step_that_overflows_is_left_out_as_the_scaler_would(overflows):
    gradients = [[INF, 1.0] if number in overflows else [3.0, -0.5 * number] for number in range(4)]
    for mine, theirs in zip(
        rmsprop_steps(RMSprop, gradients), rmsprop_steps(torch.optim.RMSprop, gradients), strict=True
    ):
        assert torch.equal(torch.as_tensor(mine), torch.as_tensor(theirs))


def test_counts_of_steps_are_loaded_onto_the_device_that_counts_there():
    cpu = torch.nn.Parameter(torch.ones(2))
    saved = torch.optim.RMSprop([cpu], foreach=True)
    cpu.grad = torch.ones(2)
    saved.step()
    elsewhere = torch.nn.Parameter(torch.ones(2, device="meta"))
    optimiser = torch.optim.RMSprop([elsewhere], foreach=True, capturable=True)
    _load_optimiser(optimiser, saved.state_dict())
    assert optimiser.param_groups[0]["capturable"]
    assert optimiser.state[elsewhere]["step"].device.type == "meta"


class LateCopies:
    """A GPU's tensor and its events, on the CPU: a copy happens when it is waited for, or when it is looked at."""

    pending = []

    def __init__(self):
        self.mine = []

    def record(self):
        self.mine, LateCopies.pending = LateCopies.pending, []

    def synchronize(self):
        for target, source in self.mine:
            target.append(source.clone())
        self.mine = []


class Arrived(list):
    def copy_(self, source, non_blocking):
        assert non_blocking
        LateCopies.pending.append((self, source))


def test_a_large_set_reaches_the_gpu_through_two_pinned_buffers_none_overwritten_too_soon(monkeypatch):
    values = torch.arange(40, dtype=torch.uint8)[:, None]
    monkeypatch.setattr(torch.cuda, "Event", LateCopies)
    monkeypatch.setattr(staging, "pinned", lambda shape, dtype: torch.empty(shape, dtype=dtype))
    source = staging.Staging(values, 4, CPU)
    source.there = Arrived()
    order = torch.randperm(40).split(4)
    for rows in order:
        source.load(rows)
    for event in sorted(source.copied, key=lambda event: event is source.copied[(source.loads - 1) % 2]):
        event.synchronize()
    assert len({id(buffer) for buffer in source.buffers}) == 2
    assert [batch.flatten().tolist() for batch in source.there] == [rows.tolist() for rows in order]


def test_a_staged_batch_is_the_same_as_any_other(monkeypatch):
    monkeypatch.setattr(torch.cuda, "Event", LateCopies)
    monkeypatch.setattr(staging, "pinned", lambda shape, dtype: torch.empty(shape, dtype=dtype))
    images, labels = image_set(10).images, torch.arange(10, dtype=torch.uint8)[:, None]
    plain, staged = (Batches(images, small("gan", batch_size=4), 3, CPU, labels) for _ in range(2))
    staged._pixels = staging.Staging(images, 4, CPU)
    staged._labels = staging.Staging(labels, 4, CPU)
    for step in (0, 1, 2):
        assert torch.equal(plain[step], staged[step])
        assert torch.equal(plain.labels(), staged.labels())
