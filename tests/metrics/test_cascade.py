"""The face detector finds what OpenCV 4's finds, and what a cascade made by hand must find."""

import numpy as np
import pytest
import torch
from conftest import CASCADE, image_set, needs_cascade, needs_faces
from support import PASS_ALL, PASS_FLAT, small_cascade
from torch.nn import functional as F

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.metrics import cascade
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.judge import generate_untrained
from gan_hw.recipes import RECIPES


def opencv_finds(images, padding):
    """The verdicts of OpenCV 4 on images uint8 (N, 3, H, W): a plain loop."""
    cv2 = pytest.importorskip("cv2", reason="needs OpenCV to compare with")
    if not hasattr(cv2, "CascadeClassifier"):
        pytest.skip("needs OpenCV 4 to compare with; this one has no CascadeClassifier")
    detector = cv2.CascadeClassifier(str(CASCADE))
    found = []
    for image in np.ascontiguousarray(images.permute(0, 2, 3, 1)):
        image = cv2.copyMakeBorder(image, padding, padding, padding, padding, cv2.BORDER_REPLICATE)
        grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        found.append(len(detector.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5, minSize=(24, 24))) > 0)
    return torch.tensor(found)


def blurred(images):
    return F.avg_pool2d(F.pad(images.float(), [1] * 4, mode="replicate"), 3, 1).round().to(torch.uint8)


def noisy(images):
    return (images.float() + 25 * torch.randn(images.shape)).clamp(0, 255).to(torch.uint8)


DRAWN = draw_faces(300, seed=3)[0]
KINDS = {
    "drawn": lambda: DRAWN,
    "blurred": lambda: blurred(DRAWN),
    "noisy": lambda: noisy(DRAWN),
    "shifted": lambda: DRAWN.roll((5, 7), (2, 3)),
    "noise": lambda: image_set(300).images,
    "flat": lambda: torch.arange(0, 256, 8, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 64, 64),
    "untrained": lambda: generate_untrained(RECIPES["gan_quick"], 200, 0),
    "large": lambda: draw_faces(40, size=150, seed=4)[0],
    "wide": lambda: draw_faces(40, size=96, seed=4)[0][:, :, 10:80],
}


@needs_cascade
@pytest.mark.parametrize("padding", [0, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_are_those_of_opencv(kind, padding):
    images = KINDS[kind]()
    agreed = Cascade(CASCADE).detect(images, padding) == opencv_finds(images, padding)
    assert agreed.double().mean() >= 0.995


@needs_cascade
@needs_faces
@pytest.mark.parametrize("spoil", [lambda images: images, blurred, noisy], ids=["real", "blurred", "noisy"])
@pytest.mark.parametrize("padding", [0, 16])
def test_verdicts_on_real_faces_are_those_of_opencv(padding, spoil, real_faces):
    images = spoil(real_faces.images[:1000])
    agreed = Cascade(CASCADE).detect(images, padding) == opencv_finds(images, padding)
    assert agreed.double().mean() >= 0.995


@needs_cascade
def test_an_image_is_judged_alone(monkeypatch):
    images = torch.cat([image_set(3).images, DRAWN[:40]])
    together = Cascade(CASCADE).count_neighbours(images)
    monkeypatch.setattr(cascade, "IMAGES_PER_SEARCH", 7)
    monkeypatch.setattr(cascade, "LOOKUPS_PER_BLOCK", 1 << 12)
    assert torch.equal(Cascade(CASCADE).count_neighbours(images), together)
    assert (together[:3] == 0).all() and (together > 5).any()
    assert torch.equal(Cascade(CASCADE).detect(images), together > 5)
    assert Cascade(CASCADE).count_neighbours(images[:0]).shape == (0,)
    assert not Cascade(CASCADE).detect(images[:2, :, :20]).any()  # lower than the window


def test_a_cascade_that_takes_everything_finds_every_window(tmp_path):
    """28 x 28 pixels hold 3 x 3 windows of 24 at steps of 2, of which OpenCV leaves out the last row, and the image of
    25 x 25 that is next holds one of 26: all of them alike."""
    everything = Cascade(small_cascade(tmp_path / "all.xml", PASS_ALL))
    assert everything.count_neighbours(image_set(2, size=28).images).tolist() == [7, 7]
    nothing = Cascade(small_cascade(tmp_path / "none.xml", PASS_ALL, leaves="-1 1"))
    assert nothing.count_neighbours(image_set(2, size=64).images).tolist() == [0, 0]


def test_the_code_of_a_pattern(tmp_path):
    """Where all pixels are equal no block is darker than the centre; one dark pixel on the rim makes one so."""
    flat = Cascade(small_cascade(tmp_path / "flat.xml", PASS_FLAT))
    image = torch.full((1, 3, 24, 24), 128, dtype=torch.uint8)
    assert flat.count_neighbours(image).tolist() == [1]
    image[0, :, 3, 20] = 0
    assert flat.count_neighbours(image).tolist() == [0]
    image[0, :, 12, 12] = 0  # and one in the centre makes none darker again
    assert flat.count_neighbours(image).tolist() == [1]


def test_groups_join_what_is_alike_through_others():
    boxes = torch.tensor([[0, 0, 30], [5, 0, 30], [10, 0, 30], [40, 40, 24], [0, 0, 30.0]])
    image_indices = torch.tensor([0, 0, 0, 0, 2])
    assert cascade.largest_group_sizes(boxes.double(), image_indices, 4).tolist() == [3, 0, 1, 0]


@pytest.mark.parametrize("change", [{"rectangle": "8 8 8 8"}, {"rectangle": "-1 0 8 8"}, {"window": 60}])
def test_patterns_that_no_window_holds_are_refused(change, tmp_path):
    with pytest.raises(ValueError, match=r"wrong\.xml' is not a cascade file"):
        Cascade(small_cascade(tmp_path / "wrong.xml", PASS_ALL, **change))
