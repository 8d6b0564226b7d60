import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.registry import UnknownNameError  # noqa: E402
from medfuse_course.networks import (  # noqa: E402
    DepthwiseSeparable,
    InvertedResidual,
    LightFuser,
    PlainFuser,
    ShuffleUnit,
    channel_shuffle,
    count_parameters,
)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def test_a_shuffle_deals_out_as_torch_does_and_is_undone_by_its_counterpart():
    x = torch.arange(8.0).view(1, 8, 1, 1)
    assert channel_shuffle(x, 2).flatten().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    wide = torch.rand(2, 12, 3, 5)
    for groups in (1, 2, 3, 4, 6, 12):
        mixed = channel_shuffle(wide, groups)
        assert torch.equal(mixed, torch.nn.ChannelShuffle(groups)(wide))
        assert torch.equal(channel_shuffle(mixed, 12 // groups), wide)
    with pytest.raises(ValueError, match="expected a divisor of the 8 channels, got 3"):
        channel_shuffle(x, 3)


@pytest.mark.parametrize(("block", "count"), [("plain", 149_313), ("separable", 21_057), ("shuffle", 13_377)])
def test_the_known_counts_of_parameters(block, count):
    assert count_parameters(LightFuser(block)) == count


def test_parameters_of_blocks_by_hand():
    assert count_parameters(DepthwiseSeparable(6, 10)) == 6 * 9 + 6 * 10 + 2 * 6 + 2 * 10
    inside = 6 * 4
    weights = 2 * 4 * inside + 9 * inside
    assert count_parameters(InvertedResidual(4)) == weights + 2 * (2 * inside + 4)
    assert count_parameters(ShuffleUnit(8, groups=2)) == 2 * (8 * 4) + 9 * 8 + 3 * 2 * 8
    assert [count_parameters(PlainFuser(widths)) for widths in ((4,), (8, 8))] == [113, 809]


def test_a_depthwise_convolution_sees_its_own_channel_and_the_next_one_all():
    block = DepthwiseSeparable(3, 2).eval()
    for layer in (block[0][0], block[1][0]):
        torch.nn.init.ones_(layer.weight)
    x = torch.rand(1, 3, 6, 6)
    y = x.clone()
    y[:, 1, 3, 3] += 1
    first = (block[0](x) != block[0](y)).any(dim=(2, 3))[0]
    assert first.tolist() == [False, True, False]
    assert (block(x) != block(y)).any(dim=(2, 3)).all()


def _reached(unit, channel):
    """Which output channels of a unit see this input channel, biases and activations aside."""
    for layer in unit.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.constant_(layer.weight, 1.0)
    x = torch.zeros(1, 8, 3, 3)
    x[:, channel] = 1
    found = unit.last(unit.depthwise(channel_shuffle(unit.first(x), unit.groups)))
    return found.abs().sum(dim=(2, 3))[0] > 0


def test_the_shuffle_lets_groups_meet():
    unit = ShuffleUnit(8, groups=2).eval()
    assert _reached(unit, 0).all()
    unit.groups = 1  # a shuffle of one group changes nothing
    assert _reached(unit, 0).tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize("block", [InvertedResidual(4), ShuffleUnit(4)], ids=lambda b: type(b).__name__)
def test_a_block_that_finds_nothing_passes_on_what_came(block):
    for layer in block.eval().modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
    x = torch.rand(1, 4, 5, 6)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("block", ["plain", "separable", "inverted", "shuffle"])
def test_a_fuser_begins_as_the_maximum_on_any_size(block):
    a, b = torch.rand(2, 2, 1, 17, 19)
    network = LightFuser(block, 8, 2).eval()
    assert torch.equal(network(a, b), torch.maximum(a, b))
    torch.nn.init.ones_(network.head.weight)
    far = a.clone()
    far[..., 0, 0] += 1
    moved = (network(far, b) - network(a, b)).abs()[0, 0] > 0
    assert moved[: network.reach + 1, : network.reach + 1].any() and not moved[network.reach + 1 :].any()


def test_an_unknown_block_is_answered():
    with pytest.raises(UnknownNameError, match="unknown block 'separables'; did you mean 'separable'"):
        LightFuser("separables")


def test_the_student_is_two_convolutions_and_a_tangent():
    network = PlainFuser()
    a, b = torch.rand(2, 1, 1, 9, 8)
    first, last = network.convolutions
    by_hand = torch.tanh(last(torch.relu(first(torch.cat([a, b], dim=1)))))
    assert torch.equal(network(a, b), by_hand)
    on_top = PlainFuser(on_maximum=True)
    on_top.load_state_dict(network.state_dict())
    assert torch.allclose(on_top(a, b), by_hand + torch.maximum(a, b))
