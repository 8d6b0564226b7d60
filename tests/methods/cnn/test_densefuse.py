"""DenseFuse: the published sizes, its two rules by hand, the published layout of weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch.nn.functional import conv2d, pad  # noqa: E402

from medfuse_course.methods.cnn import densefuse  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks.tensor_files import fill  # noqa: E402


@pytest.fixture
def network():
    torch.manual_seed(0)
    return densefuse.build("course").eval()


def pair(seed=0, shape=(20, 24)):
    a, b = np.random.default_rng(seed).random((2, *shape), dtype=np.float32)
    return a, b


def test_a_rule_that_is_not_there(network):
    with pytest.raises(ValueError, match="unknown fusion 'l2'"):
        run_network(network, *pair(), fusion="l2")


def test_equal_sources_give_their_reconstruction(network):
    a, _ = pair()
    with torch.no_grad():
        expected = network.reconstruct(torch.from_numpy(a)[None, None])[0, 0].numpy()
    for rule in densefuse.RULES:
        np.testing.assert_allclose(run_network(network, a, a, fusion=rule), expected, atol=1e-6)


def test_l1_of_the_pixel_by_hand():
    """Features (1, 2) against (5, 4): activities 3 and 9, so a quarter and three quarters."""
    a = torch.tensor([1.0, 2.0]).reshape(1, 2, 1, 1)
    b = torch.tensor([5.0, 4.0]).reshape(1, 2, 1, 1)
    assert densefuse.l1_pixel(a, b).flatten().tolist() == pytest.approx([0.25 * 1 + 0.75 * 5, 0.25 * 2 + 0.75 * 4])


def test_l1_averages_activity_over_three_by_three():
    """One active pixel of a, against an even b: its ninth counts around it, and no more two pixels away."""
    a, b = torch.zeros(1, 1, 7, 7), torch.ones(1, 1, 7, 7)
    a[..., 3, 3] = 9.0
    fused = densefuse.l1(a, b)[0, 0]
    assert fused[3, 3] == pytest.approx(0.5 * 9 + 0.5 * 1)
    assert fused[2, 4] == pytest.approx(0.5)
    assert fused[3, 5] == pytest.approx(1.0)


def test_l1_at_the_border_repeats_the_outermost_activity():
    """By hand: a corner of 9 stands four times under its own window, which the mean makes 4, and twice beside it: 2."""
    a, b = torch.zeros(1, 1, 7, 7), torch.ones(1, 1, 7, 7)
    a[..., 0, 0] = 9.0
    fused = densefuse.l1(a, b)[0, 0]
    assert fused[0, 0] == pytest.approx(4 / 5 * 9 + 1 / 5 * 1)
    assert fused[0, 1] == pytest.approx(1 / 3 * 1)


def test_nothing_against_nothing_is_nothing():
    nothing = torch.zeros(1, 4, 5, 5)
    assert torch.equal(densefuse.l1(nothing, nothing), nothing)


def published_state():
    """Random tensors under the names of the authors' PyTorch code."""
    torch.manual_seed(3)
    sizes = {"conv1": (1, 16), "conv2": (64, 64), "conv3": (64, 32), "conv4": (32, 16), "conv5": (16, 1)}
    sizes |= {f"DB1.denseblock.{k}.dense_conv": (16 * (k + 1), 16) for k in range(3)}
    state = {}
    for name, (inputs, outputs) in sizes.items():
        state[f"{name}.conv2d.weight"] = torch.rand(outputs, inputs, 3, 3) / (6 * inputs)
        state[f"{name}.conv2d.bias"] = torch.rand(outputs) * 20
    return state


def test_published_weights_do_on_unit_range_what_they_did_on_bytes(tmp_path):
    """Against the published net written out, on gray values up to 255."""
    state = published_state()
    path = tmp_path / "densefuse_gray.model"
    torch.save(state, path)
    network = densefuse.build("paper").eval()
    fill(network, densefuse.read_published(path), path)

    def layer(name, x):
        weight, bias = state[f"{name}.conv2d.weight"], state[f"{name}.conv2d.bias"]
        return torch.relu(conv2d(pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias))

    def encode(x):
        x = layer("conv1", x)
        for k in range(3):
            x = torch.cat([x, layer(f"DB1.denseblock.{k}.dense_conv", x)], dim=1)
        return x

    a, b = pair()
    theirs = (encode(torch.from_numpy(a)[None, None] * 255) + encode(torch.from_numpy(b)[None, None] * 255)) / 2
    for k in range(2, 6):
        theirs = layer(f"conv{k}", theirs)
    np.testing.assert_allclose(run_network(network, a, b), theirs[0, 0].numpy() / 255, rtol=1e-4, atol=1e-5)


def test_the_loss_is_the_published_one_on_another_scale(network):
    """255^2 times ours is ``MSE + 100 (1 - SSIM)`` of gray values up to 255."""
    from skimage.metrics import structural_similarity

    a, b = pair(shape=(32, 32))
    batch = {"a": torch.from_numpy(a)[None, None], "b": torch.from_numpy(b)[None, None]}
    losses = densefuse.reconstruction(network).losses(batch)
    with torch.no_grad():
        made = [network.reconstruct(torch.from_numpy(x)[None, None])[0, 0].numpy() for x in (a, b)]
    mse = np.mean([np.mean((255.0 * m - 255.0 * x) ** 2) for m, x in zip(made, (a, b), strict=True)])
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "full": True}
    maps = [structural_similarity(255 * m, 255 * x, **options)[1] for m, x in zip(made, (a, b), strict=True)]
    structure = 100 * (1 - np.mean([m[5:-5, 5:-5] for m in maps]))
    assert losses["mse"].item() * 255**2 == pytest.approx(mse, rel=1e-4)
    assert losses["structure"].item() * 255**2 == pytest.approx(structure, rel=1e-3)
