"""Deformable convolution against a loop over its definition, plain and shifted convolutions, and kornia if there."""

import math
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch.nn.functional import conv2d, pad  # noqa: E402

from medfuse_course.networks.deformable import DeformableConv, deform_conv2d  # noqa: E402


@pytest.fixture
def case():
    """Three groups of offsets, a mask, different strides, paddings and dilations; offsets that leave the image."""
    random = torch.Generator().manual_seed(4)
    sizes = {"x": (2, 6, 9, 11), "offset": (2, 36, 6, 5), "weight": (4, 6, 2, 3), "bias": (4,), "mask": (2, 18, 6, 5)}
    drawn = {name: torch.randn(size, generator=random, dtype=torch.float64) for name, size in sizes.items()}
    drawn["offset"] *= 3
    return drawn | {"stride": (2, 3), "padding": (2, 3), "dilation": (1, 2)}


def between(plane, y, x):
    """Bilinear, and 0 outside, one value at a time."""
    total = 0.0
    for row in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                total += plane[row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def by_loops(x, offset, weight, bias, mask, stride, padding, dilation):
    x, offset, weight, bias, mask = (t.numpy() for t in (x, offset, weight, bias, mask))
    outputs, channels, high, wide = weight.shape
    groups = offset.shape[1] // (2 * high * wide)
    result = np.zeros((len(x), outputs, *offset.shape[2:]))
    for n, o, row, column in np.ndindex(*result.shape):
        total = bias[o]
        for c, i, j in np.ndindex(channels, high, wide):
            tap = (c // (channels // groups)) * high * wide + i * wide + j
            y = row * stride[0] - padding[0] + i * dilation[0] + offset[n, 2 * tap, row, column]
            right = column * stride[1] - padding[1] + j * dilation[1] + offset[n, 2 * tap + 1, row, column]
            total += weight[o, c, i, j] * mask[n, tap, row, column] * between(x[n, c], y, right)
        result[n, o, row, column] = total
    return result


def test_it_is_what_a_loop_makes_of_its_definition(case):
    np.testing.assert_allclose(deform_conv2d(**case), by_loops(**case), atol=1e-12)


def test_it_is_kornias(case):
    """An implementation that is independent of this one; not among what the course installs."""
    kornia = pytest.importorskip("kornia.feature.aliked.deform_conv2d")
    single = {k: v.float() if torch.is_tensor(v) else v for k, v in case.items()}
    theirs = kornia.deform_conv2d(single.pop("x"), **single)
    np.testing.assert_allclose(deform_conv2d(**case).float(), theirs, atol=1e-5)


@pytest.mark.parametrize("size", [(16, 16), (33, 100), (7, 1)])
def test_without_offsets_it_is_a_plain_convolution(size):
    torch.manual_seed(0)
    x, layer = torch.rand(2, 8, *size), torch.nn.Conv2d(8, 4, 3, padding=1)
    made = deform_conv2d(x, torch.zeros(2, 18, *size), layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(made, layer(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("down", "right"), [(0, 1), (1, 0), (-2, 1)])
def test_whole_offsets_are_a_shifted_convolution(down, right):
    torch.manual_seed(0)
    x, weight = torch.rand(1, 3, 12, 10), torch.randn(2, 3, 3, 3)
    offset = torch.tensor([down, right]).repeat(9)[None, :, None, None].expand(1, 18, 12, 10).float()
    shifted = conv2d(pad(x, (3, 3, 3, 3)), weight, padding=1)[..., 3 + down : 15 + down, 3 + right : 13 + right]
    torch.testing.assert_close(deform_conv2d(x, offset, weight, padding=1), shifted, atol=2e-6, rtol=0)


def test_gradients_are_right(case):
    small = {
        "x": case["x"][:1, :, :5, :6], "offset": case["offset"][:1, :, :4, :3], "weight": case["weight"],
        "bias": case["bias"], "mask": case["mask"][:1, :, :4, :3],
    }  # fmt: skip

    def of(x, offset, weight, bias, mask):
        return deform_conv2d(x, offset, weight, bias, stride=(2, 2), padding=(2, 2), dilation=(1, 2), mask=mask)

    assert torch.autograd.gradcheck(of, [tensor.clone().requires_grad_() for tensor in small.values()], fast_mode=True)


def test_a_layer_starts_plain_and_shares_its_weights():
    torch.manual_seed(0)
    layer, x = DeformableConv(4, 6, stride=2), torch.rand(1, 4, 16, 18)
    torch.testing.assert_close(layer(x), layer(x, deform=False), atol=1e-6, rtol=0)
    torch.nn.init.normal_(layer.offsets.weight)
    assert (layer(x) - layer(x, deform=False)).abs().max() > 0.01
    assert torch.equal(layer(x, deform=False), layer.plain(x))


def test_what_does_not_fit_is_answered(case):
    with pytest.raises(ValueError, match=r"offset: expected shape \(2, 2 G 6, 6, 5\) with G a divisor of 6 channels"):
        deform_conv2d(**case | {"offset": case["offset"][:, :30]})
    with pytest.raises(ValueError, match=r"mask: expected shape \(2, 18, 6, 5\), got \(2, 17, 6, 5\)"):
        deform_conv2d(**case | {"mask": case["mask"][:, 1:]})


@pytest.mark.slow
def test_it_is_quick_enough_on_one_thread():
    """At the width of the course's encoder, 256 x 256 pixels; generous, for machines that are busy."""
    layer, x = DeformableConv(8, 16, stride=2).eval(), torch.rand(1, 8, 256, 256)
    with torch.inference_mode():
        layer(x)
        took = []
        for _ in range(3):
            start = time.process_time()
            layer(x)
            took.append(time.process_time() - start)
    assert min(took) < 0.3
