"""Hybrid CNN and Transformer: adaptive weights by hand, two ways to destroy, and what comes back."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.transformers import hybrid_cnn_transformer as hybrid  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402


def network(branches="both"):
    torch.manual_seed(0)
    return hybrid.HybridCNNTransformer(8, 32, branches).eval()


def test_sizes_by_hand():
    near = sum((9 * n + 1) * m for n, m in ((1, 8), (8, 16), (16, 16)))
    block = 2 * 2 * 32 + 4 * (32 + 1) * 32 + (32 + 1) * 64 + (64 + 1) * 32
    far = (64 + 1) * 32 + 2 * block + (32 + 1) * 16 * 64
    decoder = sum((9 * n + 1) * m for n, m in ((32, 24), (24, 16), (16, 8), (8, 1)))
    assert count_parameters(network()) == near + far + decoder


def test_saliency_by_hand():
    """One step of 3 across, between columns 9 and 10 of one channel: 9 in column 9, then the mean of 7 x 7."""
    features = torch.zeros(1, 2, 20, 20)
    features[0, 1, :, 10:] = 3
    found = hybrid.saliency(features)[0, 0]
    assert found[8, 9].item() == pytest.approx(9 / 7)
    assert found[8, 6].item() == pytest.approx(9 / 7) and found[8, 12].item() == pytest.approx(9 / 7)
    assert found[8, 5].item() == found[8, 13].item() == 0
    torch.testing.assert_close(hybrid.saliency(features.mT)[0, 0], found.mT)


def test_weights_sum_to_one_and_what_has_no_saliency_has_no_weight():
    of_a, of_b = torch.tensor([[1.0, 0.0, 0.0, 2.0]]), torch.tensor([[3.0, 0.0, 5.0, 0.0]])
    share = hybrid.adaptive_weight(of_a, of_b)
    assert share[0].tolist() == pytest.approx([0.25, 0.5, 0, 1])
    torch.testing.assert_close(share + hybrid.adaptive_weight(of_b, of_a), torch.ones(1, 4))


def test_an_even_source_has_no_say_and_equal_sources_give_their_reconstruction():
    net, a = network(), np.random.default_rng(0).random((32, 40), dtype=np.float32)
    with torch.no_grad():
        expected = net.reconstruct(torch.from_numpy(a)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(run_network(net, a, a), expected, atol=1e-6)
    for gray in (0, 0.7):
        even = np.full_like(a, gray)
        np.testing.assert_allclose(run_network(net, a, even), expected, atol=1e-5)
        np.testing.assert_allclose(run_network(net, even, a), expected, atol=1e-5)


def test_the_loss_by_hand():
    """Off by 0.1 everywhere: no slope, and SSIM as scikit-image has it."""
    from skimage.metrics import structural_similarity

    x = np.random.default_rng(1).random((24, 24))
    made, image = (torch.tensor(y)[None, None] for y in (x + 0.1, x))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1, "full": True}
    likeness = structural_similarity(x + 0.1, x, **options)[1][5:-5, 5:-5].mean()
    assert hybrid.unlike(made, image).item() == pytest.approx(1 - likeness + 20 * 0.01, rel=1e-4)
    ramp = torch.arange(24.0).expand(1, 1, 24, 24).double() / 100
    slopes = hybrid.unlike(image + ramp, image) - 1 + hybrid.ssim(image + ramp, image)
    assert slopes.item() == pytest.approx(20 * ((ramp**2).mean().item() + 0.01**2), rel=1e-4)


def test_one_branch_restores_from_near_and_the_other_from_anywhere():
    x, change = torch.rand(1, 1, 64, 64), {}
    other = x.clone()
    other[..., :8, :8] = 1 - other[..., :8, :8]
    for branches in ("both", "cnn", "transformer"):
        with torch.no_grad():
            net = network(branches)
            change[branches] = (net.reconstruct(other) - net.reconstruct(x)).abs()[0, 0]
    assert change["cnn"][15:].max() == 0 and change["cnn"][14, 3] > 0  # three and four convolutions after row 7
    assert change["both"][48:, 48:].max() > 1e-6 and change["transformer"][48:, 48:].max() > 1e-6
