"""CDDFuse: the published size, the coupling and the losses by hand, what each phase may change."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.learned import as_tensor  # noqa: E402
from medfuse_course.methods.transformers import cddfuse  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402


def test_the_published_size_by_hand():
    """64 channels, 8 heads: a Restormer block, a base block (full 3 x 3 of 192), a coupling node, and what is around.

    The sum is the number that the authors' files count.
    """
    norms, out = 4 * 64, 64 * 64
    block = norms + 8 + 64 * 192 + 9 * 192 + out + 64 * 256 + 9 * 256 + 128 * 64
    base = norms + 8 + 64 * 192 + 9 * 192 * 192 + out + 64 * 128 + 9 * 128 * 2 + 64 * 64
    node = 3 * (32 * 64 + 9 * 64 + 64 * 32) + 64 * 64 + 64
    around = 9 * 64 + 128 * 64 + 9 * 64 * 32 + 9 * 32
    assert 8 * block + 2 * base + 4 * node + around == 1_188_272
    assert count_parameters(cddfuse.build("paper")) == 1_188_272


def test_coupling_by_hand():
    """Halves 3 and 4, exchanged by the mixture; phi doubles, rho is ln 2, eta is 1."""
    node = cddfuse.DetailNode(2)
    with torch.no_grad():
        node.shuffle.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]).view(2, 2, 1, 1))
        node.shuffle.bias.zero_()
    node.phi, node.rho, node.eta = nn.Identity(), nn.Identity(), nn.Identity()
    node.phi.forward = lambda x: 2 * x
    node.rho.forward = lambda x: torch.full_like(x, np.log(2))
    node.eta.forward = torch.ones_like
    y = node(torch.tensor([3.0, 4.0]).view(1, 2, 1, 1)).flatten().tolist()
    assert y == pytest.approx([4 * 2 + 1, 3 + 2 * 4])


@pytest.mark.parametrize("scale", ["course", "paper"])
def test_the_detail_branch_can_be_undone(scale):
    torch.manual_seed(0)
    branch = cddfuse.build(scale).encoder.detail.double()
    x = torch.randn(2, cddfuse.SCALES[scale][0], 9, 12, dtype=torch.float64)
    with torch.no_grad():
        y = branch(x)
        assert (y - x).abs().max() > 0.1
        torch.testing.assert_close(branch.inverse(y), x, atol=1e-8, rtol=0)


def test_the_shipped_detail_branch_can_be_undone_for_a_phantom():
    network, pair = load_network(get_method("cddfuse")).cpu(), load_pair("head/mri-ct", seed=3)
    with torch.no_grad():
        features = network.encoder.shared(as_tensor(pair.a)).double()
        branch = network.encoder.detail.double()
        torch.testing.assert_close(branch.inverse(branch(features)), features, atol=1e-6, rtol=0)


def test_correlation_is_that_of_numpy():
    x, y = np.random.default_rng(1).random((2, 2, 3, 5, 6))
    expected = np.mean([np.corrcoef(x[n, c].ravel(), y[n, c].ravel())[0, 1] for n in range(2) for c in range(3)])
    assert cddfuse.correlation(torch.tensor(x), torch.tensor(y)).item() == pytest.approx(expected, abs=1e-5)


def test_decomposition_by_hand():
    """A row and a column have no correlation, so three fifths and four fifths of them have 0.6 with the first."""
    across = torch.arange(4.0).expand(1, 1, 4, 4)
    down = across.transpose(-2, -1)

    def term(bases, details):
        return cddfuse.decomposition((bases[0], details[0]), (bases[1], details[1])).item()

    assert term((across, across), (across, down)) == pytest.approx(0, abs=1e-6)
    assert term((across, across), (down, down)) == pytest.approx(1 / 2.01, abs=1e-4)
    assert term((across, across), (down, 0.6 * down + 0.8 * across)) == pytest.approx(0.36 / 2.01, abs=1e-4)
    assert term((across, -across), (down, -down)) == pytest.approx(1 / 0.01, rel=1e-3)


def test_the_losses_of_phase_two_by_hand():
    """The fused image is black; a is a ramp across of 0.01 a pixel, b one down of 0.02: the steeper one is b."""
    network = cddfuse.build("course")
    a, b = (0.01 * torch.arange(16.0)).expand(1, 1, 16, 16), (0.02 * torch.arange(16.0)).expand(1, 1, 16, 16).mT
    network.fuse = lambda *_: torch.zeros_like(a)
    terms = cddfuse.FuseStep(network).losses({"a": a, "b": b})
    y, x = np.mgrid[:16, :16]
    assert terms["brightness"].item() == pytest.approx(np.maximum(0.01 * x, 0.02 * y).mean(), rel=1e-5)
    inner = cddfuse.steepness(b)[..., 2:-2, 2:-2]
    torch.testing.assert_close(inner, torch.full_like(inner, 8 * 0.02))
    assert terms["gradient"].item() == pytest.approx(10 * torch.maximum(*map(cddfuse.steepness, (a, b))).mean().item())


def test_phase_one_leaves_what_fuses_and_a_factor_of_zero_asks_for_no_split():
    network, batch = cddfuse.build("course"), {"a": torch.rand(1, 1, 16, 16), "b": torch.rand(1, 1, 16, 16)}
    step = cddfuse.DecomposeStep(network, split=0)
    (update,) = step.updates
    learned = {id(p) for p in update.parameters}
    still = [*network.fuse_base.parameters(), *network.fuse_detail.parameters()]
    assert not learned & {id(p) for p in still}
    assert len(learned) + len(still) == len(list(network.parameters()))
    assert step.losses(batch)["split"].item() == 0


def test_the_order_of_the_sources_does_not_matter():
    network, (a, b) = cddfuse.build("course"), torch.rand(2, 1, 1, 16, 19)
    with torch.no_grad():
        assert torch.equal(network(a, b), network(b, a))
