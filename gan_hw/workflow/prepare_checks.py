"""The limits that a picture must satisfy to be kept by `prepare`; no torch, for the command line."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gan_hw.metrics.protocol import NEAR_DUPLICATE_RMSE

if TYPE_CHECKING:
    import numpy as np

PASSED = ""  # in place of a reason to drop a picture, when there is none


@dataclass(frozen=True)
class Checks:
    """Limits that a picture must satisfy; 0 switches a check off.

    min_side: pixels of the shorter side. max_aspect: longer side / shorter side. same: of identical files, keep one.
    near: RMSE of pixel values at 8x8, mirrored or not, below which two pictures are the same. dark: least mean pixel
    value of 255. flat: least standard deviation of the pixel values, in the colour channel where it is largest.
    Raises ValueError for a negative value.
    """

    min_side: int = 32
    max_aspect: float = 2.0
    same: int = 1
    near: float = NEAR_DUPLICATE_RMSE
    dark: float = 20.0
    flat: float = 6.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise ValueError(f"{name}={value} must be 0 or more")

    def reason_to_drop(self, pixels: "np.ndarray", width: int, height: int) -> str:
        """Why a picture should be dropped, looking at it alone; PASSED when it should not.

        pixels: uint8 (size, size, 3), the picture scaled to a square. width, height: its own size in pixels.
        """
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
        return PASSED
