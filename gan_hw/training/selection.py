"""What the best moment of a training is chosen by: scores of the averaged generator, for a seed no submission has.

Each is called as score(generator, z_dim) and returns a dict with "score", at least 0 and higher for better, and the
numbers that it was computed from. `measure` says in words what the numbers depend on; scores of different measures are
not compared.
"""

from functools import cached_property
from pathlib import Path

from torch import nn

from gan_hw.data.images import ImageSet, held_out_split
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics import classifier
from gan_hw.metrics.afd import face_scores
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.face_detector import load_face_detector
from gan_hw.metrics.reference import Reference, face_reference
from gan_hw.utils.devices import choose_device
from gan_hw.utils.messages import say

SCORED_IMAGES, SCORED_SEED = 200, 2**32 - 1
MAX_SHARED = 0.05  # of the training images, the share that may be in the set to compare with


class FaceScore:
    """afd_kit times diversity, counted as at most 1, of n images: by the same detector on every machine.

    real: the training images.
    """

    def __init__(self, real: ImageSet, n: int = SCORED_IMAGES) -> None:
        self.real, self.n, self.detector = real.images[:n], n, load_face_detector()
        self.measure = f"afd_kit and diversity; {self.detector.weights}"

    def __call__(self, generator: nn.Module, z_dim: int) -> dict[str, float]:
        """{"score", "afd_kit", "diversity"} of a generator."""
        images = generate(generator, sample_z(self.n, z_dim, SCORED_SEED))
        device = next(generator.parameters()).device
        return face_scores(images, self.real_rmse, self.detector, device if device.type == "cuda" else "cpu")

    @cached_property
    def real_rmse(self) -> float:
        """Mean RMSE over all pairs of real images."""
        return mean_pairwise_rmse(self.real)


class ClassScore:
    """How often a generator draws the requested classes: the evaluator's score (see classifier.score).

    The labels of held-out images of `real` are requested, never a list such as i-CLEVR's test.json. The same evaluator
    evaluates the run later, so that the best moment's score is biased upwards; a report should say of which moment it
    is.
    """

    def __init__(self, real: ImageSet, workspace: str | Path, quiet: bool = False) -> None:
        assert real.labels is not None, "a conditional recipe has labelled images"
        self.requested = real.labels[held_out_split(len(real))[0]][:SCORED_IMAGES]
        self.evaluator = classifier.load_or_train(real, workspace, choose_device().type, quiet=quiet)
        self.measure = f"classes drawn as asked; {self.evaluator.name}"

    def __call__(self, generator: nn.Module, z_dim: int) -> dict[str, float]:
        """{"score": ...} of a generator."""
        images = generate(generator, sample_z(len(self.requested), z_dim, SCORED_SEED), self.requested)
        return {"score": classifier.score(self.evaluator.logits(images), self.requested)}


class FeatureScore:
    """How near a generator's images are to the real ones in the face network's features, for pictures of any kind.

    By the kernel distance: the Fréchet distance of a few hundred images is mostly bias, which grows with their
    diversity, so that on small collections it would choose moments of little diversity.

    real: the training images. beside: images to compare with instead, for a small `real`. The face network is the
    one for whichever of the two is compared with. Raises NotMeasured when they are too few, ValueError when more than
    MAX_SHARED of the training images are among them.
    """

    def __init__(
        self, real: ImageSet, workspace: str | Path, quiet: bool = False, beside: ImageSet | None = None
    ) -> None:
        self.reference = face_reference(real if beside is None else beside, workspace, quiet)
        if beside is not None:
            _check_disjoint(real, self.reference)
        self.measure = self.reference.protocol

    def __call__(self, generator: nn.Module, z_dim: int) -> dict[str, float]:
        """{"score", "face_kernel", "face_frechet"} of as many images as are held out.

        score: 1 / (1 + kernel), or 1 - kernel where the kernel distance is negative.
        """
        images = generate(generator, sample_z(len(self.reference.held_out), z_dim, SCORED_SEED))
        found = self.reference.distances(images)
        score = 1 / (1 + found["kernel"]) if found["kernel"] > 0 else 1 - found["kernel"]
        return {"score": score, "face_kernel": found["kernel"], "face_frechet": found["frechet"]}


def _check_disjoint(training: ImageSet, reference: Reference) -> None:
    """Raise ValueError when more than MAX_SHARED of the training images are among the images to compare with.

    Some duplicates within a set are tolerated. `?take=` draws the images that are held out, if there are enough.
    """
    known = {hash(image.numpy().tobytes()) for image in training.images}  # a large set's pixels would fill the memory
    shared = sum(hash(image.numpy().tobytes()) in known for image in reference.real.images[reference.indices])
    if shared > MAX_SHARED * len(training):
        raise ValueError(
            say(
                "beside={beside!r}: {shared} of the pictures to compare with are among those that are "
                "learned, data={data!r}; take at most {count} of it, or compare with others",
                beside=reference.real.source,
                shared=shared,
                data=training.source,
                count=len(reference.held_out),
            )
        )
