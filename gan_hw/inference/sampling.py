"""Images from a generator: from a seed, and between two images."""

import numpy as np
import torch
from torch import Tensor, nn

from gan_hw.data.images import to_uint8
from gan_hw.utils.messages import say

GENERATION_BATCH_IMAGES = 100  # in one forward pass, so that memory stays small for any number of images


def sample_z(n: int, z_dim: int, seed: int = 0, truncation: float | None = None) -> Tensor:
    """Draw n vectors from the standard normal distribution: float32 (n, z_dim) on the CPU.

    The same seed gives the same vectors for every device, and the first rows do not depend on n, as they would with
    torch's generator. truncation: draw from the normal distribution truncated at this many standard deviations, where
    images are more typical and less diverse (Brock et al. 2019, arXiv 1809.11096, section 3.1).
    Raises ValueError when seed is negative or truncation is not above 0.
    """
    if seed < 0:
        raise ValueError(say("seed={seed} must not be negative", seed=seed))
    rng = np.random.default_rng(seed)
    if truncation is None:
        return torch.from_numpy(rng.standard_normal((n, z_dim), dtype=np.float32))
    if not truncation > 0:
        raise ValueError(
            say(
                "truncation={truncation!r} must be above 0: it is in standard deviations, and 2 excludes a twentieth",
                truncation=truncation,
            )
        )
    tail = torch.special.ndtr(torch.tensor(-float(truncation), dtype=torch.float64)).item()
    probabilities = torch.from_numpy(rng.uniform(tail, 1 - tail, (n, z_dim)))
    return torch.special.ndtri(probabilities).float()


@torch.inference_mode()
def generate(generator: nn.Module, z: Tensor, labels: Tensor | None = None) -> Tensor:
    """Images uint8 (N, 3, size, size) on the CPU for z (N, z_dim), computed in batches.

    labels: multi-hot (N, K), for a conditional generator; without them it takes label rows of its data set.
    The generator runs in evaluation mode, so that an image does not depend on the others; its mode is restored.
    """
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    try:
        inputs = [z] if labels is None else [z, labels]
        batches = zip(*(values.split(GENERATION_BATCH_IMAGES) for values in inputs), strict=True)
        return torch.cat([to_uint8(generator(*(part.to(device) for part in batch))).cpu() for batch in batches])
    finally:
        generator.train(training)


def interpolate(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Spherical interpolation from `start` to `end`, each (z_dim,): (steps, z_dim), both ends included.

    A straight line would pass through short vectors, which the generator never saw in training (White 2016,
    arXiv 1609.04468).
    """
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0).clamp(-1, 1))
    t = torch.linspace(0, 1, steps)[:, None]
    if angle < 1e-4:
        return start + t * (end - start)
    return (torch.sin((1 - t) * angle) * start + torch.sin(t * angle) * end) / torch.sin(angle)
