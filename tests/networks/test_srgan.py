"""SRGAN's bodies: their shapes, and why the generator failed as it was first tried."""

import pytest
import torch

from gan_hw.networks.srgan import SRGANDiscriminator, SRGANGenerator
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator


@pytest.mark.parametrize("size", [32, 64, 96, 128])
def test_images_of_any_size_come_out_and_one_logit_for_each(size):
    images = SRGANGenerator(7, 4, size).eval()(torch.randn(2, 7))
    assert images.shape == (2, 3, size, size)
    discriminator = SRGANDiscriminator(4, size)
    assert discriminator(images).shape == (2,)
    assert discriminator.features(images).shape == (2, 64, 1, 1)


@pytest.mark.parametrize("reduced", [False, True])
def test_of_81_weights_that_look_at_one_pixel_80_learn_nothing(reduced):
    torch.manual_seed(0)
    first = {}
    for as_tried in (True, False):
        generator = SRGANGenerator(6, 4, 64, as_tried=as_tried).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            images = generator(torch.randn(4, 6))
        (1e6 * images.square().sum()).backward()
        first[as_tried] = generator
    moved = first[True].stem[1].weight.grad.abs().sum((0, 1)) > 0  # 9x9 weights
    assert moved.sum() == 1 and moved[4, 4]
    residual = {name: generator.blocks[0][0][0].weight.grad.abs().sum((0, 1)) > 0 for name, generator in first.items()}
    assert residual[True].sum() == 1 and residual[False].all()  # 3x3 weights


def test_batchnorm_of_one_pixel_leaves_of_two_images_only_which_is_larger():
    """Statistics of two numbers: whatever the two are, they become 1 and -1."""
    generator = SRGANGenerator(6, 4, 64, as_tried=True)
    norm = generator.blocks[0][0][1].train()
    with torch.no_grad():
        norm.weight.fill_(1.0)
        maps = torch.tensor([[1.0, 5.0, -3.0, 2.0], [2.0, 900.0, -4.0, 1.0]])[..., None, None]
        torch.testing.assert_close(
            norm(maps).flatten(1), torch.tensor([[-1.0, -1, 1, 1], [1, 1, -1, -1]]), atol=1e-3, rtol=0
        )


def test_only_the_mended_generator_stays_in_range():
    torch.manual_seed(0)
    for as_tried in (True, False):
        generator = SRGANGenerator(6, 4, 64, as_tried=as_tried)
        assert (generator.head(100 * torch.randn(1, 4, 8, 8)).abs().max() > 1) == as_tried


def test_six_doublings_of_one_pixel_begin_with_a_grey_picture():
    """DCGAN's start weights halve the signal in each, and at the rim of a map, which is all of a small one, more."""
    torch.manual_seed(0)
    tried, mended = (SRGANGenerator(100, 64, 64, as_tried=as_tried) for as_tried in (True, False))
    z = torch.randn(8, 100)
    assert tried(z).std() < 0.001
    assert mended(z).std() > 0.04


def test_impossible_bodies_are_refused_by_name():
    with pytest.raises(ValueError, match="size=96 can't be reached by doubling one pixel"):
        build_generator(RECIPES["iclevr_cgan_srgan"].replace(size=96, classes=3))
    with pytest.raises(ValueError, match="d_norm='instance' leaves nothing in the means"):
        build_discriminator(RECIPES["iclevr_acgan_srgan"].replace(d_norm="instance", classes=3))
    with pytest.raises(ValueError, match="norm 'instance' on a 1x1 map"):
        build_generator(RECIPES["iclevr_cgan_srgan"].replace(g_norm="instance", classes=3))
