"""Generated images compared with real ones in a network's features, beside the real data's own numbers."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
from torch import Tensor

from gan_hw.data.downloads import DownloadFailed
from gan_hw.data.images import ImageSet, held_out_split
from gan_hw.metrics import distances
from gan_hw.metrics.distances import Moments
from gan_hw.metrics.face_network import MIN_TRAINING_IMAGES, face_feature_extractor
from gan_hw.metrics.features import FeatureExtractor, inception_feature_extractor
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils import files
from gan_hw.utils.devices import choose_device
from gan_hw.utils.messages import say
from gan_hw.utils.progress import Progress

MAX_REFERENCE_IMAGES = 10_000  # real images to compare with


class Reference:
    """Features of real images to compare with, computed once and cached in the workspace.

    extractor: gives the features. real: the ImageSet; its held-out images stand for perfect generated ones, the others,
    at most MAX_REFERENCE_IMAGES, are the reference. held_out, indices: which images of `real` these are.
    real_features: (M, D), of the reference images.
    """

    def __init__(self, extractor: FeatureExtractor, real: ImageSet, workspace: str | Path, quiet: bool = False) -> None:
        self.extractor, self.real = extractor, real
        self.held_out, others = held_out_split(len(real))
        self.indices = others[:MAX_REFERENCE_IMAGES]
        self.real_features = self._load_or_compute_features(workspace, quiet)
        self.moments = Moments.from_features(self.real_features)

    def _load_or_compute_features(self, workspace: str | Path, quiet: bool) -> Tensor:
        path = Path(workspace) / "data" / f"reference-{files.short_hash(self.protocol)}.pt"
        try:
            return files.load(path)["features"]
        except FileNotFoundError:
            pass
        except ValueError as error:
            print(say("The cached features are unusable and are computed again: {error}", error=error))
        progress = Progress("Computing features of real images", "images", quiet)
        features = self.extractor(self.real.images[self.indices], progress)
        progress.close()
        files.save(path, {"features": features})
        return features

    @cached_property
    def mean_kernel(self) -> float:
        """The part of the kernel distance that depends on the reference images alone."""
        return distances.mean_kernel(self.real_features)

    @property
    def protocol(self) -> str:
        """What the numbers depend on, apart from the images that are compared, in words."""
        size, indices = self.real.images.shape[-1], files.short_hash(str(self.indices.tolist()))
        return (
            f"{len(self.held_out)} images beside {len(self.indices)} ({indices}) of {self.real.name} "
            f"{self.real.fingerprint} at {size} x {size}; {self.extractor.name}"
        )

    def compare(self, images: Tensor | np.ndarray) -> dict[str, float]:
        """{"frechet", "kernel", "precision", "recall", "density", "coverage"} of images uint8 (N, 3, H, W).

        Only the first images count, as many as are held out, because the numbers depend on how many there are.
        """
        features = self._features(images)
        same_number = self.real_features[: len(features)]  # among more real images, each one's radius would be smaller
        precision, recall = distances.precision_recall(features, same_number)
        density, coverage = distances.density_coverage(features, same_number)
        return {
            **self._distances(features),
            "precision": precision, "recall": recall, "density": density, "coverage": coverage,
        }  # fmt: skip

    def distances(self, images: Tensor | np.ndarray) -> dict[str, float]:
        """Of these numbers "frechet" and "kernel" alone, which are faster to compute."""
        return self._distances(self._features(images))

    def _features(self, images: Tensor | np.ndarray) -> Tensor:
        return self.extractor(images[: len(self.held_out)])

    def _distances(self, features: Tensor) -> dict[str, float]:
        return {
            "frechet": distances.frechet(Moments.from_features(features), self.moments),
            "kernel": distances.kernel_distance(features, self.real_features, self.mean_kernel),
        }

    def compare_held_out(self) -> dict[str, float]:
        """What `compare` gives for the real images that are held out."""
        return self.compare(self.real.images[self.held_out])


def face_reference(real: ImageSet, workspace: str | Path, quiet: bool = False) -> Reference:
    """The Reference of `real` in the face network's features. Raises NotMeasured when there are too few images."""
    return _reference(
        lambda: face_feature_extractor(real, workspace, choose_device().type, quiet), real, workspace, quiet
    )


def inception_reference(real: ImageSet, workspace: str | Path, quiet: bool = False) -> Reference:
    """The Reference of `real` in Inception's features, for FID and KID.

    Raises NotMeasured when there are too few images, or Inception can't be downloaded.
    """
    return _reference(lambda: inception_feature_extractor(workspace, choose_device().type), real, workspace, quiet)


def _reference(
    make_extractor: Callable[[], FeatureExtractor], real: ImageSet, workspace: str | Path, quiet: bool
) -> Reference:
    if len(real) < MIN_TRAINING_IMAGES:
        raise NotMeasured(
            say("the data set has {count} images, and {least} are needed", count=len(real), least=MIN_TRAINING_IMAGES)
        )
    try:
        return Reference(make_extractor(), real, workspace, quiet)
    except (DownloadFailed, ImportError) as error:
        raise NotMeasured(say("{error}; everything else is measured without it", error=error)) from error
