"""InstanceNorm with closed-form derivatives is PyTorch's, and its derivatives are those of PyTorch's."""

import pytest
import torch
import torch.nn.functional as F

from gan_hw.networks import instance_norm as module
from gan_hw.networks.instance_norm import instance_norm
from gan_hw.networks.layers import norm_layer


@pytest.fixture(params=[2, 2**18], ids=["image by image", "all images together"])
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


def test_bf16_maps_are_computed_as_exactly_as_by_pytorch():
    given = [maps(torch.bfloat16, n=64) for _ in range(3)]
    exact = derivatives(F.instance_norm, *(tensor.double() for tensor in given))
    found = derivatives(instance_norm, *given), derivatives(F.instance_norm, *given)
    for true, ours, pytorch_s in zip(exact, *found, strict=True):
        assert ours.dtype == torch.bfloat16
        assert (ours - true).norm() < 1.05 * (pytorch_s - true).norm()


def test_a_map_without_variance_has_finite_derivatives():
    flat, g, h = torch.ones(2, 3, 4, 4), torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    value, *slopes = derivatives(instance_norm, flat, g, h)
    assert (value == 0).all()
    assert all(slope.isfinite().all() for slope in slopes)


def test_an_empty_batch_stays_empty():
    assert instance_norm(torch.empty(0, 3, 4, 4)).shape == (0, 3, 4, 4)


def test_a_third_derivative_is_refused():
    x = maps().requires_grad_()
    (first,) = torch.autograd.grad(instance_norm(x).pow(3).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.pow(2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        second.sum().backward()


def test_a_critic_s_layer_computes_so_on_a_cpu(monkeypatch):
    seen = []
    monkeypatch.setattr("gan_hw.networks.layers.instance_norm", lambda x, eps: seen.append(eps) or x)
    norm_layer("instance", 4, side=5)(maps())
    assert seen == [1e-5]
