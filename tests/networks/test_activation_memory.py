"""What a step keeps: by hand for single layers, and the same on no device as on a real one."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.networks.activation_memory import kept_bytes, owned_bytes  # noqa: E402
from medfuse_course.networks.attention import GlobalBlock, WindowBlock  # noqa: E402
from medfuse_course.networks.unet import UNet  # noqa: E402


@pytest.mark.parametrize(
    ("network", "shape", "numbers"),
    [
        (nn.Conv2d(1, 8, 3, padding=1), (2, 1, 16, 16), 2 * 256),  # its input
        (nn.ReLU(), (2, 3, 16, 16), 0),  # nothing asks for a gradient
        (nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU()), (1, 1, 16, 16), 256 + 8 * 256),  # and what came out
        # the output of the first ReLU is the input of the second convolution, and is counted once
        (
            nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1)),
            (1, 1, 16, 16),
            256 + 8 * 256,
        ),
        (nn.Conv3d(2, 8, 3, padding=1), (1, 2, 8, 8, 8), 2 * 512),
    ],
)
def test_layers_by_hand(network, shape, numbers):
    assert kept_bytes(network, shape) == 4 * numbers
    assert kept_bytes(network, shape, device="cpu") == 4 * numbers


@pytest.mark.parametrize("dims", [2, 3])
def test_no_device_and_a_real_one_agree(dims):
    network = UNet(1, 1, width=4, depth=2, dims=dims)
    shape = (2, 1, *(16,) * dims)
    assert kept_bytes(network, shape) == kept_bytes(network, shape, device="cpu")
    assert next(network.parameters()).device.type == "cpu"  # a copy was asked


def test_a_volume_of_twice_the_side_keeps_eight_times_as_much():
    network = UNet(1, 1, width=4, depth=2, dims=3)
    small, large = (kept_bytes(network, (1, 1, n, n, n)) for n in (64, 128))
    assert large / small == pytest.approx(8, rel=0.1)  # the repeated border counts less


def test_attention_keeps_its_matrix_unless_it_is_fused():
    block = GlobalBlock(16, 2)
    shape = (1, 16, 32, 32)
    matrix = 4 * 2 * 1024**2
    assert kept_bytes(block, shape) > matrix
    assert kept_bytes(block, shape, device="cpu") < matrix / 4
    assert kept_bytes(WindowBlock(16, 2), shape) < matrix / 4


def test_what_weights_own():
    network = nn.Linear(10, 5)  # 55 numbers
    assert owned_bytes(network) == 16 * 55
    assert owned_bytes(network, "sgd") == 8 * 55
    with pytest.raises(ValueError, match="optimizer"):
        owned_bytes(network, "lion")
