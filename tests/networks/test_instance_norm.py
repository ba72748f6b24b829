"""InstanceNorm with closed-form derivatives is PyTorch's, and its derivatives are those of PyTorch's."""

import pytest
import torch
import torch.nn.functional as F

from gan_hw.networks import instance_norm as module
from gan_hw.networks.instance_norm import instance_norm
from gan_hw.networks.layers import norm_layer


@pytest.fixture(params=[2, 240, 2**18], ids=["image by image", "two images and one", "all images together"])
def piece(request, monkeypatch):
    monkeypatch.setattr(module, "PIECE", request.param)


def maps(dtype=torch.float64, n=3):
    """Maps in a convolution's layout whose means and deviations differ from map to map."""
    x = torch.randn(n, 4, 5, 6, dtype=torch.float64) * torch.rand(n, 4, 1, 1) + torch.randn(n, 4, 1, 1)
    return x.to(dtype).contiguous(memory_format=torch.channels_last)


def derivatives(norm, x, g, h):
    """Value, first derivative for g, and the second derivatives for h, by x and by g."""
    x, g = x.clone().requires_grad_(), g.clone().requires_grad_()
    y = norm(x)
    (first,) = torch.autograd.grad(y, x, g, create_graph=True)
    return y, first, *torch.autograd.grad(first, (x, g), h)


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_values_and_both_derivatives_are_pytorch_s(layout):
    given = [maps().contiguous(memory_format=layout) for _ in range(3)]
    for ours, pytorch_s in zip(derivatives(instance_norm, *given), derivatives(F.instance_norm, *given), strict=True):
        torch.testing.assert_close(ours, pytorch_s, rtol=1e-9, atol=1e-9)
        assert ours.is_contiguous(memory_format=layout)


@pytest.mark.usefixtures("piece")
def test_derivatives_agree_with_differences():
    x = maps(n=2).requires_grad_()
    assert torch.autograd.gradcheck(instance_norm, x)
    assert torch.autograd.gradgradcheck(instance_norm, x)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_maps_of_16_bits_are_computed_in_float32(dtype):
    given = [maps(dtype, n=64) for _ in range(3)]
    exact = derivatives(F.instance_norm, *(tensor.double() for tensor in given))
    for true, ours in zip(exact, derivatives(instance_norm, *given), strict=True):
        assert ours.dtype == dtype
        assert (ours - true).norm() < 1.5 * (true.to(dtype) - true).norm()  # hardly more than rounding the result


def test_gradients_come_in_any_layout():
    x, whole = maps().requires_grad_(), torch.randn(3, 4, 5, 6, dtype=torch.float64)
    for g in (whole, whole[:, :1].expand(3, 4, 5, 6), whole.transpose(2, 3).contiguous().transpose(2, 3)):
        (ours,) = torch.autograd.grad(instance_norm(x), x, g)
        torch.testing.assert_close(ours, torch.autograd.grad(F.instance_norm(x), x, g)[0], rtol=1e-9, atol=1e-9)


def test_a_map_without_variance_has_finite_derivatives():
    flat, g, h = torch.ones(2, 3, 4, 4), torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    value, *slopes = derivatives(instance_norm, flat, g, h)
    assert (value == 0).all()
    assert all(slope.isfinite().all() for slope in slopes)


def test_an_empty_batch_stays_empty():
    empty = torch.empty(0, 3, 4, 4)
    assert {value.shape for value in derivatives(instance_norm, empty, empty, empty)} == {empty.shape}


@pytest.mark.parametrize("shape", [(2, 3, 1, 1), (3, 4, 4)])
def test_single_pixels_and_other_dimensions_are_refused(shape):
    with pytest.raises(ValueError, match=r"more than one value in a map; this has shape \("):
        instance_norm(torch.ones(shape))


def test_a_third_derivative_is_refused():
    x = maps().requires_grad_()
    (first,) = torch.autograd.grad(instance_norm(x).pow(3).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.pow(2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        second.sum().backward()


def test_a_critic_s_layer_computes_so_on_a_cpu_alone(monkeypatch):
    seen = []
    monkeypatch.setattr("gan_hw.networks.layers.instance_norm", lambda x, eps: seen.append((x.dtype, eps)) or x)
    layer = norm_layer("instance", 4, side=5)
    layer.eps = 1e-3
    for x in (maps(torch.bfloat16), maps(torch.float16), torch.empty(2, 4, 5, 6, device="meta")):
        assert layer(x).shape == x.shape
    assert seen == [(torch.bfloat16, 1e-3)]
