import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.networks import (  # noqa: E402
    LightFuser,
    PlainFuser,
    count_bytes_moved,
    count_multiply_adds,
    peak_memory,
)


def test_multiply_adds_by_hand():
    x = torch.rand(2, 4, 6, 5)
    assert count_multiply_adds(nn.Conv2d(4, 8, 3, padding=1), x) == 2 * 30 * 8 * 4 * 9
    assert count_multiply_adds(nn.Conv2d(4, 8, 3, padding=1, groups=4), x) == 2 * 30 * 8 * 9
    assert count_multiply_adds(nn.Conv2d(4, 8, (1, 3), stride=2), x) == 2 * (3 * 2) * 8 * 4 * 3
    assert count_multiply_adds(nn.ConvTranspose2d(4, 6, 2, stride=2), x) == 2 * 30 * 4 * 6 * 4
    assert count_multiply_adds(nn.Linear(5, 7), x) == 2 * 4 * 6 * 7 * 5
    assert count_multiply_adds(nn.ReLU(), x) == 0


def test_multiply_adds_of_whole_networks_by_hand():
    pair = torch.rand(2, 1, 1, 8, 8)
    assert count_multiply_adds(PlainFuser(), *pair) == 64 * (2 * 4 * 9 + 4 * 9)
    separable = 64 * (2 * 64 * 9 + 4 * (64 * 9 + 64 * 64) + 64)
    assert count_multiply_adds(LightFuser("separable"), *pair) == separable


def test_bytes_moved_by_hand():
    network = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU())
    plane = 8 * 8 * 4
    moved = (2 + 3) * plane + (3 * 2 * 9 + 3) * 4 + (3 + 3) * plane
    assert count_bytes_moved(network, torch.rand(1, 2, 8, 8)) == moved


def test_peak_memory_by_hand():
    plane = 8 * 8 * 4
    network = nn.Sequential(nn.Conv2d(2, 3, 1), nn.Conv2d(3, 5, 1), nn.Conv2d(5, 1, 1))
    assert peak_memory(network, torch.rand(1, 2, 8, 8)) == (3 + 5) * plane  # the input is somebody else's
    in_place = nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU(inplace=True))
    assert peak_memory(in_place, torch.rand(1, 2, 8, 8)) == 3 * plane
    out_of_place = nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU())
    assert peak_memory(out_of_place, torch.rand(1, 2, 8, 8)) == 6 * plane


def test_a_network_is_left_as_it_was():
    network = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 1, 1)).train()
    network[0].eval()  # frozen statistics stay frozen
    before = network[0].running_mean.clone()
    for count in (count_multiply_adds, count_bytes_moved, peak_memory):
        count(network, torch.rand(1, 2, 4, 4))
    assert network.training and network[1].training and not network[0].training
    assert torch.equal(network[0].running_mean, before) and not network[1]._forward_hooks
