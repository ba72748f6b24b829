"""Generated images beside real ones, in a network's features: distances, the real data's own, and their protocol."""

from functools import cached_property
from pathlib import Path

from gan_hw.data.downloads import DownloadFailed
from gan_hw.data.images import split
from gan_hw.metrics import distances
from gan_hw.metrics.distances import Moments
from gan_hw.metrics.face_network import FEWEST, face_features
from gan_hw.metrics.features import inception
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils import files
from gan_hw.utils.devices import choose_device
from gan_hw.utils.progress import Progress

REFERENCE = 10_000  # real images to compare with, at most


class Reference:
    """Real images to compare with, in some features, which are computed once and kept in the workspace.

    features: a features.Features. real: the ImageSet, of which a part is held out.
    """

    def __init__(self, features, real, workspace, quiet=False):
        self.features, self.real = features, real
        self.held_out, self.rows = split(len(real))
        self.rows = self.rows[:REFERENCE]
        self.known = self._known(workspace, quiet)
        self.moments = Moments.of(self.known)

    def _known(self, workspace, quiet):
        """Features (M, D) of the reference images, from the cache where they are there."""
        path = Path(workspace) / "data" / f"reference-{files.short_hash(self.protocol)}.pt"
        try:
            return files.load(path)["features"]
        except FileNotFoundError:
            pass
        except ValueError as error:
            print(f"The kept features are unusable and are computed again: {error}")
        progress = Progress("Looking at real images", "images", quiet)
        found = self.features(self.real.images[self.rows], progress)
        progress.close()
        files.save(path, {"features": found})
        return found

    @cached_property
    def within(self):
        """Of the kernel distance what depends on the real images alone."""
        return distances.kernel_within(self.known)

    @property
    def protocol(self):
        """What the numbers depend on beside the images themselves, as words."""
        size, rows = self.real.images.shape[-1], files.short_hash(str(self.rows.tolist()))
        return (
            f"{len(self.held_out)} images beside {len(self.rows)} ({rows}) of {self.real.name} "
            f"{self.real.fingerprint} at {size} x {size}; {self.features.name}"
        )

    def compare(self, images):
        """{"frechet", "kernel", "precision", "recall", "density", "coverage"} of images uint8 (N, 3, H, W).

        Of the first as many as are held out, because the numbers depend on how many there are.
        """
        found = self._features(images)
        alike = self.known[: len(found)]  # as many: among more real images each would reach less far
        precision, recall = distances.precision_recall(found, alike)
        density, coverage = distances.density_coverage(found, alike)
        return {
            **self._distances(found),
            "precision": precision, "recall": recall, "density": density, "coverage": coverage,
        }  # fmt: skip

    def distances(self, images):
        """Of these numbers "frechet" and "kernel" alone, which is all that a training looks at now and then."""
        return self._distances(self._features(images))

    def _features(self, images):
        return self.features(images[: len(self.held_out)])

    def _distances(self, found):
        return {
            "frechet": distances.frechet(Moments.of(found), self.moments),
            "kernel": distances.kernel_distance(found, self.known, self.within),
        }

    def of_real(self):
        """The same of the real images that were held out."""
        return self.compare(self.real.images[self.held_out])


def face_reference(real, workspace, quiet=False):
    """The Reference of an ImageSet in the face network's features. Raises NotMeasured when the set is too small."""
    return _reference(lambda: face_features(real, workspace, choose_device().type, quiet), real, workspace, quiet)


def inception_reference(real, workspace, quiet=False):
    """The same in Inception's features, for FID and KID. Raises NotMeasured also when they can't be fetched."""
    return _reference(lambda: inception(workspace, choose_device().type), real, workspace, quiet)


def _reference(find_features, real, workspace, quiet):
    if len(real) < FEWEST:
        raise NotMeasured(f"the data set has {len(real)} images, and {FEWEST} are needed")
    try:
        return Reference(find_features(), real, workspace, quiet)
    except (DownloadFailed, ImportError) as error:
        raise NotMeasured(f"{error}; everything else is measured without it") from error
