"""Several processes that train one run, started by torchrun as a user does, on the CPU.

Starting PyTorch in three processes takes most of the time, so that one start serves several facts. The same file is the
program that torchrun starts for what the command line can't say: `train_each` is called by both kinds of process.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from conftest import ROOT, image_set, small
from torch import nn

from gan_hw.cli import main
from gan_hw.inference.weights import load_generator
from gan_hw.networks.dcgan import Discriminator
from gan_hw.recipes.build import build_discriminator, build_generator
from gan_hw.training.history import read_history
from gan_hw.training.many_ranks import ManyRanks
from gan_hw.training.run_folder import RunFolder
from gan_hw.training.shared_draws import SharedDraws
from gan_hw.training.step import training_step
from gan_hw.training.trainer import Trainer

STEPS = {"penalty": 50, "lazy_r1_flip": 50, "batch_norm": 6}  # of other trainings 20
COMMAND = "--recipe gan_quick --data drawn:64 --best none --set feature_dim=4 --set batch_size=8 --run shared"


class InFloat64(nn.Module):
    """A network in float64, where 50 steps of Adam don't amplify rounding into what a wrong gradient would give."""

    per_image = True

    def __init__(self, body):
        super().__init__()
        self.body = body.double()

    def forward(self, x):
        return self.body(x.double())


class DroppingDiscriminator(Discriminator):
    """A discriminator with dropout and noise of its own, of images of 64 pixels."""

    def __init__(self):
        super().__init__(4, d_norm="none")
        self.stem.append(nn.Dropout(0.3))

    def forward(self, images):
        return super().forward(images + 0.1 * torch.randn_like(images))


def parts_of(name, discriminator=None, **fields):
    """The arguments of a Trainer: a small recipe with networks of float64 that treat each image alone."""
    recipe = small(name, g_norm="none", d_norm="none", **fields)
    return {
        "recipe": recipe,
        "generator": InFloat64(build_generator(recipe)),
        "discriminator": InFloat64(discriminator or build_discriminator(recipe)),
    }


TRAININGS = {
    "penalty": lambda: parts_of("wgan_gp"),
    "lazy_r1_flip": lambda: parts_of("gan_r1_quick"),
    "augmented": lambda: parts_of("r3gan", augment=True, repeats=2),
    "own_noise": lambda: parts_of("gan", DroppingDiscriminator()),
    "batch_norm": lambda: {"recipe": small("gan")},
}


def train_each(folder):
    """Every training of TRAININGS, and what each process holds afterwards, in a file per process."""
    rank = int(os.environ.get("RANK", "0"))
    held, refused = {}, ""
    for name, parts in TRAININGS.items():
        torch.manual_seed(rank)  # own networks begin with other weights on each rank, until rank 0's are shared
        trainer = Trainer(images=image_set(), folder=folder / name, device="cpu", quiet=True, **parts())
        trainer.train(steps=STEPS.get(name, 20))
        losses = [row["loss_d"] for row in trainer.history]
        held[name] = {**trainer.gan.state_dict(), "random": trainer.state.random.state_dict()["cpu"], "losses": losses}
    held["recovered"], held["resumed"] = recovered(folder, rank), resumed(folder)
    try:
        Trainer(small("gan", batch_size=9), image_set(), folder / "odd", device="cpu", quiet=True)
    except ValueError as error:
        refused = str(error)
    torch.save({"held": held, "refused": refused}, folder / f"rank{rank}.pt")


def recovered(folder, rank):
    """A training that one rank's weight spoils once, at step 6, and that goes back."""
    spoilt = []

    def step(gan, real):
        if gan.step == 6 and not spoilt:
            spoilt.append(gan.step)
            if rank == int(os.environ.get("WORLD_SIZE", "1")) - 1:
                next(gan.discriminator.parameters()).data.fill_(float("nan"))
        return training_step(gan, real)

    trainer = Trainer(small("gan"), image_set(), folder / "spoilt", device="cpu", quiet=True, step=step, keep_every=4)
    trainer.train(steps=12)
    rate = trainer.gan.optimiser_d.param_groups[0]["lr"]
    return {**trainer.gan.state_dict(), "halvings": trainer.state.halvings, "rate": rate}


def resumed(folder):
    """Weights after the training batch_norm with an interruption."""
    for steps in (3, 6):
        trainer = Trainer(small("gan"), image_set(), folder / "resumed", device="cpu", quiet=True)
        trainer.train(steps=steps)
    return trainer.gan.state_dict()


def start(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *arguments]
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def start_command(folder, more):
    return start("-m", "--", "gan_hw", "train", *COMMAND.split(), *more.split(), cwd=folder)


def wait_for(condition, process, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None and time.monotonic() < until, process.communicate()[0]
        time.sleep(0.02)


def ranks_of(process):
    """Process ids of the ranks, by number."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == process.pid:
                environment = (entry / "environ").read_bytes()
                found[int(re.search(rb"\0RANK=(\d+)", environment)[1])] = int(entry.name)
        except (OSError, TypeError):
            continue
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder, what rank 0 held, what rank 1 held, what one plain process held) after the same trainings."""
    folder, alone = tmp_path_factory.mktemp("two"), tmp_path_factory.mktemp("one")
    process = start(__file__, str(folder), cwd=folder)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    train_each(alone)
    return folder, *(torch.load(file) for file in (folder / "rank0.pt", folder / "rank1.pt", alone / "rank0.pt"))


def largest_difference(first, second):
    pairs = [
        (first[part][name], second[part][name])
        for part in ("generator", "ema", "discriminator")
        for name in first[part]
    ]
    return max((one.double() - other.double()).abs().max().item() for one, other in pairs)


@pytest.mark.parametrize("name", [name for name in TRAININGS if name != "batch_norm"])
def test_two_processes_compute_what_one_does_within_rounding(trained, name):
    _, first, _, alone = trained
    first, alone = first["held"][name], alone["held"][name]
    difference = largest_difference(first, alone)
    print(f"{name}: largest difference of a weight {difference:.1e}")
    assert difference < 1e-8  # a step of Adam is 1e-4
    assert first["losses"] == pytest.approx(alone["losses"], rel=1e-3, abs=1e-4)
    assert torch.equal(first["random"], alone["random"])


@pytest.mark.parametrize("name", TRAININGS)
def test_both_processes_hold_the_same_bits(trained, name):
    _, first, second, _ = trained
    first, second = first["held"][name], second["held"][name]
    assert largest_difference(first, second) == 0
    if name != "own_noise":  # its last sample, which rank 0 alone makes, draws noise; the next call begins as one
        assert torch.equal(first["random"], second["random"])
    assert str(first["optimiser_g"]) == str(second["optimiser_g"])


def test_divergence_on_one_rank_takes_all_back_with_half_the_rates(trained):
    _, *each = trained
    first, second, alone = (found["held"]["recovered"] for found in each)
    assert (first["halvings"], second["halvings"], alone["halvings"]) == (1, 1, 1)
    assert first["rate"] == second["rate"] == alone["rate"] == small("gan").lr_d / 2
    assert largest_difference(first, second) == 0


def test_resuming_with_as_many_processes_gives_the_same_bits(trained):
    _, first, _, _ = trained
    assert largest_difference(first["held"]["batch_norm"], first["held"]["resumed"]) == 0


def test_the_run_folder_is_that_of_one_process_and_names_the_processes(trained):
    folder, *_ = trained
    assert json.loads((folder / "penalty" / "recipe.json").read_text())["machine"]["processes"] == 2
    assert len(list((folder / "penalty" / "checkpoints").glob("*.pt"))) == 2
    assert not (folder / "odd").exists()


def test_a_batch_that_two_can_t_share_is_refused_on_both_with_one_to_try(trained):
    _, first, second, alone = trained
    assert first["refused"] == second["refused"]
    assert "batch_size=9 is that of all 2 processes together" in first["refused"]
    assert "--set batch_size=10" in first["refused"]
    assert not alone["refused"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rows: torch.rand(rows, 1, 1, 1),
        lambda rows: torch.randn((rows, 3)),
        lambda rows: torch.randint(0, 9, (rows, 1)),
        lambda rows: torch.randint(high=9, size=(rows,)),
        lambda rows: torch.rand_like(torch.zeros(rows, 2)),
        lambda rows: torch.zeros(rows, 2).normal_(),
        lambda rows: torch.nn.functional.dropout(torch.ones(rows, 5)),
    ],
)
def test_the_shares_of_all_ranks_are_the_draw_of_one_process(draw):
    def shares(rank, batches):
        torch.manual_seed(3)
        with SharedDraws(rank, 3, batch=2):
            own = draw(2 * batches).split(2)
        return own, torch.get_rng_state()

    for batches in (1, 2):  # two: as real and generated images in one forward pass
        torch.manual_seed(3)
        whole, state = draw(6 * batches).split(2), torch.get_rng_state()
        for rank in range(3):
            own, own_state = shares(rank, batches)
            assert all(torch.equal(own[k], whole[3 * k + rank]) for k in range(batches))
            assert torch.equal(state, own_state)


def test_numbers_that_belong_to_no_image_are_the_same_on_every_rank():
    torch.manual_seed(3)
    expected = torch.rand(()), torch.randn(5)
    for rank in range(2):
        torch.manual_seed(3)
        with SharedDraws(rank, 2, batch=4):
            assert all(torch.equal(a, b) for a, b in zip(expected, (torch.rand(()), torch.randn(5)), strict=True))


@pytest.mark.fault
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the ranks in Linux's /proc")
def test_a_killed_rank_ends_all_and_any_number_of_processes_resumes(tmp_path, capsys, monkeypatch):
    run = tmp_path / "workspace" / "runs" / "shared"
    process = start_command(tmp_path, "--steps 100000 --keep-every 8")
    wait_for((run / "checkpoints" / "kept-0000008.pt").exists, process)
    os.kill(ranks_of(process)[1], signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert output.count("another of the 2 processes has ended, so this one (rank 0) ends too") == 1
    assert "the same command resumes" in output
    saved = RunFolder(run).load_checkpoint()["step"]
    assert saved >= 8

    monkeypatch.chdir(tmp_path)
    assert main(["train", *COMMAND.split(), "--steps", str(saved + 3)]) == 0  # one plain process
    assert f"Resuming at step {saved}" in (said := capsys.readouterr().out)
    assert "machine, processes: 2 there, None now" in said
    assert read_history(run)[-1]["step"] == saved + 3

    process = start_command(tmp_path, "--steps 100000")
    wait_for((run / "samples" / f"{1 << (saved + 3).bit_length():07}.png").exists, process)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=120)
    assert output.count(f"Resuming at step {saved + 3}") == 1
    assert output.count("Stopped at step") == 1
    assert process.returncode != 0
    stopped = int(re.search(r"Stopped at step (\d+) and saved", output)[1])
    assert RunFolder(run).load_checkpoint()["step"] == stopped
    load_generator(run)


@pytest.mark.fault
def test_an_error_of_all_is_reported_once(tmp_path):
    process = start_command(tmp_path, "--steps 3 --set batch_size=9")
    output, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert output.count("batch_size=9 is that of all 2 processes together") == 1
    assert not (tmp_path / "workspace" / "runs").exists()


@pytest.mark.fault
def test_commands_that_torchrun_would_run_twice_are_refused(monkeypatch, capsys):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["log", "nowhere"]) == 2
    assert "torchrun is for the command train alone; start log without it" in capsys.readouterr().err


def test_losses_of_an_own_step_are_averaged_whatever_they_are():
    ranks = SimpleNamespace(_average=lambda values: values.mul_(2))
    assert ManyRanks.mean(ranks, {}) == {}
    averaged = ManyRanks.mean(ranks, {"loss_d": torch.ones(1), "extra": 0.5, "count": 3})
    assert {name: value.item() for name, value in averaged.items()} == {"loss_d": 2.0, "extra": 1.0, "count": 6.0}


if __name__ == "__main__":
    train_each(Path(sys.argv[1]))
