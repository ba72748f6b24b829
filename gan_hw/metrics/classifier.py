"""Does an image show the requested classes? A classifier says.

For the drawn faces one ships with the kit, a small one (weights/drawn_classifier.md). For other labelled images it is a
ResNet-18 (He et al. 2016, arXiv 1512.03385), trained at the first use.

The evaluator is trained on real images alone and takes no part in a GAN's training. Where a recipe's perceptual loss
uses a classifier's features, that is another one, trained from another seed.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import ResNet, resnet18

from gan_hw.data.drawn_faces import class_names as drawn_class_names
from gan_hw.data.images import ImageSet, held_out_split, random_flip, random_shift, to_float
from gan_hw.data.labels import class_groups
from gan_hw.metrics import cached_networks
from gan_hw.metrics.face_network import conv_block
from gan_hw.metrics.features import FeatureExtractor
from gan_hw.metrics.shipped_networks import load_shipped
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress

CLASSIFIER_EPOCHS, CLASSIFIER_BATCH = 8, 64  # passes over the images, and images per step
CLASSIFIER_LR = 1e-3
MAX_SHIFT_PIXELS = 4  # by which a training image is moved at most
CLASSIFIER_VERSION = 1  # in file names; to be raised when the training changes
SMALL_SIDE = 64  # pixels: of the images that the small classifier has learned
SMALL_CHANNELS = (32, 64, 128, 192)  # of the small classifier's blocks
EVALUATOR_SEED = 0  # of the classifier that evaluates generated images
LOSS_SEED = 1  # of the classifier whose features a perceptual loss uses


Network = TypeVar("Network", bound=nn.Module)


@dataclass
class Evaluator:
    """A classifier that evaluates conditional generators, with a name that tells which numbers can be compared.

    network: images float (N, 3, H, W) in [-1, 1] -> logits (N, K). held_out_scores: what `evaluate` gives for real
    images that it has not seen, to compare generated ones with (these may be easier to classify than any real one);
    None where that is not known.
    """

    network: nn.Module
    class_names: tuple[str, ...]
    name: str
    held_out_scores: dict[str, float] | None = None

    def logits(self, images: Tensor | np.ndarray) -> Tensor:
        """Logits (N, K) on the CPU of images uint8 (N, 3, H, W)."""
        return FeatureExtractor(self.network, self.name, to_float, next(self.network.parameters()).device)(images)

    def evaluate(self, images: Tensor | np.ndarray, requested: Tensor) -> dict[str, float]:
        """{"score": ..., group: ...} of images uint8 (N, 3, H, W) generated for the multi-hot labels requested (N, K).

        The first as in `score`, the others as in `accuracy_by_group`.
        """
        logits = self.logits(images)
        return {"score": score(logits, requested), **accuracy_by_group(logits, requested, self.class_names)}


def score(outputs: Tensor, requested: Tensor) -> float:
    """The share of requested classes that are among their image's k highest outputs, k classes being requested of it.

    outputs: (N, K), logits or probabilities. requested: (N, K) multi-hot. Hits are summed over all images before the
    division, as the conditional lab of NYCU's deep learning course does.
    """
    hits = 0
    for image_outputs, image_requested in zip(outputs, requested, strict=True):
        highest = image_outputs.topk(int(image_requested.sum())).indices
        hits += int(image_requested[highest].sum())
    return hits / max(int(requested.sum()), 1)


def accuracy_by_group(outputs: Tensor, requested: Tensor, class_names: Sequence[str]) -> dict[str, float]:
    """{group: accuracy}, the share of images whose highest output within a group of classes is the requested one.

    outputs, requested: as in `score`. Groups: see labels.class_groups; "pink hair" belongs to "hair". A group is left
    out when it has one class only, or when some image has none or several of its classes requested.
    """
    groups = {group: columns for group, columns in class_groups(class_names).items() if len(columns) > 1}
    return {
        group: (outputs[:, columns].argmax(1) == requested[:, columns].argmax(1)).float().mean().item()
        for group, columns in groups.items()
        if bool((requested[:, columns].sum(1) == 1).all())
    }


def build_resnet18(classes: int) -> ResNet:
    """An untrained ResNet-18 for small images: its first convolution has 3x3 weights and stride 1."""
    network = resnet18(num_classes=classes)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    return network


def build_small_classifier(classes: int) -> nn.Sequential:
    """An untrained small classifier: images float (N, 3, H, W) in [-1, 1] -> logits (N, classes)."""
    channels = (3, *SMALL_CHANNELS)
    halving = (conv_block(channels[i], channels[i + 1], 2) for i in range(len(SMALL_CHANNELS)))
    last = SMALL_CHANNELS[-1]
    return nn.Sequential(
        *halving, conv_block(last, last, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, classes)
    )


def load_drawn_classifier(class_names: Sequence[str], seed: int = EVALUATOR_SEED) -> nn.Sequential:
    """The shipped classifier of that seed, which reads these classes of the drawn faces.

    Raises ValueError for a class that the drawn faces do not have.
    """
    known = drawn_class_names()
    network = load_shipped(f"drawn_classifier_{seed}", lambda: build_small_classifier(len(known)))
    columns = [known.index(name) for name in class_names]
    layer = network[-1]
    assert isinstance(layer, nn.Linear)
    network[-1] = nn.Linear(layer.in_features, len(columns))
    network[-1].load_state_dict({"weight": layer.weight[columns], "bias": layer.bias[columns]})
    return network.eval()


def is_drawn(real: ImageSet) -> bool:
    """Whether these are the kit's drawn faces, with classes and at the size that the shipped classifier has learned."""
    source = real.source.partition(":")[0].partition("?")[0]
    known = set(drawn_class_names()).issuperset(real.class_names)
    return source == "drawn" and known and real.images.shape[-1] == SMALL_SIDE


def load_or_train(
    real: ImageSet,
    workspace: str | Path,
    device: str | torch.device = "cpu",
    seed: int = EVALUATOR_SEED,
    quiet: bool = False,
) -> Evaluator:
    """The Evaluator for the labelled images `real`: the shipped one for drawn faces, else one trained on them.

    The latter is trained at the first call (minutes) and cached in the workspace.
    Raises ValueError when the images have no labels.
    """
    if real.labels is None:
        raise ValueError(
            f"data={real.source!r} has no labels to learn; name a table of them: {real.source}?labels=FILE"
        )
    size = real.images.shape[-1]
    file = f"evaluator{CLASSIFIER_VERSION}-{real.name}-{real.fingerprint}-{size}-s{seed}.safetensors"
    metadata = {"source": real.source, "fingerprint": real.fingerprint, "epochs": CLASSIFIER_EPOCHS, "seed": seed}
    second = say("Training classifier {number} of 2", number=seed + 1)
    title = second if seed else say("Training the classifier")
    network: nn.Module
    if is_drawn(real):
        network, what = load_drawn_classifier(real.class_names, seed), "the kit's classifier of drawn faces"
    else:
        network = cached_networks.load_or_train(
            Path(workspace) / "data" / file, lambda: build_resnet18(len(real.class_names)),
            lambda: train(
                real, build_resnet18(len(real.class_names)), device, Progress(title, quiet=quiet), CLASSIFIER_EPOCHS
            ),
            metadata, device, seed,
        )  # fmt: skip
        what = f"a ResNet-18 trained on {real.name} {real.fingerprint}"
    network = network.to(device)
    evaluator = Evaluator(network, real.class_names, f"{what}, weights {cached_networks.network_hash(network)}")
    held_out = held_out_split(len(real))[0]
    evaluator.held_out_scores = evaluator.evaluate(real.images[held_out], real.labels[held_out])
    return evaluator


def train(real: ImageSet, network: Network, device: str | torch.device, progress: Progress, epochs: int) -> Network:
    """The network, trained for so many passes over the labelled images of `real` that are not held out."""
    network = network.to(device).to(memory_format=torch.channels_last)
    all_labels = real.labels
    assert all_labels is not None, "load_or_train refuses images without labels"
    training_rows = held_out_split(len(real))[1]

    def batch_loss() -> Tensor:
        rows = training_rows[torch.randint(len(training_rows), (CLASSIFIER_BATCH,))]
        images = random_flip_and_shift(to_float(real.images[rows].to(device)))
        with cached_networks.autocast(device):
            logits = network(images.contiguous(memory_format=torch.channels_last))
        return F.binary_cross_entropy_with_logits(logits.float(), all_labels[rows].to(device).float())

    steps = epochs * max(1, len(training_rows) // CLASSIFIER_BATCH)
    cached_networks.minimise(
        batch_loss, network.parameters(), steps=steps, lr=CLASSIFIER_LR, weight_decay=1e-2, warm_up=0.2,
        progress=progress,
    )  # fmt: skip
    return network


def random_flip_and_shift(images: Tensor) -> Tensor:
    """Images (N, 3, H, W), each mirrored with probability 1/2, all shifted by the same few pixels: classes stay."""
    return random_shift(random_flip(images), MAX_SHIFT_PIXELS)


def load_lab_evaluator(path: str | Path, class_names: Sequence[str]) -> Evaluator:
    """The Evaluator in the checkpoint that the conditional lab of NYCU's deep learning course gives out.

    It is a ResNet-18 whose last layer is linear with a sigmoid, under the key "model". Loading runs no code from the
    file. Raises FileNotFoundError, and ValueError when the file is something else or has another number of classes.
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
    name = f"the lab's ResNet-18, weights {cached_networks.network_hash(network)}"
    return Evaluator(network.eval(), tuple(class_names), name)
