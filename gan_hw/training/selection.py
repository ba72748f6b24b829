"""What the best moment of a training is chosen by: scores of the averaged generator, whose seed is no submission's.

Each is called as score(generator, z_dim) and gives a dict with "score", above 0 and higher for better, and what it was
made of. `measure` says in words what the numbers depend on: scores of different measures are not compared.
"""

from functools import cached_property

from gan_hw.data.images import split
from gan_hw.inference.sampling import generate, sample_z
from gan_hw.metrics import classifier
from gan_hw.metrics.afd import headline
from gan_hw.metrics.cascade_file import find_cascade
from gan_hw.metrics.diversity import mean_pairwise_rmse
from gan_hw.metrics.reference import face_reference
from gan_hw.utils.devices import choose_device

SCORED_IMAGES, SCORED_SEED = 200, 2**32 - 1
SHARED = 0.05  # of the images that are learned, the share that may be there twice


class FaceScore:
    """How good a generator's faces are in one number: afd_strict times diversity, counted as at most 1, of n images.

    real: the ImageSet that the generator learns. cascade, workspace: as for find_cascade.
    """

    measure = "afd_strict and diversity"

    def __init__(self, real, workspace, cascade=None, n=SCORED_IMAGES):
        self.real, self.workspace, self.cascade, self.n = real.images[:n], workspace, cascade, n

    def __call__(self, generator, z_dim):
        """{"score", "afd_strict", "diversity"} of a generator. Raises NotMeasured where AFD can't be measured."""
        detector = find_cascade(self.cascade, self.workspace)
        images = generate(generator, sample_z(self.n, z_dim, SCORED_SEED))
        device = next(generator.parameters()).device
        return headline(images, self.spread, detector, device if device.type == "cuda" else "cpu")

    @cached_property
    def spread(self):
        """Mean difference between two real images."""
        return max(mean_pairwise_rmse(self.real), 1e-9)


class ClassScore:
    """How often a generator draws the classes asked for.

    The evaluator's score (see evaluator.score) of SCORED_IMAGES images, asked for what held-out images of the ImageSet
    `real` show; lists like i-CLEVR's test.json stay out of it. The reader is the one that judges later: the best of
    many moments by its eyes is flattered a little, so that a report should say of which moment it is.
    """

    measure = "classes drawn as asked"

    def __init__(self, real, workspace, quiet=False):
        self.wanted = real.labels[split(len(real))[0]][:SCORED_IMAGES]
        self.reader = classifier.trained(real, workspace, choose_device().type, quiet=quiet)

    def __call__(self, generator, z_dim):
        """{"score": ...} of a generator."""
        images = generate(generator, sample_z(len(self.wanted), z_dim, SCORED_SEED), self.wanted)
        return {"score": classifier.score(self.reader.read(images), self.wanted)}


class FeatureScore:
    """How near a generator's images are to the real ones in the face network's features, which sees any pictures.

    By the kernel distance: the Fréchet distance of a few hundred images is mostly bias, which grows with their variety,
    so that of small collections it would choose the moments of little variety.

    real: the ImageSet that the generator learns, of FEWEST images or more. The network trains itself on them at first.
    beside: an ImageSet to take in its place, where there are too few of them. Raises NotMeasured where these are too
    few as well, ValueError when many of the images to compare with are learned from.
    """

    def __init__(self, real, workspace, quiet=False, beside=None):
        self.reference = face_reference(real if beside is None else beside, workspace, quiet)
        if beside is not None:
            _check_apart(real, self.reference)
        self.measure = self.reference.protocol

    def __call__(self, generator, z_dim):
        """{"score", "face_kernel", "face_frechet"} of as many images as are held out.

        score: 1 / (1 + kernel) or, where it is below 0, 1 - kernel.
        """
        images = generate(generator, sample_z(len(self.reference.held_out), z_dim, SCORED_SEED))
        found = self.reference.distances(images)
        score = 1 / (1 + found["kernel"]) if found["kernel"] > 0 else 1 - found["kernel"]
        return {"score": score, "face_kernel": found["kernel"], "face_frechet": found["frechet"]}


def _check_apart(learned, reference):
    """Refuse images to compare with that are learned from, but for what a set holds twice itself.

    `?take=` draws from a set what comparison.split holds out of it, as long as that is enough.
    """
    known = {hash(image.numpy().tobytes()) for image in learned.images}  # a large set's pixels would fill the memory
    shared = sum(hash(image.numpy().tobytes()) in known for image in reference.real.images[reference.rows])
    if shared > SHARED * len(learned):
        raise ValueError(
            f"beside={reference.real.source!r}: {shared} of the pictures to compare with are among those that are "
            f"learned, data={learned.source!r}; take at most {len(reference.held_out)} of it, or compare with others"
        )
