"""Does an image show what was asked for? A ResNet-18 reads its classes (He et al. 2016, arXiv 1512.03385).

It is trained on real images alone and takes no part in a GAN's training, unless a recipe takes its features for a
perceptual loss: then another one, trained from another seed, has to judge.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet18

from gan_hw.data import labels
from gan_hw.data.images import random_flip, split, to_float
from gan_hw.metrics import cached_networks
from gan_hw.metrics.features import Features
from gan_hw.utils.progress import Progress

EPOCHS, BATCH = 8, 64  # of the training
LEARNING_RATE = 1e-3
SHIFT = 4  # pixels by which images are moved at most while training
RECIPE = 1  # number of this way of training, for the files' names
INDEPENDENT, GUIDE = 0, 1  # seeds of the evaluator that judges, and of one that a loss may use


@dataclass
class Evaluator:
    """A network that reads classes, and the name under which its numbers can be compared.

    network: images float (N, 3, H, W) in [-1, 1] -> logits (N, K). held_out: its score on real images that it has not
    seen, the mark for generated ones (which may be easier to read than any real one); None where that is not known.
    """

    network: nn.Module
    class_names: tuple[str, ...]
    name: str
    held_out: dict | None = None

    def read(self, images):
        """Logits (N, K) on the CPU of images uint8 (N, 3, H, W)."""
        return Features(self.network, self.name, to_float, next(self.network.parameters()).device)(images)

    def judge(self, images, asked):
        """{"score": ..., kind: ...} for images uint8 (N, 3, H, W) of which the classes asked (N, K) were requested."""
        logits = self.read(images)
        return {"score": score(logits, asked), **accuracy_by_kind(logits, asked, self.class_names)}


def score(outputs, asked):
    """Share of the classes asked for that are read: of each image, its k highest outputs count, k classes being asked.

    outputs: (N, K), logits or probabilities. asked: (N, K) multi-hot. Hits are counted over all images together, as the
    conditional lab of NYCU's deep learning course counts them.
    """
    hits = 0
    for row, wanted in zip(outputs, asked, strict=True):
        highest = row.topk(int(wanted.sum())).indices
        hits += int(wanted[highest].sum())
    return hits / max(int(asked.sum()), 1)


def accuracy_by_kind(outputs, asked, class_names):
    """{kind: share} of images of which the class with the highest output among its kind's is the one asked for.

    A kind is the last word of classes' names ("hair" of "pink hair"); kinds of which images show several classes, or
    none, are left out, as are kinds of one class.
    """
    alone = {kind: columns for kind, columns in labels.choices(class_names).items() if len(columns) > 1}
    return {
        kind: (outputs[:, columns].argmax(1) == asked[:, columns].argmax(1)).float().mean().item()
        for kind, columns in alone.items()
        if bool((asked[:, columns].sum(1) == 1).all())
    }


def build(classes):
    """An untrained ResNet-18 for small images: its first convolution has 3x3 weights and keeps the size."""
    network = resnet18(num_classes=classes)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    return network


def trained(real, workspace, device="cpu", seed=INDEPENDENT, quiet=False):
    """The Evaluator of the labelled ImageSet `real`, trained at the first call (minutes) and kept in the workspace.

    Raises ValueError when the images have no labels.
    """
    if real.labels is None:
        raise ValueError(
            f"data={real.source!r} has no labels to learn; name a table of them: {real.source}?labels=FILE"
        )
    name = f"evaluator{RECIPE}-{real.name}-{real.fingerprint}-{real.images.shape[-1]}-s{seed}.safetensors"
    path = Path(workspace) / "data" / name
    classes = len(real.class_names)
    facts = {"source": real.source, "fingerprint": real.fingerprint, "epochs": EPOCHS, "seed": seed}
    network = cached_networks.trained_once(
        path, lambda: build(classes), lambda: train(real, device, quiet, f" ({seed + 1} of 2)" if seed else ""),
        facts, device, seed,
    ).to(device)  # fmt: skip
    name = f"a ResNet-18 trained on {real.name} {real.fingerprint}, weights {cached_networks.digest(network)}"
    found = Evaluator(network, real.class_names, name)
    held_out = split(len(real))[0]
    found.held_out = found.judge(real.images[held_out], real.labels[held_out])
    return found


def train(real, device, quiet=False, which=""):
    """A ResNet-18 trained for EPOCHS passes over the labelled ImageSet `real`, but for what is held out of it."""
    network = build(len(real.class_names)).to(device, memory_format=torch.channels_last)
    known = split(len(real))[1]

    def loss_of_batch():
        rows = known[torch.randint(len(known), (BATCH,))]
        images = moved(to_float(real.images[rows].to(device)))
        with cached_networks.fast(device):
            logits = network(images.contiguous(memory_format=torch.channels_last))
        return F.binary_cross_entropy_with_logits(logits.float(), real.labels[rows].to(device).float())

    progress = Progress(f"Learning to read classes{which}", quiet=quiet)
    steps = EPOCHS * max(1, len(known) // BATCH)
    cached_networks.fit(
        network.parameters(), loss_of_batch, steps, progress, LEARNING_RATE, weight_decay=1e-2, warm_up=0.2
    )
    return network


def moved(images):
    """Each image mirrored or not, all moved by the same few pixels: classes stay what they are."""
    images = random_flip(images)
    top, left = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
    padded = F.pad(images, [SHIFT] * 4, mode="replicate")
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


def published(path, class_names):
    """The Evaluator in the checkpoint that the conditional lab of NYCU's deep learning course gives out.

    A ResNet-18 whose last layer is a linear one and a sigmoid, under the key "model". Loading runs no code of the file.
    Raises FileNotFoundError, ValueError when it is another file or has another number of classes.
    """
    network = resnet18()
    network.fc = nn.Sequential(nn.Linear(network.fc.in_features, len(class_names)), nn.Identity())
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model"])
    except (RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"'{path}' is no checkpoint of a ResNet-18 with {len(class_names)} classes: {reason}"
        ) from error
    return Evaluator(
        network.eval(), tuple(class_names), f"the lab's ResNet-18, weights {cached_networks.digest(network)}"
    )
