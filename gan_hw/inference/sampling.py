"""Images from a generator: from a seed, and between two images."""

import numpy as np
import torch

from gan_hw.data.images import to_uint8

BATCH = 100  # images in one forward pass, so that memory stays small whatever the number asked for


def sample_z(n, z_dim, seed=0, truncation=None):
    """n draws from the standard normal, float32 (n, z_dim) on the CPU: the same for a seed on every device.

    The first rows do not depend on n; torch's own generator would draw the last few anew. truncation: draw from the
    normal distribution cut off at +- this many standard deviations, where a generator is surer of what it draws, and
    draws less variety (Brock et al. 2019, 1809.11096, section 3.1). Raises ValueError when that is not above 0.
    """
    if seed < 0:
        raise ValueError(f"seed={seed} must not be negative")
    dice = np.random.default_rng(seed)
    if truncation is None:
        return torch.from_numpy(dice.standard_normal((n, z_dim), dtype=np.float32))
    if not truncation > 0:
        raise ValueError(f"truncation={truncation!r} must be above 0: standard deviations, 2 cuts off a twentieth")
    inside = torch.special.ndtr(torch.tensor(-float(truncation), dtype=torch.float64)).item()
    shares = torch.from_numpy(dice.uniform(inside, 1 - inside, (n, z_dim)))
    return torch.special.ndtri(shares).float()


@torch.inference_mode()
def generate(generator, z, labels=None):
    """Images uint8 (N, 3, size, size) on the CPU for z (N, z_dim), in batches.

    labels (N, K) multi-hot: what a conditional generator shall draw; without them it draws what its data set shows.
    The generator works in evaluation mode, so that an image does not depend on its neighbours; its mode is restored.
    """
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    try:
        parts = zip(z.split(BATCH), *([] if labels is None else [labels.split(BATCH)]), strict=True)
        return torch.cat([to_uint8(generator(*(part.to(device) for part in pair))).cpu() for pair in parts])
    finally:
        generator.train(training)


def interpolate(start, end, steps):
    """`steps` latents from `start` to `end`, each (z_dim,), along the sphere: (steps, z_dim).

    A straight line would pass through short vectors that the generator never saw in training (White 2016, 1609.04468).
    """
    angle = torch.acos(torch.cosine_similarity(start, end, dim=0).clamp(-1, 1))
    share = torch.linspace(0, 1, steps)[:, None]
    if angle < 1e-4:
        return start + share * (end - start)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)
