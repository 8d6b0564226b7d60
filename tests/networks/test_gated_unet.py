"""Gates by hand, and how far the network sees."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.gated_unet import Gate, GatedUNet  # noqa: E402


def test_a_gate_by_hand():
    """x = 2, g = 3: both see relu(2 - 3) = 0 and relu(2 + 3) = 5, so sigmoid(0.1 * 5 - 0.5) = 1/2 passes."""
    gate = Gate(2)
    with torch.no_grad():
        gate.both.weight.copy_(torch.tensor([[1.0, 0.0, -1.0, 0.0], [1.0, 0.0, 1.0, 0.0]])[:, :, None, None])
        gate.both.bias.zero_()
        gate.open.weight.copy_(torch.tensor([[7.0, 0.1]])[:, :, None, None])
        gate.open.bias.fill_(-0.5)
    x, g = (torch.full((1, 2, 1, 1), value) for value in (2.0, 3.0))
    assert gate(x, g).flatten().tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("meet", ["concat", "attention"])
def test_nothing_beyond_its_reach_matters_and_what_lies_at_it_does(meet):
    torch.manual_seed(0)
    network = GatedUNet((1, 1), (4, 8), meet).double().eval()
    side = 8 * network.multiple
    a, b = torch.rand(2, 1, 1, side, side, dtype=torch.float64)
    b.requires_grad_()
    network(a, b)[..., side // 2, side // 2].sum().backward()
    rows = b.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    far = int((rows - side // 2).abs().max())
    assert network.reach // 2 < far <= network.reach


def test_what_cannot_be_built_is_answered():
    with pytest.raises(ValueError, match="widths: expected those of two levels"):
        GatedUNet((1,), (8,))
    with pytest.raises(ValueError, match="attention expects two sources, got 1"):
        GatedUNet((1,), (8, 16), "attention")
