"""Both players of pix2pix against the sizes that the authors' code prints, and against a count by hand."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.networks.pix2pix import PatchJudge, StridedUNet  # noqa: E402


def test_the_published_sizes_layer_by_layer():
    """4 x 4 kernels without biases; a gain and an offset for each normalized channel; one bias where an image leaves.

    The authors' script prints 54.414 M and 2.769 M.
    """
    down = 3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 4 * 512 * 512
    up = 512 * 512 + 3 * 1024 * 512 + 1024 * 256 + 512 * 128 + 256 * 64 + 128 * 3
    normed = (128 + 256 + 4 * 512) + (4 * 512 + 256 + 128 + 64)
    assert count_parameters(StridedUNet(3, 3)) == 16 * (down + up) + 2 * normed + 3 == 54_413_955
    judged = 6 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512
    assert count_parameters(PatchJudge(6)) == 16 * judged + 64 + 2 * (128 + 256 + 512) + 1 == 2_768_705


@pytest.mark.parametrize(("layers", "side"), [(3, 70), (2, 34), (1, 16)])
def test_a_judgement_sees_a_patch_of_the_published_side(layers, side):
    judge, x = PatchJudge(1, 4, layers, norm=False), torch.rand(1, 1, 128, 128, requires_grad=True)
    said = judge(x)
    said[0, 0, said.shape[2] // 2, said.shape[3] // 2].backward()
    seen = x.grad[0, 0].abs().sum(dim=0).nonzero().ravel()
    assert seen[-1] - seen[0] + 1 == side


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_an_output_looks_as_far_as_the_network_says(depth):
    network = StridedUNet(1, 1, 3, depth, norm=False).double()
    x = torch.rand(1, 1, 16, 256, dtype=torch.float64, requires_grad=True)
    far = 0
    for middle in range(120, 120 + 2**depth):
        (slope,) = torch.autograd.grad(network(x)[0, 0, 8, middle], x)
        seen = slope[0, 0].abs().sum(dim=0).nonzero().ravel()
        far = max(far, middle - int(seen[0]), int(seen[-1]) - middle)
    assert far <= network.reach <= far + 2**depth


def test_nothing_is_dropped_but_in_training_and_where_the_features_are_widest():
    network = StridedUNet(3, 1, 2, 7, dropout=0.5)
    assert sum(isinstance(layer, torch.nn.Dropout) for layer in network.modules()) == 2
    assert sum(isinstance(layer, torch.nn.Dropout) for layer in StridedUNet(3, 1, 2, 8, dropout=0.5).modules()) == 3
    x = torch.rand(1, 3, 128, 128)
    network.eval()
    assert torch.equal(network(x), network(x))
