"""Replayed steps are the same as steps one by one, bit for bit, or are not replayed, with the reason.

On the CPU, where a tape stands in for a CUDA graph: tools/benchmarks/tape.py.
"""

import math
import random
import types
from contextlib import contextmanager, nullcontext

import pytest
import torch
from benchmarks.tape import Tape, TapeRecorder, Waits, _equal, examine, run, runner_of, small, state_of
from conftest import image_set
from conftest import small as small_recipe

from gan_hw.losses import Standard
from gan_hw.recipes import RECIPES
from gan_hw.training import cuda_graphs, step_runner
from gan_hw.training.cuda_graphs import CUDAGraphs, recorder_for
from gan_hw.training.ranks import Ranks
from gan_hw.training.snapshot import Snapshot
from gan_hw.training.step import training_step
from gan_hw.training.step_runner import StepRunner, obstacle
from gan_hw.training.trainer import Trainer

STEPS = 10


@pytest.fixture(autouse=True)
def soon_warm(monkeypatch):
    """A CPU's libraries have nothing to prepare."""
    monkeypatch.setattr(step_runner, "WARM_UP_STEPS", 1)


def phases(recipe):
    return len({(step % recipe.n_critic == 0, step % recipe.penalty_every == 0) for step in range(12)})


def different():
    """The recipes whose steps are not those of an earlier one at other rates, for more epochs, or larger."""
    found = {}
    for name in RECIPES:
        recipe = small(name, lr_g=1e-4, lr_d=1e-4, epochs=1, betas=(0.5, 0.9))
        found.setdefault(tuple({**recipe.as_dict(), "name": ""}.values()), name)
    return list(found.values())


@pytest.mark.parametrize("name", different())
def test_replayed_steps_are_those_one_by_one_bit_for_bit_and_wait_for_nothing(name):
    recipe = small(name)
    found = examine(recipe, periods=5)
    assert found["differ"] == [] and found["synchronisations"] == 0 and found["said"] == []
    assert len(found["operations"]) == phases(recipe)
    assert found["replayed"] >= 3 * phases(recipe)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("name", ["gan_quick", "wgan", "wgan_gp"])
def test_so_are_those_under_autocast_with_their_loss_scales(name, precision):
    found = examine(small(name), precision, periods=5)
    assert found["differ"] == [] and found["reason"] is None
    assert found["replayed"] > 0


def test_apart_from_the_average_s_last_digits_it_is_the_training_that_a_cpu_computes():
    taped, plain = runner_of(small("wgan_gp_quick")), runner_of(small("wgan_gp_quick"), recorded=False)
    plain.gan.ema.share = None
    assert run(taped, STEPS) == run(plain, STEPS)
    states = [state_of(runner) for runner in (taped, plain)]
    differ = {name for name in states[0] if not _equal(states, name)}
    assert all("moving average" in name for name in differ)
    for name in differ:
        torch.testing.assert_close(states[0][name], states[1][name], rtol=1e-5, atol=1e-6)


def equal_to_one_by_one(runner, **options):
    """Whether a runner, after STEPS steps, is where one is that never replays."""
    plain = runner_of(small("gan_quick"), recorded=False, **options)
    losses = [run(one, STEPS) for one in (runner, plain)]
    states = [state_of(one) for one in (runner, plain)]
    return str(losses[0]) == str(losses[1]) and all(_equal(states, name) for name in states[0])


def capturable(step):
    """A function as it may be recorded, if what it says is true."""
    step.capturable = True
    return step


def numbered(gan, real):
    return {**training_step(gan, real), "number": torch.full((), float(gan.step))}


def brighter(gan, real):
    return training_step(gan, real * random.random())


def curious(gan, real):
    losses = training_step(gan, real)
    if losses["loss_d"] > 1e9:  # which asks for its value
        raise AssertionError
    return losses


@pytest.mark.parametrize(
    ("step", "reason"),
    [(numbered, "loss number"), (brighter, "random state"), (curious, "synchronizing")],
    ids=["knows its number", "draws from Python's generator", "reads a loss"],
)
def test_a_step_that_says_it_may_be_recorded_and_may_not_is_found_out_and_its_training_is_right(step, reason):
    said = []
    taped = runner_of(small("gan_quick"), step=capturable(step), say=said.append)
    assert equal_to_one_by_one(taped, step=step)
    assert reason in taped.reason
    assert len(said) == 1 and taped.reason in said[0]


def test_a_number_of_the_step_left_in_the_recording_is_found_out():
    said = []
    taped = runner_of(small("gan_quick"), say=said.append)
    taped.gan.ema.share = None  # so that the average's share stands in the recording
    run(taped, STEPS)
    assert taped.reason == "a replayed step differs from an eager one in the weights of the moving average"


def test_a_recording_that_fails_leaves_the_training_as_it_was():
    class Failing(TapeRecorder):
        def record(self, work):
            try:
                raise RuntimeError("operation not permitted.\nmore")
            except RuntimeError:
                raise RuntimeError("the recording can't be ended") from None

    said = []
    taped = runner_of(small("gan_quick"), say=said.append)
    taped.recorder = Failing(taped.gan, taped.random)
    assert equal_to_one_by_one(taped)
    assert said == ["Steps are computed one by one, which is slower than replaying them: operation not permitted."]
    assert taped.replayed == 0


def test_where_recordings_leave_too_little_memory_they_are_thrown_away_and_the_step_is_computed():
    def hungry(gan, real):
        losses = training_step(gan, real)
        if any(recording.replay for recording in taped._recordings.values()):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return losses

    said = []
    taped = runner_of(small("gan_quick"), step=capturable(hungry), say=said.append)
    assert equal_to_one_by_one(taped)
    assert "memory is too small for recordings" in taped.reason and len(said) == 1
    assert taped._recordings == {}


def test_what_two_eager_steps_differ_by_is_no_fault_of_a_recording():
    runner = runner_of(small("gan_quick"))
    weight = next(runner.gan.generator.parameters())

    def at(position):
        weight.data.fill_(position)
        return Snapshot(runner.gan, runner.random)

    start, eager, again, other = at(0.0), at(1.0), at(1.2), at(0.85)
    assert eager.difference(start, other, 0.05, again) is None
    assert eager.difference(start, other, 0.05, eager) == "weights of the generator"
    assert eager.difference(start, at(0.4), 0.05, again) == "weights of the generator"


class OwnLoss(Standard):
    pass


class OwnLayer(torch.nn.Module):
    def forward(self, x):
        return x


def test_what_is_not_the_kit_s_is_recorded_only_if_it_says_so():
    gan = runner_of(small("iclevr_cgan_content")).gan
    assert obstacle(gan, training_step) is None
    assert "<lambda> does not say" in obstacle(gan, lambda gan, real: {})
    assert obstacle(gan, capturable(lambda gan, real: {})) is None
    gan.discriminator.extra = OwnLayer()
    assert "OwnLayer" in obstacle(gan, training_step)
    gan.discriminator.extra = torch.nn.ReLU()
    handle = gan.discriminator.extra.register_forward_hook(lambda *_: None)
    assert "hook" in obstacle(gan, training_step)
    handle.remove()
    gan.objective.objective.feature_extractor = lambda images: images
    assert "<lambda>" in obstacle(gan, training_step)
    gan.objective = OwnLoss()
    assert "OwnLoss" in obstacle(gan, training_step)
    gan.objective = Standard()
    gan.ranks = types.SimpleNamespace(count=2)
    assert "several processes" in obstacle(gan, training_step)
    gan.ranks = Ranks()
    assert obstacle(gan, training_step) is None


@pytest.mark.parametrize("event", ["halved", "loaded"])
def test_other_rates_and_a_loaded_state_are_recorded_anew(event):
    results = []
    for recorded in (True, False):
        runner = runner_of(small("wgan_gp_quick"), recorded=recorded)
        run(runner, 5)
        saved = {name: dict(part) for name, part in runner.gan.state_dict().items()}
        saved = torch.utils._pytree.tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, saved)
        run(runner, 9)
        if event == "halved":
            runner.gan.halve_learning_rates()
        else:
            runner.gan.load_state_dict(saved)
        before = runner.replayed
        losses = run(runner, 16)
        results.append((runner, losses, runner.replayed - before))
    (taped, one, replayed), (plain, other, none) = results
    assert str(one) == str(other) and none == 0 < replayed
    states = [state_of(runner) for runner in (taped, plain)]
    assert all(_equal(states, name) for name in states[0])
    assert len(taped.recorder.tapes) == 4  # two phases, twice


@pytest.mark.parametrize("fields", [{}, {"n_critic": 3}])  # and where steps of another phase come between, one by one
def test_gradients_and_labels_at_hand_are_those_of_the_latest_step(fields):
    runners = [runner_of(small("conditional_quick", **fields), recorded=recorded) for recorded in (True, False)]
    for _ in range(12):
        for runner in runners:
            run(runner, 1)
        one, other = (runner.gan for runner in runners)
        assert torch.equal(one.labels, other.labels)
        for network in ("generator", "discriminator"):
            for mine, theirs in zip(
                getattr(one, network).parameters(), getattr(other, network).parameters(), strict=True
            ):
                assert (mine.grad is None) == (theirs.grad is None)
                assert mine.grad is None or torch.equal(mine.grad, theirs.grad)
    assert runners[0].replayed


def test_replaying_can_be_switched_off_and_recordings_thrown_away():
    taped = runner_of(small("gan_quick"))
    taped.replay = False
    run(taped, 6)
    assert taped.replayed == 0 and taped.reason is None
    taped.replay = True
    run(taped, 6)
    assert taped.replayed == 6 - 2  # a step to warm up, one to record
    taped.discard()
    run(taped, 1)
    assert taped.replayed == 4


def trainer(folder, recorded):
    recipe, images = small_recipe("gan_quick", size=32), image_set(size=32)
    t = Trainer(recipe, images, folder, device="cpu", precision="fp32", quiet=True)
    t.gan.ema.share = torch.zeros(())
    t.gan.step = t.step
    if recorded:
        t.runner.recorder, t.runner.reason = TapeRecorder(t.gan, t.state.random), None
    return t


def test_a_trainer_replays_goes_on_after_a_rollback_and_ends_where_it_would_have(tmp_path):
    ends = []
    for recorded in (True, False):
        t = trainer(tmp_path / str(recorded), recorded)
        t.train(steps=9)
        t.train(steps=14)
        t.state.save()
        with t.state.random:
            t.state.restore()
        t.gan.halve_learning_rates()
        t.train(steps=21)
        t = trainer(tmp_path / str(recorded), recorded)  # as after an interruption
        t.train(steps=27)
        assert t.runner._recordings == {}  # nothing holds memory after the training
        ends.append((t, t.runner.replayed))
    (taped, replayed), (plain, none) = ends
    assert replayed == 4 and none == 0
    rows = [[{**row, "seconds": 0} for row in t.history] for t, _ in ends]
    assert rows[0] == rows[1]
    states = [state_of(t.runner) for t, _ in ends]
    assert all(_equal(states, name) for name in states[0])


def test_a_training_that_fails_holds_no_recordings(tmp_path, monkeypatch):
    t = trainer(tmp_path, True)

    def look(gan, history):
        assert t.runner._recordings
        raise MemoryError

    monkeypatch.setattr(t.monitor, "examine", look)
    with pytest.raises(MemoryError):
        t.train(steps=200)
    assert t.runner._recordings == {}


def test_on_a_cpu_nothing_is_recorded(tmp_path):
    t = Trainer(small_recipe("gan_quick"), image_set(), tmp_path, device="cpu", quiet=True)
    t.train(steps=6)
    assert t.runner.replayed == 0 and "cpu" in t.runner.reason
    assert recorder_for(t.device) is None and t.gan.ema.share is None


def test_a_step_that_fails_does_not_count():
    def failing(gan, real):
        raise ArithmeticError

    runner = runner_of(small("gan_quick"), step=failing)
    with pytest.raises(ArithmeticError):
        run(runner, 1)
    assert runner.gan.step == 0


@pytest.mark.parametrize(
    "waiting",
    [
        lambda x: x.sum().item(), lambda x: bool(x.sum() > 0), lambda x: x.cpu(), lambda x: x.to("cpu"),
        lambda x: x[x > 0], lambda x: x.nonzero(), lambda x: x.tolist(), lambda x: x.masked_select(x > 0),
    ],
)  # fmt: skip
def test_what_would_wait_for_a_gpu_is_noticed(waiting):
    x = torch.rand(3)
    with Waits() as waits:
        torch.where(x > 0, x, x.flip(0)).index_select(0, torch.arange(2)).sum()
    assert waits.found == []
    with Waits() as waits:
        waiting(x)
    assert waits.found


# The part that needs a GPU, with a stand-in for torch.cuda that notes what is asked of it.


class FakeStream:
    def __init__(self, name, notes):
        self.name, self.notes = name, notes

    def wait_stream(self, other):
        self.notes.append(f"{self.name} waits for {other.name}")


@pytest.fixture
def cuda(monkeypatch):
    """A list of what was asked of torch.cuda; `fails` makes the end of a recording fail as well."""
    notes, modes = [], ["default"]
    main, side = FakeStream("main", notes), FakeStream("side", notes)

    class Graph:
        def replay(self):
            notes.append("replay")

    @contextmanager
    def graph(graph, stream):
        notes.append(f"begin on {stream.name}")
        try:
            yield
        except RuntimeError:
            raise RuntimeError("the capture was invalidated") from None
        finally:
            notes.append("end")

    @contextmanager
    def stream(stream):
        notes.append(f"enter {stream.name}")
        yield
        notes.append(f"leave {stream.name}")

    class Generator:
        def clone_state(self):
            return "a clone"

        def graphsafe_set_state(self, state):
            notes.append(f"generator gets {state}")

    fakes = {
        "Stream": lambda device: side, "current_stream": lambda device: main, "stream": stream, "CUDAGraph": Graph,
        "graph": graph, "get_sync_debug_mode": lambda: modes[-1], "set_sync_debug_mode": modes.append,
        "set_stream": lambda stream: notes.append(f"back to {stream.name}"), "current_device": lambda: 0,
        "default_generators": (Generator(),), "synchronize": lambda device: notes.append("synchronize"),
    }  # fmt: skip
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    return types.SimpleNamespace(notes=notes, modes=modes)


def test_work_before_a_recording_is_computed_on_its_stream_and_strictly_if_asked(cuda):
    graphs = recorder_for(torch.device("cuda"))
    with graphs.alone():
        assert cuda.modes == ["default"]
    assert cuda.notes == ["side waits for main", "enter side", "leave side", "main waits for side"]
    with pytest.raises(ArithmeticError), graphs.alone(strict=True):
        assert cuda.modes[-1] == "error"
        raise ArithmeticError
    assert cuda.modes == ["default", "error", "default"]
    assert cuda.notes[-1] == "main waits for side"


def test_a_recording_is_made_on_that_stream_without_garbage_collection(cuda):
    import gc

    graphs = CUDAGraphs(torch.device("cuda"))
    replay, returned = graphs.record(lambda: {"collects": gc.isenabled()})
    assert returned == {"collects": False} and gc.isenabled()
    replay()
    graphs.before_discarding()
    assert cuda.notes == ["begin on side", "end", "replay", "synchronize"]


def test_after_a_failed_recording_stream_and_generator_are_usable_again(cuda):
    def work():
        raise RuntimeError("operation not permitted when stream is capturing\nCUDA kernel errors might …")

    with pytest.raises(RuntimeError, match="invalidated") as error:
        CUDAGraphs(torch.device("cuda")).record(work)
    assert cuda.notes == ["begin on side", "end", "back to main", "generator gets a clone"]
    assert step_runner._line(error.value) == "operation not permitted when stream is capturing"


def test_the_runner_and_the_graphs_fit_together(cuda, monkeypatch):
    """With a graph that computes where a real one records, and again where a real one replays."""

    class Graph:
        def replay(self):
            self.tape.replay()

    @contextmanager
    def graph(graph, stream):
        before, tape = step_runner.Snapshot(runner.gan, runner.random), Tape()
        with tape:
            yield
        before.restore()
        graph.tape = tape

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    runner = runner_of(small("gan_quick"))
    runner.recorder = CUDAGraphs(torch.device("cuda"))
    assert equal_to_one_by_one(runner)
    assert runner.replayed == STEPS - 2 and runner.reason is None
    assert isinstance(runner, StepRunner) and cuda_graphs.recorder_for(torch.device("mps")) is None
    assert not math.isnan(run(runner, 1)[0]["loss_d"])
