"""What is asked of a picture before it is taken into a collection; no torch, for the command line."""

from dataclasses import dataclass

from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE

KEPT = ""  # the reason of a picture that nothing speaks against


@dataclass(frozen=True)
class Checks:
    """What is asked of a picture; with 0 it is not asked.

    Raises ValueError for a negative value.
    """

    min_side: int = 32  # pixels of the shorter side
    max_aspect: float = 2.0  # longer side / shorter side
    same: int = 1  # of identical files one is kept
    near: float = (
        NEAR_DUPLICATE_RMSE  # root mean squared difference at 8x8, mirrored or not, below which two are the same
    )
    dark: float = 20.0  # mean pixel value of 255
    flat: float = 6.0  # standard deviation of the pixel values, in the colour in which it is largest

    def __post_init__(self):
        for name, value in vars(self).items():
            if not value >= 0:
                raise ValueError(f"{name}={value} must be 0 or more")

    def of_one(self, pixels, width, height):
        """Why a picture, uint8 (size, size, 3), of that own size should be left out, by itself; KEPT if not."""
        short, long = sorted((width, height))
        if short < self.min_side:
            return f"too small: {width}x{height}"
        if self.max_aspect and long / short > self.max_aspect:
            return f"wrong aspect: {width}x{height}"
        if pixels.mean() < self.dark:
            return f"dark: mean {pixels.mean():.0f} of 255"
        spread = pixels.std((0, 1)).max()
        if spread < self.flat:
            return f"flat: standard deviation {spread:.1f}"
        return KEPT
