"""Section `two cards`: one training on two GPUs, where there are two, beside the same on one."""

from argparse import Namespace

import torch

from .results import NotRun

STEPS = 256


def section(context, measure):
    for name in ("gan", "gan_r1_quick"):
        measure(name, lambda name=name: on_one_and_two(context, name))


def on_one_and_two(context, name):
    """{"one", "two"}: what ranks.py measures, steps one by one in both."""
    context.need_cuda()
    if (count := torch.cuda.device_count()) < 2:
        raise NotRun(f"this machine has {count} GPU")
    from ranks import measured

    arguments = Namespace(recipe=name, steps=STEPS, device="cuda")
    return {"one": measured(1, arguments), "two": measured(2, arguments)}
