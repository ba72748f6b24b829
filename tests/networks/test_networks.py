"""Shapes, start weights and options of the two networks."""

import pytest
import torch
import torch.nn.functional as F

from gan_hw.networks import fast_conv
from gan_hw.networks.dcgan import Discriminator, Generator
from gan_hw.networks.layers import downsample_layer, norm_layer, upsample_layer
from gan_hw.networks.shallow import ShallowGenerator
from gan_hw.networks.summary import feature_maps
from gan_hw.recipes import RECIPES
from gan_hw.recipes.build import build_discriminator, build_generator


@pytest.mark.parametrize("g_up", ["transposed", "nearest"])
@pytest.mark.parametrize("size", [32, 64, 96, 128])
def test_shapes_and_ranges_at_every_size(size, g_up):
    images = Generator(z_dim=10, feature_dim=4, size=size, g_up=g_up)(torch.randn(3, 10))
    assert images.shape == (3, 3, size, size)
    assert images.abs().max() <= 1
    assert Discriminator(feature_dim=4, size=size)(images).shape == (3,)


def test_layers_are_those_of_homework_6():
    generator, discriminator = Generator(), Discriminator()
    assert generator.stem(torch.randn(2, 100)).shape == (2, 512, 4, 4)
    kernels = [m.weight.shape for m in generator.modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    assert kernels == [(512, 256, 5, 5), (256, 128, 5, 5), (128, 64, 5, 5), (64, 3, 5, 5)]
    kernels = [m.weight.shape for m in discriminator.modules() if isinstance(m, torch.nn.Conv2d)]
    assert kernels == [(64, 3, 4, 4), (128, 64, 4, 4), (256, 128, 4, 4), (512, 256, 4, 4), (1, 512, 4, 4)]
    assert not any(isinstance(m, torch.nn.Sigmoid) for m in discriminator.modules())


def test_feature_maps_are_named_stage_by_stage():
    generator, discriminator = Generator(), Discriminator()
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    assert feature_maps(generator, torch.randn(2, 100)) == [
        ("input", (100,)), ("stem", (512, 4, 4)), ("block 1", (256, 8, 8)), ("block 2", (128, 16, 16)),
        ("block 3", (64, 32, 32)), ("head", (3, 64, 64)),
    ]  # fmt: skip
    assert feature_maps(discriminator, torch.zeros(2, 3, 64, 64)) == [
        ("input", (3, 64, 64)), ("stem", (64, 32, 32)), ("block 1", (128, 16, 16)), ("block 2", (256, 8, 8)),
        ("block 3", (512, 4, 4)), ("head", (1, 1, 1)),
    ]  # fmt: skip
    assert generator.training
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_generator_uses_its_z_dim():
    assert Generator(z_dim=7, feature_dim=4)(torch.randn(2, 7)).shape == (2, 3, 64, 64)


def evenness(g_up):
    """Spread of the four pixel phases of what a generator makes of equal weights and a flat map, 0 for none."""
    layer = upsample_layer(g_up, 1, 1)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.fill_(1.0)
        middle = layer(torch.ones(1, 1, 8, 8))[0, 0, 6:10, 6:10]
    return torch.stack([middle[row::2, column::2].mean() for row in (0, 1) for column in (0, 1)]).std().item()


def test_transposed_convolution_is_chequered_from_the_start_and_nearest_upsampling_is_not():
    assert evenness("transposed") > 1
    assert evenness("nearest") == 0


@pytest.mark.parametrize("side", [4, 5, 16])
@pytest.mark.parametrize("bias", [True, False])
def test_nearest_upsampling_is_computed_exactly_on_the_small_map(side, bias):
    layer = upsample_layer("nearest", 6, 4, bias).double()
    x = torch.randn(2, 6, side, side, dtype=torch.float64, requires_grad=True)
    plain = F.conv2d(F.interpolate(x, scale_factor=2), layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), plain)
    downhill = torch.randn_like(plain)
    wanted = [x, *layer.parameters()]
    torch.testing.assert_close(
        torch.autograd.grad((layer(x) * downhill).sum(), wanted), torch.autograd.grad((plain * downhill).sum(), wanted)
    )


def test_weights_start_as_dcgan_s():
    generator = Generator(feature_dim=16)
    convolution = generator.blocks[0][0].weight
    assert convolution.std().item() == pytest.approx(0.02, rel=0.05)
    norm = generator.stem[1]
    assert norm.weight.mean().item() == pytest.approx(1.0, abs=0.01)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.2)
    assert (norm.bias == 0).all()


def test_instance_norm_is_the_default_one_and_refused_on_single_pixels():
    layers = [m for m in Discriminator(d_norm="instance").modules() if isinstance(m, torch.nn.InstanceNorm2d)]
    assert len(layers) == 3
    assert all(layer.weight is None for layer in layers)
    with pytest.raises(ValueError, match="'instance' on a 1x1 map"):
        norm_layer("instance", 8, side=1)


def test_a_critic_with_instance_norm_scores_each_image_by_itself():
    critic = Discriminator(feature_dim=4, d_norm="instance")
    images = torch.randn(6, 3, 64, 64)
    torch.testing.assert_close(critic(images)[:2], critic(images[:2]))


def test_logits_and_images_are_float32_under_autocast():
    generator, discriminator = Generator(feature_dim=4), Discriminator(feature_dim=4)
    with torch.autocast("cpu", torch.bfloat16):
        images = generator(torch.randn(2, 100))
        logits = discriminator(images)
    assert images.dtype == logits.dtype == torch.float32


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 50}, "size=50"),
        ({"g_norm": "spectral"}, "'spectral' is unknown"),
        ({"g_up": "cubic"}, "'cubic' is unknown"),
    ],
)
def test_impossible_options_are_refused_by_name(arguments, words):
    with pytest.raises(ValueError, match=words):
        Generator(feature_dim=4, **arguments)


@pytest.mark.parametrize(
    "make", [lambda: downsample_layer(3, 5), lambda: upsample_layer("transposed", 5, 3, bias=True)]
)
@pytest.mark.parametrize("side", [2, 4])
def test_a_matrix_product_over_windows_is_the_same_convolution(make, side, monkeypatch):
    layer = make().double()
    maps = (side, side) if isinstance(layer, torch.nn.ConvTranspose2d) else (2 * side, 2 * side)
    x = torch.randn(2, layer.in_channels, *maps, dtype=torch.float64, requires_grad=True)
    expected = layer(x)
    monkeypatch.setattr(fast_conv, "_use_matmul", lambda x, side: True)
    torch.testing.assert_close(layer(x), expected, rtol=1e-12, atol=1e-12)
    # First and second derivatives, as a gradient penalty takes them, by x and by the weights.
    inputs = (x, *layer.parameters())
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), inputs)
    assert torch.autograd.gradgradcheck(lambda x, *_: layer(x), inputs)


def test_a_transposed_convolution_to_few_channels_is_the_same_as_an_ordinary_one():
    layer = upsample_layer("transposed", 6, 3, bias=True).double()
    x = torch.randn(2, 6, 5, 5, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(layer._by_subpixels(x), layer(x), rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(lambda x, *_: layer._by_subpixels(x), (x, *layer.parameters()))


def test_small_maps_go_through_a_matrix_product_in_bf16_on_the_cpu_alone(monkeypatch):
    gathered = []
    gather = fast_conv._Unfold.apply
    monkeypatch.setattr(fast_conv._Unfold, "apply", lambda *given: gathered.append(given[0].shape[1]) or gather(*given))
    discriminator, images = Discriminator(4), torch.randn(2, 3, 64, 64)
    plain = discriminator(images)
    assert gathered == []
    with torch.autocast("cpu", torch.bfloat16):
        reduced = discriminator(images)
    assert gathered == [8]
    torch.testing.assert_close(reduced, plain, rtol=0.1, atol=0.05)


@pytest.mark.parametrize("g_up", ["transposed", "nearest"])
def test_the_conditional_lab_s_generator_doubles_maps_of_16_twice(g_up):
    generator = ShallowGenerator(z_dim=356, feature_dim=128, g_up=g_up)
    assert feature_maps(generator, torch.randn(2, 356)) == [
        ("input", (356,)), ("stem", (128, 16, 16)), ("block 1", (128, 32, 32)), ("block 2", (64, 64, 64)),
        ("head", (3, 64, 64)),
    ]  # fmt: skip
    assert generator(torch.randn(2, 356)).abs().max() <= 1
    kernels = [m.weight.shape[:2] for m in Discriminator(128, channels=4).modules() if isinstance(m, torch.nn.Conv2d)]
    assert kernels == [(128, 4), (256, 128), (512, 256), (1024, 512), (1, 1024)]


@pytest.mark.parametrize(("size", "depth", "side"), [(64, 3, 8), (32, 3, 4), (64, 5, 2), (96, 2, 24)])
def test_depth_says_how_often_maps_are_doubled_and_halved(size, depth, side):
    generator = Generator(10, 4, size, depth=depth)
    assert generator.stem(torch.randn(2, 10)).shape[2:] == (side, side)
    assert generator(torch.randn(2, 10)).shape == (2, 3, size, size)
    discriminator = Discriminator(4, size, depth=depth)
    assert discriminator.features(torch.zeros(2, 3, size, size)).shape[2:] == (side, side)


def test_depths_that_can_t_be_are_refused():
    with pytest.raises(ValueError, match="size=64 can't be halved depth=6 times"):
        Generator(10, 4, 64, depth=6)
    with pytest.raises(ValueError, match="depth=-1 must not be negative"):
        RECIPES["gan"].replace(depth=-1)


def test_dcgan_s_first_layer_is_a_transposed_convolution_of_one_pixel():
    generator = Generator(7, 4, 64, g_up="transposed4")
    linear = generator.stem[0]
    convolution = torch.nn.ConvTranspose2d(7, 32, 4, bias=False)
    with torch.no_grad():
        convolution.weight.copy_(linear.weight.T.reshape(7, 32, 4, 4))
    z = torch.randn(3, 7)
    torch.testing.assert_close(generator.stem[1](linear(z)), convolution(z[..., None, None]))
    assert isinstance(generator.stem[2], torch.nn.BatchNorm2d)
    kernels = [m.weight.shape[2:] for m in generator.modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    assert kernels == [(4, 4)] * 4


@pytest.mark.parametrize("g_body", ["dcgan", "shallow", "dense", "srgan"])
def test_an_output_may_be_bounded_or_not(g_body):
    for kind in ("tanh", "linear"):
        generator = build_generator(RECIPES["gan"].replace(g_body=g_body, g_output=kind, feature_dim=4))
        with torch.no_grad():
            for weight in generator.head.parameters():
                weight.mul_(1e6)
        assert (generator(torch.randn(4, 100)).abs().max() > 1) == (kind == "linear")


def test_fully_connected_bodies_know_no_neighbours():
    """Of a dense discriminator nothing changes when the pixels change places with its weights."""
    recipe = RECIPES["gan"].replace(g_body="dense", d_body="dense", d_norm="layer", feature_dim=4)
    generator, discriminator = build_generator(recipe), build_discriminator(recipe)
    images = generator(torch.randn(3, 100))
    assert images.shape == (3, 3, 64, 64) and discriminator.features(images).shape == (3, 16, 1, 1)
    order = torch.randperm(3 * 64 * 64)
    before = discriminator(images)
    with torch.no_grad():
        discriminator.stem[1].weight.copy_(discriminator.stem[1].weight[:, order])
    torch.testing.assert_close(discriminator(images.flatten(1)[:, order].reshape(images.shape)), before)
    with pytest.raises(ValueError, match="norm 'instance' needs maps"):
        build_discriminator(recipe.replace(d_norm="instance"))


def test_layernorm_is_over_all_maps_of_an_image_alone():
    maps = torch.randn(3, 6, 5, 5) * 7 + 2
    normed = norm_layer("layer", 6, 5)(maps)
    torch.testing.assert_close(normed, F.layer_norm(maps, (6, 5, 5)), atol=1e-4, rtol=1e-4)
    assert Discriminator(4, d_norm="layer").per_image
