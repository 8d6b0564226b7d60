"""The U-Net against the published size, against PyTorch's own layers in three dimensions, and against its gradient."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import UNet, count_parameters  # noqa: E402


def test_the_published_size_layer_by_layer():
    """Of one channel to two maps, as published: 31.03 million.

    A well-known Keras transcription (zhixuhao/unet) prints 31,031,685. It ends with a convolution of 3 x 3 to two maps
    and one of 1 x 1 to one map, 1157 numbers, where the paper has one of 1 x 1 to two maps, 130.
    """
    widths = [64, 128, 256, 512, 1024]
    down = sum((9 * n + 1) * m + (9 * m + 1) * m for n, m in zip([1, *widths], widths, strict=False))
    up = sum((4 * 2 * n + 1) * n + (9 * 2 * n + 1) * n + (9 * n + 1) * n for n in widths[:-1])
    counted = count_parameters(UNet(1, 2))
    assert counted == down + up + (64 + 1) * 2 == 31_031_685 - 1157 + 130


def test_without_skips_the_way_up_sees_the_coarsest_level_alone():
    torch.manual_seed(0)
    with_skips, without = UNet(1, 1, 4, 2), UNet(1, 1, 4, 2, skips=False)
    assert count_parameters(with_skips) - count_parameters(without) == 9 * (4 * 4 + 8 * 8)
    x = torch.rand(1, 1, 16, 16)
    for network, passes in ((with_skips, True), (without, False)):
        network.up.apply(lambda layer: [p.data.zero_() for p in layer.parameters()])  # nothing comes from below
        assert (network(x).std() > 1e-6) == passes


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_output_looks_as_far_as_the_network_says(depth):
    """With weights above 0 and a mean for the maximum, so that everything that can be seen has a slope."""
    network = UNet(1, 1, 3, depth).double()
    network.apply(lambda layer: [p.data.abs_() for p in layer.parameters(recurse=False)])
    network.pool = torch.nn.AvgPool2d(2)
    x = torch.rand(1, 1, 16, 256, dtype=torch.float64, requires_grad=True)
    far = 0
    for middle in range(120, 120 + 2**depth):
        (slope,) = torch.autograd.grad(network(x)[0, 0, 8, middle], x)
        seen = slope[0, 0].abs().sum(dim=0).nonzero().ravel()
        far = max(far, middle - int(seen[0]), int(seen[-1]) - middle)
    assert far <= network.reach <= far + 2**depth


def test_three_dimensions_are_two_where_all_planes_are_alike():
    """The kernel of each 3-D layer, summed along depth, is a 2-D layer."""
    torch.manual_seed(0)
    volume = UNet(1, 2, 3, 2, dims=3).double()
    image = UNet(1, 2, 3, 2).double()
    with torch.no_grad():
        for layer in volume.up:
            layer.weight[:, :, 1] = layer.weight[:, :, 0]  # the two planes that come of one are alike, too
    collapsed = {
        name: w if w.ndim < 5 else w[:, :, 0] if name.startswith("up") else w.sum(dim=2)
        for name, w in volume.state_dict().items()
    }
    image.load_state_dict(collapsed)
    x = torch.rand(1, 1, 8, 12, dtype=torch.float64)
    with torch.no_grad():
        deep = volume(x[:, :, None].expand(-1, -1, 4, -1, -1))
        torch.testing.assert_close(deep, image(x)[:, :, None].expand_as(deep))


def test_what_is_added_begins_as_nothing():
    x = torch.rand(2, 3, 16, 16)
    assert (UNet(3, 1, 4, 2, residual=True)(x) == 0).all() and (UNet(3, 1, 4, 2)(x) != 0).any()


@pytest.mark.parametrize(("options", "words"), [({"depth": 0}, "^depth: "), ({"dims": 4}, "^dims: ")])
def test_what_is_no_u_net_is_answered(options, words):
    with pytest.raises(ValueError, match=words):
        UNet(1, 1, 2, **options)
